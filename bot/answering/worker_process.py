"""A process that answers: it opens the snapshot of the bot, and then questions as they come.

`bot.answering.worker_pool` starts it with one socket as its standard input, which carries
both ways; it ends when that does. It reads nothing but the snapshot, writes nothing, and
holds no secret. What it is told, and says, each as a frame that begins with the kind:

    open                                  serves REVISION | serves null
    scope [COLLECTION, …]                 scope [COLLECTION, …], once that part is made ready
    ask NUMBER REVISION SCOPE QUESTION    reply NUMBER PACKED | unable NUMBER

`unable` where it serves another revision, does not have that part at hand, or fails.
"""

from __future__ import annotations

import gc
import os
import select
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from bot.answering.snapshot import Snapshots
from bot.core.reply_codec import NonsenseError, packed
from bot.processes.frames import Frames, framed
from bot.retrieval.answer.searcher import AnswerOptions, Searcher

_AT_ONCE = 65_536
_NICE = 3

Scope = frozenset[str]


class Opened:
    """The snapshot as it was opened, and the parts of it that were asked for."""

    def __init__(self, snapshots: Snapshots, options: AnswerOptions) -> None:
        self._snapshots = snapshots
        self._options = options
        self._file: tuple[int, ...] | None = None
        self._everything: Searcher | None = None
        self._scopes: dict[Scope, Searcher] = {}
        self._making = threading.Lock()

    @property
    def revision(self) -> str | None:
        """That of the corpus that is open; None where none could be opened."""
        return None if self._everything is None else self._everything.corpus.revision

    def open(self) -> str | None:
        """Open what is on disk now, unless it is open already; its revision."""
        file = self._identity()
        if file is None or file != self._file:
            # Not both at the same time: what is no longer asked for goes first.
            self._everything = None
            self._scopes = {}
            opened = self._snapshots.open(self._options, lambda _path, _revision: None)
            self._everything = None if opened is None else opened.searcher
            # Another may have come in its place meanwhile; then it is opened when next told.
            self._file = file if opened is not None and file == self._identity() else None
            gc.collect()
            gc.freeze()
        return self.revision

    def _identity(self) -> tuple[int, ...] | None:
        try:
            told = self._snapshots.file.stat()
        except OSError:
            return None
        return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns

    def make(self, scope: Scope) -> bool:
        """Make a part ready, which may take a minute; says whether it still may be asked."""
        with self._making:
            everything, scopes = self._everything, self._scopes
            if everything is None:
                return False
            if scope not in scopes:
                part = everything.corpus.within(scope)
                scopes[scope] = Searcher(part, self._options, everything)
            return scopes is self._scopes

    def reply(self, revision: str, scope: Scope | None, question: str) -> list[Any] | None:
        """The reply, packed; None where another corpus is open, or the part is not ready."""
        everything = self._everything
        if everything is None or revision != everything.corpus.revision:
            return None
        searcher = everything
        if scope is not None:
            if scope not in self._scopes:
                return None
            searcher = self._scopes[scope]
        return packed(searcher.reply(question), everything.corpus.passages)


class WorkerRequest:
    """The socket to whoever asks: frames in both directions, said by several threads."""

    def __init__(self, carrier: socket.socket) -> None:
        self._carrier = carrier
        self._frames = Frames()
        self._heard: list[list[Any]] = []
        self._saying = threading.Lock()

    def hear(self) -> list[Any] | None:
        """What is said next; None at the end."""
        while not self._heard:
            data = self._carrier.recv(_AT_ONCE)
            if not data:
                return None
            self._heard += self._frames.add(data)
        return self._heard.pop(0)

    def say(self, *said: Any) -> None:
        """Say one thing."""
        with self._saying:
            self._carrier.sendall(framed(said))


def answer(line: WorkerRequest) -> None:
    """Do what is told until the line ends; the first frame says what to open and how."""
    task = line.hear()
    if task is None:
        return
    file, settings, options = task
    options["calibration"] = tuple(options["calibration"])
    opened = Opened(Snapshots(Path(file), settings), AnswerOptions(**options))
    while (said := line.hear()) is not None:
        match said:
            case ["ask", int(number), str(revision), scope, str(question)]:
                seen = None if scope is None else frozenset(scope)
                try:
                    made = opened.reply(revision, seen, question)
                except Exception:  # noqa: BLE001 - whoever asked meets the same, and tells of it
                    made = None
                if made is None:
                    line.say("unable", number)
                else:
                    line.say("reply", number, made)
            case ["open"]:
                line.say("serves", opened.open())
            case ["scope", list(names)]:
                # Beside the questions, which would wait for it.
                making = (opened, line, frozenset(names))
                threading.Thread(target=_make, args=making, daemon=True).start()
            case _:
                raise NonsenseError("nothing that is told a process")


def _make(opened: Opened, line: WorkerRequest, scope: Scope) -> None:
    try:
        if opened.make(scope):
            line.say("scope", sorted(scope))
    except Exception:  # noqa: BLE001 - then this part is answered elsewhere
        return


def _end_with_line(carrier: socket.socket) -> None:
    """End this process when the other side is gone, whatever it is at."""
    watch = select.poll()
    watch.register(carrier, 0)
    watch.poll()
    os._exit(1)


def main() -> None:
    """Answer until the standard input ends."""
    carrier = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    # The event loop goes first: it speaks to everybody.
    os.nice(_NICE)
    if hasattr(select, "poll"):
        threading.Thread(target=_end_with_line, args=(carrier,), daemon=True).start()
    try:
        answer(WorkerRequest(carrier))
    except (OSError, NonsenseError, ValueError, TypeError):
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
