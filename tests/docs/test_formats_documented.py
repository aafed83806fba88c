"""The documentation of the formats is in step with the readers."""

from itertools import groupby
from pathlib import Path

from bot.ingest.formats import SUFFIXES


def rows(project_root: Path) -> list[list[str]]:
    """The cells of the table of formats, a row each."""
    lines = (project_root / "docs/formats.md").read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def test_the_table_holds_every_ending_and_no_other(project_root: Path) -> None:
    documented = [[each.strip("`") for each in row[1].split(", ")] for row in rows(project_root)]
    by_format = groupby(SUFFIXES, key=lambda suffix: SUFFIXES[suffix])
    assert documented == [list(suffixes) for _, suffixes in by_format]
