"""Standard input as lines and standard output as text, robust against their other ends.

Input is untrusted: a line may have no end, bytes may not be UTF-8. The reader of the output may
close it at any moment, and either stream may never have been open.
"""

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
"""Reads at most the given number of bytes; blocks until there are some; none mean the end."""

LONGEST_LINE = 10_000
"""Characters of a line that are stored; the rest is counted and dropped."""

_CHUNK = 1 << 16


class OutputClosed(Exception):  # noqa: N818 - an end, not an error
    """The reader of the output has closed it."""


@dataclass(frozen=True, slots=True)
class InputLine:
    """A line without its line feed; `length` counts also the characters that were dropped."""

    text: str
    length: int

    @property
    def is_whole(self) -> bool:
        """Whether `text` is the whole line."""
        return len(self.text) == self.length


class _LineBuffer:
    """The line that is being read, decoded as it comes."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pieces: list[str] = []
        self._kept = self._length = 0

    def add(self, data: bytes, *, last: bool = False) -> None:
        """Decode more of the line; invalid UTF-8 becomes U+FFFD."""
        piece = self._decoder.decode(data, last)
        self._length += len(piece)
        if piece := piece[: self._longest - self._kept]:
            self._pieces.append(piece)
            self._kept += len(piece)

    def line(self) -> InputLine:
        """The line, without a carriage return at its end."""
        text = "".join(self._pieces)
        if len(text) == self._length and text.endswith("\r"):
            return InputLine(text[:-1], self._length - 1)
        return InputLine(text, self._length)


def lines(read: Read, longest: int = LONGEST_LINE) -> Iterator[InputLine]:
    """The lines of the bytes that `read` returns, each as soon as it is complete; blocks.

    No more than `longest` characters of a line are in memory at any time.
    """
    buffer: _LineBuffer | None = None
    start = True
    while data := read(_CHUNK):
        if start:
            # A byte order mark is not part of the first line.
            data, start = data.removeprefix(codecs.BOM_UTF8), False
        *complete, rest = data.split(b"\n")
        for part in complete:
            buffer = buffer or _LineBuffer(longest)
            buffer.add(part, last=True)
            yield buffer.line()
            buffer = None
        if rest:
            buffer = buffer or _LineBuffer(longest)
            buffer.add(rest)
    if buffer is not None:
        buffer.add(b"", last=True)
        yield buffer.line()


def reader(stream: TextIO | None) -> Read:
    """The function that reads the bytes of `stream`; one that was never open is at its end.

    It reads from the file descriptor, if there is one: a thread that waits in `stream.buffer`
    holds a lock that the interpreter needs when it ends.
    """
    if stream is None or stream.closed:
        return lambda _: b""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return stream.buffer.read

    def read(size: int) -> bytes:
        try:
            return os.read(descriptor, size)
        except OSError as fault:
            why = (fault.strerror or "unknown reason").lower()
            raise StreamError(
                f"Standard input cannot be read ({why}): give it a file or a pipe."
            ) from None

    return read


async def read_lines(
    stream: TextIO | None, longest: int = LONGEST_LINE
) -> AsyncIterator[InputLine]:
    """The lines of `stream`, read by a daemon thread that is at most one line ahead."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[InputLine | Exception | None] = asyncio.Queue()
    free = threading.Semaphore(1)

    def put(item: InputLine | Exception | None) -> None:
        free.acquire()
        loop.call_soon_threadsafe(queue.put_nowait, item)

    def read_all() -> None:
        # RuntimeError: the event loop is closed by now, and the line has no reader.
        with suppress(RuntimeError):
            try:
                for line in lines(reader(stream), longest):
                    put(line)
            except StreamError as fault:
                put(fault)
            else:
                put(None)

    threading.Thread(target=read_all, name="standard-input", daemon=True).start()
    while (item := await queue.get()) is not None:
        free.release()
        if isinstance(item, Exception):
            raise item
        yield item


class Output:
    """Standard output, or a stream in its place; each `write` is flushed."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    @property
    def stream(self) -> TextIO | None:
        """The stream itself."""
        return self._stream

    @property
    def is_terminal(self) -> bool:
        """Whether it is a terminal that can show more than plain text."""
        stream = self._stream
        if stream is None or stream.closed or os.environ.get("TERM") == "dumb":
            return False
        return stream.isatty()

    @property
    def is_unicode(self) -> bool:
        """Whether its encoding has every character."""
        encoding = (self._stream and self._stream.encoding) or "utf-8"
        return encoding.lower().replace("_", "-").startswith("utf")

    def write(self, text: str) -> None:
        """Write all of `text` now; raises `OutputClosed` or `StreamError`.

        A character that the stream's encoding lacks is written as its escape sequence.
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
