"""View of what the chat says: its blocks as values that a template writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.rendering.blocks import Block, ListEntry, NoticeBlock, QuoteBlock
from bot.chat.rendering.citations import CitationFields, citation_fields
from bot.chat.rendering.dialects import SMALL_PRINT
from bot.chat.rendering.nearest import nearest_number
from bot.chat.rendering.quote_lines import QuoteLine, above_lines, quote_lines
from bot.chat.texts.catalogue import Text
from bot.core.replies import Excerpt


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A quote as lines, those of the document above it, and its citation."""

    above: Sequence[str]
    lines: Sequence[QuoteLine]
    cited: CitationFields
    language: str
    label: str = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A line of fixed texts; the id of a reply is `small` print.

    `number` is that of the excerpt which the line names, or 0.
    """

    text: str
    small: bool = False
    number: int = 0


def quote_view(excerpt: Excerpt) -> QuoteView:
    """An excerpt with its citation."""
    return _quote(QuoteBlock(excerpt))


def block_view(block: Block) -> QuoteView | Sequence[NoticeView]:
    """A quote, or lines of fixed texts."""
    match block:
        case QuoteBlock():
            return _quote(block)
        case NoticeBlock(lines):
            return [
                NoticeView(
                    " ".join(each.plain() for each in line),
                    line[0].text in SMALL_PRINT,
                    nearest_number(line[0]),
                )
                for line in lines
                # Commands are pages here.
                if line[0].text is not Text.TALK_STEPS
            ]
        case ListEntry():
            return [NoticeView(block.document.source.title)]


def names_excerpt(view: QuoteView | Sequence[NoticeView]) -> bool:
    """Whether a block shows an excerpt of the reply, or a line of it names one."""
    return isinstance(view, QuoteView) or any(line.number for line in view)


def _quote(block: QuoteBlock) -> QuoteView:
    excerpt = block.excerpt
    language = excerpt.passage.language
    return QuoteView(
        [*above_lines(excerpt)],
        [*quote_lines(excerpt, emphasis=True)],
        citation_fields(block),
        "" if language == "und" else language,
        block.label,
        "" if block.lead is None else block.lead.plain(),
    )
