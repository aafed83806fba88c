"""The manifest's keys `exclude` and `leave_out`: lines and sections that are never quoted."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

import regex

from bot.core.documents import Block, BlockKind, Span

_NUMBER = regex.compile(r"^\p{Nd}+(?:\.\p{Nd}+)*[.)]? +")


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


def section_spans(
    text: str, blocks: Sequence[Block], headings: Collection[str]
) -> tuple[Span, ...]:
    """The spans of the sections that one of `headings` heads, with all sections below them."""
    wanted = set(map(_heading_name, headings))
    if not wanted:
        return ()
    spans: list[Span] = []
    start = level = end = 0
    for block in blocks:
        is_heading = block.kind is BlockKind.HEADING
        if level and is_heading and block.level <= level:
            spans.append(Span(start, end))
            level = 0
        if not level and is_heading and not wanted.isdisjoint(_heading_names(text, block)):
            start, level = block.span.start, block.level
        end = block.span.end
    if level:
        spans.append(Span(start, end))
    return tuple(spans)


def missing_headings(
    text: str, blocks: Sequence[Block], headings: Sequence[str]
) -> tuple[str, ...]:
    """The `headings` that head no section, in their order."""
    present = {
        name
        for block in blocks
        if headings and block.kind is BlockKind.HEADING
        for name in _heading_names(text, block)
    }
    return tuple(heading for heading in headings if _heading_name(heading) not in present)


def _heading_name(heading: str) -> str:
    """A heading in the form in which headings are compared."""
    return normalized(heading.strip("#* ")).casefold()


def _heading_names(text: str, block: Block) -> tuple[str, str]:
    """The names that mean the heading: with its number, and without it."""
    name = _heading_name(block.span.of(text))
    return name, _NUMBER.sub("", name)


def united(spans: Iterable[Span]) -> tuple[Span, ...]:
    """`spans` in order, those that overlap joined."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start < result[-1].end:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return tuple(result)


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
