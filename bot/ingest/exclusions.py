"""Lines of a document that are never quoted, and its blocks cut around them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from bot.core.documents import Block, Span


def normal(line: str) -> str:
    """A line as it is compared: trimmed, each run of white space one blank."""
    return " ".join(line.split())


def _trimmed(text: str, start: int, end: int) -> Span | None:
    """The part of `text[start:end]` between its outer white space, None if there is none."""
    body = text[start:end].strip()
    if not body:
        return None
    first = start + text[start:end].index(body[0])
    return Span(first, first + len(body))


def excluded_spans(text: str, lines: Collection[str]) -> tuple[Span, ...]:
    """Where in `text` one of `lines` stands as a whole line; trimmed, in order."""
    wanted = {normal(line) for line in lines} - {""}
    if not wanted:
        return ()
    spans: list[Span] = []
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        if normal(line) in wanted and (span := _trimmed(text, start, end)) is not None:
            spans.append(span)
        start = end
    return tuple(spans)


def unmatched(text: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Those of `lines` that are no line of `text`, in the order given."""
    if not lines:
        return ()
    there = {normal(line) for line in text.splitlines()}
    return tuple(line for line in lines if normal(line) not in there)


def _pieces(text: str, block: Block, gone: Sequence[Span]) -> Iterator[Block]:
    start = block.span.start
    for end, resume in [(span.start, span.end) for span in gone] + [(block.span.end, 0)]:
        if start < end and (span := _trimmed(text, start, end)) is not None:
            yield replace(block, span=span)
        start = max(start, resume)


def cut_blocks(text: str, blocks: Sequence[Block], gone: Sequence[Span]) -> tuple[Block, ...]:
    """`blocks` without what lies in `gone`, both in order; what is left empty vanishes.

    A block that touches nothing in `gone` stays as it is; the pieces of another are
    trimmed and keep its kind, level and page.
    """
    kept: list[Block] = []
    first = 0
    for block in blocks:
        while first < len(gone) and gone[first].end <= block.span.start:
            first += 1
        last = first
        while last < len(gone) and gone[last].start < block.span.end:
            last += 1
        kept.extend(_pieces(text, block, gone[first:last]) if last > first else (block,))
    return tuple(kept)
