"""Figures, tables and running heads that stand between the two halves of a sentence.

At the top of a page or column they come before the rest of the last paragraph of the page
before. They stand behind it, so that "The company has a chance to esti-", "Figure 2: A cloud"
and "mate the price." become "The company has a chance to estimate the price." and the caption.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.documents import BlockKind
from bot.ingest.readers.pdf.characters import HYPHEN
from bot.ingest.readers.pdf.paragraphs import SENTENCE_END, PdfBlock

_MAX_BLOCKS = 12
_MIN_LINES = 2
_MIN_WIDTH = 12.0  # in sizes of type, of a column
_SAME_SIZE = 0.5  # points


def with_floats_behind(blocks: Sequence[PdfBlock]) -> list[PdfBlock]:
    """The blocks of a document, each sentence whole that the end of a page or column divides."""
    result: list[PdfBlock] = []
    taken: set[int] = set()
    for index, block in enumerate(blocks):
        if index in taken:
            continue
        result.append(block)
        rest = _rest(blocks, index)
        if rest is not None:
            block.lines += blocks[rest].lines
            taken.add(rest)
    return result


def _rest(blocks: Sequence[PdfBlock], index: int) -> int | None:
    """The index of the other half of the block at `index`, behind figures or notes.

    It stands on the next page, or at the top of the next column.
    """
    block = blocks[index]
    last = block.lines[-1]
    is_within_word = last.text.endswith(HYPHEN)
    if not _is_text(block) or SENTENCE_END.search(last.text):
        return None
    if not is_within_word and len(block.lines) < _MIN_LINES:
        return None
    for place in range(index + 1, min(index + 2 + _MAX_BLOCKS, len(blocks))):
        other = blocks[place]
        first = other.lines[0]
        if not last.page <= first.page <= last.page + 1:
            return None
        is_same_size = abs(first.size - last.size) < _SAME_SIZE
        is_beside = first.page == last.page
        if not _is_text(other) or (is_beside and not is_same_size):
            continue
        if is_beside and last.right - last.left < _MIN_WIDTH * last.size:
            return None
        if (
            first.text[:1].islower()
            and place > index + 1
            and not other.mark
            and first.bold == last.bold
            and is_same_size
            and (not is_beside or (first.y > last.y and first.left > last.right))
        ):
            return place
        if is_beside or len(other.lines) > _MIN_LINES + 1:
            return None
    return None


def _is_text(block: PdfBlock) -> bool:
    return block.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM) and not block.lines[0].turned
