"""The console at a real terminal: Tab, pages, marked words, keys that are typed too early."""

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.harness.terminal import at_terminal

SENTENCES = (
    "The front gate closes at ten o'clock in the evening, and whoever is late rings the bell. "
    "The porter keeps the spare keys in his lodge and writes down who borrows one of them. "
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "corpus" / "rules").mkdir(parents=True)
    for number in range(30):
        text = f"# Rules of house {number}\n\n{SENTENCES}\n"
        (tmp_path / "corpus" / "rules" / f"house{number}.md").write_text(text, encoding="utf-8")
    return tmp_path


def test_tab_completes_commands_collections_and_titles(place: Path, project_root: Path) -> None:
    with at_terminal(place, project_root, PAGER="cat") as program:
        program.wait_for("30 documents are ready")
        program.wait_for("›")
        for typed, said in (
            ("/rel\t", "unchanged: 30 documents"),
            ("/sources ru\t", "30 documents:"),
            ("/source house 17\t", "File: rules/house17.md"),
        ):
            program.type(typed)
            start = program.settle()
            program.type("\r")
            program.wait_for(said, start)
        program.type("exit\r")
        assert program.wait_for_end() == 0


def test_keys_typed_while_it_loads_are_read_afterwards_and_not_shown(
    place: Path, project_root: Path
) -> None:
    for number in range(30, 900):
        text = f"# Rules of house {number}\n\n{SENTENCES * 20}\n"
        (place / "corpus" / "rules" / f"house{number}.md").write_text(text, encoding="utf-8")
    with at_terminal(place, project_root) as program:
        program.wait_for("Loading documents")
        program.type("/help\r")
        before = program.wait_for("documents are ready").partition("documents are ready")[0]
        assert "/help" not in before
        program.wait_for("/reload – read the documents again")


def test_a_long_reply_is_shown_by_the_pager(place: Path, project_root: Path) -> None:
    pager = "sed s/^/PAGED:/"
    with at_terminal(place, project_root, PAGER=pager) as program:
        program.wait_for("30 documents are ready")
        program.type("/help\r")
        assert "PAGED" not in program.wait_for("/quit – leave")
        program.type("/sources\r")
        program.wait_for("PAGED:30 documents:")
        program.type("quit\r")
        assert program.wait_for_end() == 0


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_rows_of_a_quote_fit_and_its_matched_words_are_marked(
    place: Path, project_root: Path, columns: int
) -> None:
    with at_terminal(place, project_root, "ask", "Who keeps the keys?", columns=columns) as program:
        assert program.wait_for_end() == 0
    for word in ("keeps", "keys"):
        assert re.search(rf"\x1b\[1;4m{word}\x1b\[0m", program.shown), program.shown
    rows = [re.sub(r"\x1b\[[0-9;]*m", "", row) for row in program.shown.split("\r\n")]
    quoted = [row for row in rows if row.startswith("│")]
    assert len(quoted) > 4
    assert all(row.strip("│ ") and cell_len(row) <= columns for row in quoted)
