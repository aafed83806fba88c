"""The manifest's key `exclude`: lines of a document that are never quoted."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from bot.core.documents import Block, Span


def normalized(line: str) -> str:
    """A line in the form in which lines are compared: trimmed, white space as one blank."""
    return " ".join(line.split())


def trimmed(text: str, start: int, end: int) -> Span | None:
    """The span of `text[start:end]` without the white space around it; None if none is left."""
    body = text[start:end].strip()
    if not body:
        return None
    first = text.index(body[0], start)
    return Span(first, first + len(body))


def excluded_spans(text: str, lines: Collection[str]) -> tuple[Span, ...]:
    """The spans of `text` where one of `lines` stands as a whole line; trimmed, in order."""
    excluded = {normalized(line) for line in lines} - {""}
    if not excluded:
        return ()
    spans: list[Span] = []
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        if normalized(line) in excluded and (span := trimmed(text, start, end)) is not None:
            spans.append(span)
        start = end
    return tuple(spans)


def missing_lines(text: str, lines: Sequence[str]) -> tuple[str, ...]:
    """The `lines` that are no line of `text`, in their order."""
    if not lines:
        return ()
    present = {normalized(line) for line in text.splitlines()}
    return tuple(line for line in lines if normalized(line) not in present)


def _pieces(text: str, block: Block, excluded: Sequence[Span]) -> Iterator[Block]:
    """The pieces of a block between `excluded` spans, trimmed."""
    start = block.span.start
    for end, resume in [(span.start, span.end) for span in excluded] + [(block.span.end, 0)]:
        if start < end and (span := trimmed(text, start, end)) is not None:
            yield replace(block, span=span)
        start = max(start, resume)


def cut_blocks(text: str, blocks: Sequence[Block], excluded: Sequence[Span]) -> tuple[Block, ...]:
    """`blocks` without the `excluded` spans, both in order; empty blocks are left out.

    A block that touches no excluded span stays as it is. Any other is cut around them; its
    pieces are trimmed and keep its kind, level and page.
    """
    result: list[Block] = []
    first = 0
    for block in blocks:
        while first < len(excluded) and excluded[first].end <= block.span.start:
            first += 1
        last = first
        while last < len(excluded) and excluded[last].start < block.span.end:
            last += 1
        result.extend(_pieces(text, block, excluded[first:last]) if last > first else (block,))
    return tuple(result)
