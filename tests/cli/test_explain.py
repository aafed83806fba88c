"""`explain` and `calibrate` as a curator sees them."""

import io
import json
import sys
from pathlib import Path

import pytest

from bot.retrieval.ranking.calibration import foreign_questions
from tests.cli.conftest import RULES, Run

MINUTES = "The board raised the fee for the garden to forty francs a year.\n"
ANSWERABLE = (
    "When does the front gate close?",
    "Who keeps the spare keys?",
    "Where do bicycles stand?",
)


class TerminalStream(io.TextIOWrapper):
    """A terminal to write to."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "house"
    (folder / "minutes").mkdir(parents=True)
    (folder / "rules.md").write_text(RULES, encoding="utf-8")
    (folder / "minutes" / "january.txt").write_text(MINUTES, encoding="utf-8")
    return folder


def questions(folder: Path, answerable: tuple[str, ...], foreign: tuple[str, ...]) -> Path:
    """A file of questions; the foreign ones are of both kinds in turn."""
    kinds = [(each, "fact") for each in answerable]
    kinds += [(each, ("offtopic", "silent")[i % 2]) for i, each in enumerate(foreign)]
    lines = [
        json.dumps({"id": str(i), "question": each, "kind": kind})
        for i, (each, kind) in enumerate(kinds)
    ]
    file = folder / "own.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def cells(out: str, heading: str) -> list[list[str]]:
    """The rows of the table that begins with `heading`, as words."""
    _, _, rest = out.partition(f"\n{heading} ")
    table, _, _ = rest.partition("\n\n")
    return [line.split() for line in table.splitlines()[1:]]


def test_a_silence_is_explained(run: Run, corpus: Path) -> None:
    code, out, err = run("explain", "Who repaired the Hubble telescope?", "--corpus", corpus)
    assert (code, err) == (0, "")
    assert "Language: en\nAsks for: a name\n" in out
    assert "\nSilence: the signal, " in out
    assert " below the level from which the documents answer, " in out
    assert "Found nowhere: repaired, Hubble, telescope." in out
    assert ["Hubble", "content", "0"] in [row[:3] for row in cells(out, "word")]


def test_an_answer_is_explained(run: Run, corpus: Path) -> None:
    code, out, _ = run("explain", "When does the frnot gate close?", "--corpus", corpus)
    assert code == 0
    assert "\nAnswered" in out
    assert ["frnot", "front", "correction"] in [row[:3] for row in cells(out, "typed")]
    best = next(line for line in out.split("value")[1].splitlines()[1:])
    assert "rules.md" in best
    assert best.endswith("The front gate closes at ten o'clock in the evening.")
    assert "\x1b" not in out


def test_a_close_answer_is_explained_by_what_it_lacks(run: Run, corpus: Path) -> None:
    _, out, _ = run("explain", "Who keeps the spare keys of the submarine?", "--corpus", corpus)
    assert "\nAnswered as close, but it may not answer: the signal, " in out
    assert "but the best passage covers only " in out
    assert "Found nowhere: submarine." in out


def test_an_explanation_as_json_is_one_object_with_the_same(run: Run, corpus: Path) -> None:
    _, out, _ = run("explain", "--json", "Who keeps the spare keys?", "--corpus", corpus)
    assert out.count("\n") == 1
    made = json.loads(out)
    assert (made["question"], made["wanted"]) == ("Who keeps the spare keys?", "name")
    assert made["verdict"] in ("answer", "close")
    assert made["why"].startswith("Answered")
    best = made["candidates"][0]
    assert RULES[best["start"] : best["end"]] == best["beginning"]
    assert {word["typed"] for word in made["words"]} == {"Who", "keeps", "the", "spare", "keys"}


def test_only_the_collection_that_was_named_is_looked_at(run: Run, corpus: Path) -> None:
    line = ("explain", "When does the front gate close?", "--corpus", corpus)
    _, out, _ = run(*line, "--collection", "minutes")
    assert "rules.md" not in out
    assert "Found nowhere: " in out


def test_hostile_characters_are_made_visible(run: Run, corpus: Path) -> None:
    (corpus / "trick.txt").write_text(
        "The lift\u202e is \x1b[31mred and carries [bold]six[/bold] people.\n", encoding="utf-8"
    )
    _, out, _ = run("explain", "How many does the\u202e lift carry?\x1b[2J", "--corpus", corpus)
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "‹U+202E›" in out
    assert "[bold]six[/bold]" in out


def test_at_a_terminal_the_tables_fit(
    run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus / "trick.txt").write_text("The lift \x1b[31mholds [bold]six.\n", encoding="utf-8")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("NO_COLOR", "1")
    held = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", TerminalStream(held, "utf-8"))
    run("explain", "How many does the lift hold?", "--corpus", corpus)
    shown = held.getvalue().decode("utf-8")
    table = shown[shown.index("\nword") :]
    assert max(map(len, table.splitlines())) <= 70
    assert "[31m" in table
    assert "[bold]" in table
    assert "\x1b[31m" not in table


@pytest.mark.parametrize("words", [(), ("",), ("x" * 3_000,)])
def test_what_is_no_question_is_refused(run: Run, corpus: Path, words: tuple[str, ...]) -> None:
    code, out, err = run("explain", *words, "--corpus", corpus)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_own_questions_are_measured_at_both_levels(run: Run, corpus: Path, tmp_path: Path) -> None:
    # Close to the documents, unlike the bundled ones, so that their levels must be higher.
    things = ("front gate", "porter", "boiler room", "staircase", "garden fee")
    foreign = tuple(
        f"{asks} the {thing} of the house {rest}?"
        for thing in things
        for asks, rest in (
            ("Who painted", "green"),
            ("When was", "built in stone"),
            ("Why does", "smell of tar"),
            ("How high is", "compared with the neighbour"),
            ("Which firm insures", "against lightning"),
        )
    )
    file = questions(tmp_path, ANSWERABLE, foreign)
    code, out, err = run("calibrate", file, "--corpus", corpus)
    assert (code, err) == (0, "")
    present, own = out.split("With levels calibrated on the foreign questions of this file:")
    assert "\n\nWith the present levels:\nen: an answer from " in present
    for part in (present, own):
        answerable, not_answerable = cells(part, "questions")
        assert (answerable[0], answerable[-1]) == ("answerable", "3")
        assert (not_answerable[0], not_answerable[-1]) == ("foreign", "25")
        assert sum(map(int, answerable[1:4])) == 3
    assert cells(present, "questions")[0][1] == "3"
    silent_before, silent_after = (int(cells(p, "questions")[1][3]) for p in (present, own))
    assert silent_after > silent_before
    assert silent_after >= 23
    assert out.startswith(
        "The file has 3 answerable questions only: with fewer than 20, chance decides how many a"
        " level would silence.\n\n"
    )
    assert "would meet silence" not in out
    assert f'write calibration = "{file}" under [answer] in config/bot.toml.' in own


def test_the_answers_that_a_level_would_silence_are_named(
    run: Run, corpus: Path, tmp_path: Path
) -> None:
    near = "When exactly does the front gate close at ten o'clock in the evening?"
    file = questions(tmp_path, ("Where do the bicycles stand?", *ANSWERABLE[:1] * 19), (near,) * 20)
    _, out, _ = run("calibrate", file, "--corpus", corpus)
    present, own = out.split("With levels calibrated on the foreign questions of this file:")
    assert out.startswith("With the present levels:\n")
    assert "would meet silence" not in present
    assert "\n\n20 answerable questions would meet silence:\n" in own
    assert {" ".join(row[1:]) for row in cells(own, "signal")} == {
        "Where do the bicycles stand?",
        ANSWERABLE[0],
    }


def test_few_foreign_questions_set_no_level(run: Run, corpus: Path, tmp_path: Path) -> None:
    file = questions(tmp_path, ANSWERABLE, foreign_questions("en")[:19])
    code, out, _ = run("calibrate", file, "--corpus", corpus)
    assert code == 0
    assert "With levels calibrated" not in out
    assert out.endswith(
        "To calibrate on this file it must hold at least 20 foreign questions "
        "(kinds silent and offtopic); it holds 19.\n"
    )


def test_levels_that_change_nothing_need_not_be_set(
    run: Run, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = questions(tmp_path, ANSWERABLE, foreign_questions("en")[:40])
    monkeypatch.setenv("SOURCES_SAY_ANSWER__CALIBRATION", str(file))
    code, out, _ = run("calibrate", file, "--corpus", corpus)
    assert code == 0
    assert "\nan answer from " in out
    assert out.endswith("Both treat these questions alike; nothing needs to be set.\n")


def test_the_levels_of_own_questions_decide(
    run: Run, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("ask", "When does the front gate close?", "--corpus", corpus)
    assert "│ The front gate closes" in run(*asked)[1]
    file = questions(tmp_path, (), ("When exactly does the front gate close at ten o'clock?",) * 20)
    monkeypatch.setenv("SOURCES_SAY_ANSWER__CALIBRATION", str(file))
    assert run(*asked)[1].startswith("The documents do not answer this.")


@pytest.mark.parametrize("command", [("sources",), ("check",), ()])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read as text"),
        (b"\xff\xfe", "cannot be read as text"),
        (b'{"id": "1"}\n', "line 1: not a question"),
        (b"\n", "it holds no question"),
        (
            b'{"id": "1", "question": "Why?", "kind": "silent"}\n',
            "holds 1 of the at least 20 questions of the kinds silent and offtopic",
        ),
    ],
)
def test_a_file_that_cannot_be_calibrated_on_ends_the_start(
    run: Run,
    corpus: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    content: bytes | None,
    said: str,
) -> None:
    if content is not None:
        Path("own.jsonl").write_bytes(content)
    monkeypatch.setenv("SOURCES_SAY_ANSWER__CALIBRATION", "own.jsonl")
    code, out, err = run(*command, "--corpus", corpus)
    assert code == (1 if command == ("check",) else 2)
    told = out + err
    assert "answer.calibration: " in told
    assert said in told


def test_a_broken_file_of_questions_is_told_before_anything_is_loaded(
    run: Run, tmp_path: Path
) -> None:
    code, out, err = run("calibrate", "none.jsonl", "--corpus", tmp_path / "nowhere")
    assert (code, out) == (2, "")
    assert err.startswith("none.jsonl: cannot be read")
