"""What happens in Matrix rooms, taken once and done once.

Whatever is for the bot is noted as a job before it counts as taken, done at its own pace,
and marked as done; what a crash interrupts is done at the next start, under the transaction
id that it had, so that nothing is said twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from bot.chat.grammar import MATRIX
from bot.chat.rate_limits import Admitted
from bot.core.errors import MatrixError, StateError
from bot.platforms.matrix.api.events import (
    Event,
    InviteEvent,
    JoinEvent,
    LeaveEvent,
    MessageEvent,
    ReactionEvent,
    RedactionEvent,
    RoomEvent,
    TombstoneEvent,
    UndecryptableEvent,
)
from bot.platforms.matrix.api.port import Port, RefusedError, UnreachedError
from bot.platforms.matrix.job_payloads import JobEvent, job_payload, kind_of, parse_job
from bot.platforms.matrix.mapping import PLATFORM, is_pair, room_place
from bot.platforms.matrix.membership import Membership
from bot.platforms.matrix.memory import Memory
from bot.platforms.matrix.messages import MessageHandler, MessageTools
from bot.platforms.matrix.outbox import MatrixOutbox
from bot.platforms.matrix.reaction_keys import is_sign
from bot.platforms.matrix.reaction_offers import ReactionOffers, ReactionPace
from bot.platforms.matrix.reactions import ReactionHandler
from bot.platforms.matrix.sender import MatrixSender
from bot.platforms.matrix.votes import ReactionVotes
from bot.platforms.parts import PlatformServices
from bot.state.records import Job, Mode

CLOSING_SECONDS = 3.0
"""Longest wait at the end for what is being answered."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MatrixOptions:
    """How the bot behaves in rooms.

    `welcome` are ids and patterns of who may invite it; `prefix` begins a question in a
    room of many; `pace` is that of the reactions it offers.
    """

    welcome: tuple[str, ...] = ()
    prefix: str = "!ask"
    offer_reactions: bool = True
    pace: ReactionPace = field(default_factory=ReactionPace)


