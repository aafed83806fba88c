"""The documentation of the formats is in step with the readers."""

import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import pytest

from bot.core.documents import LandmarkKind
from bot.ingest.formats import SUFFIXES, Kind
from bot.ingest.readers import read
from tests.fuzz.seed_files import seeds_of

ENDINGS = {kind: list(own) for kind, own in groupby(SUFFIXES, key=lambda each: SUFFIXES[each])}
MARKS = [kind.value for kind in LandmarkKind]


def endings_in(text: str) -> list[str]:
    return re.findall(r"`(\.\w+)`", text)


def rows(project_root: Path) -> list[list[str]]:
    """The cells of the table of formats, a row each."""
    lines = (project_root / "docs/formats.md").read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def test_the_table_holds_every_ending_and_no_other(project_root: Path) -> None:
    documented = [endings_in(row[1]) for row in rows(project_root)]
    for endings, (kind, own) in zip(documented, ENDINGS.items(), strict=True):
        assert endings == own or (kind == "code" and set(endings) < set(own))


def test_the_endings_of_code_are_all_named(project_root: Path) -> None:
    text = (project_root / "docs/formats.md").read_text(encoding="utf-8")
    [named] = [line for line in text.splitlines() if line.startswith("Read by lines: ")]
    assert endings_in(named) == ENDINGS["code"]


def marks_of(suffix: str) -> Iterable[str]:
    """The kinds of marks in small files of a format, and "page" where there are pages."""
    for data in seeds_of(suffix):
        for block in read(f"a{suffix}", data).blocks:
            if block.landmark is not None:
                yield block.landmark.kind.value
            if block.page is not None:
                yield "page"


@pytest.mark.parametrize("kind", ENDINGS)
def test_every_mark_that_a_reader_gives_is_in_the_table(kind: Kind, project_root: Path) -> None:
    documented = dict(zip(ENDINGS, rows(project_root), strict=True))[kind][3]
    named = {word for word in re.findall(r"\w+", documented) if word in (*MARKS, "page")}
    assert set(marks_of(ENDINGS[kind][0])) <= named
