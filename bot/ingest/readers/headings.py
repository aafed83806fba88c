"""Headings of a document of any format, and the title that they give it."""

from collections.abc import Iterable, Sequence

import regex

from bot.core.documents import SIDE_LEVEL, Block, BlockKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers.builder import NO_WORDS, DocumentBuilder, metadata_title

SIDE_HEADING = SIDE_LEVEL
"""The level of headings that head nothing: captions, page furniture, signatures."""

_TITLE_CHARACTERS = 120

NAMED_SECTION = regex.compile(
    r"^(?:§\p{Zs}*|\p{Lu}\p{L}+\.?\p{Zs}+)(?:\p{Nd}+\p{L}?|[IVXLC]+)\b(?!\p{Zs}*$)"
)
"""A heading that begins with the name and number of a section, as "§ 1 Keys"."""


def begins_with_section(text: str, blocks: Sequence[Block]) -> bool:
    """Whether the first heading, as "§ 1 Keys", has others beside it, and is no title."""
    first, *others = main_headings(blocks) or blocks[:1]
    return NAMED_SECTION.match(first.span.of(text)) is not None and any(
        other.level == first.level for other in others
    )


def title_of(text: str, blocks: Sequence[Block]) -> str:
    """The first line of the first block that is no side heading, shortened."""
    main = (block for block in blocks if block.level < SIDE_HEADING)
    line = next(main, blocks[0]).span.of(text).splitlines()[0]
    line = " ".join(line.split())
    if len(line) <= _TITLE_CHARACTERS:
        return line
    cut = line[:_TITLE_CHARACTERS].rsplit(" ", 1)[0]
    return f"{cut} …"


def main_headings(blocks: Sequence[Block]) -> list[Block]:
    """The headings that head something."""
    return [b for b in blocks if b.kind is BlockKind.HEADING and b.level < SIDE_HEADING]


def heading_title(text: str, blocks: Sequence[Block]) -> str:
    """The first heading that heads something, else the first line, shortened."""
    return title_of(text, main_headings(blocks) or blocks)


def titled(built: DocumentBuilder, titles: Iterable[str], remarks: Iterable[str]) -> Parsed:
    """The document of a text program: its title is the first of `titles` that is one.

    Else it is the first heading, unless that heads one section of several.
    """
    text, blocks = built.text, built.blocks
    if not blocks:
        raise DocumentError(NO_WORDS)
    title = next(filter(None, map(metadata_title, titles)), None)
    if title is None and not begins_with_section(text, blocks):
        title = heading_title(text, blocks)
    return Parsed(text, tuple(blocks), title, remarks=tuple(remarks))
