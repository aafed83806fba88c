"""Blocks: the parts of replies, lists and notices before any markup; a closed union."""

from dataclasses import dataclass

from bot.chat.texts.notices import Notice
from bot.core.documents import Document
from bot.core.replies import Excerpt


@dataclass(frozen=True, slots=True)
class QuoteBlock:
    """An excerpt with its citation, on the same page.

    `lead` is a notice before the quote, such as "not an answer"; it stays with the quote.
    `number` is how a member refers to the excerpt. `field_most` limits the characters of
    each field of the citation, if a page is too small for all of it. `question` is the one that
    the quote answers, whose words a terminal marks in it. `page_url` is the address of the web page
    that shows the quote in its document, if there is one.
    """

    excerpt: Excerpt
    number: int | None = None
    lead: Notice | None = None
    field_most: int | None = None
    question: str = ""
    page_url: str | None = None

    @property
    def label(self) -> str:
        """The number in front of the citation, if there is one."""
        return "" if self.number is None else f"{self.number} · "


@dataclass(frozen=True, slots=True)
class NoticeBlock:
    """Fixed texts: lines, each of one or more notices side by side."""

    lines: tuple[tuple[Notice, ...], ...]


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A document in a list: its title, and below it the main facts."""

    document: Document
    passages: int
    field_most: int | None = None


Block = QuoteBlock | NoticeBlock | ListEntry


def notice_block(*notices: Notice) -> NoticeBlock:
    """Notices below each other as one block."""
    return NoticeBlock(tuple((each,) for each in notices))
