"""Words as people type them: the corpus's words that a typed one may stand for.

Unknown words are corrected by symmetric deletion (one letter taken out on both sides,
the idea of SymSpell), which costs the same whatever the vocabulary. Names come in many
transliterations: one without vowels, h and doubled letters finds Zinki for Zenki, the
same letters in another order find Manjib for Manbij. Both spellings of a name may stand
in the documents, so rare names are widened although they are known; common words are
not, since one letter also parts While from White.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import regex
from rapidfuzz.distance import OSA

from bot.retrieval.shard.spelling_keys import KeyTable, Letters, deletion_keys, key_of, letters_key
from bot.retrieval.shard.vocabulary import Moved, Offsets
from bot.retrieval.text.analysis import fold

Flags = npt.NDArray[np.bool_]

_NONE: Offsets = np.zeros(0, dtype=np.int64)
_LETTERS = regex.compile(r"^[\p{L}\p{M}]+$")
_LATIN = regex.compile(r"^[a-z]+$")
_HEARD = str.maketrans("cq", "kk", "aeiouhyw'")
_SHORTEST = 4
_LONGEST = 24
_TWO_EDITS = 8
_RARE_SHARE = 0.1
_RARE_COUNT = 3
_MOST = 3
_CORRECTED = 5
_LOOKED_AT = 1_000
"""Words under one key that are looked at: documents can be written to hold any number."""
_NEAR_WEIGHT = 0.7
_NAME_WEIGHT = 0.8


@dataclass(frozen=True, slots=True)
class Variant:
    """A word of the corpus that may be meant, by number, and how much it counts."""

    number: int
    weight: float


def skeleton(form: str) -> str:
    """A name's consonants as they survive transliteration; empty for other scripts."""
    folded = fold(form)
    if not _LATIN.match(folded):
        return ""
    bare = folded.replace("ph", "f").replace("ck", "k").replace("dj", "j").replace("ou", "w")
    return "".join(letter for letter, _ in groupby(bare.translate(_HEARD)))


def _fits(form: str) -> bool:
    """Whether a word is long and plain enough to be likened to others."""
    return _SHORTEST <= len(form) <= _LONGEST and (
        (form.isascii() and form.isalpha()) or _LETTERS.match(form) is not None
    )


@dataclass(frozen=True, slots=True)
class LikenessTables:
    """A vocabulary by what two like words share.

    That is all but one letter, the consonants, the letters in some order. Consonants are
    kept of names.
    """

    deletions: KeyTable
    skeletons: KeyTable
    letters: KeyTable

    @classmethod
    def of(cls, words: Sequence[str], names: Flags) -> LikenessTables:
        """The tables of `words`; those that are `names` also by their consonants."""
        return cls._of(words, np.arange(len(words)), np.flatnonzero(names))

    @classmethod
    def _of(cls, words: Sequence[str], some: npt.NDArray[Any], names: Offsets) -> LikenessTables:
        """The tables of `some` of the `words`, and of the consonants of those that are `names`."""
        fitting = [number for number in some.tolist() if _fits(words[number])]
        numbers = np.asarray(fitting, dtype=np.int32)
        forms = map(words.__getitem__, fitting)
        letters = Letters.of([form if form.isascii() else fold(form) for form in forms])
        keys, places = letters.deletion_keys()
        bare = [
            (n, each) for n in names.tolist() if _fits(words[n]) and (each := skeleton(words[n]))
        ]
        return cls(
            deletions=KeyTable.of(keys, numbers[places]),
            skeletons=KeyTable.of(
                Letters.of([each for _, each in bare]).keys(),
                np.asarray([number for number, _ in bare], dtype=np.int32),
            ),
            letters=KeyTable.of(letters.letters_keys(), numbers),
        )

    def part(self, words: Sequence[str], names: Flags, was: Flags, moved: Moved) -> LikenessTables:
        """The tables after words went and none came; as `updated`."""
        few = LikenessTables(*(each.part(moved) for each in self.tables()))
        stays = Moved(len(words), _NONE, _NONE)
        return few.updated((words, words), (was[moved.before()], names), stays)

    def updated(
        self, words: tuple[Sequence[str], Sequence[str]], names: tuple[Flags, Flags], moved: Moved
    ) -> LikenessTables:
        """The tables after a change of words: those before and those after, each with its names."""
        stays = np.ones(len(names[0]), dtype=np.bool_)
        stays[moved.gone] = False
        came = np.zeros(len(names[1]), dtype=np.bool_)
        came[moved.fresh] = True
        before = moved.before()
        was_name = np.zeros(len(came), dtype=np.bool_)
        was_name[~came] = names[0][before[~came]]
        is_name = np.zeros(len(stays), dtype=np.bool_)
        is_name[stays] = names[1][moved.number[stays]]
        gone = self._of(words[0], moved.gone, np.flatnonzero(names[0] & ~is_name))
        fresh = self._of(words[1], moved.fresh, np.flatnonzero(names[1] & ~was_name))
        tables = zip(self.tables(), gone.tables(), fresh.tables(), strict=True)
        return LikenessTables(*(t.updated(moved, went, new, before) for t, went, new in tables))

    def tables(self) -> tuple[KeyTable, KeyTable, KeyTable]:
        """All of them, in one order."""
        return self.deletions, self.skeletons, self.letters


