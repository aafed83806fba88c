"""What the program and its worker process say to each other over two pipes.

A message is its length in eight bytes, big end first, and that many bytes. A request is
two messages, a header in JSON and the file; an answer is one, in JSON. Nothing is pickled:
the worker handles hostile files, and what it says is checked like anything from outside.
"""

from __future__ import annotations

import struct
from typing import Annotated, BinaryIO, Literal

import regex
from pydantic import BaseModel, ConfigDict, Field

from bot.core.documents import Block, BlockKind, Parsed, Span

MOST_ANSWER_BYTES = 100_000_000
"""Longer answers are refused."""

_LENGTH = struct.Struct(">Q")
_CONTROLS = regex.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

Kind = Literal["pdf", "docx", "html"]


class Request(BaseModel):
    """What is to be read, and within which limits: seconds of processor time, bytes."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    kind: Kind
    name: str
    seconds: float
    memory_bytes: int
    expanded_bytes: int


BlockRow = tuple[
    Annotated[int, Field(ge=0)],
    Annotated[int, Field(ge=0)],
    BlockKind,
    Annotated[int, Field(ge=0, le=6)],
    Annotated[int, Field(ge=1)] | None,
]
"""A block as start, end, kind, level and page."""


class ReadOutcome(BaseModel):
    """What came of it: `ok` with a text, or why there is none; `reason` is for a person."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    kind: Literal["ok", "refused", "memory", "fault"]
    text: str = ""
    blocks: tuple[BlockRow, ...] = ()
    title: Annotated[str, Field(max_length=10_000)] | None = None
    reason: Annotated[str, Field(max_length=400)] = ""

    @classmethod
    def of(cls, parsed: Parsed) -> ReadOutcome:
        """The message that carries `parsed`."""
        rows = tuple(
            (block.span.start, block.span.end, block.kind, block.level, block.page)
            for block in parsed.blocks
        )
        return cls(kind="ok", text=parsed.text, blocks=rows, title=parsed.title)

    def parsed(self) -> Parsed:
        """The document it carries; `ValueError` where it is none."""
        if not self.blocks or _CONTROLS.search(self.text):
            raise ValueError("not a document")
        blocks = tuple(
            Block(Span(start, end), kind, level, page)
            for start, end, kind, level, page in self.blocks
        )
        return Parsed(self.text, blocks, self.title)


def send(stream: BinaryIO, message: bytes) -> None:
    """Write one message."""
    stream.write(_LENGTH.pack(len(message)))
    stream.write(message)
    stream.flush()


def receive(stream: BinaryIO, most: int) -> bytes:
    """One message; `EOFError` at the end of the stream, `ValueError` if it is too long."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > most:
        raise ValueError(f"a message of {length} bytes")
    return _exactly(stream, length)


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise EOFError
    return data
