"""What happens to a corpus after its exchange: the new one is kept, the old one let go.

Both take longer than an event loop may stand still, and nobody waits for either. So a
thread writes the newest corpus when changes have come to rest, and another lets go of the
old one piece by piece.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass

import numpy as np

from bot.core.switch_interval import short_turns
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.shard.vocabulary import Vocabulary

QUIET_SECONDS = 10.0
"""So long after a change the corpus is written, if no other comes."""

LONGEST_SECONDS = 60.0
"""And at the latest so long after the first change that is not written yet."""

_AT_ONCE = 10_000
"""Strings that are let go at once: a fraction of a millisecond."""

_BYTES_AT_ONCE = 4_000_000
"""And so much of an array."""

_IN_USE_SECONDS = 60.0
"""So long an old corpus may be in use by questions; then the last of them lets it go."""

_LOOK_SECONDS = 0.02

_log = logging.getLogger(__name__)

Save = Callable[[Searcher], object]


class SnapshotWriter:
    """Saves the newest corpus a while after it was served, one at a time.

    The work is done in a thread that is there as long as something waits. A process that
    ends meanwhile leaves what was kept before, which is as good, only older.
    """

    def __init__(self, quiet: float = QUIET_SECONDS, longest: float = LONGEST_SECONDS) -> None:
        self._quiet, self._longest = quiet, longest
        self._turn = threading.Condition()
        self._waiting: tuple[Save, Searcher] | None = None
        self._first = self._due = 0.0
        self._running = self._writing = False

    def later(self, save: Save, searcher: Searcher) -> None:
        """Call `save` with the searcher in a while, unless a newer one comes meanwhile."""
        with self._turn:
            now = time.monotonic()
            if self._waiting is None:
                self._first = now
            self._waiting = save, searcher
            self._due = min(now + self._quiet, self._first + self._longest)
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="saving", daemon=True).start()
            self._turn.notify_all()

    def drop(self) -> None:
        """Let go of what waits; what is being written is waited for."""
        with self._turn:
            self._waiting = None
            self._turn.notify_all()
            self._turn.wait_for(lambda: not self._writing)

    def close(self, seconds: float) -> bool:
        """Write what waits now; says whether that was done within so many seconds."""
        with self._turn:
            self._due = 0.0
            self._turn.notify_all()
            return self._turn.wait_for(lambda: self._waiting is None and not self._writing, seconds)

    def _run(self) -> None:
        while (work := self._next()) is not None:
            save, searcher = work
            try:
                with short_turns():
                    save(searcher)
            except Exception as fault:  # noqa: BLE001 - an older one is kept, and the next is tried
                _log.error("the corpus was not kept for the next start", exc_info=fault)
            with self._turn:
                self._writing = False
                self._turn.notify_all()
            gone = [searcher]
            del work, save, searcher
            release_memory(gone)

    def _next(self) -> tuple[Save, Searcher] | None:
        with self._turn:
            while self._waiting is not None:
                left = self._due - time.monotonic()
                if left <= 0:
                    work, self._waiting = self._waiting, None
                    self._writing = True
                    return work
                self._turn.wait(left)
            self._running = False
            return None


def release_memory(searchers: list[Searcher]) -> None:
    """Empty the list, and let go of each that nobody else uses in small steps; does not wait.

    To free the arrays and the words of a large corpus at once keeps the interpreter for
    longer than an event loop should stand still.
    """
    held = [(weakref.ref(each.index), list(_pieces(each.index.arrays))) for each in searchers]
    searchers.clear()
    if held:
        threading.Thread(target=_let_go, args=(held,), name="letting go", daemon=True).start()


def _let_go(held: list[tuple[weakref.ref[object], list[object]]]) -> None:
    until = time.monotonic() + _IN_USE_SECONDS
    while held:
        index, pieces = held.pop()
        while index() is not None and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        while pieces:
            _free(pieces.pop())


def _free(piece: object) -> None:
    """Let go of the last reference to a piece; of a large array a part at a time.

    The system takes back ten thousand pages in as many microseconds, and NumPy keeps the
    interpreter meanwhile.
    """
    if not isinstance(piece, np.ndarray) or piece.ndim != 1:
        return
    most = _BYTES_AT_ONCE // piece.itemsize
    # NumPy refuses where somebody else refers to it, or where it is not its own.
    with suppress(ValueError):
        while len(piece) > most:
            piece.resize(len(piece) - most)
            time.sleep(0)


def _pieces(thing: object) -> Iterator[object]:
    """All that is large in an index: its arrays, and its words some at a time."""
    if isinstance(thing, np.ndarray):
        yield thing
    elif isinstance(thing, Vocabulary):
        for start in range(0, len(thing), _AT_ONCE):
            yield thing.strings[start : start + _AT_ONCE]
        yield thing.numbers
    elif is_dataclass(thing):
        for each in fields(thing):
            yield from _pieces(getattr(thing, each.name))
