"""Reactions of people below what the bot said: signs that are pressed like buttons."""

from __future__ import annotations

from collections.abc import Awaitable

from bot.chat.buttons import Verb
from bot.chat.identity import Person, Place
from bot.chat.message import Message
from bot.chat.rate_limits import Admitted, refusal_blocks
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


class ReactionHandler:
    """Does what signs ask for; raises `RefusedError` where Matrix will not have it said."""

    def __init__(self, hands: MessageTools) -> None:
        self._hands = hands

    async def pressed(self, reacted: ReactionEvent, *, fresh: bool) -> None:
        """Do what a sign below one of our messages asks for."""
        hands, sign = self._hands, plain(reacted.key)
        place, person = await hands.where(reacted.room, reacted.sender)
        if hands.memory.removals.get(reacted.to) is not None:
            await self._decided(sign, reacted, place, person)
            return
        verb = VERBS.get(sign)
        post = await hands.parts.store.answers.post_of_reply(PLATFORM, reacted.room, reacted.to)
        if post is None or verb is None:
            turn = hands.memory.turns.get(reacted.to)
            if turn is not None and sign == MORE and await self._admitted(reacted, place, fresh):
                await self._bring(
                    _given(hands.parts.desk.press(turn, place, person)), reacted, place
                )
        elif verb in _VERDICTS:
            await hands.replying.vote(reacted.event_id, person, post.reply_id, _VERDICTS[verb])
        elif verb is Verb.REMOVE:
            await self._remove(reacted, place, person, fresh)
        elif await self._admitted(reacted, place, fresh):
            work = hands.replying.press(verb, post, place, person, on=reacted.to)
            await self._bring(work, reacted, place)

    async def _bring(self, work: Awaitable[Response], reacted: ReactionEvent, place: Place) -> None:
        found: list[Response] = []

        async def message() -> Message:
            found.append(await work)
            return found[0].message

        async with self._hands.parts.turnstile.turn():
            told = await self._hands.parts.desk.safely(message(), "a reaction")
        await self._say(found[0] if found else Response(told), reacted, place)

    async def _say(self, given: Response, reacted: ReactionEvent, place: Place) -> None:
        root = await self._hands.teller.root_of(reacted.room, reacted.to)
        spot = ReplyTarget(reacted.room, reacted.to, root)
        await self._hands.teller.say(given, place, spot, f"ans-{reacted.event_id}")

    async def _admitted(self, reacted: ReactionEvent, place: Place, fresh: bool) -> bool:
        """Whether one more thing may be asked for; what was taken before a restart may."""
        if not fresh:
            return True
        admission = self._hands.parts.turnstile.admit(reacted.sender, reacted.room)
        if isinstance(admission, Admitted):
            return True
        if blocks := refusal_blocks(admission):
            await self._say(Response(self._hands.parts.desk.tell(blocks)), reacted, place)
        return False

    async def _remove(
        self, reacted: ReactionEvent, place: Place, person: Person, fresh: bool
    ) -> None:
        found: list[Removal] = []
        desk = self._hands.parts.desk

        async def work() -> Message:
            removal = await desk.removal(place, person, reacted.to)
            if isinstance(removal, Message):
                return removal
            found.append(removal)
            return desk.say(notice(Text.TAKEN_DOWN))

        told = await desk.safely(work(), "a reaction")
        if found:
            await self._hands.teller.take_down(reacted.room, found[0].messages)
        elif await self._admitted(reacted, place, fresh):
            # Who may always does it freely; each no counts, else a stranger fills the room.
            await self._say(Response(told), reacted, place)

    async def _decided(
        self, sign: str, reacted: ReactionEvent, place: Place, person: Person
    ) -> None:
        """A curator says whether a document is to be taken away."""
        parts = self._hands.parts
        if sign not in {YES, REMOVE} or not parts.rights.curates(person):
            return
        path = self._hands.memory.removals.pop(reacted.to) or ""

        async def work() -> Message:
            if sign != YES:
                return parts.desk.say(notice(Text.UNCHANGED_FILES))
            return parts.desk.tell(await parts.curating.remove(person, place, path))

        told = await parts.desk.safely(work(), "a reaction")
        await self._say(Response(told), reacted, place)


async def _given(work: Awaitable[Message]) -> Response:
    return Response(await work)
