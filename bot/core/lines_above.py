"""Lines above a table or list, without which its rows and items are not understood.

Above a row these are the names of the columns and the caption, above an item or code the line
that introduces it:

    Rents in crowns      a caption: a short paragraph that is no sentence
    Plot | Rent          names of columns: a side heading
    North | 61           a row
    South | 74           another row, with the same lines above it
"""

from bisect import bisect_left

from bot.core.documents import SIDE_LEVEL, Block, BlockKind, Document, LandmarkKind, Span

LONGEST_LINE, LONGEST_ABOVE_SHEET = 160, 1_000
"""A longer paragraph or heading is no caption and introduces nothing, in characters; the columns
of a sheet may be many."""

COLONS = (":", "：")
"""The signs that end a line which introduces what stands below it."""


def are_adjacent(document: Document, index: int) -> bool:
    """Whether the block at `index` may belong with the one before it.

    Both are of the same note or slide, or of none, and no excluded span stands between them.
    """
    before, block = document.blocks[index - 1], document.blocks[index]
    is_apart = any(each.is_note or each.has(LandmarkKind.SLIDE) for each in (before, block))
    if is_apart and before.landmark != block.landmark:
        return False
    excluded = document.excluded
    first = bisect_left(excluded, before.span.end, key=lambda span: span.start)
    return first == len(excluded) or excluded[first].end > block.span.start


def _lines_above_table(document: Document, start: int) -> tuple[Block, ...]:
    """The names of columns above the block at `start`, and the caption above those.

    A short paragraph is a caption unless it is a sentence.
    """
    blocks = document.blocks
    lines: list[Block] = []
    place = start
    while place and are_adjacent(document, place):
        place -= 1
        line, text = blocks[place], blocks[place].span.of(document.text)
        is_caption = line.kind is BlockKind.PARAGRAPH and not text.endswith((".", "。"))
        is_above_sheet = not is_caption and blocks[start].has(LandmarkKind.ROW)
        longest = LONGEST_ABOVE_SHEET if is_above_sheet else LONGEST_LINE
        if not (is_caption or line.level == SIDE_LEVEL) or len(text) > longest:
            break
        lines.insert(0, line)
        if is_caption:
            break
    return tuple(lines)


def _line_above(document: Document, start: int) -> tuple[Block, ...]:
    """The short line that introduces the list or the code that begins at block `start`.

    Above a list it ends in a colon: as context of items, any short line made wrong replies sure.
    """
    if not start or not are_adjacent(document, start):
        return ()
    line = document.blocks[start - 1]
    is_line = line.kind is BlockKind.PARAGRAPH or line.level == SIDE_LEVEL
    introduces = document.blocks[start].kind is BlockKind.CODE or (
        line.span.of(document.text).endswith(COLONS)
    )
    return (line,) if is_line and introduces and len(line.span) <= LONGEST_LINE else ()


def lines_above(document: Document, offset: int) -> tuple[Span, ...]:
    """The lines that the row, item or code at `offset` is not understood without, in order."""
    blocks = document.blocks
    place = first = document.block_number(offset)
    if first is None or place is None:
        return ()
    kind = blocks[place].kind
    if kind not in (BlockKind.ROW, BlockKind.ITEM, BlockKind.CODE):
        return ()
    while kind is not BlockKind.CODE and first and blocks[first - 1].kind is kind:
        if not are_adjacent(document, first):
            return ()
        first -= 1
    lines: tuple[Block, ...] = ()
    if kind is BlockKind.ROW:
        lines = _lines_above_table(document, first)
        if not any(line.level == SIDE_LEVEL for line in lines) and _is_header(
            blocks[first].span.of(document.text), blocks[place].span.of(document.text)
        ):
            lines = (*lines, blocks[first])
    elif kind in (BlockKind.ITEM, BlockKind.CODE):
        lines = _line_above(document, first)
    return tuple(line.span for line in lines if _is_shown(document, line.span))


def _is_header(first: str, row: str) -> bool:
    """Whether the first row of a table names the columns, as far as figures tell."""
    return any(map(str.isdigit, row)) and not any(map(str.isdigit, first))


def _is_shown(document: Document, span: Span) -> bool:
    """Whether a line has words and none of them is excluded from quoting."""
    has_words = any(map(str.isalnum, span.of(document.text)))
    return has_words and not any(each.overlaps(span) for each in document.excluded)
