"""The spelling tables of a shard: its words by keys that like spellings share.

The lexicon of a scope (`lexicon`) asks the tables of all its shards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import regex

from bot.retrieval.shard.arrays import Flags
from bot.retrieval.shard.spelling_keys import KeyTable, LetterArray
from bot.retrieval.text.analysis import fold

_LETTERS = regex.compile(r"^[\p{L}\p{M}]+$")
_LATIN = regex.compile(r"^[a-z]+$")
_CONSONANTS = str.maketrans("cq", "kk", "aeiouhyw'")
SHORTEST, _LONGEST = 4, 24
"""Letters of words that are likened to others."""


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


def is_comparable(form: str) -> bool:
    """Whether a word is long and plain enough to be likened to others."""
    return SHORTEST <= len(form) <= _LONGEST and (
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
        comparable = [number for number, word in enumerate(words) if is_comparable(word)]
        numbers = np.asarray(comparable, dtype=np.int32)
        letters = LetterArray.of([fold(words[number]) for number in comparable])
        keys, places = letters.deletion_keys()
        return cls(
            deletions=KeyTable.of(keys, numbers[places]),
            skeletons=skeleton_keys((n, words[n]) for n in numbers[names[numbers]].tolist()),
            anagrams=KeyTable.of(letters.anagram_keys(), numbers),
        )


def skeleton_keys(names: Iterable[tuple[int, str]]) -> KeyTable:
    """Those of some words, given with their numbers, that have consonants, under their key."""
    bare = [(number, found) for number, name in names if (found := skeleton(name))]
    return KeyTable.of(
        LetterArray.of([consonants for _, consonants in bare]).keys(),
        np.asarray([number for number, _ in bare], dtype=np.int32),
    )
