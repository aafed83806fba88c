"""Edits of a text: ranges that are read as something else, or not at all."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import regex

from bot.core.documents import Block, Span
from bot.ingest.exclusions import trimmed

_NO_LINE_END = regex.compile(r"[^\n]")


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` in place of the characters from `start` to before `end`, with its own `blocks`."""

    start: int
    end: int
    text: str = ""
    blocks: Sequence[Block] = ()


def in_order(edits: Iterable[Edit]) -> list[Edit]:
    """The edits by their start, without those that begin within another."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def masked(text: str, edits: Sequence[Edit]) -> str:
    """`text` with blanks in the place of each edit, so that offsets and lines stay."""
    return _replaced(
        text,
        (replace(edit, text=_NO_LINE_END.sub(" ", text[edit.start : edit.end])) for edit in edits),
    )


def _replaced(text: str, edits: Iterable[Edit]) -> str:
    pieces: list[str] = []
    end = 0
    for edit in edits:
        pieces += (text[end : edit.start], edit.text)
        end = edit.end
    return "".join([*pieces, text[end:]])


def edited(
    text: str, edits: Sequence[Edit], blocks: Iterable[Block]
) -> tuple[str, tuple[Block, ...]]:
    """The text after the edits, and its blocks in order: `blocks` of the old one and the edits'."""
    result = _replaced(text, edits)
    starts = [edit.start for edit in edits]
    growth = [0, *accumulate(len(edit.text) - (edit.end - edit.start) for edit in edits)]

    def moved(offset: int) -> int:
        place = bisect_right(starts, offset)
        if place and offset < edits[place - 1].end:  # inside of it: at its start
            return edits[place - 1].start + growth[place - 1]
        return offset + growth[place]

    found = [
        replace(block, span=span)
        for block in blocks
        if (span := trimmed(result, moved(block.span.start), moved(block.span.end))) is not None
    ]
    for place, edit in enumerate(edits):
        base = edit.start + growth[place]
        found += (
            replace(block, span=Span(base + block.span.start, base + block.span.end))
            for block in edit.blocks
        )
    return result, tuple(disjoint(found))


def disjoint(blocks: Iterable[Block]) -> list[Block]:
    """The blocks in order, without those that begin inside the one before."""
    kept: list[Block] = []
    for block in sorted(blocks, key=lambda block: block.span):
        if not kept or block.span.start >= kept[-1].span.end:
            kept.append(block)
    return kept
