"""A shard: the immutable index of some documents, in memory or mapped from files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.core.passages import PassageTable
from bot.retrieval.shard.arrays import Integers, NamedArrays, Offsets, pack, places_of, unpack
from bot.retrieval.shard.ngrams import NGrams
from bot.retrieval.shard.postings import Postings
from bot.retrieval.shard.scratch import Scratch
from bot.retrieval.shard.spelling_keys import KeyTable
from bot.retrieval.shard.spelling_tables import SpellingTables
from bot.retrieval.shard.tokens import Tokens
from bot.retrieval.shard.vocabulary import Vocabulary
from bot.retrieval.text.thesaurus import THESAURUS_LANGUAGES

EXACT_UP_TO = 20_000
"""Passages up to which n-grams have postings: with more, they cost more than all the rest."""


WITH_CAPITAL, WITHOUT_CAPITAL = 1, 2
"""Bits of a word's `case`: it stands somewhere with a capital; it stands somewhere without."""

Cases = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Statistics:
    """Each passage's number of terms, each word's case, each n-gram's document frequency.

    A pair's code is the number of its first word times 2^32 plus that of the second;
    `pair_codes` ascend.
    """

    lengths: Offsets
    case: Cases
    gram_frequencies: Integers
    pair_codes: Offsets


@dataclass(frozen=True, eq=False)
class ThesaurusWords:
    """The words of a shard in one language's thesaurus: line, family, number; lines ascend."""

    lines: Integers
    families: Integers
    words: Integers

    def of_line(self, line: int) -> tuple[list[int], list[int]]:
        """The families and the numbers of the words of one line."""
        first, last = self.lines.searchsorted([line, line + 1])
        return self.families[first:last].tolist(), self.words[first:last].tolist()


_PARTS: Mapping[str, type[Any]] = {
    "words": Vocabulary,
    "grams": Vocabulary,
    "tokens": Tokens,
    "ngrams": NGrams,
    "statistics": Statistics,
    "word_postings": Postings,
    "pair_postings": Postings,
}
_KEYS = ("deletions", "skeletons", "anagrams")


@dataclass(eq=False)
class Shard:
    """Some documents, their passages, and what is counted of them.

    `acronyms` are those that passages explain, each with its phrase; each once.
    `numbered_passages` are those under each number of headings and items, as "4" or "b".
    """

    table: PassageTable
    words: Vocabulary
    grams: Vocabulary
    tokens: Tokens
    ngrams: NGrams
    statistics: Statistics
    word_postings: Postings
    pair_postings: Postings
    gram_postings: Postings | None
    spelling: SpellingTables
    thesaurus: Mapping[str, ThesaurusWords]
    acronyms: tuple[tuple[str, str], ...]
    numbered_passages: Mapping[str, Sequence[int]]
    scratch: Scratch = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.scratch = Scratch(len(self.words), len(self.grams))

    @classmethod
    def of_arrays(cls, table: PassageTable, arrays: NamedArrays) -> Shard:
        """The shard of the passages in `table`, from its `arrays()`."""
        has_grams = "gram_postings.starts" in arrays
        return cls(
            table=table,
            **{name: unpack(name, kind, arrays) for name, kind in _PARTS.items()},
            gram_postings=unpack("gram_postings", Postings, arrays) if has_grams else None,
            spelling=SpellingTables(*(unpack(name, KeyTable, arrays) for name in _KEYS)),
            thesaurus={
                language: unpack(f"thesaurus_{language}", ThesaurusWords, arrays)
                for language in THESAURUS_LANGUAGES
            },
            acronyms=tuple(map(tuple, json.loads(arrays["acronyms"].tobytes()))),
            numbered_passages=json.loads(arrays["numbered_passages"].tobytes()),
        )

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All but the table as named arrays."""
        arrays: dict[str, npt.NDArray[Any]] = {}
        for name in _PARTS:
            arrays |= pack(name, getattr(self, name))
        if self.gram_postings is not None:
            arrays |= pack("gram_postings", self.gram_postings)
        for name in _KEYS:
            arrays |= pack(name, getattr(self.spelling, name))
        for language, words in self.thesaurus.items():
            arrays |= pack(f"thesaurus_{language}", words)
        for name in ("acronyms", "numbered_passages"):
            arrays[name] = np.frombuffer(json.dumps(getattr(self, name)).encode(), dtype=np.uint8)
        return arrays

    def pair_numbers(self, first: Integers, second: Integers) -> Integers:
        """The number of each pair of words, given their numbers; -1 if they never stand so."""
        # The code of a pair with a word of -1 is below 0, so it is not found.
        return places_of(first.astype(np.int64) << 32 | second, self.statistics.pair_codes)

    def gram_frequencies(self, grams: Integers) -> npt.NDArray[np.int64]:
        """The number of passages that hold each n-gram; 0 for a number of -1."""
        known = grams >= 0
        if not known.any():
            return np.zeros(len(grams), dtype=np.int64)
        counts = self.statistics.gram_frequencies.take(grams) * known
        return counts.astype(np.int64)

    def __len__(self) -> int:
        return len(self.table)
