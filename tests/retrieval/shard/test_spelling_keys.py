"""Keys of words in arithmetic, and the tables of words under them."""

from collections.abc import Iterable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.retrieval.shard.spelling_keys import (
    KeyTable,
    LetterArray,
    anagram_key,
    deletion_keys,
    key_of,
)

FORMS = st.text(st.characters(exclude_categories=["Cs"]), max_size=24)


def shorter_by_one(form: str) -> list[str]:
    return [form, *(form[:place] + form[place + 1 :] for place in range(len(form)))]


@given(st.lists(FORMS, max_size=6))
def test_keys_of_many_words_are_those_of_each(forms: list[str]) -> None:
    letters = LetterArray.of(forms)
    assert letters.keys().tolist() == [key_of(form) for form in forms]
    assert letters.anagram_keys().tolist() == [anagram_key(form) for form in forms]
    keys, numbers = letters.deletion_keys()
    assert sorted(zip(keys.tolist(), numbers.tolist(), strict=True)) == sorted(
        (key_of(shorter), number)
        for number, form in enumerate(forms)
        for shorter in shorter_by_one(form)
    )
    for form in forms:
        expected = dict.fromkeys(key_of(shorter) for shorter in shorter_by_one(form))
        assert deletion_keys(form) == list(expected)


PAIRS = st.sets(st.tuples(st.integers(0, 3), st.integers(0, 9)))


def table(pairs: Iterable[tuple[int, int]]) -> KeyTable:
    some = list(pairs)
    return KeyTable.of(
        np.asarray([key for key, _ in some], dtype=np.uint64),
        np.asarray([number for _, number in some], dtype=np.int32),
    )


def pairs_of(found: KeyTable) -> list[tuple[int, int]]:
    return list(zip(found.keys.tolist(), found.numbers.tolist(), strict=True))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2) | st.integers(0, 2**64 - 1) | st.sampled_from((1 << 48, 5 << 60)),
            st.integers(0, 5),
        )
    )
)
def test_a_table_has_each_pair_once_in_order(pairs: list[tuple[int, int]]) -> None:
    assert pairs_of(table(pairs)) == sorted(set(pairs))


@given(PAIRS, st.lists(st.integers(0, 5), max_size=5))
def test_a_table_gives_what_is_under_each_key(pairs: set[tuple[int, int]], keys: list[int]) -> None:
    under = [sorted(n for key, n in pairs if key == wanted) for wanted in keys]
    found = table(pairs).lookup(np.asarray(keys, dtype=np.uint64))
    assert [(place, numbers.tolist()) for place, numbers in found] == [
        (place, numbers) for place, numbers in enumerate(under) if numbers
    ]
