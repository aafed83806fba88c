"""The manifest's key `exclude`: lines of a document that are never quoted."""

from bisect import bisect_left, bisect_right
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


def line_spans(text: str) -> Iterator[Span | None]:
    """The span of each line of `text`, trimmed; None for a blank one."""
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        yield trimmed(text, start, end)
        start = end


def excluded_spans(text: str, lines: Collection[str]) -> tuple[Span, ...]:
    """The spans of `text` where one of `lines` stands as a whole line; trimmed, in order."""
    excluded = {normalized(line) for line in lines}
    if not excluded:
        return ()
    spans = filter(None, line_spans(text))
    return tuple(span for span in spans if normalized(span.of(text)) in excluded)


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
    for block in blocks:
        first = bisect_right(excluded, block.span.start, key=lambda span: span.end)
        last = bisect_left(excluded, block.span.end, key=lambda span: span.start)
        if first < last:
            result.extend(_pieces(text, block, excluded[first:last]))
        else:
            result.append(block)
    return tuple(result)
