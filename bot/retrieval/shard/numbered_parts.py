"""Numbered parts: the passages of a shard by each number of their headings and items."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from bot.core.documents import LandmarkKind
from bot.core.passages import PassageTable
from bot.retrieval.text.part_numbers import heading_number, numbers_of


def passages_by_number(table: PassageTable) -> Mapping[str, Sequence[int]]:
    """For each number, as "4" or "b", the passages with it among their numbers, in order."""
    places: dict[str, set[int]] = {}
    starts = table.columns.start
    for number, document in enumerate(table.documents):
        own = table.range_of(number)
        for block in document.blocks:
            if block.landmark is None or block.landmark.kind is not LandmarkKind.ITEM:
                continue
            place = bisect_right(starts, block.span.start, own.start, own.stop) - 1
            if place >= own.start:
                for each in numbers_of(block.landmark.mark):
                    places.setdefault(each, set()).add(place)
    headings = [
        {n for each in map(heading_number, path) if each for n in each.numbers}
        for path in table.headings
    ]
    for place, path in enumerate(table.columns.heading):
        for each in headings[path]:
            places.setdefault(each, set()).add(place)
    return {number: sorted(found) for number, found in places.items()}
