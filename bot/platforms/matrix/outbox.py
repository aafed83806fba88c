"""Outbox on Matrix: sends, edits and redacts messages, and remembers them.

What must get through is retried until the homeserver answers. Each retry of a call has the same
transaction id, so the homeserver takes the call once.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from bot.chat.identity import Place
from bot.chat.message import Message
from bot.chat.request import ChatRequest
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import Language, current_language, in_language
from bot.chat.texts.notices import notice
from bot.core.errors import MatrixError
from bot.platforms.matrix.api.contents import MessageContent
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.api.http import NO_CODE, CallError, RefusedError, UnreachedError
from bot.platforms.matrix.mapping import PLATFORM, place_of, room_place
from bot.platforms.matrix.memory import Memory
from bot.platforms.matrix.reaction_offers import WORDS, ReactionOffers, removal_key, signs_for
from bot.platforms.retry import UNTIL_DONE
from bot.platforms.services import PlatformServices
from bot.state.records import Post

P = ParamSpec("P")
T = TypeVar("T")

TYPING_SECONDS = 0.5
"""A reply that takes longer shows the bot as typing."""

_log = logging.getLogger(__name__)


async def until_reached(call: Callable[P, Awaitable[T]], *args: P.args, **options: P.kwargs) -> T:
    """Call again while the failures are temporary; raises `RefusedError` for any other refusal."""
    return await UNTIL_DONE(_is_temporary, call, *args, **options)


async def unless_refused(
    failure: str, call: Callable[P, Awaitable[object]], *args: P.args, **options: P.kwargs
) -> None:
    """Call until reached; a refusal is only logged, after the words `failure`."""
    try:
        await until_reached(call, *args, **options)
    except RefusedError as fault:
        _log.warning("%s: %s", failure, fault)


def _is_temporary(fault: Exception) -> bool:
    """Whether the homeserver is away, limits the rate, or only its proxy answered."""
    temporary = isinstance(fault, UnreachedError) or (
        isinstance(fault, RefusedError)
        and (fault.status == 429 or (fault.status == 404 and fault.code == NO_CODE))
    )
    if temporary:
        _log.info("the homeserver is not reached, trying again: %s", fault)
    return temporary


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """Event that a message replies to, in the thread that begins at the event `root`."""

    room: str
    reply_to: str
    root: str


@dataclass(frozen=True, slots=True)
class MatrixOutbox:
    """Sends messages, typing notices, read receipts and reactions to rooms."""

    services: PlatformServices
    port: HomeserverPort
    offers: ReactionOffers
    memory: Memory = field(default_factory=Memory)
    _typing: Counter[str] = field(default_factory=Counter)
    _typing_tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _typing_shown: set[str] = field(default_factory=set)
    _typing_locks: WeakValueDictionary[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary
    )
    _receipts: set[asyncio.Task[None]] = field(default_factory=set)

    async def send(
        self, message: Message, target: ReplyTarget, txn: str, request: ChatRequest | None = None
    ) -> None:
        """Send a message under a transaction id, and remember it. Raises `RefusedError`.

        With `request`, the one that it answers, the message is stored as posted. Where the bot
        puts no signs, the message names the words for them.
        """
        memory = self.memory
        sent = await self._post(message, target, txn)
        memory.roots[sent] = target.root
        if message.reply is None:
            # A notice is redacted together with its subject: a reply, or the message that asked.
            subject = message.about or target.reply_to
            memory.remarks[subject] = (*memory.remarks.get(subject, ()), sent)
        if message.next_page is not None:
            memory.next_pages[sent] = message.next_page
        if (key := removal_key(message)) is not None:
            memory.removals[sent] = key
        if request is not None:
            await self.services.chat.posted(message, request, sent)
        self.offer_signs(message, target.room, sent)
        await self._type_on(target.room)

    def offer_signs(self, message: Message, room: str, event: str) -> None:
        """Put the signs of a message below the event that shows it."""
        self.memory.signs[event] = signs = signs_for(message)
        self.offers.offer(room, event, signs)

    async def _post(self, message: Message, target: ReplyTarget, txn: str) -> str:
        """Send a message into its thread; its event id. Raises `RefusedError`.

        Below events that cannot start a thread it becomes a plain reply.
        """
        content = await self._with_words(_content(message, target), message, target.room)
        with self.offers.message_due():
            try:
                return await until_reached(self.port.send, target.room, content, txn)
            except RefusedError as fault:
                if fault.status != 400:
                    raise
            flat = replace(content, thread_root=None)
            return await until_reached(self.port.send, target.room, flat, f"{txn}-flat")

    async def _with_words(
        self, content: MessageContent, message: Message, room: str
    ) -> MessageContent:
        """The content of a reply, with the words for its signs where the bot puts no signs."""
        signs = () if message.reply is None else signs_for(message)
        words = [word for sign, word in WORDS.items() if sign in signs]
        if not words or self.offers.may_react(room):
            return content
        with in_language(await self.language(room)):
            page = self.services.chat.say(notice(Text.REPLY_WORDS, words=", ".join(words))).page
        text, html = f"{content.text}\n\n{page.text}", (content.html or "") + (page.html or "")
        return replace(content, text=text, html=html or None)

    async def language(self, room: str) -> Language:
        """The language of fixed texts in a room."""
        effective = await self.services.rooms.effective(await self.place(room))
        return effective.language or current_language()

    async def place(self, room: str) -> Place:
        """A room as a place."""
        effective = await self.services.rooms.effective(room_place(room))
        return place_of(room, self.port.room(room), effective)

    async def introduce(self, room: str, message: Message, txn: str) -> None:
        """Send a message that answers nothing. Raises `RefusedError`."""
        with self.offers.message_due():
            await until_reached(self.port.send, room, _content(message), txn)

    async def send_once(self, message: Message, target: ReplyTarget, txn: str) -> None:
        """Send a message that may be lost, without retries; a failure is logged."""
        await _attempt(self.port.send(target.room, _content(message, target), txn), "a message")

    async def edit(self, room: str, event: str, message: Message, txn: str) -> None:
        """Replace a message of the bot. Raises `RefusedError`."""
        content = await self._with_words(_content(message), message, room)
        with self.offers.message_due():
            await until_reached(self.port.edit, room, event, content, txn)

    async def redact(self, room: str, events: Sequence[str], subject: str | None = None) -> None:
        """Redact messages of the bot, and the remarks about them and about `subject`."""
        remarks = self.memory.remarks
        messages = list(events)
        about = [*messages, subject or ""] if messages else []
        while about:
            # A sign below an excerpt that a sign brought has brought a reply to that one.
            about = [one for one in await self.replies_to(room, about) if one not in messages]
            messages += about
        if subject is not None:
            messages += remarks.pop(subject, ())
        for event in tuple(messages):
            messages += remarks.pop(event, ())
        messages = list(dict.fromkeys(messages))
        for event in messages:
            self.offers.withdraw(room, event)
        with self.offers.message_due():
            for event in messages:
                failure = "a message could not be taken down"
                await unless_refused(failure, self.port.redact, room, event)

    async def replies_to(self, room: str, messages: Sequence[str]) -> list[str]:
        """The bot's messages about others in one thread; none where the homeserver refuses.

        After a restart only the server knows what signs brought.
        """
        try:
            root = await self.root_of(room, messages[0])
            return await until_reached(self.port.replies, room, root, messages)
        except RefusedError as fault:
            _log.warning("messages about one that is taken down are not known: %s", fault)
            return []

    async def react(self, room: str, event: str, key: str, txn: str) -> None:
        """Put a reaction below a message where power levels allow it; a failure is logged."""
        state = self.port.room(room)
        if state is not None and state.may_send(self.port.user_id, "m.reaction"):
            await _attempt(self.port.react(room, event, key, txn), "a reaction")

    # Signs of work

    @asynccontextmanager
    async def typing(self, room: str) -> AsyncIterator[None]:
        """Show the bot as typing while the body takes long; bodies of one room share this."""
        task = self._typing_tasks.get(room)
        if task is None:
            task = self._typing_tasks[room] = asyncio.create_task(self._keep_typing(room))
        self._typing[room] += 1
        try:
            yield
        finally:
            self._typing[room] -= 1
            if not self._typing[room]:
                del self._typing[room], self._typing_tasks[room]
                task.cancel()
                await asyncio.wait({task})
        # A body that the end of the program cancels does not come here: the end must not wait.
        if room in self._typing_shown and room not in self._typing_tasks:
            self._typing_shown.discard(room)
            async with self._typing_lock(room):
                # Meanwhile the next reply may have begun to take long.
                if room not in self._typing_shown:
                    await self._tell_typing(room, on=False)

    async def _keep_typing(self, room: str) -> None:
        await asyncio.sleep(TYPING_SECONDS)
        self._typing_shown.add(room)
        while True:
            async with self._typing_lock(room):
                await self._tell_typing(room, on=True)
            # A homeserver ends a typing notice after 30 seconds.
            await asyncio.sleep(20.0)

    async def _type_on(self, room: str) -> None:
        """Show the bot as typing again below a message, if another reply is still being made.

        Clients take a message as its end, and servers tell of changes only: hence off and on.
        """
        async with self._typing_lock(room):
            for on in (False, True):
                # During the first call the other reply may have ended.
                if room in self._typing_shown and room in self._typing_tasks:
                    await self._tell_typing(room, on=on)

    def _typing_lock(self, room: str) -> asyncio.Lock:
        """The lock that keeps notices in order: one that overtakes another would undo it."""
        return self._typing_locks.setdefault(room, asyncio.Lock())

    async def _tell_typing(self, room: str, *, on: bool) -> None:
        await _attempt(self.port.typing(room, on=on), "a typing notice")

    def seen(self, room: str, event: str) -> None:
        """Send a read receipt soon."""
        task = asyncio.create_task(_attempt(self.port.receipt(room, event), "a read receipt"))
        self._receipts.add(task)
        task.add_done_callback(self._receipts.discard)

    async def close(self) -> None:
        """Cancel the receipts that are not sent yet."""
        for task in self._receipts:
            task.cancel()
        await asyncio.gather(*self._receipts, return_exceptions=True)

    # Messages of the bot

    async def is_own_message(self, room: str, event: str) -> bool:
        """Whether the bot sent a message, as far as it remembers."""
        is_remembered = self.memory.roots.get(event) is not None
        return is_remembered or await self.post_of(room, event) is not None

    async def takes_part(self, room: str, root: str) -> bool:
        """Whether the bot has replied in a thread, as far as it remembers."""
        if root in self.memory.roots.values():
            return True
        return await self.services.chat.reply_to(room_place(room), root) is not None

    async def post_of(self, room: str, event: str) -> Post | None:
        """The stored post of the reply that a message is a part of; None for other messages."""
        return await self.services.store.answers.post_of_reply(PLATFORM, room, event)

    async def root_of(self, room: str, event: str) -> str:
        """The first event of the thread in which a message of the bot stands."""
        root = self.memory.roots.get(event)
        if root is None:
            message = await until_reached(self.port.message, room, event)
            root = None if message is None else message.thread_root
        if root is None:
            # The message can no longer be decrypted; most likely its question is the root.
            post = await self.post_of(room, event)
            root = None if post is None else post.question_message
        self.memory.roots[event] = root or event
        return root or event


def _content(message: Message, target: ReplyTarget | None = None) -> MessageContent:
    reply_to, root = (None, None) if target is None else (target.reply_to, target.root)
    return MessageContent(message.page.text, message.page.html, reply_to, root)


async def _attempt(call: Awaitable[object], subject: str) -> None:
    """Await a call of the port once; a failure is only logged."""
    try:
        await call
    except (CallError, MatrixError) as fault:
        _log.info("%s could not be sent: %s", subject, fault)
