"""Stretches found in arithmetic are those that `split` gives, and each has one number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.retrieval.shard.token_table import Chunks

# As long as each kind of table takes, and longer; some begin alike, some have no ASCII.
PIECES = st.sampled_from(
    ("a", "b", "ab", "rain,", "é", "第一句", "\ud800", "\u00a0", "a\u2028b", "ß" * 4, "ß" * 5)
) | st.sampled_from((8, 9, 16, 17, 24, 32, 33, 256, 257)).map("x".__mul__)
TEXTS = st.lists(
    st.lists(PIECES | st.text(st.characters(min_codepoint=33), max_size=40), max_size=40).map(
        " ".join
    ),
    max_size=6,
)


def check(texts: list[str]) -> Chunks:
    found = Chunks()
    known: list[str] = []
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        numbers, begins, fresh = found.find(encoded)
        known += fresh
        pieces = [piece for piece in text.split(" ") if piece]
        assert [known[number] for number in numbers.tolist()] == pieces
        before = [len(encoded[:begin].split(b" ")) for begin in begins.tolist()]
        assert before == [place for place, piece in enumerate(text.split(" "), 1) if piece]
        assert found.count == len(known)
    return found


@given(TEXTS)
def test_each_stretch_has_the_number_of_its_letters(texts: list[str]) -> None:
    check(texts)


def test_a_stretch_keeps_its_number_while_the_tables_grow() -> None:
    random = np.random.default_rng(7)
    words = ["".join(map(chr, random.integers(97, 123, size=size))) for size in range(1, 40)] * 3
    words += [f"w{number}" for number in range(3_000)]
    texts = [" ".join(words[start : start + 200]) for start in range(0, len(words), 200)]
    found = check(texts)
    assert found.count == len(set(words))
    for text in texts:
        assert not found.find(text.encode())[2]


def test_stretches_that_all_want_one_slot_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.retrieval.shard.token_table._MIX", np.uint64(0))
    words = [f"w{number}" for number in range(300)]
    found = check([" ".join(words), " ".join(reversed(words))])
    # Those that moved into a table as it grew have a number more.
    assert len(words) <= found.count < 2 * len(words)
