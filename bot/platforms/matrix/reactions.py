"""Reactions of people below what the bot said: signs that are pressed like buttons."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.buttons import Action, Verb
from bot.chat.commands import PressOnMessage
from bot.chat.message import Message
from bot.chat.rate_limits import Admission, Admitted, QueueFull, TooMany
from bot.chat.request import ChatRequest
from bot.platforms.matrix.api.events import ReactionEvent
from bot.platforms.matrix.mapping import PLATFORM
from bot.platforms.matrix.messages import MessageTools
from bot.platforms.matrix.outbox import ReplyTarget
from bot.platforms.matrix.reaction_keys import MORE, REMOVE, VERBS, YES, plain
from bot.state.records import Verdict

_VERDICTS = {Verb.UP: Verdict.UP, Verb.DOWN: Verdict.DOWN}


class ReactionHandler:
    """Does what signs ask for; raises `RefusedError` where Matrix will not have it said."""

    def __init__(self, hands: MessageTools) -> None:
        self._hands = hands

    async def pressed(self, reacted: ReactionEvent, *, fresh: bool) -> None:
        """Do what a sign below one of our messages asks for."""
        hands, sign = self._hands, plain(reacted.key)
        request = ChatRequest(*await hands.where(reacted.room, reacted.sender))
        if reacted.to in hands.memory.removals:
            await self._decided(sign, reacted, request)
            return
        verb = VERBS.get(sign)
        post = await hands.parts.store.answers.post_of_reply(PLATFORM, reacted.room, reacted.to)
        if post is None or verb is None:
            turn = hands.memory.turns.get(reacted.to)
            if turn is not None and sign == MORE:
                await self._bring(turn, reacted, request, fresh)
        elif verb in _VERDICTS:
            person, verdict = request.person, _VERDICTS[verb]
            await hands.votes.vote(reacted.event_id, person, post.reply_id, verdict)
        elif verb is Verb.REMOVE:
            await self._remove(reacted, request, fresh)
        else:
            await self._bring(PressOnMessage(verb, reacted.to), reacted, request, fresh)

    async def _bring(
        self,
        command: Action | PressOnMessage,
        reacted: ReactionEvent,
        request: ChatRequest,
        fresh: bool,
    ) -> None:
        chat = self._hands.parts.chat
        admission = await chat.admit(command, request) if fresh else chat.admit_again()
        if isinstance(admission, Admitted):
            message = await chat.handle(command, request, admission)
            await self._say(message, reacted, request)
        else:
            await self._refuse(admission, reacted)

    async def _say(
        self, message: Message, reacted: ReactionEvent, request: ChatRequest | None = None
    ) -> None:
        root = await self._hands.teller.root_of(reacted.room, reacted.to)
        spot = ReplyTarget(reacted.room, reacted.to, root)
        await self._hands.teller.say(message, spot, f"ans-{reacted.event_id}", request)

    async def _refuse(self, admission: TooMany | QueueFull, reacted: ReactionEvent) -> None:
        if not admission.told_before:
            await self._say(self._hands.parts.chat.refusal(admission), reacted)

    async def _remove(self, reacted: ReactionEvent, request: ChatRequest, fresh: bool) -> None:
        parts = self._hands.parts
        message = await parts.chat.handle(
            Action(Verb.REMOVE), replace(request, reply_to=reacted.to).privately()
        )
        if message.takes_down:
            await self._hands.teller.take_down(reacted.room, message.takes_down)
            return
        # Permitted removals are not rate-limited; refusals are, or a stranger could flood the room.
        admission: Admission = Admitted()
        if fresh:
            admission = parts.limiter.admit(reacted.sender, reacted.room, waits=False)
        if isinstance(admission, Admitted):
            await self._say(message, reacted)
        else:
            await self._refuse(admission, reacted)

    async def _decided(self, sign: str, reacted: ReactionEvent, request: ChatRequest) -> None:
        """A curator says whether a document is to be removed."""
        parts = self._hands.parts
        if sign not in {YES, REMOVE} or not parts.rights.curates(request.person):
            return
        key = self._hands.memory.removals.pop(reacted.to, "")
        action = Action(Verb.DROP if sign == YES else Verb.CANCEL, key)
        await self._say(await parts.chat.handle(action, request.privately()), reacted)
