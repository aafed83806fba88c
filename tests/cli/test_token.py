"""Tokens of programs on the command line."""

from pathlib import Path

import pytest
import regex

from tests.cli.conftest import Run

SECRET = regex.compile(r"say_[\w-]{43}")


def test_a_token_is_made_listed_and_withdrawn(run: Run, tmp_path: Path) -> None:
    assert run("token", "list").out == "There are no tokens.\n"
    made = run("token", "add", "wiki", "--collections", "rules,minutes", "--rights", "read")
    assert made.code == 0
    (secret,) = SECRET.findall(made.out)
    run("token", "add", "ci", "--collections", "*", "--rights", "curate", "--days", "3")
    listed = run("token", "list").out.splitlines()
    assert listed[0].startswith("ci: curate; all collections; since ")
    assert listed[1].startswith("wiki: read; minutes, rules; since ")
    assert listed[1].endswith("; without an end")
    # The state keeps its hash only.
    for file in (tmp_path / "elsewhere").rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes()
    assert run("token", "remove", "wiki").out == "Withdrawn: wiki.\n"
    gone = run("token", "remove", "wiki")
    assert (gone.code, gone.out) == (1, "There is no token wiki.\n")
    assert len(run("token", "list").out.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("add",), "Write: token add NAME"),
        (("add", "x", "--rights", "read"), "Write: token add NAME"),
        (("add", "x", "--collections", ",", "--rights", "read"), "Write: token add NAME"),
        (("add", "a\nb", "--collections", "a", "--rights", "read"), "Write: token add NAME"),
        (("add", "x", "--collections", "a", "--rights", "read", "--days", "0"), "--days takes"),
        (("remove",), "Write: token add NAME"),
        (("burn", "x"), "invalid choice"),
    ],
)
def test_what_is_missing_is_told_in_one_sentence(
    run: Run, arguments: tuple[str, ...], reason: str
) -> None:
    ended = run("token", *arguments)
    assert ended.code == 2
    assert reason in ended.sentence


def test_a_name_is_given_once(run: Run) -> None:
    given = ("token", "add", "wiki", "--collections", "a", "--rights", "read")
    assert run(*given).code == 0
    assert "There is a token wiki already" in run(*given).sentence