class Adapter:
    """Takes part in Matrix by way of a port; all it decides is what comes from where."""

    def __init__(self, parts: PlatformServices, port: Port, ways: MatrixOptions) -> None:
        self._parts = parts
        self._port = port
        self._sender = MatrixSender(port, asyncio.sleep)
        self._offers = ReactionOffers(port, ways.pace) if ways.offer_reactions else None
        memory = Memory()
        self._teller = MatrixOutbox(parts, port, self._sender, memory, self._offers)
        votes = ReactionVotes(parts.store, memory)
        hands = MessageTools(parts, port, memory, self._sender, self._teller, votes)
        self._answerer = MessageHandler(hands, replace(MATRIX, prefix=ways.prefix))
        self._presser = ReactionHandler(hands)
        self._moving = Membership(parts, port, self._sender, ways.welcome)
        self._events: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._at_work: dict[asyncio.Task[None], str | None] = {}

    async def run(self) -> None:
        """Take part until cancelled; raises `MatrixError` where only a person can help."""
        before = await self._parts.store.jobs.pending(PLATFORM)
        working = [
            asyncio.create_task(self._port.listen(self.handle), name="listening"),
            asyncio.create_task(self._begin(before), name="what was taken before"),
        ]
        if self._offers is not None:
            working.append(asyncio.create_task(self._offers.run(), name="offering"))
        try:
            done, _ = await asyncio.wait(working, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in working:
                task.cancel()
            await asyncio.wait(working)
            await self._close()

    async def _begin(self, before: tuple[Job, ...]) -> None:
        """Once the rooms are known: do what was taken before, leave where nobody is."""
        await self._port.ready()
        self._parts.joined(self._port.user_id, len(self._port.rooms))
        for job in before:
            taken = parse_job(job.payload)
            if taken is None:
                await self._parts.store.jobs.finish(PLATFORM, job.event)
            else:
                self._start(taken, job.event, fresh=False)
        for room in self._port.rooms:
            await self._moving.if_alone(room)

    async def _close(self) -> None:
        working = set(self._at_work)
        if working:
            await asyncio.wait(working, timeout=CLOSING_SECONDS)
        for task in working:
            task.cancel()
        if working:
            await asyncio.wait(working)
        await self._sender.close()

    # What happens

    async def handle(self, happening: RoomEvent) -> None:
        """Take what happens; once this returns, a crash no longer loses it."""
        match happening:
            case MessageEvent(edits=None):
                if await self._answerer.command(happening) is not None:
                    await self._take(happening)
            case MessageEvent(edits=str(first)):
                if await self._is_edited(happening, first):
                    await self._take(happening)
            case ReactionEvent():
                if await self._is_pressed(happening):
                    await self._take(happening)
            case UndecryptableEvent():
                await self._unreadable(happening)
            case JoinEvent(me=True) | RedactionEvent() | InviteEvent() | TombstoneEvent():
                await self._take(happening)
            case LeaveEvent(me=False):
                self._spawn(self._moving.if_alone(happening.room))
            case _:
                pass

    async def _is_edited(self, edit: MessageEvent, first: str) -> bool:
        """Whether an edit is of a question, or makes one."""
        if edit.notice:
            return False
        if first in self._events or await self._answerer.command(replace(edit, edits=None)):
            return True
        return await self._answerer.was_asked(edit.room, first)

    async def _is_pressed(self, reacted: ReactionEvent) -> bool:
        if not is_sign(reacted.key):
            return False
        # What is being said this moment may not be noted yet.
        return bool(self._saying(reacted.room)) or await self._teller.is_ours(
            reacted.room, reacted.to
        )

    def _saying(self, room: str) -> set[asyncio.Task[None]]:
        """What is being answered in a room."""
        return {task for task, where in self._at_work.items() if where == room}

    async def _take(self, taken: JobEvent) -> None:
        key = taken.event_id or f"{kind_of(taken)} {taken.room} {taken.at.isoformat()}"
        if await self._is_new(taken, key, job_payload(taken)):
            self._start(taken, key, fresh=True)

    async def _is_new(self, taken: Event, key: str, payload: str) -> bool:
        now = datetime.now(UTC)
        jobs = self._parts.store.jobs
        return await jobs.take(PLATFORM, taken.room, key, payload, now, taken.sender)

    async def _unreadable(self, event: UndecryptableEvent) -> None:
        """One notice for what cannot be decrypted; in a room of many one in a long time."""
        if (await self._parts.rooms.effective(room_place(event.room))).mode is Mode.OFF:
            return
        pair = is_pair(self._port.room(event.room))
        if pair:
            # Each session may be a new one: they count as questions do.
            admission = self._parts.limiter.admit(event.sender, event.room, waits=False)
            if not isinstance(admission, Admitted):
                return
        key = f"unreadable {event.event_id if pair else event.room}"
        if await self._is_new(event, key, ""):
            self._spawn(self._tell_unreadable(event, key))

    async def _tell_unreadable(self, event: UndecryptableEvent, key: str) -> None:
        await self._answerer.unreadable(event.room, event.event_id, event.thread_root)
        await self._parts.store.jobs.finish(PLATFORM, key)

    # What is done about it

    def _start(self, taken: JobEvent, key: str, *, fresh: bool) -> None:
        saying = taken.room if isinstance(taken, MessageEvent) else None
        self._spawn(self._job(taken, key, fresh=fresh), saying)

    def _spawn(self, work: Coroutine[None, None, None], saying: str | None = None) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._at_work[task] = saying
        task.add_done_callback(lambda done: self._at_work.pop(done, None))

    async def _guarded(self, work: Coroutine[None, None, None]) -> None:
        """The one place that catches: a fault in one thing disturbs nothing else."""
        try:
            await work
        except RefusedError as fault:
            _log.warning("the homeserver refused: %s", fault)
        except (UnreachedError, MatrixError, StateError) as fault:
            _log.warning("put off until the next start: %s", fault)
        except Exception as fault:  # noqa: BLE001 - see above
            _log.error("a fault: %s", type(fault).__name__, exc_info=_log.isEnabledFor(10))

    async def _job(self, taken: JobEvent, key: str, *, fresh: bool) -> None:
        """Do it, and mark it as done, unless trying again at the next start may help."""
        try:
            async with self._alone(_about(taken)):
                await self._do(taken, fresh=fresh)
        except (UnreachedError, MatrixError, StateError):
            raise
        except Exception:
            # What cannot be done would come again at every start.
            await self._parts.store.jobs.finish(PLATFORM, key)
            raise
        await self._parts.store.jobs.finish(PLATFORM, key)

    async def _do(self, taken: JobEvent, *, fresh: bool) -> None:
        match taken:
            case MessageEvent(edits=None):
                await self._answerer.answer(taken, fresh=fresh)
            case MessageEvent():
                await self._answerer.edited(taken, fresh=fresh)
            case RedactionEvent():
                await self._answerer.taken_down(taken)
            case ReactionEvent():
                saying = self._saying(taken.room)
                if saying and not await self._teller.is_noted(taken.room, taken.to):
                    await asyncio.wait(saying, timeout=CLOSING_SECONDS)
                await self._presser.pressed(taken, fresh=fresh)
            case InviteEvent():
                await self._moving.invited(taken)
            case TombstoneEvent():
                await self._moving.replaced(taken)
            case JoinEvent():
                await self._moving.joined(taken)

    def _alone(self, event: str) -> asyncio.Lock:
        """One thing at a time about each event: an edit waits for the answer it changes."""
        lock = self._events.get(event)
        if lock is None:
            lock = self._events[event] = asyncio.Lock()
        return lock


def _about(taken: JobEvent) -> str:
    """The event that must not be dealt with twice at once."""
    match taken:
        case MessageEvent(edits=str(first)):
            return first
        case RedactionEvent(redacts=gone):
            return gone
        case ReactionEvent(to=shown):
            return shown
        case MessageEvent():
            return taken.event_id
        case _:
            return taken.room
