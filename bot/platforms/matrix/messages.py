"""Messages on Matrix: whether one is for the bot, the reply to it, edits and redactions."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, replace

from bot.chat.commands import Ask, Empty
from bot.chat.identity import Person, Place
from bot.chat.message import Message
from bot.chat.rate_limits import Admitted, QueueFull, refusal_blocks
from bot.chat.service import AskRequest
from bot.chat.texts.catalogue import Text, notice
from bot.platforms.matrix.api.events import (
    MatrixEvent,
    MessageEvent,
    RedactionEvent,
    UndecryptableEvent,
)
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
"""Reaction below a question that is refused, where the room was told the reason already."""


@dataclass(frozen=True, slots=True)
class MessageTools:
    """Objects that the handlers of messages, edits and reactions share."""

    services: PlatformServices
    port: Port
    memory: Memory
    sender: MatrixSender
    outbox: MatrixOutbox
    requests: RequestHandler

    async def place_and_person(self, room: str, user: str) -> tuple[Place, Person]:
        """A room as a place, and a user with the rights they have there."""
        state = self.port.room(room)
        place = place_of(room, state, await self.services.rooms.effective(room_place(room)))
        return place, person_of(user, state, place)

    async def in_turn(self, work: Awaitable[Response], doing: str) -> Response:
        """Await a response in the order of requests; an error notice where that fails."""
        responses: list[Response] = []

        async def message() -> Message:
            responses.append(await work)
            return responses[0].message

        async with self.services.turnstile.turn():
            reply = await self.services.desk.safely(message(), doing)
        return responses[0] if responses else Response(reply)

    async def admit(self, event: MatrixEvent, place: Place, target: ReplyTarget) -> bool:
        """Whether the rate limits admit an event; a refusal is told in the room."""
        admission = self.services.turnstile.admit(event.sender, event.room)
        if isinstance(admission, Admitted):
            return True
        if blocks := refusal_blocks(admission):
            refusal = Response(self.services.desk.tell(blocks))
            await self.outbox.send(refusal, place, target, f"ans-{event.event_id}")
        elif isinstance(admission, QueueFull) and isinstance(event, MessageEvent):
            # The room knows the reason; the asker sees that this question is refused as well.
            await self.outbox.react(event.room, event.event_id, NOT_NOW, f"full-{event.event_id}")
        return False


@dataclass(frozen=True, slots=True)
class MessageHandler:
    """Replies to messages; raises `RefusedError` where the homeserver refuses the reply."""

    tools: MessageTools
    prefix: str

    async def request(self, message: MessageEvent) -> Wish | None:
        """The request of a message to the bot; None where it is not for the bot."""
        port = self.tools.port
        if message.notice or message.emote or message.sender == port.user_id:
            return None
        text = words_of(message, port.user_id, port.display_name)
        command = is_command(text, self.prefix)
        request = wish_of(text, self.prefix)
        if command and is_managing(request):
            return request
        if message.attachment is not None:
            return None
        mode = (await self.tools.services.rooms.effective(room_place(message.room))).mode
        if mode is Mode.OFF:
            return None
        if command or mentions(message, port.user_id, port.display_name):
            return request
        if mode is Mode.EVERYTHING or is_pair(port.room(message.room)):
            return None if isinstance(request, Empty) else request
        target, outbox = message.reply_to, self.tools.outbox
        is_reply = target is not None and await outbox.is_own_message(message.room, target)
        return request if is_reply else None

    async def was_answered(self, room: str, event: str) -> bool:
        """Whether an event is a question that has a stored reply."""
        return await self.tools.services.desk.reply_to(room_place(room), event) is not None

    async def answer(self, message: MessageEvent, *, fresh: bool) -> None:
        """Reply to a message; a job from before a restart is not `fresh`, and admitted."""
        tools, room = self.tools, message.room
        request = await self.request(message)
        if request is None or (not fresh and await self.was_answered(room, message.event_id)):
            # A stored post proves the reply was sent; only finishing the job failed.
            return
        place, person = await tools.place_and_person(room, message.sender)
        target = ReplyTarget(room, message.event_id, root_of(message))
        tools.sender.seen(room, message.event_id)
        if fresh and not await tools.admit(message, place, target):
            return
        tools.outbox.busy(room, 1)
        try:
            async with tools.sender.typing(room):
                work = tools.requests.do(request, message, place, person)
                response = await tools.in_turn(work, "a question")
            sent = await tools.outbox.send(response, place, target, f"ans-{message.event_id}")
            if response.follows is None:
                await tools.services.desk.posted(
                    response.message, place, person, message.event_id, [sent]
                )
            self._remember(response, message, response.follows or sent)
        finally:
            tools.outbox.busy(room, -1)

    def _remember(self, response: Response, message: MessageEvent, first: str) -> None:
        """Remember what "more" continues, in the asker's talk and in the thread below."""
        memory, page = self.tools.memory, next_page(response.message)
        for talk in {talk_of(message), f"{message.room}:{root_of(message)}"}:
            if response.message.reply is not None:
                memory.talks.set(talk, first)
            if page is not None:
                memory.turns.set(talk, page)
            elif response.beside is None:
                memory.turns.pop(talk)

    async def reply_undecryptable(self, event: UndecryptableEvent) -> None:
        """Say in the thread that a message could not be decrypted."""
        response = Response(self.tools.services.desk.say(notice(Text.UNREADABLE)))
        target = ReplyTarget(event.room, event.event_id, event.thread_root or event.event_id)
        place = room_place(event.room)
        await self.tools.outbox.send(response, place, target, f"unread-{event.event_id}")

    # Edits and redactions

    async def edited(self, edit: MessageEvent, *, fresh: bool) -> None:
        """Edit the reply to an edited question; a message may become a question only now."""
        question = edit.edits or edit.event_id
        place, person = await self.tools.place_and_person(edit.room, edit.sender)
        post = await self.tools.services.desk.reply_to(place, question)
        original = None
        if post is None or post.asker != edit.sender:
            original = await self.tools.port.message(edit.room, question)
            # Clients show an edit only where it is by the sender of the message.
            if original is None or original.sender != edit.sender:
                return
        if post is not None:
            await self._answer_again(edit, post, place, person, fresh)
        elif original is not None:
            message = replace(original, body=edit.body, formatted=edit.formatted, edits=None)
            await self.answer(replace(message, mentions=edit.mentions), fresh=fresh)

    async def _answer_again(
        self, edit: MessageEvent, post: Post, place: Place, person: Person, fresh: bool
    ) -> None:
        """Edit the first message of a reply, and redact its further pages."""
        tools, desk, room = self.tools, self.tools.services.desk, edit.room
        # The edit need not mention the bot again.
        text = words_of(edit, tools.port.user_id, tools.port.display_name)
        request, question = wish_of(text, self.prefix), post.question_message
        if not isinstance(request, Ask) or question is None:
            return
        if fresh:
            # Each edit counts as a question, or edits would evade the rate limits.
            root = await tools.outbox.root_of(room, post.reply_messages[0])
            target = ReplyTarget(room, question, root)
            if not await tools.admit(edit, place, target):
                return
        # A thread of its own: an edit must not lean on its own earlier words.
        thread, begins = f"edit:{edit.event_id}", f"{room}:{question}"
        asked = AskRequest(request.question, place, person, thread, begins=begins)
        async with tools.services.turnstile.turn(), tools.sender.typing(room):
            reply = await desk.safely(desk.ask(asked), "an edit")
        if reply.reply == post.reply_id:
            return
        first, *further = post.reply_messages
        await tools.sender.edit(room, first, reply, f"edit-{edit.event_id}")
        await desk.posted(reply, place, person, question, [first])
        beside = tools.memory.beside.pop(first) or ()
        await tools.outbox.redact(room, (*further, *beside))
        tools.outbox.offer(room, first, Response(reply))

    async def redacted(self, redaction: RedactionEvent) -> None:
        """Redact the reply to a redacted question; withdraw the vote of a redacted reaction."""
        tools, event = self.tools, redaction.redacts
        await tools.requests.withdraw(event)
        removal = await tools.services.desk.forget_message(room_place(redaction.room), event)
        # The event may itself be a page of a reply; the other pages go with it.
        others = [each for each in removal.messages if each != event]
        beside = tools.memory.beside.pop(event) or ()
        await tools.outbox.redact(redaction.room, (*others, *beside))
