"""Reactions below messages of the bot, which work as buttons."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass

from bot.chat.buttons import Action, Verb
from bot.chat.identity import Person, Place
from bot.chat.message import Message
from bot.chat.service import Removal
from bot.chat.texts.catalogue import Text, notice
from bot.platforms.matrix.api.events import ReactionEvent
from bot.platforms.matrix.mapping import PLATFORM
from bot.platforms.matrix.messages import MessageTools
from bot.platforms.matrix.outbox import ReplyTarget
from bot.platforms.matrix.reaction_keys import MORE, REMOVE, VERBS, YES, plain
from bot.platforms.matrix.response import Response
from bot.state.records import Verdict

_VERDICTS = {Verb.UP: Verdict.UP, Verb.DOWN: Verdict.DOWN}


@dataclass(frozen=True, slots=True)
class ReactionHandler:
    """Carries out reactions; raises `RefusedError` where the homeserver refuses the reply."""

    tools: MessageTools

    async def press(self, reaction: ReactionEvent, *, fresh: bool) -> None:
        """Carry out a reaction below a message of the bot; `fresh` ones must be admitted."""
        tools, key = self.tools, plain(reaction.key)
        place, person = await tools.place_and_person(reaction.room, reaction.sender)
        if tools.memory.removals.get(reaction.to) is not None:
            await self._confirm_removal(key, reaction, place, person)
            return
        verb = VERBS.get(key)
        post = await tools.services.store.answers.post_of_reply(
            PLATFORM, reaction.room, reaction.to
        )
        if post is None or verb is None:
            page = tools.memory.turns.get(reaction.to)
            if page is not None and key == MORE and await self._admit(reaction, place, fresh):
                await self._respond(self._page(page, place, person), reaction, place)
        elif verb in _VERDICTS:
            await tools.requests.vote(reaction.event_id, person, post.reply_id, _VERDICTS[verb])
        elif verb is Verb.REMOVE:
            await self._remove_reply(reaction, place, person, fresh)
        elif await self._admit(reaction, place, fresh):
            work = tools.requests.press(verb, post, place, person, on=reaction.to)
            await self._respond(work, reaction, place)

    async def _page(self, page: Action, place: Place, person: Person) -> Response:
        return Response(await self.tools.services.desk.press(page, place, person))

    async def _respond(
        self, work: Awaitable[Response], reaction: ReactionEvent, place: Place
    ) -> None:
        await self._send(await self.tools.in_turn(work, "a reaction"), reaction, place)

    async def _send(self, response: Response, reaction: ReactionEvent, place: Place) -> None:
        target = await self._target(reaction)
        await self.tools.outbox.send(response, place, target, f"ans-{reaction.event_id}")

    async def _target(self, reaction: ReactionEvent) -> ReplyTarget:
        root = await self.tools.outbox.root_of(reaction.room, reaction.to)
        return ReplyTarget(reaction.room, reaction.to, root)

    async def _admit(self, reaction: ReactionEvent, place: Place, fresh: bool) -> bool:
        """Whether the rate limits admit a reaction; one from before a restart is admitted."""
        if not fresh:
            return True
        return await self.tools.admit(reaction, place, await self._target(reaction))

    async def _remove_reply(
        self, reaction: ReactionEvent, place: Place, person: Person, fresh: bool
    ) -> None:
        removals: list[Removal] = []
        desk = self.tools.services.desk

        async def work() -> Message:
            removal = await desk.removal(place, person, reaction.to)
            if isinstance(removal, Message):
                return removal
            removals.append(removal)
            return desk.say(notice(Text.TAKEN_DOWN))

        message = await desk.safely(work(), "a reaction")
        if removals:
            await self.tools.outbox.redact(reaction.room, removals[0].messages)
        elif await self._admit(reaction, place, fresh):
            # Permitted removals are not rate-limited; refusals are, or a stranger could flood
            # the room.
            await self._send(Response(message), reaction, place)

    async def _confirm_removal(
        self, key: str, reaction: ReactionEvent, place: Place, person: Person
    ) -> None:
        """Remove a document, or not, as a curator confirms."""
        services = self.tools.services
        if key not in {YES, REMOVE} or not services.rights.curates(person):
            return
        path = self.tools.memory.removals.pop(reaction.to) or ""

        async def work() -> Message:
            if key != YES:
                return services.desk.say(notice(Text.UNCHANGED_FILES))
            return services.desk.tell(await services.curating.remove(person, place, path))

        message = await services.desk.safely(work(), "a reaction")
        await self._send(Response(message), reaction, place)
