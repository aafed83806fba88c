"""A pool of worker processes that answer questions, on the event loop.

Each worker opens the corpus from the snapshot on disk. A question goes to the worker with the
fewest questions that serves the corpus and scope it is asked of. Where there is none, or the
worker fails, `ask` returns None and the caller answers itself, so a question is never lost.
"""

import asyncio
import logging
import sys
from asyncio.subprocess import Process
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any, NoReturn

from bot.answering.queue import WaitEstimate
from bot.answering.snapshot import Snapshots
from bot.core.corpus import Corpus
from bot.core.errors import BusyError
from bot.core.replies import Reply
from bot.core.reply_codec import ProtocolError, decode_reply
from bot.processes.frames import FrameError, decode, encode, frame, read_frame_async
from bot.processes.spawn import spawn_async
from bot.retrieval.answer.searcher import AnswerOptions

MAX_SCOPES = 8
"""Parts of the corpus that each worker indexes, the first ones asked for, as they take memory."""

QUESTIONS_PER_WORKER = 2
"""Questions sent to one worker at a time, so that the next is there when one is answered."""

ANSWER_SECONDS = 10.0
"""A worker that takes longer for a question is killed."""

OPEN_SECONDS = 600.0
"""A worker that takes longer to open a snapshot is killed; a million passages take 30 seconds."""

LONGEST_QUESTION = 16_000
"""Characters; a longer question is answered by the program itself."""

_MODULE = "bot.answering.worker_process"
_MAX_MESSAGE_BYTES = 4_000_000

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
"""Seconds until a worker is started again, doubled each time it ends early."""

_STABLE_SECONDS = 60.0
"""A worker that lived for so long resets the pause."""

_REAP_SECONDS = 5.0

_log = logging.getLogger(__name__)

Scope = frozenset[str]


def is_supported() -> bool:
    """Whether workers can run on this system."""
    return sys.platform != "win32"


@dataclass(frozen=True, slots=True)
class WorkerTask:
    """The snapshot that workers answer from, and how they answer."""

    snapshots: Snapshots
    options: AnswerOptions

    def message(self) -> list[Any]:
        """The first message to a worker."""
        file = str(self.snapshots.file.absolute())
        return [file, self.snapshots.settings, asdict(self.options)]


@dataclass(eq=False, slots=True)
class _PendingQuestion:
    """A question that waits for a worker or for its reply."""

    question: str
    corpus: Corpus
    scope: Scope | None
    reply: asyncio.Future[Reply | None]

    def settle(self, reply: Reply | None) -> None:
        """Hand out the reply; None where no worker has one."""
        if not self.reply.done():
            self.reply.set_result(reply)


@dataclass(eq=False, slots=True)
class _WorkerProcess:
    """A worker, the revision it serves, and the questions it has."""

    process: Process
    time_limit: asyncio.Timeout
    revision: str | None = None
    opening: int = 0
    opening_since: float = 0.0
    questions: dict[int, _PendingQuestion] = field(default_factory=dict)
    answering_since: float = 0.0
    scopes: dict[Scope, bool] = field(default_factory=dict)
    """The scopes it was told to index, and whether it has."""

    def serves(self, revision: str, scope: Scope | None) -> bool:
        """Whether it can answer from that revision of the corpus and that part of it."""
        return self.revision == revision and (scope is None or self.scopes.get(scope, False))


