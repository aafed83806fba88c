"""Values as JSON lines: what is read is what was written."""

import pytest

from bot.core.corpus_archive import json_lines, parse_json_lines


@pytest.mark.parametrize(
    "values", [[], [["a\nb", "\u2028\x1c\x85", "\ud800", "“第”"], None], [["x" * 250_000]] * 3]
)
def test_values_come_back_as_they_were(values: list[object]) -> None:
    assert list(parse_json_lines(json_lines(values))) == values