class Lexicon:
    """The vocabulary of one corpus, searchable by likeness.

    `frequencies` counts passages a word; `names` says which words are only ever written
    with a capital; `passages` is the size of the corpus.
    """

    def __init__(
        self,
        words: Sequence[str],
        frequencies: npt.NDArray[np.int32],
        names: npt.NDArray[np.bool_],
        passages: int,
        tables: LikenessTables | None = None,
    ) -> None:
        self._words = words
        self._frequencies = frequencies
        self._rare_names = names & (frequencies <= max(_RARE_COUNT, _RARE_SHARE * passages))
        self.tables = LikenessTables.of(words, names) if tables is None else tables

    def corrections(self, form: str) -> tuple[Variant, ...]:
        """The words an unknown `form` may be meant for, the likeliest first."""
        if not _fits(form):
            return ()
        found = {variant.number: variant for variant in self._name_variants(form, None)}
        for variant in self._near(form):
            found.setdefault(variant.number, variant)
        return tuple(found.values())

    def variants(self, number: int) -> tuple[Variant, ...]:
        """Other spellings of the rare name with that number; none for common words."""
        form = self._words[number]
        if not (self._rare_names[number] and len(form) >= _SHORTEST):
            return ()
        return self._name_variants(form, number)

    def _under(
        self, table: KeyTable, keys: Sequence[int], among: npt.NDArray[np.bool_] | None = None
    ) -> Iterator[int]:
        """The words under some keys, those `among` some; of very many the most frequent."""
        for held in table.under(keys):
            numbers = held if among is None else held[among[held]]
            if len(numbers) > _LOOKED_AT:
                # By what the corpus says and not by where in the table a word stands, which
                # tells how the table came about.
                order = np.lexsort((numbers, -self._frequencies[numbers]))[:_LOOKED_AT]
                numbers = numbers[order]
            yield from numbers.tolist()

    def _near(self, form: str) -> tuple[Variant, ...]:
        folded = fold(form)
        if len(folded) < _CORRECTED:
            return ()
        allowed = 2 if len(folded) >= _TWO_EDITS else 1
        found: dict[int, int] = {}
        for number in self._under(self.tables.deletions, deletion_keys(folded)):
            if number not in found:
                found[number] = OSA.distance(folded, fold(self._words[number]))
        near = [(distance, number) for number, distance in found.items() if distance <= allowed]
        nearest = min((distance for distance, _ in near), default=0)
        near = [pair for pair in near if pair[0] == nearest]
        near.sort(key=lambda pair: (-int(self._frequencies[pair[1]]), self._words[pair[1]]))
        return tuple(Variant(number, _NEAR_WEIGHT) for _, number in near[:_MOST])

    def _name_variants(self, form: str, known: int | None) -> tuple[Variant, ...]:
        folded = fold(form)
        found: dict[int, float] = {}
        for number in self._under(self.tables.letters, [letters_key(folded)], self._rare_names):
            other = fold(self._words[number])
            if other[:1] == folded[:1] and sorted(other) == sorted(folded):
                found[number] = _NAME_WEIGHT
        bare = skeleton(form)
        skeletons = self.tables.skeletons
        for number in self._under(skeletons, [key_of(bare)], self._rare_names) if bare else ():
            other = fold(self._words[number])
            if skeleton(other) == bare and OSA.distance(folded, other) <= max(len(folded) // 3, 1):
                found[number] = _NAME_WEIGHT
        if known is not None:
            found.pop(known, None)
        ranked = sorted(
            found, key=lambda n: (-found[n], -int(self._frequencies[n]), self._words[n])
        )
        return tuple(Variant(number, found[number]) for number in ranked[:_MOST])
