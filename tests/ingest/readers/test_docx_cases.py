"""DOCX: the cases of `../shared/cases`, each of which shows a fault of readers seen before."""

from pathlib import Path

import pytest

from bot.ingest.readers.docx.reader import parse
from tests.harness.office_files import seen

CASES = Path(__file__).parents[4] / "shared" / "cases"
WORDS = {
    "footnote": ("note 1", "In leap years a surcharge of twelve crowns is due for mowing."),
    "onlynote": ("note 1", "A surcharge of twelve crowns is due."),
    "strict": ("paragraph", "The orchard was planted in 1411 by monks."),
    "numbering": ("item 2.1", "2.1 Dogs stay on the lead."),
    "sym": ("paragraph", "The tank takes 5 ± 1 litres."),
    "dropcap": ("paragraph", "Wardens are chosen each May by all members of the society."),
    "delmark": ("paragraph", "The gate closes at dusk on all days but Sunday."),
    "emptycell": ("row", "North | | Ida Kern"),
    "cells": ("row", "Warden | Opens the gate at dawn.\nNever on Sunday.\nFeeds the geese."),
    "code": ("code", "if gate_open:\n    ring_bell()\nclose_gate()"),
    "hiddenstyle": ("paragraph", "The visible part."),
    "strike": ("paragraph", "The fee is 25 crowns."),
}
REMARKS = {
    "comment": "is read without its comments",
    "header": "is read without its headers and footers"
    ' ("Valid from 1 March 2019, replaces the rules of 2011")',
    "altchunk": "is read without its embedded files",
    "strike": "is read without its struck-through words",
}

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not there")


@pytest.mark.parametrize("name", WORDS)
def test_words_are_read(name: str) -> None:
    assert WORDS[name] in seen(parse((CASES / f"{name}.docx").read_bytes()))


@pytest.mark.parametrize("name", REMARKS)
def test_parts_that_are_left_out_are_told(name: str) -> None:
    assert parse((CASES / f"{name}.docx").read_bytes()).remarks == (REMARKS[name],)
