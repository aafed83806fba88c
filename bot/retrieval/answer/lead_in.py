"""Lead-in: the line above a list or table, without which its items are not understood.

A short list is a passage with its lead-in, an item of a long one is a passage by itself.
"""

from bot.core.documents import BlockKind, Passage, Span

_LONGEST = 160
"""A longer line is text of its own, in characters."""


def lead_within(passage: Passage, start: int) -> Span | None:
    """The sentence of a passage that introduces the list or table in which offset `start` lies."""
    first = passage.document.block_number(passage.span.start) or 0
    pair = passage.document.blocks[first : first + 2]
    kinds = [block.kind for block in pair]
    if kinds[:1] != [BlockKind.PARAGRAPH] or kinds[-1] not in (BlockKind.ITEM, BlockKind.ROW):
        return None
    lead = max((s for s in passage.sentences if s.end <= pair[0].span.end), default=None)
    return lead if lead and pair[1].span.start <= start and len(lead) <= _LONGEST else None
