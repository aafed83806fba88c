"""Matches of a numbered part: the sentences in the part that a question names by its number.

Example: "What does § 1 (2) say?" names the item "(2)" under the heading "§ 1 Keys". A part is
named by the sign "§" or a word such as "item", or by a word that the document has above it:
"rule 4" is item 4 of "Pool rules".
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from bot.core.documents import LandmarkKind, Passage
from bot.retrieval.query.part_reference import PartReference, part_reference
from bot.retrieval.query.query import Query
from bot.retrieval.ranking.passage_scores import RankedPassages
from bot.retrieval.ranking.sentence_scores import SentenceScores
from bot.retrieval.shard.arrays import Integers
from bot.retrieval.shard.index import Index
from bot.retrieval.text.part_numbers import (
    SECTION_SIGN,
    NumberedHeading,
    heading_number,
    numbers_of,
)

PART_BONUS = 2.0
"""The bonus of a sentence in the part that the question names: more than words can give."""

MOST_PASSAGES = 50
"""Passages that are ranked for the number that they have, beside those found by words."""

Flags = npt.NDArray[np.bool_]


def named_passages(index: Index, query: Query) -> Integers:
    """The passages that have a sentence in the part that the question names, in order."""
    reference = _reference(query)
    found: list[int] = []
    if reference is not None:
        for part in index.parts:
            for place in part.shard.numbered_passages.get(reference.numbers[-1], ()):
                if any(_are_named(part.shard.table[place], reference)):
                    found.append(part.first + place)
                if len(found) == MOST_PASSAGES:
                    break
    return np.array(found[:MOST_PASSAGES], dtype=np.int32)


def cover_named(
    index: Index, query: Query, ranked: RankedPassages, scores: SentenceScores
) -> Flags:
    """Mark the sentences of the part that the question names; they cover its words in `scores`."""
    is_named = np.zeros(len(scores.passage), dtype=np.bool_)
    reference = _reference(query)
    if reference is None:
        return is_named
    for place, number in enumerate(ranked.passages.tolist()):
        flags = np.array(_are_named(index.passage(number), reference))
        own = np.flatnonzero(scores.passage == place)
        is_named[own] = flags[scores.number[own]]
    for column in (query.column_of_word.get(form) for form in reference.forms):
        if column is not None:
            scores.cover[is_named, column] = 1.0
    return is_named


def _reference(query: Query) -> PartReference | None:
    """The part that a question names; a stopword before a number, as in "the 5", names none."""
    reference = part_reference(query.text)
    if reference is None or reference.is_general:
        return reference
    is_stopword = any(w.is_stopword and w.form == reference.label for w in query.words)
    return None if is_stopword else reference


def _are_named(passage: Passage, reference: PartReference) -> list[bool]:
    """Whether each sentence of a passage is in the part."""
    headings = [each for each in map(heading_number, passage.locator.headings) if each]
    marks = [_mark(passage, sentence.start) for sentence in passage.sentences]
    known = {mark: _is_named(passage, headings, mark, reference) for mark in set(marks)}
    return [known[mark] for mark in marks]


def _mark(passage: Passage, offset: int) -> str:
    block = passage.document.block_at(offset)
    landmark = None if block is None else block.landmark
    return landmark.mark if landmark and landmark.kind is LandmarkKind.ITEM else ""


def _is_named(
    passage: Passage, headings: Sequence[NumberedHeading], mark: str, reference: PartReference
) -> bool:
    path = [*headings, NumberedHeading("", numbers_of(mark))]
    numbers = [number for each in _own_numbers(path) for number in each]
    start = 0
    for place, own in enumerate(_own_numbers(path)):
        is_item = place == len(headings)
        if tuple(numbers[start : start + len(reference.numbers)]) == reference.numbers and (
            _is_labelled(passage, "" if is_item else path[place].label, reference, is_item=is_item)
        ):
            return True
        start += len(own)
    return False


def _own_numbers(path: Sequence[NumberedHeading]) -> Iterator[tuple[str, ...]]:
    """The numbers of each level; "1.2" below "1" is 2, since 1 is that of the level above."""
    above: tuple[str, ...] = ()
    for each in path:
        own = each.numbers
        repeats = len(own) > len(above) and own[: len(above)] == above
        yield own[len(above) :] if repeats else own
        above = own if repeats or not above else (*above, *own)


def _is_labelled(passage: Passage, label: str, reference: PartReference, *, is_item: bool) -> bool:
    """Whether the part at a number is called as the question calls it."""
    if label:
        is_section = reference.is_section and label == SECTION_SIGN
        return is_section or reference.is_labelled([label])
    if reference.is_general:
        return not (is_item and reference.has_sign)
    return reference.is_labelled(passage.above)
