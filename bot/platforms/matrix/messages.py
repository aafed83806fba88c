"""Messages of people: what they ask for, answered; edited and taken down, followed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.chat.commands import Ask, Empty
from bot.chat.identity import Person, Place
from bot.chat.message import Message
from bot.chat.rate_limits import Admitted, QueueFull, refusal_blocks
from bot.chat.service import AskRequest
from bot.chat.texts.catalogue import Text, notice
from bot.platforms.matrix.api.events import MessageEvent, RedactionEvent
from bot.platforms.matrix.api.port import Port
from bot.platforms.matrix.grammar import Wish, is_command, is_managing, wish_of
from bot.platforms.matrix.mapping import (
    is_pair,
    mentions,
    person_of,
    place_of,
    room_place,
    root_of,
    talk_of,
    words_of,
)
from bot.platforms.matrix.memory import Memory
from bot.platforms.matrix.outbox import MatrixOutbox, ReplyTarget
from bot.platforms.matrix.reaction_keys import next_page
from bot.platforms.matrix.requests import RequestHandler
from bot.platforms.matrix.response import Response
from bot.platforms.matrix.sender import MatrixSender
from bot.platforms.services import PlatformServices
from bot.state.records import Mode, Post

NOT_NOW = "⏳"
"""Put below a question that is not taken, where the room was told why already."""


@dataclass(frozen=True, slots=True)
class MessageTools:
    """What answering works with."""

    parts: PlatformServices
    port: Port
    memory: Memory
    sender: MatrixSender
    teller: MatrixOutbox
    replying: RequestHandler

    async def where(self, room: str, user: str) -> tuple[Place, Person]:
        """The room as a place, and who says something there."""
        state = self.port.room(room)
        place = place_of(room, state, await self.parts.rooms.effective(room_place(room)))
        return place, person_of(user, state, place)


class MessageHandler:
    """Does what messages ask for; raises `RefusedError` where Matrix will not have it said."""

    def __init__(self, hands: MessageTools, prefix: str) -> None:
        self._hands = hands
        self._prefix = prefix

    async def wish(self, said: MessageEvent) -> Wish | None:
        """What a message asks the bot for; None where it is not for the bot."""
        port = self._hands.port
        if said.notice or said.emote or said.sender == port.user_id:
            return None
        text = words_of(said, port.user_id, port.display_name)
        command = is_command(text, self._prefix)
        wish = wish_of(text, self._prefix)
        if command and is_managing(wish):
            return wish
        if said.attachment is not None:
            return None
        mode = (await self._hands.parts.rooms.effective(room_place(said.room))).mode
        if mode is Mode.OFF:
            return None
        if command or mentions(said, port.user_id, port.display_name):
            return wish
        if mode is Mode.EVERYTHING or is_pair(port.room(said.room)):
            return None if isinstance(wish, Empty) else wish
        if said.reply_to is None or not await self._hands.teller.is_ours(said.room, said.reply_to):
            return None
        return wish

    async def was_asked(self, room: str, event: str) -> bool:
        """Whether an event is a question that has a reply."""
        return await self._hands.parts.desk.reply_to(room_place(room), event) is not None

    async def answer(self, said: MessageEvent, *, fresh: bool) -> None:
        """Answer a message; what was taken before a restart is admitted already."""
        hands, room = self._hands, said.room
        wish = await self.wish(said)
        if wish is None or (not fresh and await self.was_asked(room, said.event_id)):
            # What has its reply noted was said; only that it is done could not be noted.
            return
        place, person = await hands.where(room, said.sender)
        spot = ReplyTarget(room, said.event_id, root_of(said))
        hands.sender.seen(room, said.event_id)
        if fresh and not await self._admitted(person, place, spot, said.event_id):
            return
        hands.teller.busy(room, 1)
        try:
            async with hands.sender.typing(room):
                given = await self._turn(wish, said, place, person)
            sent = await hands.teller.say(given, place, spot, f"ans-{said.event_id}")
            if given.follows is None:
                await hands.parts.desk.posted(given.message, place, person, said.event_id, [sent])
            self._remember(given, said, given.follows or sent)
        finally:
            hands.teller.busy(room, -1)

    async def _admitted(self, person: Person, place: Place, spot: ReplyTarget, event: str) -> bool:
        """Whether what the message `event` asks for is taken; if not, that is told."""
        admission = self._hands.parts.turnstile.admit(person.id, spot.room)
        if isinstance(admission, Admitted):
            return True
        if blocks := refusal_blocks(admission):
            told = Response(self._hands.parts.desk.tell(blocks))
            await self._hands.teller.say(told, place, spot, f"ans-{event}")
        elif isinstance(admission, QueueFull):
            # The room was told why; who asked sees that this question was not taken either.
            await self._hands.teller.sign(spot.room, event, NOT_NOW, f"full-{event}")
        return False

    async def _turn(self, wish: Wish, said: MessageEvent, place: Place, person: Person) -> Response:
        found: list[Response] = []

        async def work() -> Message:
            found.append(await self._hands.replying.do(wish, said, place, person))
            return found[0].message

        async with self._hands.parts.turnstile.turn():
            message = await self._hands.parts.desk.safely(work(), "a question")
        return found[0] if found else Response(message)

    def _remember(self, given: Response, said: MessageEvent, first: str) -> None:
        """What "more" is about, in the talk of the question and in the thread below it."""
        page = next_page(given.message)
        for talk in {talk_of(said), f"{said.room}:{root_of(said)}"}:
            if given.message.reply is not None:
                self._hands.memory.talks.set(talk, first)
            if page is not None:
                self._hands.memory.turns.set(talk, page)
            elif given.beside is None:
                self._hands.memory.turns.pop(talk)

    async def unreadable(self, room: str, event: str, root: str | None) -> None:
        """Say, in the thread, that a message could not be decrypted."""
        told = Response(self._hands.parts.desk.say(notice(Text.UNREADABLE)))
        spot = ReplyTarget(room, event, root or event)
        await self._hands.teller.say(told, room_place(room), spot, f"unread-{event}")

    # Edits and what is taken down

    async def edited(self, edit: MessageEvent, *, fresh: bool) -> None:
        """A question that is edited has its reply edited; it may become one only now."""
        first = edit.edits or edit.event_id
        place, person = await self._hands.where(edit.room, edit.sender)
        post = await self._hands.parts.desk.reply_to(place, first)
        if post is not None and post.asker == edit.sender:
            await self._edit(edit, post, place, person, fresh)
            return
        original = await self._hands.port.said(edit.room, first)
        # What others edit no client shows.
        if original is None or original.sender != edit.sender:
            return
        if post is not None:
            await self._edit(edit, post, place, person, fresh)
            return
        late = replace(
            original,
            body=edit.body,
            formatted=edit.formatted,
            mentions=edit.mentions,
            edits=None,
        )
        await self.answer(late, fresh=fresh)

    async def _edit(
        self, edit: MessageEvent, post: Post, place: Place, person: Person, fresh: bool
    ) -> None:
        hands, room = self._hands, edit.room
        text = words_of(edit, hands.port.user_id, hands.port.display_name)
        wish = wish_of(text, self._prefix)
        if not isinstance(wish, Ask) or post.question_message is None:
            return
        if fresh:
            # Each edit is a question to answer: else they would be without limit.
            root = await hands.teller.root_of(room, post.reply_messages[0])
            spot = ReplyTarget(room, post.question_message, root)
            if not await self._admitted(person, place, spot, edit.event_id):
                return
        # Its own words of before are no question to lean on.
        talk, begins = f"edit:{edit.event_id}", f"{room}:{post.question_message}"
        asked = AskRequest(wish.question, place, person, talk, begins=begins)
        async with hands.parts.turnstile.turn(), hands.sender.typing(room):
            message = await hands.parts.desk.safely(hands.parts.desk.ask(asked), "an edit")
        if message.reply == post.reply_id:
            return
        shown, *others = post.reply_messages
        await hands.sender.edit(room, shown, message, f"edit-{edit.event_id}")
        await hands.parts.desk.posted(message, place, person, post.question_message, [shown])
        beside = hands.memory.beside.pop(shown) or ()
        await hands.teller.take_down(room, (*others, *beside))
        hands.teller.offer(room, shown, Response(message))

    async def taken_down(self, redacted: RedactionEvent) -> None:
        """A question that is taken down takes its reply with it, a reaction its verdict."""
        hands, gone = self._hands, redacted.redacts
        await hands.replying.withdraw(gone)
        removal = await hands.parts.desk.forget_message(room_place(redacted.room), gone)
        ours = [each for each in removal.messages if each != gone]
        beside = hands.memory.beside.pop(gone) or ()
        await hands.teller.take_down(redacted.room, (*ours, *beside))
