"""Blocks: the parts of replies, lists and notices before any markup; a closed union."""

from dataclasses import dataclass

from bot.chat.texts.catalogue import Notice
from bot.core.documents import Document
from bot.core.replies import Citation, Excerpt


@dataclass(frozen=True, slots=True)
class QuoteBlock:
    """An excerpt with its citation, never parted.

    `lead` is what must be read before the quote and stays with it; `number` is how a
    member names the excerpt; `field_most` is the most characters of a field of the
    citation, where a page is too small for all of it.
    """

    excerpt: Excerpt
    number: int | None = None
    lead: Notice | None = None
    field_most: int | None = None

    @property
    def citation(self) -> Citation:
        """Where the quoted words stand."""
        return self.excerpt.citation


@dataclass(frozen=True, slots=True)
class NoticeBlock:
    """Fixed texts: lines, each of one or more notices side by side."""

    lines: tuple[tuple[Notice, ...], ...]


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A document in a list: its title, and under it what else is known in short."""

    document: Document
    passages: int
    field_most: int | None = None


Block = QuoteBlock | NoticeBlock | ListEntry


def notice_block(*notices: Notice) -> NoticeBlock:
    """Notices below each other as one block."""
    return NoticeBlock(tuple((one,) for one in notices))
