"""Lead-in: the line above a list, without which its items are not understood."""

from bisect import bisect_right

from bot.core.documents import BlockKind, Passage

LONGEST_LEAD_IN = 200
"""A longer paragraph above a list is text of its own, in characters."""


def lead_in(passage: Passage) -> str:
    """The line above the list that a passage is an item of.

    Empty for other passages, and where the passage begins with its lead-in. Rows of a table have
    the lines above it among their headings.
    """
    blocks = passage.document.blocks
    place = bisect_right(blocks, passage.span.start, key=lambda block: block.span.start) - 1
    if place < 0 or blocks[place].kind is not BlockKind.ITEM:
        return ""
    while place and blocks[place].kind is BlockKind.ITEM:
        place -= 1
    above = blocks[place]
    is_lead = above.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING)
    text = above.span.of(passage.document.text)
    is_excluded = any(span.overlaps(above.span) for span in passage.document.excluded)
    is_known = " ".join(text.split()) in passage.locator.headings
    has_use = is_lead and not is_known and not is_excluded
    return text if has_use and len(text) <= LONGEST_LEAD_IN else ""
