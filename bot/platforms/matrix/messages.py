"""Messages on Matrix: whether one is for the bot, the reply to it, edits and redactions."""

import logging
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from bot.chat.command_grammar import Syntax, is_command, parse
from bot.chat.commands import (
    Ask,
    Command,
    Context,
    CorpusCommand,
    Empty,
    Help,
    ListFeedback,
    ListSources,
    More,
    Nearest,
    NoQuestion,
    PinCommand,
    RemoveDocument,
    RoomCommand,
    ShowSource,
)
from bot.chat.first_posts import FirstPost
from bot.chat.identity import Person, Place
from bot.chat.rate_limits import Admitted, QueueFull
from bot.chat.request import LARGEST_UPLOAD, AttachedFile, ChatRequest, FetchError
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import in_language
from bot.chat.texts.notices import notice
from bot.platforms.matrix.api.events import MessageEvent, RedactionEvent, UndecryptableEvent
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.api.http import CallError
from bot.platforms.matrix.mapping import (
    PLATFORM,
    is_pair,
    mentions,
    person_of,
    room_place,
    thread_key,
    words_of,
)
from bot.platforms.matrix.outbox import MatrixOutbox, ReplyTarget
from bot.platforms.services import PlatformServices
from bot.state.records import Mode, Post

T = TypeVar("T")

