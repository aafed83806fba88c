"""Dialects: ways of writing blocks, and the code that all of them share.

A dialect makes text of a block and knows nothing of pages; a new platform is one more
of them.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from bot.chat.rendering.blocks import Block, ListEntry, NoticeBlock, QuoteBlock
from bot.chat.rendering.escape import visible_line
from bot.chat.texts.catalogue import CommandName, Language, Notice, Parameter


@dataclass(frozen=True, slots=True)
class Rendered:
    """Finished text, and the same with HTML markup where the platform takes both."""

    text: str = ""
    html: str | None = None

    def __add__(self, other: Rendered) -> Rendered:
        if self.html is None and other.html is None:
            return Rendered(self.text + other.text)
        return Rendered(self.text + other.text, (self.html or "") + (other.html or ""))


class Dialect(Protocol):
    """One way of writing blocks; what it writes is safe to be shown as it is."""

    def render(self, block: Block) -> Rendered:
        """The finished text of one block."""

    def between(self, before: Block, after: Block) -> Rendered:
        """The separator of two blocks on a page."""

    def measure(self, rendered: Rendered) -> int:
        """Its size in the unit of the page's limit; of two together no more than the sum."""


class TextDialect(Dialect):
    """The base of dialects that write one text: notices, blank lines, code points."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def render(self, block: Block) -> Rendered:
        """The finished text of one block."""
        match block:
            case QuoteBlock():
                return Rendered(self.quote(block))
            case NoticeBlock():
                return Rendered(self.notices(block))
            case ListEntry():
                return Rendered(self.entry(block))

    def between(self, before: Block, after: Block) -> Rendered:
        """A blank line, but none inside a list."""
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
        """A document of a list."""

    def notices(self, block: NoticeBlock) -> str:
        """Fixed texts, each line of the block a line."""
        return "\n".join(" ".join(map(self.notice, line)) for line in block.lines)

    def notice(self, notice: Notice) -> str:
        """One fixed text with its parameters, which are escaped."""
        return "".join(
            fixed + ("" if value is None else self.parameter(value))
            for fixed, value in self.language.pieces(notice)
        )

    def parameter(self, value: Parameter) -> str:
        """A parameter, as it may stand on one line of this dialect."""
        if isinstance(value, CommandName):
            return self.command(value)
        return self.escaped(self.language.written(value))

    def command(self, command: CommandName) -> str:
        """A command as a member types it."""
        return f"/{command.name} {command.argument}".rstrip()

    def escaped(self, text: str) -> str:
        """Text from outside as it may stand on one line of this dialect."""
        return visible_line(text)
