"""Messages of people: what they ask for, answered; edited and taken down, followed."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from bot.chat.commands import Ask, Command, CorpusCommand, Empty, Help, RoomCommand
from bot.chat.grammar import Syntax, is_command, parse
from bot.chat.identity import Person, Place
from bot.chat.message import Message
from bot.chat.rate_limits import Admitted, QueueFull
from bot.chat.request import ChatRequest
from bot.chat.texts.catalogue import Text, notice
from bot.platforms.matrix.api.events import MessageEvent, RedactionEvent
from bot.platforms.matrix.api.port import CallError, MessageContent, Port
from bot.platforms.matrix.attachments import attachment_of
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
from bot.platforms.matrix.sender import MatrixSender
from bot.platforms.matrix.votes import ReactionVotes
from bot.platforms.parts import PlatformServices
from bot.state.records import Mode, Post

NOT_NOW = "⏳"
"""Put below a question that is not taken, where the room was told why already."""


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MessageTools:
    """What answering works with."""

    parts: PlatformServices
    port: Port
    memory: Memory
    sender: MatrixSender
    teller: MatrixOutbox
    votes: ReactionVotes

    async def where(self, room: str, user: str) -> tuple[Place, Person]:
        """The room as a place, and who says something there."""
        state = self.port.room(room)
        place = place_of(room, state, await self.parts.rooms.effective(room_place(room)))
        return place, person_of(user, state, place)

    async def request(self, said: MessageEvent, command: Command) -> ChatRequest:
        """A command with where and by whom it was written."""
        place, person = await self.where(said.room, said.sender)
        if isinstance(command, RoomCommand):
            state = self.port.room(said.room)
            person = person_of(person.id, state, room_place(said.room))
            if place.direct and state is not None and not state.is_direct:
                # For two by chance only: it can be made ready before the others come.
                place = room_place(said.room)
        return ChatRequest(
            place,
            person,
            thread=talk_of(said),
            # The answer opens a thread below the question, which may lean on it as well.
            begins=None if said.thread_root else f"{said.room}:{said.event_id}",
            message=said.event_id,
            reply_to=said.reply_to,
            root=said.thread_root,
            attachment=lambda: attachment_of(said, self.port),
            progress=lambda message: self._progress(said, message),
        )

    async def _progress(self, said: MessageEvent, message: Message) -> None:
        """Say in the thread, once, that something takes a while."""
        content = MessageContent(message.page.text, message.page.html, said.event_id, root_of(said))
        try:
            await self.port.send(said.room, content, f"wait-{said.event_id}")
        except CallError as fault:
            _log.info("it could not be told that something takes long: %s", fault)


class MessageHandler:
    """Answers messages; raises `RefusedError` where Matrix does not accept the answer."""

    def __init__(self, hands: MessageTools, syntax: Syntax) -> None:
        self._hands = hands
        self._syntax = syntax

    async def command(self, said: MessageEvent) -> Command | None:
        """The command that a message is; None where it is not for the bot."""
        port = self._hands.port
        if said.notice or said.emote or said.sender == port.user_id:
            return None
        text = words_of(said, port.user_id, port.display_name)
        is_for_bot = is_command(text, self._syntax)
        command = parse(text, self._syntax)
        if is_for_bot and isinstance(command, CorpusCommand | RoomCommand):
            return command
        if said.attachment is not None:
            return None
        mode = (await self._hands.parts.rooms.effective(room_place(said.room))).mode
        if mode is Mode.OFF:
            return None
        if is_for_bot or mentions(said, port.user_id, port.display_name):
            return command
        if mode is Mode.EVERYTHING or is_pair(port.room(said.room)):
            return None if isinstance(command, Empty) else command
        if said.reply_to is None or not await self._hands.teller.is_ours(said.room, said.reply_to):
            return None
        return command

    async def was_asked(self, room: str, event: str) -> bool:
        """Whether an event is a question that has a reply."""
        return await self._hands.parts.chat.reply_to(room_place(room), event) is not None

    async def answer(self, said: MessageEvent, *, fresh: bool) -> None:
        """Answer a message; what was taken before a restart is admitted already."""
        hands, room = self._hands, said.room
        command = await self.command(said)
        if command is None or (not fresh and await self.was_asked(room, said.event_id)):
            # A noted reply proves that it was sent; only marking the job as done failed.
            return
        if isinstance(command, Empty):
            command = Help()
        request = await hands.request(said, command)
        spot = ReplyTarget(room, said.event_id, root_of(said))
        hands.sender.seen(room, said.event_id)
        admitted = await self._admitted(command, request, spot, said.event_id, fresh)
        if admitted is None:
            return
        hands.teller.busy(room, 1)
        try:
            async with hands.sender.typing(room):
                message = await hands.parts.chat.handle(command, request, admitted)
            await hands.teller.say(message, spot, f"ans-{said.event_id}", request)
        finally:
            hands.teller.busy(room, -1)

    async def _admitted(
        self, command: Command, request: ChatRequest, spot: ReplyTarget, event: str, fresh: bool
    ) -> Admitted | None:
        """The admission of what the message `event` asks for; None where a refusal was told."""
        chat = self._hands.parts.chat
        if not fresh:
            return chat.admit_again()
        admission = await chat.admit(command, request)
        if isinstance(admission, Admitted):
            return admission
        if not admission.told_before:
            await self._hands.teller.say(chat.refusal(admission), spot, f"ans-{event}")
        elif isinstance(admission, QueueFull):
            # The room was told why; the asker sees that this question was not taken either.
            await self._hands.teller.sign(spot.room, event, NOT_NOW, f"full-{event}")
        return None

    async def unreadable(self, room: str, event: str, root: str | None) -> None:
        """Say, in the thread, that a message could not be decrypted."""
        message = self._hands.parts.chat.say(notice(Text.UNREADABLE))
        spot = ReplyTarget(room, event, root or event)
        await self._hands.teller.say(message, spot, f"unread-{event}")

    # Edits and what is taken down

    async def edited(self, edit: MessageEvent, *, fresh: bool) -> None:
        """A question that is edited has its reply edited; it may become one only now."""
        first = edit.edits or edit.event_id
        post = await self._hands.parts.chat.reply_to(room_place(edit.room), first)
        if post is not None and post.asker == edit.sender:
            await self._edit(edit, post, fresh)
            return
        original = await self._hands.port.said(edit.room, first)
        # What others edit no client shows.
        if original is None or original.sender != edit.sender:
            return
        if post is not None:
            await self._edit(edit, post, fresh)
            return
        late = replace(
            original,
            body=edit.body,
            formatted=edit.formatted,
            mentions=edit.mentions,
            edits=None,
        )
        await self.answer(late, fresh=fresh)

    async def _edit(self, edit: MessageEvent, post: Post, fresh: bool) -> None:
        hands, room = self._hands, edit.room
        chat, question = hands.parts.chat, post.question_message
        command = parse(words_of(edit, hands.port.user_id, hands.port.display_name), self._syntax)
        if not isinstance(command, Ask) or question is None:
            return
        request = replace(
            await hands.request(edit, command),
            # Its own words of before are no question to lean on.
            thread=f"edit:{edit.event_id}",
            begins=f"{room}:{question}",
            message=question,
        )
        root = await hands.teller.root_of(room, post.reply_messages[0]) if fresh else question
        # Each edit is a question to answer: else they would be without limit.
        admitted = await self._admitted(
            command, request, ReplyTarget(room, question, root), edit.event_id, fresh
        )
        if admitted is None:
            return
        async with hands.sender.typing(room):
            message = await chat.handle(command, request, admitted)
        if message.reply == post.reply_id:
            return
        shown, *others = post.reply_messages
        await hands.sender.edit(room, shown, message, f"edit-{edit.event_id}")
        await chat.posted(message, request, shown)
        beside = hands.memory.beside.pop(shown, ())
        await hands.teller.take_down(room, (*others, *beside))
        hands.teller.offer(room, shown, message)

    async def taken_down(self, redacted: RedactionEvent) -> None:
        """A question that is taken down takes its reply with it, a reaction its verdict."""
        hands, gone = self._hands, redacted.redacts
        await hands.votes.withdraw(gone)
        replies = await hands.parts.chat.forget_message(room_place(redacted.room), gone)
        ours = [each for each in replies if each != gone]
        beside = hands.memory.beside.pop(gone, ())
        await hands.teller.take_down(redacted.room, (*ours, *beside))