class WorkerPool:
    """`size` workers, for which `waiting` questions may wait. Used on one event loop."""

    def __init__(
        self,
        task: WorkerTask,
        size: int,
        waiting: int,
        *,
        answer_seconds: float = ANSWER_SECONDS,
        first_pause: float = _FIRST_PAUSE,
    ) -> None:
        self._task = task
        self._size = size
        self._max_waiting = waiting
        self._answer_seconds = answer_seconds
        self._first_pause = first_pause
        self._workers: list[_WorkerProcess] = []
        self._waiting: dict[int, _PendingQuestion] = {}
        self._numbers = count(1)
        self._pace = WaitEstimate()
        self._supervisors: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Start and supervise the workers on the running loop."""
        self._loop = loop = asyncio.get_running_loop()
        self._supervisors = [
            loop.create_task(self._supervise(), name=f"answering worker {number}")
            for number in range(self._size)
        ]

    async def close(self) -> None:
        """Kill all workers; the caller of `ask` answers the questions that they had."""
        for task in self._supervisors:
            task.cancel()
        await asyncio.gather(*self._supervisors, return_exceptions=True)
        self._supervisors = []
        self._dispatch()

    def refresh(self) -> None:
        """Let all workers open the snapshot that is on disk now; from any thread.

        A worker that has it open already goes on at once.
        """
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop may have ended
                self._loop.call_soon_threadsafe(self._open_all)

    @property
    def inside(self) -> int:
        """Questions that a worker has, or that wait for one."""
        return len(self._waiting) + sum(len(worker.questions) for worker in self._workers)

    def serves(self, corpus: Corpus, scope: Scope | None = None) -> bool:
        """Whether a worker can answer from that corpus, and that part of it."""
        return self.serving(corpus, scope) > 0

    def serving(self, corpus: Corpus, scope: Scope | None = None) -> int:
        """How many workers can."""
        return sum(worker.serves(corpus.revision, scope) for worker in self._workers)

    def admit(self, beside: int = 0) -> None:
        """Raise `BusyError` where too many questions wait, or a new one would wait too long.

        `beside` questions wait elsewhere. A question that has none before it is always let in.
        """
        able = max(sum(worker.revision is not None for worker in self._workers), 1)
        inside = self.inside + beside
        if inside >= able + self._max_waiting or self._pace.is_too_long(inside, able):
            raise BusyError("As many questions wait as may: ask again in a minute.")

    async def ask(self, question: str, corpus: Corpus, scope: Scope | None = None) -> Reply | None:
        """The reply of a worker; None where the caller has to find it by itself.

        A question whose caller is cancelled leaves the queue, if no worker has it yet.
        """
        loop = self._loop
        if loop is None or len(question) > LONGEST_QUESTION or not self.serves(corpus, scope):
            if scope is not None:
                self._index_scope(corpus, scope)
            return None
        number = next(self._numbers)
        self._waiting[number] = pending = _PendingQuestion(
            question, corpus, scope, loop.create_future()
        )
        self._dispatch()
        try:
            return await pending.reply
        finally:
            self._waiting.pop(number, None)

    def _index_scope(self, corpus: Corpus, scope: Scope) -> None:
        for worker in self._workers:
            known = scope in worker.scopes or len(worker.scopes) >= MAX_SCOPES
            if worker.revision == corpus.revision and not known:
                worker.scopes[scope] = False
                self._send(worker, ["scope", sorted(scope)])

    def _dispatch(self) -> None:
        """Send waiting questions to the workers, in order, as far as the workers take them."""
        while self._waiting:
            number, pending = next(iter(self._waiting.items()))
            revision, scope = pending.corpus.revision, pending.scope
            able = [worker for worker in self._workers if worker.serves(revision, scope)]
            if not able:
                del self._waiting[number]
                pending.settle(None)
                continue
            worker = min(able, key=lambda each: len(each.questions))
            if len(worker.questions) >= QUESTIONS_PER_WORKER:
                return
            del self._waiting[number]
            if not worker.questions:
                worker.answering_since = asyncio.get_running_loop().time()
            worker.questions[number] = pending
            names = None if scope is None else sorted(scope)
            self._send(worker, ["ask", number, revision, names, pending.question])

    async def _supervise(self) -> None:
        """Run one worker after the other, with growing pauses where they end early."""
        loop = asyncio.get_running_loop()
        pause = self._first_pause
        while True:
            started = loop.time()
            reason = await self._run_worker()
            if loop.time() - started >= _STABLE_SECONDS:
                pause = self._first_pause
            _log.warning(
                "a process that answers ended: %s; the next is started in %g s", reason, pause
            )
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _run_worker(self) -> str:
        """Start a worker and handle its messages; returns why it ended."""
        try:
            process = await spawn_async(_MODULE)
        except OSError as error:
            return f"it could not be started ({error.strerror})"
        try:
            await self._converse(process)
        except TimeoutError:
            return "it did not answer"
        except (FrameError, ProtocolError) as error:
            return f"it spoke nonsense, {error}"
        except (EOFError, OSError):
            return "its line is cut"
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            # communicate() also closes the pipes, so that no transport is left behind.
            with suppress(TimeoutError):
                await asyncio.wait_for(process.communicate(b""), _REAP_SECONDS)

    async def _converse(self, process: Process) -> NoReturn:
        assert process.stdout is not None  # noqa: S101 - spawned with a pipe
        async with asyncio.timeout(None) as time_limit:
            worker = _WorkerProcess(process, time_limit)
            self._workers.append(worker)
            try:
                self._send(worker, self._task.message())
                self._open(worker)
                while True:
                    body = await read_frame_async(process.stdout, _MAX_MESSAGE_BYTES)
                    self._handle(worker, decode(body))
                    self._set_time_limit(worker)
                    self._dispatch()
            finally:
                self._workers.remove(worker)
                for pending in worker.questions.values():
                    pending.settle(None)
                self._dispatch()

    def _open_all(self) -> None:
        for worker in self._workers:
            self._open(worker)

    def _open(self, worker: _WorkerProcess) -> None:
        if not worker.opening:
            worker.opening_since = asyncio.get_running_loop().time()
        worker.opening += 1
        worker.revision = None
        self._send(worker, ["open"])

    def _send(self, worker: _WorkerProcess, message: list[Any]) -> None:
        assert worker.process.stdin is not None  # noqa: S101 - spawned with a pipe
        worker.process.stdin.write(frame(encode(message)))
        self._set_time_limit(worker)

    def _set_time_limit(self, worker: _WorkerProcess) -> None:
        limits = []
        if worker.opening:
            limits.append(worker.opening_since + OPEN_SECONDS)
        if worker.questions:
            limits.append(worker.answering_since + self._answer_seconds)
        if not worker.time_limit.expired():
            worker.time_limit.reschedule(min(limits, default=None))

    def _handle(self, worker: _WorkerProcess, message: object) -> None:
        match message:
            case ["reply", int(number), list(packed)] if number in worker.questions:
                pending = worker.questions[number]
                pending.settle(
                    decode_reply(packed, pending.question, pending.corpus, pending.scope)
                )
                self._finish(worker, number)
            case ["unable", int(number)] if number in worker.questions:
                worker.questions[number].settle(None)
                self._finish(worker, number)
            case ["serves", str() | None as revision] if worker.opening:
                worker.opening -= 1
                if not worker.opening:
                    worker.revision = revision
                    worker.scopes = {}
            case ["scope", list(names)] if all(isinstance(name, str) for name in names):
                scope = frozenset(names)
                if scope in worker.scopes:
                    worker.scopes[scope] = True
            case _:
                raise ProtocolError("nothing that a process says")

    def _finish(self, worker: _WorkerProcess, number: int) -> None:
        now = asyncio.get_running_loop().time()
        del worker.questions[number]
        self._pace.note(now - worker.answering_since)
        worker.answering_since = now
