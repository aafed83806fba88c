"""Engines in processes of their own: started, told what to do, ended when it takes too long."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from types import TracebackType
from typing import Any

Figures = dict[str, Any]

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "RAYON_NUM_THREADS",
)
"""What numerical libraries look at to know how many threads they may start: one."""


class TooLongError(Exception):
    """An engine did not do in time what it was told; its process is gone."""


class EngineFailedError(Exception):
    """An engine's process ended instead of answering."""


class EngineProcess:
    """A process with one engine. Used in a `with` block, at whose end it is gone."""

    def __init__(self, name: str, size: int, questions: int) -> None:
        self.name = name
        command = [sys.executable, "-m", "benchmarks.worker", name, str(size), str(questions)]
        self._process = subprocess.Popen(  # noqa: S603 - a program of ours
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | dict.fromkeys(THREADS, "1"),
        )

    def __enter__(self) -> EngineProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, whatever it is at; doing it twice does no harm."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def tell(self, do: str, seconds: float, **given: object) -> Figures:
        """What the deed gives; `TooLongError` where it takes more than `seconds`."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:  # not with the pipes asked for above
            raise EngineFailedError(self.name)
        try:
            stdin.write(json.dumps({"do": do, **given}).encode() + b"\n")
            stdin.flush()
        except (BrokenPipeError, ValueError):
            raise EngineFailedError(self.name) from None
        line = self._line(stdout.fileno(), seconds)
        figures: Figures = json.loads(line)
        return figures

    def _line(self, pipe: int, seconds: float) -> bytes:
        """One line, read as it comes: a buffer would hide from the wait what it holds."""
        end = time.monotonic() + seconds
        found = b""
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while not found.endswith(b"\n"):
                if not selector.select(max(end - time.monotonic(), 0)):
                    raise TooLongError(self.name)
                piece = os.read(pipe, 1 << 16)
                if not piece:
                    raise EngineFailedError(self.name)
                found += piece
        return found
