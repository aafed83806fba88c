"""Texts put into one and cut again, in pieces that hold nobody up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.corpus_archive import from_lines, lines, split


@given(st.lists(st.sampled_from(["", "a", "ä" * 70_000, "b" * 99_999, "c" * 100_000]), max_size=9))
def test_lines_of_any_length_are_cut_where_they_end(texts: list[str]) -> None:
    # An empty line at the end cannot be told from none.
    whole = [*texts, "end"]
    assert list(split("\n".join(whole))) == whole


@pytest.mark.parametrize("values", [[], [["a\nb", "\ud800", "“第”"], None], [["x" * 250_000]] * 3])
def test_values_come_back_as_they_were(values: list[object]) -> None:
    assert list(from_lines(lines(values))) == values
