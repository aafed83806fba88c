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

from bot.core.errors import StreamError, system_reason

Read = Callable[[int], bytes]
"""Reads at most the given number of bytes; blocks until there are some; none mean the end."""

LONGEST_LINE = 10_000
"""Characters of a line that are stored; the rest is counted and dropped."""


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


def lines(read: Read, longest: int = LONGEST_LINE) -> Iterator[InputLine]:
    """The lines of the bytes that `read` returns, each as soon as it is complete; blocks.

    No more than `longest` characters of a line are in memory at any time. Invalid UTF-8 becomes
    U+FFFD.
    """
    # utf-8-sig: a byte order mark is not part of the first line.
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    text, length = "", 0
    is_end = True
    while data := read(1 << 16):
        for part in data.splitlines(keepends=True):
            is_end = part.endswith(b"\n")
            piece = decoder.decode(part, is_end).removesuffix("\n")
            text, length = text + piece[: longest - len(text)], length + len(piece)
            if is_end:
                yield _line(text, length)
                text, length = "", 0
    if not is_end:
        rest = decoder.decode(b"", True)
        yield _line(text + rest[: longest - len(text)], length + len(rest))


def _line(text: str, length: int) -> InputLine:
    """The line, without a carriage return at its end."""
    if len(text) == length and text.endswith("\r"):
        return InputLine(text[:-1], length - 1)
    return InputLine(text, length)


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
            raise StreamError(
                f"Standard input cannot be read ({system_reason(fault)}): give it a file or a pipe."
            ) from None

    return read


async def read_lines(stream: TextIO | None) -> AsyncIterator[InputLine]:
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
                for line in lines(reader(stream)):
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
        self.stream = stream

    @property
    def is_terminal(self) -> bool:
        """Whether it is a terminal that can show more than plain text."""
        stream = self.stream
        if stream is None or stream.closed or os.environ.get("TERM") == "dumb":
            return False
        return stream.isatty()

    @property
    def is_unicode(self) -> bool:
        """Whether its encoding has every character."""
        encoding = (self.stream and self.stream.encoding) or "utf-8"
        return encoding.lower().replace("_", "-").startswith("utf")

    def write(self, text: str) -> None:
        """Write all of `text` now; raises `OutputClosed` or `StreamError`.

        A character that the stream's encoding lacks is written as its escape sequence.
        """
        stream = self.stream
        if stream is None or stream.closed:
            return
        encoding = stream.encoding or "utf-8"
        try:
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            stream.flush()
        except BrokenPipeError:
            raise OutputClosed from None
        except OSError as fault:
            raise StreamError(
                f"The output cannot be written ({system_reason(fault)}): send it somewhere else."
            ) from None
