"""A document to its passages: what is ranked, and the sentences that may be quoted.

A passage is a paragraph or a list item under its heading. What only makes sense
together stays together: a sentence that ends in a colon with what it introduces, a
short list as one passage whose items are its sentences, a quotation that runs over
several paragraphs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from bot.core.documents import Block, BlockKind, Document, Locator, Passage, Span
from bot.ingest.language import language_of
from bot.ingest.sentences import sentences

LIST_CHARACTERS = 900
"""A list up to this long, its introduction included, is one passage."""

QUOTATION_CHARACTERS = 1_600
"""Paragraphs of one quotation are joined up to this length."""

SIDE_HEADING = 6
"""Headings of this level are captions or page furniture: no part of the heading path."""

_OPENS = regex.compile(r"^[“„«\"‘「]")
_LISTED = (BlockKind.ITEM, BlockKind.ROW)


@dataclass(frozen=True, slots=True)
class _Group:
    """Blocks that make one passage; `number` is the first one's paragraph number."""

    blocks: tuple[Block, ...]
    number: int
    headings: tuple[str, ...]


def _heading_text(document: Document, block: Block) -> str:
    return " ".join(block.span.of(document.text).split())


def _open_quotation(text: str) -> bool:
    """Whether a double quotation mark is opened in `text` and not closed again."""
    return max(text.rfind("“"), text.rfind("„")) > text.rfind("”") and "“" in text


def _introduces(document: Document, block: Block) -> bool:
    return (
        block.kind is BlockKind.PARAGRAPH
        and block.span.of(document.text).endswith((":", "："))
        and len(block.span) <= QUOTATION_CHARACTERS
    )


def _adjacent(document: Document, one: Block, other: Block) -> bool:
    """Whether nothing that is excluded from quoting stands between the two."""
    after = bisect_left(document.excluded, one.span.end, key=_start)
    return after == len(document.excluded) or document.excluded[after].end > other.span.start


def _start(span: Span) -> int:
    return span.start


def _list_end(document: Document, blocks: Sequence[Block], start: int) -> int:
    """The index after the last list item that belongs to the list at `start`."""
    end = start
    while (
        end < len(blocks)
        and blocks[end].kind is blocks[start].kind
        and (end == start or _adjacent(document, blocks[end - 1], blocks[end]))
    ):
        end += 1
    return end


def _list_groups(document: Document, blocks: Sequence[Block], start: int, first: int) -> list[int]:
    """Where the groups end that begin at `start` with the list whose first item is `first`.

    One group where it is short, its introduction included; else each block for itself.
    """
    end = _list_end(document, blocks, first)
    if blocks[end - 1].span.end - blocks[start].span.start <= LIST_CHARACTERS:
        return [end]
    return list(range(start + 1, end + 1))


def _quotation_end(document: Document, blocks: Sequence[Block], start: int) -> int:
    """The index after the last paragraph of the quotation that the block at `start` introduces."""
    text = document.text
    first = blocks[start]
    after = start + 1
    while (
        after < len(blocks)
        and blocks[after].kind is BlockKind.PARAGRAPH
        and _adjacent(document, blocks[after - 1], blocks[after])
        and blocks[after].span.end - first.span.start <= QUOTATION_CHARACTERS
        and (
            (after == start + 1 and _OPENS.match(blocks[after].span.of(text)))
            or _open_quotation(text[first.span.start : blocks[after - 1].span.end])
        )
    ):
        after += 1
    return after


def _group_ends(document: Document, blocks: Sequence[Block], start: int) -> list[int]:
    """Where the next groups end, the first of them beginning at `start`."""
    after = start + 1
    if blocks[start].kind in _LISTED:
        return _list_groups(document, blocks, start, start)
    if not _introduces(document, blocks[start]) or after == len(blocks):
        return [after]
    if not _adjacent(document, blocks[start], blocks[after]):
        return [after]
    if blocks[after].kind in _LISTED:
        return _list_groups(document, blocks, start, after)
    return [_quotation_end(document, blocks, start)]


def _groups(document: Document) -> Iterator[_Group]:
    path: list[tuple[int, str]] = []
    number = 0
    position = 0
    blocks = document.blocks
    while position < len(blocks):
        block = blocks[position]
        if block.kind is BlockKind.HEADING:
            if block.level < SIDE_HEADING:
                path = [entry for entry in path if entry[0] < block.level]
                path.append((block.level, _heading_text(document, block)))
            position += 1
            continue
        for end in _group_ends(document, blocks, position):
            yield _Group(tuple(blocks[position:end]), number + 1, tuple(title for _, title in path))
            number += end - position
            position = end


def _headings(document: Document, path: tuple[str, ...]) -> tuple[str, ...]:
    """The heading path without the document's own title, which the citation has already."""
    title = " ".join(document.source.title.split())
    return path[1:] if path and path[0] == title else path


def passages(document: Document) -> tuple[Passage, ...]:
    """The passages of `document` in order; excluded stretches are in none of them."""
    language = language_of(document.text)
    found: list[Passage] = []
    for group in _groups(document):
        spans = tuple(
            span
            for block in group.blocks
            for span in sentences(block.span.of(document.text), language, block.span.start)
        )
        if not spans:
            continue
        first, *rest = spans
        found.append(
            Passage(
                document=document,
                span=Span(first.start, spans[-1].end),
                sentences=(first, *rest),
                locator=Locator(
                    paragraph=group.number,
                    page=group.blocks[0].page,
                    headings=_headings(document, group.headings),
                ),
                language=language,
            )
        )
    return tuple(found)
