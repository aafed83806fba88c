"""A worker process that reads PDF and DOCX, and is ended where a file takes too much.

Their readers are large libraries, partly in C, and the files are hostile: what breaks or
hangs there must not take the program down. One process reads file after file; after a
crash, a kill or a good many files the next one is started.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from functools import cache
from typing import BinaryIO

from pydantic import ValidationError

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers.sandbox_protocol import (
    MOST_ANSWER_BYTES,
    Kind,
    ReadOutcome,
    Request,
    receive,
    send,
)
from bot.processes.environment import child_environment

CRASHED = "It made the reader crash: save it anew in another program."
NOT_STARTED = "The reader for such files could not be started: see the log, then load again."

_MODULE = "bot.ingest.readers.sandbox_child"
_START_SECONDS = 60.0
_FILES_EACH = 200
_READY = b"ready"

_log = logging.getLogger(__name__)


def too_slow(seconds: float) -> str:
    """The reason for a file that took longer than `seconds`."""
    unit = "second" if seconds == 1 else "seconds"
    return f"It took more than {seconds:g} {unit} to read: split it or save it anew."


def too_large(memory_bytes: int) -> str:
    """The reason for a file that needed more than `memory_bytes`."""
    return (
        f"It needs more memory than the limit of {memory_bytes // 1_000_000} MB:"
        " split it, or raise corpus.worker_memory_mb."
    )


class _SandboxProcess:
    """One worker process and its two pipes."""

    def __init__(self) -> None:
        self.files = 0
        self.expired = False
        self._reaping = threading.Lock()
        # No secret of ours is in its environment, and no module is taken from where we are.
        self._popen = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
            [sys.executable, "-P", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(),
            start_new_session=True,  # Ctrl-C is for us to handle
        )

    @property
    def pid(self) -> int:
        """Its number with the operating system."""
        return self._popen.pid

    @property
    def requests(self) -> BinaryIO:
        """Where it reads."""
        assert self._popen.stdin is not None  # noqa: S101 - a pipe was asked for
        return self._popen.stdin  # type: ignore[return-value]

    @property
    def replies(self) -> BinaryIO:
        """Where it writes."""
        assert self._popen.stdout is not None  # noqa: S101 - a pipe was asked for
        return self._popen.stdout  # type: ignore[return-value]

    def within(self, seconds: float) -> threading.Timer:
        """A running timer that kills the process when `seconds` are over."""
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        return timer

    def _expire(self) -> None:
        self.expired = True
        self.kill()

    def kill(self) -> None:
        """End it at once; harmless if it ended before."""
        with self._reaping:
            self._kill()

    def _kill(self) -> None:
        # Popen.kill would clean up a process that is dead by now, and what it used is lost.
        if sys.platform == "win32":
            self._popen.kill()
        elif self._popen.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._popen.pid, signal.SIGKILL)

    def end(self) -> tuple[int, int]:
        """Kill it and clean up: its exit code, and the most memory it held, in bytes."""
        held = 0
        with self._reaping:
            self._kill()
            if sys.platform != "win32" and self._popen.returncode is None:
                with suppress(ChildProcessError):
                    _, status, usage = os.wait4(self._popen.pid, 0)
                    self._popen.returncode = os.waitstatus_to_exitcode(status)
                    held = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1_024)
            code = self._popen.wait()
        for stream in (self._popen.stdin, self._popen.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        return code, held


class Sandbox:
    """Reads files in a process of its own; may be called from any thread, one file at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: _SandboxProcess | None = None

    @property
    def pid(self) -> int | None:
        """The number of the process that now waits for files, if there is one."""
        process = self._process
        return process.pid if process else None

    def read(self, request: Request, data: bytes) -> Parsed:
        """What the file says; blocks. Raises `DocumentError` with a sentence for a person."""
        with self._lock:
            if self._process is not None and self._process.files >= _FILES_EACH:
                self._end()
            if self._process is None:
                self._process = self._started()
            process = self._process
            process.files += 1
            timer = process.within(request.seconds)
            try:
                send(process.requests, request.model_dump_json().encode())
                send(process.requests, data)
                answer = receive(process.replies, MOST_ANSWER_BYTES)
                outcome = ReadOutcome.model_validate_json(answer)
                parsed = outcome.parsed() if outcome.kind == "ok" else None
            except (OSError, EOFError, ValueError, ValidationError) as fault:
                raise DocumentError(self._reason(process, request, fault)) from None
            finally:
                timer.cancel()
                timer.join()
                if process.expired:
                    self._end()
            if outcome.kind in ("memory", "fault"):
                self._end()  # its memory may be in no good order any more
        if parsed is not None:
            return parsed
        if outcome.kind == "refused":
            raise DocumentError(outcome.reason)
        if outcome.kind == "memory":
            raise DocumentError(too_large(request.memory_bytes))
        _log.error("fault while reading a %s: %s", request.kind, outcome.reason)
        raise DocumentError(CRASHED)

    def kill(self) -> None:
        """End the process without waiting for it."""
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process, also while it reads; the next file starts another."""
        process = self._process
        self.kill()
        with self._lock:
            if self._process is process:
                self._end()

    def _started(self) -> _SandboxProcess:
        try:
            process = _SandboxProcess()
        except OSError as fault:
            _log.error("the reader process cannot be started", exc_info=fault)
            raise DocumentError(NOT_STARTED) from None
        timer = process.within(_START_SECONDS)
        try:
            if receive(process.replies, len(_READY)) == _READY:
                return process
        except (OSError, EOFError, ValueError):
            pass
        finally:
            timer.cancel()
        code, _ = process.end()
        _log.error("the reader process ended at its start, exit code %d", code)
        raise DocumentError(NOT_STARTED)

    def _reason(self, process: _SandboxProcess, request: Request, fault: Exception) -> str:
        """Why no answer came, told by how the process ended; it is ended."""
        code, held = self._end()
        if process.expired or (sys.platform != "win32" and code == -signal.SIGXCPU):
            return too_slow(request.seconds)
        # PDFium ends the process where it gets no memory, just as where it breaks.
        if held > request.memory_bytes // 2:
            return too_large(request.memory_bytes)
        _log.error("the reader process failed, exit code %d (%s)", code, type(fault).__name__)
        return CRASHED

    def _end(self) -> tuple[int, int]:
        process, self._process = self._process, None
        return process.end() if process is not None else (0, 0)


@cache
def shared() -> Sandbox:
    """The one worker of this program; it ends with it."""
    worker = Sandbox()
    atexit.register(worker.close)
    return worker


def end_shared() -> None:
    """End the process of the one worker at once, for an end without further ado."""
    if shared.cache_info().currsize:
        shared().kill()


def request_for(
    kind: Kind, name: str, seconds: float, memory_bytes: int, expanded_bytes: int
) -> Request:
    """A request whose name can be sent whatever bytes it is made of."""
    return Request(
        kind=kind,
        name=name.encode("utf-8", "replace").decode(),
        seconds=seconds,
        memory_bytes=memory_bytes,
        expanded_bytes=expanded_bytes,
    )
