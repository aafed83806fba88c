"""Dialects: each renders blocks in the markup of one platform, one block at a time."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from bot.chat.rendering.blocks import Block, ListEntry, NoticeBlock, QuoteBlock
from bot.chat.rendering.escape import visible_line
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import Notice
from bot.chat.texts.parameters import (
    CommandName,
    IdOnPlatform,
    MessageOnPlatform,
    Written,
    written,
)
from bot.chat.texts.templates import FixedText

SMALL_PRINT: frozenset[FixedText] = frozenset({Text.ANSWER_ID, Text.SILENCE_ID, Text.ASK_ON})
"""Texts that are less prominent than others, where a platform has means for it."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Rendered text, and the same as HTML on platforms that take both."""

    text: str = ""
    html: str | None = None

    def __add__(self, other: Rendered) -> Rendered:
        if self.html is None and other.html is None:
            return Rendered(self.text + other.text)
        return Rendered(self.text + other.text, (self.html or "") + (other.html or ""))


class Dialect(Protocol):
    """A renderer of blocks; its output needs no further escaping."""

    def render(self, block: Block) -> Rendered:
        """The rendered text of one block."""

    def between(self, before: Block, after: Block) -> Rendered:
        """The separator of two blocks on a page."""

    def measure(self, rendered: Rendered) -> int:
        """The size in the unit of the page limit; a sum of texts is no larger than its parts."""


class TextDialect(Dialect):
    """Base of dialects with text alone; sizes are code points."""

    def render(self, block: Block) -> Rendered:
        """The rendered text of one block."""
        match block:
            case QuoteBlock():
                return Rendered(self.quote(block))
            case NoticeBlock():
                return Rendered(self.notices(block))
            case ListEntry():
                return Rendered(self.entry(block))

    def between(self, before: Block, after: Block) -> Rendered:
        """A blank line; inside a list a line break."""
        inside = isinstance(before, ListEntry) and isinstance(after, ListEntry)
        return Rendered("\n" if inside else "\n\n")

    def measure(self, rendered: Rendered) -> int:
        """Code points."""
        return len(rendered.text)

    @abstractmethod
    def quote(self, block: QuoteBlock) -> str:
        """A quote with its citation."""

    @abstractmethod
    def entry(self, block: ListEntry) -> str:
        """An entry of a list of documents."""

    def notices(self, block: NoticeBlock) -> str:
        """Fixed texts, each line of the block a line."""
        return "\n".join(" ".join(map(self.notice, line)) for line in block.lines)

    def notice(self, notice: Notice) -> str:
        """One fixed text with its parameters, which are escaped."""
        return notice.fill(self.parameter)

    def parameter(self, value: Written) -> str:
        """A parameter, escaped, on one line."""
        if isinstance(value, CommandName):
            return self.command(value)
        if isinstance(value, IdOnPlatform):
            return self.name(value)
        if isinstance(value, MessageOnPlatform):
            return self.message(value)
        return self.escaped(value)

    def command(self, command: CommandName) -> str:
        """A command as a member types it."""
        return written(command)

    def name(self, of: IdOnPlatform) -> str:
        """A person or a room: the id, unless a dialect knows how to show the name."""
        return self.escaped(of.id)

    def message(self, of: MessageOnPlatform) -> str:
        """A message: its id, unless a dialect knows the link."""
        return self.escaped(of.message)

    def escaped(self, text: str) -> str:
        """Text from outside, escaped, on one line."""
        return visible_line(text)
