"""What crosses between processes: frames of JSON.

A frame is its length in four bytes, least first, and as many bytes of JSON in UTF-8.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Any

from bot.core.reply_codec import ProtocolError, json_bytes

LONGEST_FRAME = 4_000_000
"""Bytes; no question and no reply comes near it."""

_LENGTH = Struct("<I")


def framed(said: Sequence[Any]) -> bytes:
    """A frame that says it; anything JSON can say, lone surrogates included."""
    body = json_bytes(said)
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Bytes as they come, to what the frames in them say."""

    def __init__(self) -> None:
        self._held = bytearray()

    def add(self, data: bytes) -> Iterator[list[Any]]:
        """What is said by the frames that are whole now; raises `ProtocolError`."""
        self._held += data
        while len(self._held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held)
            if length > LONGEST_FRAME:
                raise ProtocolError("a frame is too long")
            end = _LENGTH.size + length
            if len(self._held) < end:
                return
            body = bytes(self._held[_LENGTH.size : end])
            del self._held[:end]
            try:
                said = json.loads(body.decode("utf-8", "surrogatepass"))
            except (ValueError, RecursionError):
                raise ProtocolError("a frame is no JSON") from None
            if not isinstance(said, list) or not said:
                raise ProtocolError("a frame says nothing")
            yield said