_EVEN_WHERE_OFF = CorpusCommand | ListFeedback | PinCommand | RemoveDocument | RoomCommand
"""Commands that are answered even in a room where no message is a question."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MessageHandler:
    """Replies to messages; raises `RefusedError` where the homeserver refuses the reply."""

    services: PlatformServices
    port: HomeserverPort
    outbox: MatrixOutbox
    syntax: Syntax

    async def place_and_person(self, room: str, user: str) -> tuple[Place, Person]:
        """A room as a place, and a user with the rights they have there."""
        place = await self.outbox.place(room)
        return place, person_of(user, self.port.room(room), place)

    async def _request(self, message: MessageEvent, command: Command) -> ChatRequest:
        """The request of a command that somebody wrote in a message."""
        place, person = await self.place_and_person(message.room, message.sender)
        event = message.event_id
        target = _target_of(message)
        if isinstance(command, RoomCommand):
            state = self.port.room(message.room)
            person = person_of(person.id, state, room_place(message.room))
            if place.direct and state is not None and not state.is_direct:
                # A curator may set up a room in which the other members are still missing.
                place = room_place(message.room)
        return ChatRequest(
            place,
            person,
            thread=thread_key(message),
            # The answer opens a thread below the question; a question there may be a follow-up.
            begins=None if message.thread_root else f"{message.room}:{event}",
            message=event,
            reply_to=message.reply_to,
            root=message.thread_root,
            attachment=lambda: attachment_of(message, self.port),
            progress=lambda progress: self.outbox.send_once(progress, target, f"wait-{event}"),
        )

    async def command(self, message: MessageEvent) -> Command | FirstPost | None:
        """The command in a message; None where the message is not for the bot."""
        port = self.port
        if message.notice or message.emote or message.sender == port.user_id:
            return None
        text = words_of(message, port.user_id, port.display_name)
        has_sign = is_command(text, self.syntax)
        command = parse(text, self.syntax)
        if has_sign and isinstance(command, _EVEN_WHERE_OFF):
            return command
        if message.attachment is not None:
            return None
        mode = (await self.services.rooms.effective(room_place(message.room))).mode
        if mode is Mode.OFF:
            return None
        if has_sign or mentions(message, port.user_id, port.display_name):
            return command
        if is_pair(port.room(message.room)):
            return None if isinstance(command, Empty) else command
        if mode is Mode.EVERYTHING and not isinstance(command, NoQuestion):
            return command
        target, outbox = message.reply_to, self.outbox
        is_reply = target is not None and await outbox.is_own_message(message.room, target)
        if is_reply or await self._goes_on(message, command):
            return command
        # A message becomes the first post of a thread by the reply to it alone.
        may_begin = message.thread_root is None and target is None and isinstance(command, Ask)
        return FirstPost(text) if mode is Mode.FORUM and may_begin else None

    async def _goes_on(self, message: MessageEvent, command: Command) -> bool:
        """Whether a message is a word for a reply in its thread, such as `more`.

        Other words in a thread may be meant for its other members.
        """
        root = message.thread_root
        words = More | Context | ShowSource | ListSources | Nearest
        is_bare_number = isinstance(command, Nearest) and command.or_ask is not None
        if root is None or is_bare_number or not isinstance(command, words):
            return False
        return await self.outbox.takes_part(message.room, root)

    async def was_answered(self, room: str, event: str) -> bool:
        """Whether an event is a question that has a stored reply."""
        return await self.services.chat.reply_to(room_place(room), event) is not None

    async def answer(self, message: MessageEvent, *, fresh: bool, edit: str = "") -> None:
        """Reply to a message. One that is not `fresh` was admitted before a restart.

        `edit` is the event that changed its words, if one did. Its reply is sent under the id of
        that event: an earlier reply, redacted since, may have had that of the message.
        """
        room, cause = message.room, edit or message.event_id
        command = await self.command(message)
        if command is None:
            await self._redact_notices(message)
            return
        if not fresh and await self.was_answered(room, message.event_id):
            # A stored post proves the reply was sent; only finishing the job failed.
            return
        target = _target_of(message)
        if isinstance(command, FirstPost):
            await self._redact_notices(message)
            await self._answer_if_sure(command, message, cause, fresh=fresh)
            return
        if isinstance(command, Empty):
            command = Help()
        request = await self._request(message, command)
        self.outbox.seen(room, message.event_id)
        admitted = await self._admit(command, request, target, cause, fresh)
        if admitted is None:
            return
        await self._redact_notices(message)
        async with self.outbox.typing(room):
            reply = await self.services.chat.handle(command, request, admitted)
        await self.outbox.send(reply, target, f"ans-{cause}", request)

    async def _redact_notices(self, message: MessageEvent) -> None:
        """Redact notices such as help or a refusal: they answer words that an edit took away."""
        await self.outbox.redact(message.room, (), message.event_id)

    async def _answer_if_sure(
        self, post: FirstPost, message: MessageEvent, cause: str, *, fresh: bool
    ) -> None:
        """Reply to a first post where that is sure; else the room sees no sign of the bot."""
        chat, request = self.services.chat, await self._request(message, Ask(post.text))
        reply = await chat.answer_if_sure(post, request, None if fresh else chat.admit_again())
        if reply is not None:
            await self.outbox.send(reply, _target_of(message), f"ans-{cause}", request)

    async def _admit(
        self, command: Command, request: ChatRequest, target: ReplyTarget, event: str, fresh: bool
    ) -> Admitted | None:
        """The admission of the command in `event`; None where the room gets a refusal instead."""
        chat, outbox = self.services.chat, self.outbox
        if not fresh:
            return chat.admit_again()
        admission = await chat.admit(command, request)
        if isinstance(admission, Admitted):
            return admission
        if not admission.already_told:
            refusal = await chat.refusal(admission, request)
            await outbox.send(refusal, target, f"ans-{event}")
        elif isinstance(admission, QueueFull):
            # A notice gives the reason already; the reaction shows which question is refused.
            await outbox.react(target.room, target.reply_to, "⏳", f"full-{event}")
        return None

    async def reply_undecryptable(self, event: UndecryptableEvent) -> None:
        """Say in the thread that a message could not be decrypted, and what helps."""
        unverified = event.withheld == "m.unverified"
        text = Text.UNREADABLE_UNVERIFIED if unverified else Text.UNREADABLE
        with in_language(await self.outbox.language(event.room)):
            message = self.services.chat.say(notice(text))
        await self.outbox.send(message, _target_of(event), f"unread-{event.event_id}")

    # Edits and redactions

    async def handle_edit(self, edit: MessageEvent, *, fresh: bool) -> None:
        """Edit the reply to an edited question; answer a message that the edit makes a question."""
        question = edit.edits or edit.event_id
        post = await self.services.chat.reply_to(room_place(edit.room), question)
        if post is None or post.asker != edit.sender:
            original = await self.port.message(edit.room, question)
            # Clients show an edit only where it is by the sender of the message.
            if original is None or original.sender != edit.sender:
                return
            if post is None:
                message = replace(original, body=edit.body, formatted=edit.formatted, edits=None)
                message = replace(message, mentions=edit.mentions)
                await self.answer(message, fresh=fresh, edit=edit.event_id)
                return
        await self._answer_again(edit, post, fresh)

    async def _answer_again(self, edit: MessageEvent, post: Post, fresh: bool) -> None:
        """Edit the first message of a reply, and redact its further pages."""
        chat, room = self.services.chat, edit.room
        # The edit need not mention the bot again.
        text = words_of(edit, self.port.user_id, self.port.display_name)
        command, question = parse(text, self.syntax), post.question_message
        if question is None:
            return
        is_first_post = await self._is_first_post(edit, question)
        if not (is_first_post or isinstance(command, Ask)):
            return
        request = replace(
            await self._request(edit, command),
            # A thread of its own: the new words must not count as a follow-up of the old ones.
            thread=f"edit:{edit.event_id}",
            begins=f"{room}:{question}",
            message=question,
        )
        root = await self.outbox.root_of(room, post.reply_messages[0]) if fresh else question
        target = ReplyTarget(room, question, root)
        # Each edit counts as a question, or edits would evade the rate limits.
        if is_first_post:
            admission = await chat.admit(command, request) if fresh else chat.admit_again()
            if not isinstance(admission, Admitted):
                return
            answer = await chat.answer_if_sure(FirstPost(text), request, admission)
            if answer is None:
                await chat.forget_message(request.place, question)
                await self.outbox.redact(room, post.reply_messages, question)
                return
            reply = answer
        else:
            admitted = await self._admit(command, request, target, edit.event_id, fresh)
            if admitted is None:
                return
            async with self.outbox.typing(room):
                reply = await chat.handle(command, request, admitted)
        if reply.reply == post.reply_id:
            return
        first, *further = post.reply_messages
        await self.outbox.edit(room, first, reply, f"edit-{edit.event_id}")
        await chat.posted(reply, request, first)
        await self.outbox.redact(room, further, first)
        self.outbox.offer_signs(reply, room, first)

    async def _is_first_post(self, edit: MessageEvent, question: str) -> bool:
        """Whether an edited message is a first post, and was not put to the bot itself."""
        mode = (await self.services.rooms.effective(room_place(edit.room))).mode
        if mode is not Mode.FORUM or mentions(edit, self.port.user_id, self.port.display_name):
            return False
        original = await self.port.message(edit.room, question)
        return original is not None and isinstance(await self.command(original), FirstPost)

    async def handle_redaction(self, redaction: RedactionEvent, *, fresh: bool) -> None:
        """Redact the reply to a redacted question; withdraw the vote of a redacted reaction."""
        event = redaction.redacts
        await self.services.store.feedback.withdraw(PLATFORM, event)
        replies = await self.services.chat.forget_message(room_place(redaction.room), event)
        if not replies and not fresh:
            # The run before may have ended between deleting the post and redacting the reply.
            replies = tuple(await self.outbox.replies_to(redaction.room, (event,)))
        # The event may itself be a page of a reply; the other pages go with it.
        others = [each for each in replies if each != event]
        await self.outbox.redact(redaction.room, others, event)


def _target_of(event: MessageEvent | UndecryptableEvent) -> ReplyTarget:
    return ReplyTarget(event.room, event.event_id, event.thread_root or event.event_id)


async def attachment_of(message: MessageEvent, port: HomeserverPort) -> AttachedFile | None:
    """The file of a message, or of the message it answers. Raises FetchError."""
    file = message.attachment
    if file is None and message.reply_to is not None:
        original = await _fetch(port.message(message.room, message.reply_to))
        file = None if original is None else original.attachment
    if file is None:
        return None
    download = partial(port.download, file, LARGEST_UPLOAD)
    return AttachedFile(file.name, file.size, lambda: _fetch(download()))


async def _fetch(call: Awaitable[T]) -> T:
    """Await a call of the port; a failure is logged and becomes a FetchError."""
    try:
        return await call
    except CallError as fault:
        _log.warning("a file could not be fetched: %s", fault)
        raise FetchError from fault
