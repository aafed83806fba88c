"""Frames: the one format in which a child process and its parent exchange messages.

A frame is the length of its body in four bytes, little-endian, then the body. `encode` and
`decode` make bodies of JSON. Nothing is pickled: a child may handle hostile files, so the
reader of a frame sets the greatest length and checks the body.
"""

import json
from struct import Struct
from typing import Any, BinaryIO

_LENGTH = Struct("<I")


class FrameError(ValueError):
    """Bytes that are not a frame of this program."""


def write_frame(stream: BinaryIO, body: bytes) -> None:
    """Write a frame without copying its body."""
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def read_frame(stream: BinaryIO, max_bytes: int) -> bytes:
    """The body of the next frame; raises `EOFError` at the end, `FrameError` if it is too long."""
    (length,) = _LENGTH.unpack(_read_exactly(stream, _LENGTH.size))
    if length > max_bytes:
        raise FrameError("a frame is too long")
    return _read_exactly(stream, length)


def encode(message: Any) -> bytes:
    """JSON in UTF-8; lone surrogates pass, two of them are not joined to one character."""
    return json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")


def decode(body: bytes) -> Any:
    """The message that was encoded; raises `FrameError`. Its shape is for the caller to check."""
    try:
        return json.loads(body.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        raise FrameError("a frame is no JSON") from None


def _read_exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise EOFError
    return data
