"""A shard: the immutable index of some documents, in memory or mapped from files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bot.core.passages import PassageTable
from bot.retrieval.shard.arrays import Integers, NamedArrays, Offsets, unpack
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


@dataclass(frozen=True, eq=False)
class Statistics:
    """Each passage's number of terms, each word's case, each n-gram's document frequency.

    A pair's code is the number of its first word times 2^32 plus that of the second;
    `pair_codes` ascend.
    """

    lengths: Offsets
    case: npt.NDArray[np.uint8]
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


class Shard:
    """Some documents of one collection, their passages, and what is counted of them."""

    def __init__(self, table: PassageTable, arrays: NamedArrays) -> None:
        """The shard of the passages in `table`, given the arrays that `build_arrays` made."""
        self.table = table
        self.words = unpack("words", Vocabulary, arrays)
        self.grams = unpack("grams", Vocabulary, arrays)
        self.tokens = unpack("tokens", Tokens, arrays)
        self.ngrams = unpack("ngrams", NGrams, arrays)
        self.statistics = unpack("statistics", Statistics, arrays)
        self.word_postings = unpack("word_postings", Postings, arrays)
        self.pair_postings = unpack("pair_postings", Postings, arrays)
        self.gram_postings: Postings | None = None
        if "gram_postings.starts" in arrays:
            self.gram_postings = unpack("gram_postings", Postings, arrays)
        self.spelling = SpellingTables(
            *(unpack(name, KeyTable, arrays) for name in ("deletions", "skeletons", "anagrams"))
        )
        self.thesaurus: Mapping[str, ThesaurusWords] = {
            language: unpack(f"thesaurus_{language}", ThesaurusWords, arrays)
            for language in THESAURUS_LANGUAGES
        }
        self._acronyms = arrays["acronyms"]
        self.scratch = Scratch(len(self.words), len(self.grams))

    @cached_property
    def acronyms(self) -> tuple[tuple[str, str], ...]:
        """The acronyms that passages explain, each with its phrase; each once."""
        return tuple((short, phrase) for short, phrase in json.loads(self._acronyms.tobytes()))

    def pair_numbers(self, first: Integers, second: Integers) -> Integers:
        """The number of each pair of words, given their numbers; -1 if they never stand so."""
        known = (first >= 0) & (second >= 0)
        codes = first.astype(np.int64) << 32 | second
        ours = self.statistics.pair_codes
        if not known.any() or not len(ours):
            return np.full(len(codes), -1, dtype=np.int32)
        places = ours.searchsorted(codes)
        places[places == len(ours)] = 0
        known &= ours.take(places) == codes
        return np.where(known, places, -1).astype(np.int32)

    def gram_frequencies(self, grams: Integers) -> npt.NDArray[np.int64]:
        """The number of passages that hold each n-gram; 0 for a number of -1."""
        counts = np.zeros(len(grams), dtype=np.int64)
        known = (grams >= 0).nonzero()[0]
        counts[known] = self.statistics.gram_frequencies[grams[known]]
        return counts

    def __len__(self) -> int:
        return len(self.table)
