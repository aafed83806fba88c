"""Processes that answer, and what goes to which of them; all on the event loop.

Each has the corpus from the snapshot on disk. A question goes to the process with the fewest
questions at hand, if that serves the very corpus it is asked of; else, and whatever becomes
of a process, whoever asked is told None and answers itself. Nothing waits without end, and no
question is lost with a process.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

from bot.answering.queue import WaitEstimate
from bot.answering.snapshot import Snapshots
from bot.core.corpus import Corpus
from bot.core.errors import BusyError
from bot.core.replies import Reply
from bot.core.reply_codec import NonsenseError, unpacked
from bot.processes.environment import child_environment
from bot.processes.frames import Frames, framed
from bot.retrieval.answer.searcher import AnswerOptions

SCOPES = 8
"""Parts of the corpus that the processes make ready, the first that are asked for. Each takes
memory in each process, and one that is asked for after that is answered at home."""

AT_HAND = 2
"""Questions that one process has at a time: the next is there when it is done with one."""

ANSWER_SECONDS = 10.0
"""A process that has a question for so long is ended: it hangs."""

OPEN_SECONDS = 600.0
"""And one that opens the snapshot for so long: a million passages take half a minute."""

LONGEST_QUESTION = 16_000
"""Characters; what is longer is answered at home, so that every frame fits into a socket."""

_LOOKED_AFTER = 0.5
"""Seconds between two looks at who hangs."""

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
"""Seconds until a process is started again, doubled each time it ends early."""

_LONG_ENOUGH = 60.0
"""Seconds after which a process that ends was a good one."""

_REAPED_WITHIN = 5.0
"""Seconds that a process which was ended has to go."""

_READ_AT_ONCE = 262_144

_log = logging.getLogger(__name__)

Scope = frozenset[str]


def possible() -> bool:
    """Whether this system has what it takes."""
    return hasattr(socket, "AF_UNIX") and sys.platform != "win32"


@dataclass(frozen=True, slots=True)
class WorkerTask:
    """What processes answer from, and how."""

    snapshots: Snapshots
    options: AnswerOptions

    def said(self) -> list[Any]:
        """As the first frame tells it."""
        file = str(self.snapshots.file.absolute())
        return [file, self.snapshots.settings, asdict(self.options)]


@dataclass(eq=False, slots=True)
class _PendingQuestion:
    """A question on its way; `at` is when it was sent."""

    question: str
    corpus: Corpus
    scope: Scope | None
    reply: asyncio.Future[Reply | None]
    at: float = 0.0


@dataclass(eq=False, slots=True)
class _WorkerProcess:
    """A process that lives, and what is known of it."""

    running: subprocess.Popen[bytes]
    carrier: socket.socket
    gone: asyncio.Future[str]
    frames: Frames = field(default_factory=Frames)
    serves: str | None = None
    opening: int = 0
    opening_since: float = 0.0
    at_hand: dict[int, _PendingQuestion] = field(default_factory=dict)
    begun: float = 0.0
    scopes: dict[Scope, bool] = field(default_factory=dict)


class WorkerPool:
    """`size` processes; `waiting` questions may wait for them. Used on one event loop.

    `command` is what is run, for tests.
    """

    def __init__(
        self,
        task: WorkerTask,
        size: int,
        waiting: int,
        *,
        command: tuple[str, ...] = (sys.executable, "-P", "-m", "bot.answering.worker_process"),
        answer_seconds: float = ANSWER_SECONDS,
        first_pause: float = _FIRST_PAUSE,
    ) -> None:
        self._task = task
        self._size = size
        self._most_waiting = waiting
        self._command = command
        self._answer_seconds = answer_seconds
        self._first_pause = first_pause
        self._processes: list[_WorkerProcess] = []
        self._waiting: OrderedDict[int, _PendingQuestion] = OrderedDict()
        self._numbers = count(1)
        self._pace = WaitEstimate()
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    # From the beginning to the end

    def start(self) -> None:
        """Let the processes be started and looked after, on the running loop."""
        self._loop = loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._keep_one(), name=f"answering apart {number}")
            for number in range(self._size)
        ]
        self._tasks.append(loop.create_task(self._look_after(), name="answering apart"))

    async def close(self) -> None:
        """End all processes at once; what they had at hand is answered by whoever asked."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._dispatch()

    def pids(self) -> list[int]:
        """The numbers of the processes that live."""
        return [process.running.pid for process in self._processes]

    def refresh(self) -> None:
        """A snapshot was written, or another corpus serves: let all open what is there now.

        From any thread. A process that has it open already goes on at once.
        """
        loop = self._loop
        if loop is not None:
            # After the end of the loop nobody is left to be told.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._open_all)

    def _open_all(self) -> None:
        for process in list(self._processes):
            self._open(process)

    async def _keep_one(self) -> None:
        """One process after the other, with growing pauses where they end early."""
        loop = asyncio.get_running_loop()
        pause = self._first_pause
        while True:
            began = loop.time()
            reason = await self._life(loop)
            if loop.time() - began >= _LONG_ENOUGH:
                pause = self._first_pause
            _log.warning(
                "a process that answers ended: %s; the next is started in %g s", reason, pause
            )
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _life(self, loop: asyncio.AbstractEventLoop) -> str:
        """Start a process and be there as long as it is; says why it went."""
        try:
            process = self._begin(loop)
        except OSError as fault:
            return f"it could not be started ({fault.strerror})"
        try:
            return await process.gone
        finally:
            self._end(loop, process)
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.running.wait, _REAPED_WITHIN)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> _WorkerProcess:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                running = subprocess.Popen(  # noqa: S603 - a program of ours
                    self._command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=child_environment(),
                    start_new_session=True,  # Ctrl-C is for us to handle
                )
        except BaseException:
            ours.close()
            raise
        ours.setblocking(False)
        process = _WorkerProcess(running, ours, loop.create_future())
        self._processes.append(process)
        loop.add_reader(ours, self._hear, process)
        self._say(process, self._task.said())
        self._open(process)
        return process

    def _end(self, loop: asyncio.AbstractEventLoop, process: _WorkerProcess) -> None:
        self._processes.remove(process)
        loop.remove_reader(process.carrier)
        process.carrier.close()
        process.running.kill()
        _settle(process.at_hand.values())
        process.at_hand.clear()
        self._dispatch()

    async def _look_after(self) -> None:
        """End those who hang."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_LOOKED_AFTER, self._answer_seconds / 4))
            now = loop.time()
            for process in list(self._processes):
                oldest = min((asked.at for asked in process.at_hand.values()), default=now)
                since = max(oldest, process.begun) if process.at_hand else now
                opening = now - process.opening_since if process.opening else 0.0
                if now - since > self._answer_seconds or opening > OPEN_SECONDS:
                    self._lose(process, "it did not answer")

    # Questions

    @property
    def inside(self) -> int:
        """Questions that are with a process now, or wait for one."""
        return len(self._waiting) + sum(len(each.at_hand) for each in self._processes)

    def serves(self, corpus: Corpus, scope: Scope | None = None) -> bool:
        """Whether a process answers from that corpus, and that part of it."""
        return self.serving(corpus, scope) > 0

    def serving(self, corpus: Corpus, scope: Scope | None = None) -> int:
        """How many processes do."""
        return sum(self._can(process, corpus.revision, scope) for process in self._processes)

    def admit(self, beside: int = 0) -> None:
        """`BusyError` where as much waits as may, or would wait too long as things go.

        `beside` questions wait elsewhere. What finds nothing before it is always let in.
        """
        able = max(sum(1 for each in self._processes if each.serves is not None), 1)
        inside = self.inside + beside
        if inside >= able + self._most_waiting or self._pace.is_too_long(inside, able):
            raise BusyError("As many questions wait as may: ask again in a minute.")

    async def ask(self, question: str, corpus: Corpus, scope: Scope | None = None) -> Reply | None:
        """The reply of a process; None where whoever asks has to find it by themselves.

        Whoever stops waiting takes out of the queue what is not begun yet.
        """
        loop = self._loop
        if loop is None or len(question) > LONGEST_QUESTION or not self.serves(corpus, scope):
            if scope is not None:
                self._make_ready(corpus, scope)
            return None
        number = next(self._numbers)
        asked = _PendingQuestion(question, corpus, scope, loop.create_future())
        self._waiting[number] = asked
        self._dispatch()
        try:
            return await asked.reply
        finally:
            self._waiting.pop(number, None)

    def _make_ready(self, corpus: Corpus, scope: Scope) -> None:
        """Let the processes make a part ready, each once."""
        for process in self._processes:
            told = scope in process.scopes or len(process.scopes) >= SCOPES
            if process.serves == corpus.revision and not told:
                process.scopes[scope] = False
                self._say(process, ["scope", sorted(scope)])

    def _can(self, process: _WorkerProcess, revision: str, scope: Scope | None) -> bool:
        return process.serves == revision and (scope is None or process.scopes.get(scope, False))

    def _dispatch(self) -> None:
        """Give the processes as much of what waits as they take, in its order."""
        while self._waiting:
            number, asked = next(iter(self._waiting.items()))
            revision, scope = asked.corpus.revision, asked.scope
            able = [each for each in self._processes if self._can(each, revision, scope)]
            if not able:
                del self._waiting[number]
                _settle([asked])
                continue
            process = min(able, key=lambda each: len(each.at_hand))
            if len(process.at_hand) >= AT_HAND:
                return
            del self._waiting[number]
            now = asyncio.get_running_loop().time()
            asked.at = now
            if not process.at_hand:
                process.begun = now
            process.at_hand[number] = asked
            names = None if scope is None else sorted(scope)
            self._say(process, ["ask", number, revision, names, asked.question])

    # What goes between

    def _open(self, process: _WorkerProcess) -> None:
        if not process.opening:
            process.opening_since = asyncio.get_running_loop().time()
        process.opening += 1
        process.serves = None
        self._say(process, ["open"])

    def _say(self, process: _WorkerProcess, said: list[Any]) -> None:
        frame = framed(said)
        try:
            whole = process.carrier.send(frame) == len(frame)
        except OSError:
            whole = False
        if not whole:
            self._lose(process, "it does not listen")

    def _hear(self, process: _WorkerProcess) -> None:
        """Something can be read of a process."""
        try:
            data = process.carrier.recv(_READ_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose(process, "its line is cut")
            return
        try:
            for said in process.frames.add(data):
                self._understand(process, said)
        except NonsenseError as fault:
            self._lose(process, f"it spoke nonsense, {fault}")
        self._dispatch()

    def _understand(self, process: _WorkerProcess, said: list[Any]) -> None:
        match said:
            case ["reply", int(number), list(packed)] if number in process.at_hand:
                asked = process.at_hand[number]
                if not asked.reply.done():
                    made = unpacked(packed, asked.question, asked.corpus, asked.scope)
                    asked.reply.set_result(made)
                self._done(process, number)
            case ["unable", int(number)] if number in process.at_hand:
                _settle([process.at_hand[number]])
                self._done(process, number)
            case ["serves", str() | None as revision] if process.opening:
                process.opening -= 1
                if not process.opening:
                    process.serves = revision
                    process.scopes = {}
            case ["scope", list(names)] if all(isinstance(name, str) for name in names):
                scope = frozenset(names)
                if scope in process.scopes:
                    process.scopes[scope] = True
            case _:
                raise NonsenseError("nothing that a process says")

    def _done(self, process: _WorkerProcess, number: int) -> None:
        now = asyncio.get_running_loop().time()
        del process.at_hand[number]
        self._pace.note(now - process.begun)
        process.begun = now

    def _lose(self, process: _WorkerProcess, reason: str) -> None:
        process.serves = None
        if not process.gone.done():
            process.gone.set_result(reason)


def _settle(questions: Iterable[_PendingQuestion]) -> None:
    """Let those who wait for these questions know that no process answers them."""
    for asked in questions:
        if not asked.reply.done():
            asked.reply.set_result(None)
