"""Standard input as lines, standard output as text, whatever stands at their other ends.

Input is hostile: lines may be endless, bytes may be no text. Output may be closed by
its reader at any moment, or never have been open.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

from bot.core.errors import StreamError

Read = Callable[[int], bytes]
"""At most so many bytes, fewer where no more are there yet, none at the end."""

LONGEST_LINE = 10_000
"""Characters of a line that are kept; the rest is counted and let go."""

_CHUNK = 1 << 16


class OutputClosed(Exception):  # noqa: N818 - an end, not an error
    """Whoever read the output has gone; there is nobody left to tell."""


@dataclass(frozen=True, slots=True)
class InputLine:
    """A line without its end; `length` counts its characters, also those not kept."""

    text: str
    length: int

    @property
    def is_whole(self) -> bool:
        """Whether `text` is all of it."""
        return len(self.text) == self.length


class _Held:
    """The line that is being read."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pieces: list[str] = []
        self._kept = self._length = 0

    def take(self, data: bytes, *, last: bool = False) -> None:
        """Decode more of it; what is no UTF-8 becomes U+FFFD."""
        piece = self._decoder.decode(data, last)
        self._length += len(piece)
        if piece := piece[: self._most - self._kept]:
            self._pieces.append(piece)
            self._kept += len(piece)

    def line(self) -> InputLine:
        """What was read, without the carriage return of other systems."""
        text = "".join(self._pieces)
        if len(text) == self._length and text.endswith("\r"):
            return InputLine(text[:-1], self._length - 1)
        return InputLine(text, self._length)


def lines(read: Read, most: int = LONGEST_LINE) -> Iterator[InputLine]:
    """The lines that `read` gives, as soon as each is complete; blocks.

    No more than `most` characters of a line are held at any time.
    """
    held: _Held | None = None
    start = True
    while data := read(_CHUNK):
        if start:
            # The mark some systems put before UTF-8 is no part of the first line.
            data, start = data.removeprefix(codecs.BOM_UTF8), False
        *complete, rest = data.split(b"\n")
        for part in complete:
            held = held or _Held(most)
            held.take(part, last=True)
            yield held.line()
            held = None
        if rest:
            held = held or _Held(most)
            held.take(rest)
    if held is not None:
        held.take(b"", last=True)
        yield held.line()


def reader(stream: TextIO | None) -> Read:
    """How to read the bytes of `stream`; a stream that was never open is at its end.

    Where there is a descriptor it is read itself: a thread that waits in Python's own
    buffer would hold a lock the interpreter needs at its end.
    """
    if stream is None or stream.closed:
        return lambda _: b""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return stream.buffer.read

    def read(most: int) -> bytes:
        try:
            return os.read(descriptor, most)
        except OSError as fault:
            why = (fault.strerror or "unknown reason").lower()
            raise StreamError(
                f"Standard input cannot be read ({why}): give it a file or a pipe."
            ) from None

    return read


async def read_lines(stream: TextIO | None, most: int = LONGEST_LINE) -> AsyncIterator[InputLine]:
    """The lines of `stream`, read by a thread of their own, off the event loop.

    The thread runs no more than a line ahead, and keeps nobody waiting at the end.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[InputLine | Exception | None] = asyncio.Queue()
    wanted = threading.Semaphore(1)

    def pass_on(item: InputLine | Exception | None) -> None:
        wanted.acquire()
        loop.call_soon_threadsafe(queue.put_nowait, item)

    def work() -> None:
        # The loop may be closed by then, and nobody wants the line.
        with suppress(RuntimeError):
            try:
                for line in lines(reader(stream), most):
                    pass_on(line)
            except StreamError as fault:
                pass_on(fault)
            else:
                pass_on(None)

    threading.Thread(target=work, name="standard-input", daemon=True).start()
    while (item := await queue.get()) is not None:
        wanted.release()
        if isinstance(item, Exception):
            raise item
        yield item


class Output:
    """Where text for a person or a program goes; each `write` is flushed."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    @property
    def stream(self) -> TextIO | None:
        """The stream itself, for those who have to ask it more."""
        return self._stream

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at it, on a screen that knows more than plain text."""
        stream = self._stream
        if stream is None or stream.closed or os.environ.get("TERM") == "dumb":
            return False
        return stream.isatty()

    @property
    def is_unicode(self) -> bool:
        """Whether every character can be written as it is."""
        encoding = (self._stream and self._stream.encoding) or "utf-8"
        return encoding.lower().replace("_", "-").startswith("utf")

    def write(self, text: str) -> None:
        """Write all of `text` now; raises `OutputClosed` or `StreamError`.

        A character that the stream's encoding lacks is written as its escape.
        """
        stream = self._stream
        if stream is None or stream.closed:
            return
        encoding = stream.encoding or "utf-8"
        try:
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            stream.flush()
        except BrokenPipeError:
            raise OutputClosed from None
        except OSError as fault:
            why = (fault.strerror or "unknown reason").lower()
            raise StreamError(
                f"The output cannot be written ({why}): send it somewhere else."
            ) from None
