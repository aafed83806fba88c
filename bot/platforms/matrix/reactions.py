"""Reactions below messages of the bot, which work as buttons."""

from dataclasses import dataclass, replace

from bot.chat.buttons import Action, Verb
from bot.chat.commands import Command, PressOnMessage
from bot.chat.message import Message
from bot.chat.rate_limits import Admission, Admitted
from bot.chat.request import ChatRequest
from bot.chat.saved_replies import offers_nearest
from bot.chat.texts.languages import in_language
from bot.platforms.matrix.api.events import ReactionEvent
from bot.platforms.matrix.messages import MessageHandler
from bot.platforms.matrix.outbox import ReplyTarget
from bot.platforms.matrix.reaction_offers import (
    CHOICES,
    MORE,
    OPEN,
    REMOVE,
    VERBS,
    YES,
    signs_below,
    without_variants,
)
from bot.state.records import Mode, Post, Verdict

_VERDICTS = {Verb.UP: Verdict.UP, Verb.DOWN: Verdict.DOWN}


@dataclass(frozen=True, slots=True)
class ReactionHandler:
    """Carries out actions of reactions; raises `RefusedError` where the reply is refused."""

    messages: MessageHandler

    async def press(self, reaction: ReactionEvent, *, fresh: bool) -> None:
        """Carry out a reaction to a message of the bot; rate limits apply to a `fresh` one."""
        messages, key = self.messages, without_variants(reaction.key)
        request = ChatRequest(*await messages.place_and_person(reaction.room, reaction.sender))
        if reaction.to in messages.outbox.memory.removals:
            await self._confirm_removal(key, reaction, request)
            return
        if key == OPEN:
            await self._show_signs(reaction)
            return
        verb = VERBS.get(key)
        post = await messages.outbox.post_of(reaction.room, reaction.to)
        if post is None or verb is None:
            page = messages.outbox.memory.next_pages.get(reaction.to)
            if page is not None and key == MORE:
                await self._respond(page, reaction, request, fresh)
        elif verb in _VERDICTS:
            await self._vote(_VERDICTS[verb], post, reaction, request)
        elif verb is Verb.REMOVE:
            await self._remove_reply(reaction, request, fresh)
        elif verb is not Verb.NEAREST or await self._offers_nearest(post):
            press = PressOnMessage(verb, reaction.to, CHOICES.get(key, 1))
            await self._respond(press, reaction, request, fresh)

    async def _offers_nearest(self, post: Post) -> bool:
        """Whether a reply offers nearest excerpts; below another one a number says nothing."""
        saved = await self.messages.services.store.answers.reply(post.reply_id)
        return saved is not None and offers_nearest(saved)

    async def _show_signs(self, reaction: ReactionEvent) -> None:
        """Put the signs that work below a message there."""
        outbox = self.messages.outbox
        signs = outbox.memory.signs.get(reaction.to, ())
        post = None if signs else await outbox.post_of(reaction.room, reaction.to)
        if post is not None:
            saved = await self.messages.services.store.answers.reply(post.reply_id)
            signs = () if saved is None else signs_below(saved)
        outbox.offers.show(reaction.room, reaction.to, signs)

    async def _respond(
        self, command: Command, reaction: ReactionEvent, request: ChatRequest, fresh: bool
    ) -> None:
        chat = self.messages.services.chat
        admission = await chat.admit(command, request) if fresh else chat.admit_again()
        if isinstance(admission, Admitted):
            message = await chat.handle(command, request, admission)
            await self._send(message, reaction, request)
        elif not admission.already_told:
            await self._send(await chat.refusal(admission, request), reaction)

    async def _send(
        self, message: Message, reaction: ReactionEvent, request: ChatRequest | None = None
    ) -> None:
        root = await self.messages.outbox.root_of(reaction.room, reaction.to)
        target = ReplyTarget(reaction.room, reaction.to, root)
        await self.messages.outbox.send(message, target, f"ans-{reaction.event_id}", request)

    async def _vote(
        self, verdict: Verdict, post: Post, reaction: ReactionEvent, request: ChatRequest
    ) -> None:
        """Give a vote; ask why one is against a reply, where the person may write an answer."""
        services, room = self.messages.services, reaction.room
        with in_language(await self.messages.outbox.language(room)):
            question = await services.chat.feedback.react(verdict, reaction.event_id, post, request)
        state = self.messages.port.room(room)
        may_answer = state is not None and state.may_send(reaction.sender, "m.room.message")
        is_on = (await services.rooms.effective(request.place)).mode is not Mode.OFF
        if question is None or not may_answer or not is_on:
            return
        admission = services.limiter.admit(reaction.sender, room, waits=False)
        if isinstance(admission, Admitted):
            await self._send(question, reaction)

    async def _remove_reply(
        self, reaction: ReactionEvent, request: ChatRequest, fresh: bool
    ) -> None:
        services = self.messages.services
        message = await services.chat.handle(
            Action(Verb.REMOVE), replace(request, reply_to=reaction.to).privately()
        )
        if message.to_delete:
            await self.messages.outbox.redact(reaction.room, message.to_delete)
            return
        # Permitted removals are not rate-limited; refusals are, or a stranger could flood the room.
        admission: Admission = Admitted()
        if fresh:
            admission = services.limiter.admit(reaction.sender, reaction.room, waits=False)
        if isinstance(admission, Admitted):
            await self._send(message, reaction)
        elif not admission.already_told:
            await self._send(await services.chat.refusal(admission, request), reaction)

    async def _confirm_removal(
        self, key: str, reaction: ReactionEvent, request: ChatRequest
    ) -> None:
        """Remove a document or keep it, as a curator answers the bot's question."""
        services = self.messages.services
        if key not in {YES, REMOVE} or not services.rights.curates(request.person):
            return
        document = self.messages.outbox.memory.removals.pop(reaction.to, "")
        action = Action(Verb.DROP if key == YES else Verb.CANCEL, document)
        await self._send(await services.chat.handle(action, request.privately()), reaction)
