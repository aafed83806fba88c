"""The lexicon: words of the corpus that a typed word may stand for.

Unknown words are corrected by symmetric deletion (the idea of SymSpell): two words that are one
edit apart become equal when one letter is removed from either or both, and are looked up by
that in constant time. Names have several transliterations: the lookup by consonants finds Zenki
for Zinki, that by letters in any order Manjib for Manbij. Documents may hold both spellings, so
known names get variants if they are rare. Common words get none: While is not White.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import regex
from rapidfuzz.distance import OSA

from bot.retrieval.shard.arrays import Flags, Integers, Offsets
from bot.retrieval.shard.delta import SequenceDelta
from bot.retrieval.shard.spelling_keys import (
    KeyTable,
    LetterArray,
    anagram_key,
    deletion_keys,
    key_of,
)
from bot.retrieval.text.analysis import fold

_LETTERS = regex.compile(r"^[\p{L}\p{M}]+$")
_LATIN = regex.compile(r"^[a-z]+$")
_CONSONANTS = str.maketrans("cq", "kk", "aeiouhyw'")
_SHORTEST, _LONGEST = 4, 24
"""Letters of words that are likened to others."""

_SHORTEST_CORRECTED = 5
"""Letters from which an unknown word is corrected; from `_TWO_EDITS` on, two may be wrong."""

_TWO_EDITS = 8
_RARE_SHARE = 0.1
_RARE_COUNT = 3
"""A name is rare in up to this share of the passages, or this many."""

_MOST_VARIANTS = 3
_MOST_COMPARED = 1_000
"""Words compared under one key: documents can be written to hold any number."""

_NEAR_WEIGHT = 0.7
_NAME_WEIGHT = 0.8


@dataclass(frozen=True, slots=True)
class Variant:
    """A word of the corpus, by number, that a typed word may stand for, and its weight."""

    number: int
    weight: float


def skeleton(form: str) -> str:
    """The consonants of a Latin name that transliterations share, "" for other scripts.

    Vowels, h, y and w go, like sounds are one letter and doubled ones single: Hizbollah and
    Hezbolah are both "zbl", Qaeda and Queda "kd".
    """
    folded = fold(form)
    if not _LATIN.match(folded):
        return ""
    bare = folded.replace("ph", "f").replace("ck", "k").replace("dj", "j").replace("ou", "w")
    return "".join(letter for letter, _ in groupby(bare.translate(_CONSONANTS)))


def _is_comparable(form: str) -> bool:
    """Whether a word is long and plain enough to be likened to others."""
    return _SHORTEST <= len(form) <= _LONGEST and (
        (form.isascii() and form.isalpha()) or _LETTERS.match(form) is not None
    )


@dataclass(frozen=True, slots=True)
class SpellingTables:
    """The words of a vocabulary by keys that like spellings share.

    `deletions` has each word under its own key and those without one letter, `skeletons` each
    name under the key of its consonants, `anagrams` each word under that of its letters in
    any order.
    """

    deletions: KeyTable
    skeletons: KeyTable
    anagrams: KeyTable

    @classmethod
    def of(cls, words: Sequence[str], names: Flags) -> SpellingTables:
        """The tables of `words`; those that are `names` also by their consonants."""
        return cls._of(words, np.arange(len(words)), np.flatnonzero(names))

    @classmethod
    def _of(cls, words: Sequence[str], some: Integers | Offsets, names: Offsets) -> SpellingTables:
        """The tables of `some` of the `words`, and of the consonants of those that are `names`."""
        comparable = [number for number in some.tolist() if _is_comparable(words[number])]
        numbers = np.asarray(comparable, dtype=np.int32)
        letters = LetterArray.of([fold(words[number]) for number in comparable])
        keys, places = letters.deletion_keys()
        bare = [
            (number, consonants)
            for number in names.tolist()
            if _is_comparable(words[number]) and (consonants := skeleton(words[number]))
        ]
        return cls(
            deletions=KeyTable.of(keys, numbers[places]),
            skeletons=KeyTable.of(
                LetterArray.of([consonants for _, consonants in bare]).keys(),
                np.asarray([number for number, _ in bare], dtype=np.int32),
            ),
            anagrams=KeyTable.of(letters.anagram_keys(), numbers),
        )

    def select(
        self, words: Sequence[str], names: Flags, old_names: Flags, delta: SequenceDelta
    ) -> SpellingTables:
        """The tables after a delta that only removes words; `names` are those that are left."""
        few = SpellingTables(*(table.select(delta) for table in self))
        still = old_names[delta.old_numbers()]
        return few.with_delta((words, words), (still, names), SequenceDelta.none(len(words)))

    def with_delta(
        self,
        words: tuple[Sequence[str], Sequence[str]],
        names: tuple[Flags, Flags],
        delta: SequenceDelta,
    ) -> SpellingTables:
        """The tables after a delta of words: those before and after it, and which are names."""
        (old_words, new_words), (old_names, new_names) = words, names
        stays = delta.stays
        is_inserted = np.zeros(len(new_names), dtype=np.bool_)
        is_inserted[delta.inserted_numbers] = True
        old_numbers = delta.old_numbers()
        was_name = np.zeros(len(new_names), dtype=np.bool_)
        was_name[~is_inserted] = old_names[old_numbers[~is_inserted]]
        is_name = np.zeros(len(stays), dtype=np.bool_)
        is_name[stays] = new_names[delta.new_numbers[stays]]
        removed = self._of(old_words, delta.removed, np.flatnonzero(old_names & ~is_name))
        inserted = self._of(
            new_words, delta.inserted_numbers, np.flatnonzero(new_names & ~was_name)
        )
        return SpellingTables(
            *(
                table.with_delta(delta, lost, gained, old_numbers)
                for table, lost, gained in zip(self, removed, inserted, strict=True)
            )
        )

    def __iter__(self) -> Iterator[KeyTable]:
        return iter((self.deletions, self.skeletons, self.anagrams))


class Lexicon:
    """The vocabulary of one corpus, searchable by likeness.

    `frequencies` are document frequencies; `names` says which words are only ever written
    with a capital; `passages` is the size of the corpus.
    """

    def __init__(
        self,
        words: Sequence[str],
        frequencies: Integers,
        names: Flags,
        passages: int,
        tables: SpellingTables,
    ) -> None:
        self._words = words
        self._frequencies = frequencies
        self._rare_names = names & (frequencies <= max(_RARE_COUNT, _RARE_SHARE * passages))
        self._tables = tables

    def corrections(self, form: str) -> tuple[Variant, ...]:
        """The words that an unknown `form` may stand for, the likeliest first."""
        if not _is_comparable(form):
            return ()
        variants = {variant.number: variant for variant in self._name_variants(form, None)}
        for variant in self._near(form):
            variants.setdefault(variant.number, variant)
        return tuple(variants.values())

    def variants(self, number: int) -> tuple[Variant, ...]:
        """Other spellings of the rare name with that number; none for common words."""
        form = self._words[number]
        if not (self._rare_names[number] and len(form) >= _SHORTEST):
            return ()
        return self._name_variants(form, number)

    def _lookup(
        self, table: KeyTable, keys: Sequence[int], among: Flags | None = None
    ) -> Iterator[int]:
        """The words under some keys that are `among` some; if very many, the most frequent."""
        for entries in table.lookup(keys):
            numbers = entries if among is None else entries[among[entries]]
            if len(numbers) > _MOST_COMPARED:
                # Not by place in the table, which differs between an index that was updated
                # and one built anew.
                order = np.lexsort((numbers, -self._frequencies[numbers]))[:_MOST_COMPARED]
                yield from numbers[order].tolist()
            else:
                yield from numbers.tolist()

    def _near(self, form: str) -> tuple[Variant, ...]:
        """The words at the least edit distance (insert, delete, replace, swap), if near."""
        folded = fold(form)
        if len(folded) < _SHORTEST_CORRECTED:
            return ()
        allowed = 2 if len(folded) >= _TWO_EDITS else 1
        distances = {
            number: OSA.distance(folded, fold(self._words[number]))
            for number in dict.fromkeys(self._lookup(self._tables.deletions, deletion_keys(folded)))
        }
        least = min(distances.values(), default=0)
        near = [number for number, distance in distances.items() if distance == least <= allowed]
        return tuple(Variant(number, _NEAR_WEIGHT) for number in self._most_frequent(near))

    def _name_variants(self, form: str, known: int | None) -> tuple[Variant, ...]:
        """Rare names with the letters of `form` in another order, or its consonants."""
        folded, bare = fold(form), skeleton(form)
        numbers: dict[int, None] = {}
        keys = [anagram_key(folded)]
        for number in self._lookup(self._tables.anagrams, keys, self._rare_names):
            other = fold(self._words[number])
            if other[:1] == folded[:1] and sorted(other) == sorted(folded):
                numbers[number] = None
        keys = [key_of(bare)] if bare else []
        for number in self._lookup(self._tables.skeletons, keys, self._rare_names):
            other = fold(self._words[number])
            if skeleton(other) == bare and OSA.distance(folded, other) <= max(len(folded) // 3, 1):
                numbers[number] = None
        if known is not None:
            numbers.pop(known, None)
        return tuple(Variant(number, _NAME_WEIGHT) for number in self._most_frequent(numbers))

    def _most_frequent(self, numbers: Iterable[int]) -> list[int]:
        """The first few of some words, the most frequent first, then by their letters."""
        order = sorted(numbers, key=lambda n: (-int(self._frequencies[n]), self._words[n]))
        return order[:_MOST_VARIANTS]
