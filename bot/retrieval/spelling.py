"""Words as people type them: the corpus's words that a typed one may stand for.

Unknown words are corrected by symmetric deletion (one letter taken out on both sides,
the idea of SymSpell), which costs the same whatever the vocabulary. Names come in many
transliterations: one without vowels, h and doubled letters finds Zinki for Zenki, the
same letters in another order find Manjib for Manbij. Both spellings of a name may stand
in the documents, so rare names are widened although they are known; common words are
not, since one letter also parts While from White.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import regex
from rapidfuzz.distance import OSA

from bot.retrieval.analysis import fold
from bot.retrieval.keys import Integers, KeyTable, Letters, deletions, key_of, letters_key

_LETTERS = regex.compile(r"^[\p{L}\p{M}]+$")
_LATIN = regex.compile(r"^[a-z]+$")
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
    bare = bare.translate(str.maketrans("cq", "kk", "aeiouhyw'"))
    return regex.sub(r"(.)\1+", r"\1", bare)


def _fits(form: str) -> bool:
    """Whether a word is long and plain enough to be likened to others."""
    return _SHORTEST <= len(form) <= _LONGEST and (
        (form.isascii() and form.isalpha()) or _LETTERS.match(form) is not None
    )


@dataclass(frozen=True, slots=True)
class LikenessTables:
    """A vocabulary of `words` words by what two like words share.

    That is all but one letter, the consonants, the letters in some order. Consonants are
    kept of names; one that has ceased to be a name may still be among them.
    """

    words: int
    deletions: KeyTable
    skeletons: KeyTable
    letters: KeyTable

    @classmethod
    def of(cls, words: Sequence[str], names: npt.NDArray[np.bool_]) -> LikenessTables:
        """The tables of `words`; those that are `names` also by their consonants."""
        return _tables(words, np.arange(len(words)), np.flatnonzero(names))

    def updated(
        self, words: Sequence[str], names: npt.NDArray[np.bool_], origin: Integers
    ) -> LikenessTables:
        """The tables of `words`, which had the numbers `origin` in these.

        Numbers beyond those of these tables are new words.
        """
        number = np.full(self.words, -1, dtype=np.int32)
        old = origin < self.words
        number[origin[old]] = np.flatnonzero(old)
        listed = np.zeros(len(words), dtype=np.bool_)
        kept = number[self.skeletons.numbers]
        listed[kept[kept >= 0]] = True
        new = _tables(words, np.flatnonzero(~old), np.flatnonzero(names & ~listed))
        return LikenessTables(
            words=len(words),
            deletions=self.deletions.moved(number).merged(new.deletions),
            skeletons=self.skeletons.moved(number).merged(new.skeletons),
            letters=self.letters.moved(number).merged(new.letters),
        )


def _tables(
    words: Sequence[str], some: npt.NDArray[np.int64], names: npt.NDArray[np.int64]
) -> LikenessTables:
    """The tables of `some` of the `words`, and of the consonants of those that are `names`."""
    fitting = [number for number in some.tolist() if _fits(words[number])]
    numbers = np.asarray(fitting, dtype=np.int32)
    letters = Letters.of([fold(words[number]) for number in fitting])
    keys, places = letters.deletion_keys()
    bare = [(n, each) for n in names.tolist() if _fits(words[n]) and (each := skeleton(words[n]))]
    return LikenessTables(
        words=len(words),
        deletions=KeyTable.of(keys, numbers[places]),
        skeletons=KeyTable.of(
            Letters.of([each for _, each in bare]).keys(),
            np.asarray([number for number, _ in bare], dtype=np.int32),
        ),
        letters=KeyTable.of(letters.letters_keys(), numbers),
    )


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
        self, table: KeyTable, key: int, among: npt.NDArray[np.bool_] | None = None
    ) -> list[int]:
        """The words under a key, those `among` some; of very many the most frequent."""
        numbers = table.get(key)
        if among is not None:
            numbers = numbers[among[numbers]]
        if len(numbers) > _LOOKED_AT:
            # By what the corpus says and not by where in the table a word stands, which
            # tells how the table came about.
            order = np.lexsort((numbers, -self._frequencies[numbers]))
            numbers = numbers[order[:_LOOKED_AT]]
        found: list[int] = numbers.tolist()
        return found

    def _near(self, form: str) -> tuple[Variant, ...]:
        folded = fold(form)
        if len(folded) < _CORRECTED:
            return ()
        allowed = 2 if len(folded) >= _TWO_EDITS else 1
        found: dict[int, int] = {}
        for shorter in deletions(folded):
            for number in self._under(self.tables.deletions, key_of(shorter)):
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
        for number in self._under(self.tables.letters, letters_key(folded), self._rare_names):
            other = fold(self._words[number])
            if other[:1] == folded[:1] and sorted(other) == sorted(folded):
                found[number] = _NAME_WEIGHT
        bare = skeleton(form)
        skeletons = self.tables.skeletons
        for number in self._under(skeletons, key_of(bare), self._rare_names) if bare else []:
            other = fold(self._words[number])
            if skeleton(other) == bare and OSA.distance(folded, other) <= max(len(folded) // 3, 1):
                found[number] = _NAME_WEIGHT
        if known is not None:
            found.pop(known, None)
        ranked = sorted(
            found, key=lambda n: (-found[n], -int(self._frequencies[n]), self._words[n])
        )
        return tuple(Variant(number, found[number]) for number in ranked[:_MOST])
