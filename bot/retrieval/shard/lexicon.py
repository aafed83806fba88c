"""The lexicon of a scope: words of its documents that a typed word may stand for.

Unknown words are corrected by symmetric deletion (the idea of SymSpell): two words that are one
edit apart become equal when one letter is removed from either or both, and are looked up by
that in constant time. Names have several transliterations: the lookup by consonants finds Zenki
for Zinki, that by letters in any order Manjib for Manbij. Documents may hold both spellings, so
known names get variants if they are rare. Common words get none: While is not White. Nor does an
unknown word that is an ordinary one of its language: "right" is not "night".

Each shard is asked for words under the same keys; which of them are near, rare or names is
decided with the counts of the whole scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import OSA

from bot.retrieval.shard.arrays import Integers
from bot.retrieval.shard.lookup import Lookup
from bot.retrieval.shard.shard import Shard
from bot.retrieval.shard.spelling_keys import KeyTable, anagram_key, deletion_keys, key_of
from bot.retrieval.shard.spelling_tables import SHORTEST, is_comparable, skeleton
from bot.retrieval.text.analysis import fold
from bot.retrieval.text.ordinary_words import is_ordinary_word

_SHORTEST_CORRECTED = 5
"""Letters from which an unknown word is corrected; from `_TWO_EDITS` on, two may be wrong."""

_TWO_EDITS = 8
_RARE_SHARE = 0.1
_RARE_COUNT = 3
"""A name is rare in up to this share of the passages, or this many."""

_MOST_VARIANTS = 3
_MOST_COMPARED = 1_000
"""Words of a shard compared under one key: documents can be written to hold any number."""

_NEAR_WEIGHT = 0.7
_NAME_WEIGHT = 0.8


@dataclass(frozen=True, slots=True)
class Variant:
    """A word of the documents that a typed word may stand for, and its weight."""

    form: str
    weight: float


class Lexicon:
    """The words of a scope, searchable by likeness; `passages` is the size of the scope."""

    def __init__(self, shards: Sequence[Shard], passages: int) -> None:
        self._shards = shards
        self._most_rare = max(_RARE_COUNT, _RARE_SHARE * passages)

    def variants(
        self, forms: Iterable[str], lookup: Lookup, language: str
    ) -> dict[str, tuple[Variant, ...]]:
        """Corrections of the unknown ones of `forms`, other spellings of the rare names.

        An ordinary word of the question's language is read as a form of itself only, accents set
        aside: "charge" as "charges".
        """
        unknown, names = [], []
        for form in forms:
            if not lookup.frequency(form):
                if is_comparable(form):
                    unknown.append(form)
            elif len(form) >= SHORTEST and self._is_rare_name(form, lookup):
                names.append(form)
        searched = [*unknown, *names]
        if not searched:
            return {}
        corrected = [form for form in unknown if len(fold(form)) >= _SHORTEST_CORRECTED]
        near = self._words(
            [(form, key) for form in corrected for key in deletion_keys(fold(form))],
            [shard.spelling.deletions for shard in self._shards],
        )
        shuffled = self._words(
            [(form, anagram_key(fold(form))) for form in searched],
            [shard.spelling.anagrams for shard in self._shards],
        )
        alike = self._words(
            [(form, key_of(bare)) for form in searched if (bare := skeleton(form))],
            [shard.spelling.skeletons for shard in self._shards],
        )
        tables = (near, shuffled, alike)
        lookup.add_words(word for table in tables for words in table.values() for word in words)
        variants: dict[str, tuple[Variant, ...]] = {}
        for form in searched:
            chosen = {
                word: Variant(word, _NAME_WEIGHT)
                for word in self._other_spellings(
                    form, shuffled.get(form, ()), alike.get(form, ()), lookup
                )
            }
            for word in self._nearest(form, near.get(form, ()), lookup):
                chosen.setdefault(word, Variant(word, _NEAR_WEIGHT))
            # Only words that are near another one are looked up, since lists take time to load.
            if chosen and form in unknown and is_ordinary_word(form, language):
                chosen = {word: each for word, each in chosen.items() if _inflects(form, word)}
            variants[form] = tuple(chosen.values())
        return variants

    def _words(
        self, searched: Sequence[tuple[str, int]], tables: Sequence[KeyTable]
    ) -> dict[str, dict[str, None]]:
        """For each form the words of all shards under its keys; `searched` pairs the two."""
        keys = np.array([key for _, key in searched], dtype=np.uint64)
        words: dict[str, dict[str, None]] = {}
        for shard, table in zip(self._shards, tables, strict=True):
            for place, numbers in table.lookup(keys):
                own = words.setdefault(searched[place][0], {})
                for number in _most_frequent(shard, numbers).tolist():
                    own[shard.words.string(number)] = None
        return words

    def _is_rare_name(self, form: str, lookup: Lookup) -> bool:
        return lookup.frequency(form) <= self._most_rare and lookup.is_name(form)

    def _nearest(self, form: str, words: Iterable[str], lookup: Lookup) -> list[str]:
        """The words at the least edit distance (insert, delete, replace, swap), if near."""
        folded = fold(form)
        allowed = 2 if len(folded) >= _TWO_EDITS else 1
        distances = {word: OSA.distance(folded, fold(word)) for word in words}
        least = min(distances.values(), default=0)
        near = (word for word, distance in distances.items() if distance == least <= allowed)
        return _best(near, lookup)

    def _other_spellings(
        self, form: str, shuffled: Iterable[str], alike: Iterable[str], lookup: Lookup
    ) -> list[str]:
        """Rare names with the letters of `form` in another order, or its consonants."""
        folded, bare = fold(form), skeleton(form)
        found: dict[str, None] = {}
        for word in shuffled:
            other = fold(word)
            if other[:1] == folded[:1] and sorted(other) == sorted(folded):
                found[word] = None
        for word in alike:
            other = fold(word)
            most = max(len(folded) // 3, 1)
            if skeleton(other) == bare and OSA.distance(folded, other) <= most:
                found[word] = None
        found.pop(form, None)
        return _best((word for word in found if self._is_rare_name(word, lookup)), lookup)


def _most_frequent(shard: Shard, numbers: Integers) -> Integers:
    """Some of a shard's words; of very many the most frequent."""
    if len(numbers) <= _MOST_COMPARED:
        return numbers
    frequencies = shard.word_postings.document_frequencies(numbers)
    return numbers[np.lexsort((numbers, -frequencies))[:_MOST_COMPARED]]


def _inflects(form: str, word: str) -> bool:
    """Whether one of two words is the other with an ending."""
    one, other = fold(form), fold(word)
    return one.startswith(other) or other.startswith(one)


def _best(words: Iterable[str], lookup: Lookup) -> list[str]:
    """The first few of some words, the most frequent first, then by their letters."""
    return sorted(words, key=lambda word: (-lookup.frequency(word), word))[:_MOST_VARIANTS]
