"""Wishes of members to what is said: questions, and what may be done about a reply."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from bot.chat.buttons import Action, Verb
from bot.chat.commands import Ask, Context, Empty, Help, ListSources, Malformed, More
from bot.chat.identity import Person, Place
from bot.chat.message import Message
from bot.chat.operations import Blocks, Progress
from bot.chat.service import AskRequest
from bot.chat.texts.catalogue import Text, notice
from bot.core.errors import UnknownDocumentError
from bot.platforms.matrix.api.events import MessageEvent
from bot.platforms.matrix.api.port import CallError, MessageContent, Port
from bot.platforms.matrix.curator_commands import MatrixCuratorCommands
from bot.platforms.matrix.grammar import About, Forget, Source, Wish
from bot.platforms.matrix.mapping import PLATFORM, root_of, talk_of
from bot.platforms.matrix.memory import Memory, Vote
from bot.platforms.matrix.reaction_keys import first_excerpt
from bot.platforms.matrix.response import Response
from bot.platforms.services import PlatformServices
from bot.state.records import Post, ReplyKind, Verdict

_OF_AN_ANSWER = frozenset((Verb.MORE, Verb.CONTEXT, Verb.SOURCE, Verb.CHECK))


_log = logging.getLogger(__name__)


class RequestHandler:
    """Finds out what is to be said; says nothing itself, but that something takes long."""

    def __init__(self, parts: PlatformServices, port: Port, memory: Memory) -> None:
        self._parts = parts
        self._port = port
        self._memory = memory
        self._curators = MatrixCuratorCommands(parts, port)

    async def do(self, wish: Wish, said: MessageEvent, place: Place, person: Person) -> Response:
        """What is said to a wish."""
        desk = self._parts.desk
        match wish:
            case Ask(question):
                return Response(await self._ask(question, said, place, person))
            case ListSources(collection):
                return Response(await desk.sources(place, collection))
            case Source(name, or_ask):
                return Response(await self._source(name, or_ask, said, place, person))
            case More():
                return await self._more(said, place, person)
            case Context(number):
                return await self._context(number, said, place, person)
            case Help():
                return Response(await self._help(place, person))
            case Empty():
                return Response(await self._help(place, person))
            case About():
                return Response(await desk.about(place, "privacy forget"))
            case Forget():
                return Response(desk.tell(await self._parts.curating.forget(person)))
            case Malformed(wrong):
                return Response(desk.say(wrong))
            case _:
                progress = self._progress(said)
                return await self._curators.do(wish, said, place, person, progress)

    async def _ask(
        self, question: str, said: MessageEvent, place: Place, person: Person
    ) -> Message:
        # The answer opens a thread below the question, which may lean on it as well.
        begins = None if said.thread_root else f"{said.room}:{said.event_id}"
        asked = AskRequest(question, place, person, talk_of(said), begins=begins)
        return await self._parts.desk.ask(asked)

    async def _source(
        self, name: str, or_ask: str | None, said: MessageEvent, place: Place, person: Person
    ) -> Message:
        try:
            return await self._parts.desk.source(place, name)
        except UnknownDocumentError:
            if or_ask is None:
                raise
            return await self._ask(or_ask, said, place, person)

    async def _help(self, place: Place, person: Person) -> Message:
        signs = notice(Text.HELP_SIGNS)
        return await self._parts.desk.help(place, person, self._parts.language, signs)

    async def _more(self, said: MessageEvent, place: Place, person: Person) -> Response:
        turn = self._memory.turns.get(talk_of(said))
        if turn is not None:
            return Response(await self._parts.desk.press(turn, place, person))
        post = await self._last(said)
        if post is None:
            return Response(self._parts.desk.say(notice(Text.ASK_FIRST)))
        return await self.press(Verb.MORE, post, place, person)

    async def _context(
        self, number: int, said: MessageEvent, place: Place, person: Person
    ) -> Response:
        post = await self._last(said)
        if post is None:
            return Response(self._parts.desk.say(notice(Text.ASK_FIRST)))
        return await self.press(Verb.CONTEXT, post, place, person, number=number)

    async def _last(self, said: MessageEvent) -> Post | None:
        """The reply that words like "more" are about."""
        answers = self._parts.store.answers
        for event in (said.reply_to, self._memory.talks.get(talk_of(said))):
            if event is not None:
                post = await answers.post_of_reply(PLATFORM, said.room, event)
                if post is not None:
                    return post
        if said.thread_root is None:
            return None
        return await answers.post_of_question(PLATFORM, said.room, said.thread_root)

    # What signs and words do about a reply

    async def press(
        self,
        verb: Verb,
        post: Post,
        place: Place,
        person: Person,
        *,
        number: int | None = None,
        on: str | None = None,
    ) -> Response:
        """What a button below a reply brings; `on` is the message that it is pressed on."""
        desk, first = self._parts.desk, post.reply_messages[0]
        saved = await self._parts.store.answers.reply(post.reply_id)
        silent = saved is not None and saved.kind is ReplyKind.SILENCE
        if silent and verb in _OF_AN_ANSWER:
            verb = Verb.NEAREST
        elif not silent and verb is Verb.NEAREST:
            verb = Verb.MORE
        if verb is Verb.MORE:
            action = Action(verb, post.reply_id, page=len(post.reply_messages))
            message = await desk.press(action, place, person)
            return Response(message, follows=first if message.reply else None, beside=first)
        if number is None:
            number = await self._number(post, place, person, on)
        action = Action(verb, post.reply_id, number)
        return Response(await desk.press(action, place, person), beside=first)

    async def _number(self, post: Post, place: Place, person: Person, on: str | None) -> int:
        """The number of the first excerpt on the message `on` of a reply."""
        if on is None or on not in post.reply_messages[1:]:
            return 1
        page = post.reply_messages.index(on)
        action = Action(Verb.MORE, post.reply_id, page=page)
        return first_excerpt(await self._parts.desk.press(action, place, person))

    async def vote(self, event: str, person: Person, reply: str, verdict: Verdict) -> None:
        """Give this verdict by a reaction: it is there or not, and no switch."""
        await self._press_to(person.id, reply, verdict, verdict)
        self._memory.votes.set(event, Vote(person.id, reply, verdict))
        self._memory.verdicts.set((person.id, reply), verdict)

    async def withdraw(self, event: str) -> None:
        """Take back the verdict that a reaction gave, where it is still the one in force."""
        vote = self._memory.votes.pop(event)
        if vote is None or self._memory.verdicts.get((vote.person, vote.reply)) != vote.verdict:
            return
        self._memory.verdicts.pop((vote.person, vote.reply))
        await self._press_to(vote.person, vote.reply, vote.verdict, None)

    async def _press_to(
        self, person: str, reply: str, verdict: Verdict, wanted: Verdict | None
    ) -> None:
        """Press until `wanted` is in force; the same verdict again withdraws it."""
        press, now = self._parts.store.feedback.press, datetime.now(UTC)
        if await press(PLATFORM, person, reply, verdict, now) != wanted:
            await press(PLATFORM, person, reply, verdict, now)

    def _progress(self, said: MessageEvent) -> Progress:
        """Says in the thread, once, that something takes a while."""

        async def progress(blocks: Blocks) -> None:
            page = self._parts.desk.tell(blocks).page
            words = MessageContent(page.text, page.html, said.event_id, root_of(said))
            try:
                await self._port.send(said.room, words, f"wait-{said.event_id}")
            except CallError as fault:
                _log.info("it could not be told that something takes long: %s", fault)

        return progress
