"""`eval` with a reader elsewhere: prompts are written, and replies are given back in two passes."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.meaning.chat_completions import Prompt
from tests.cli.conftest import RULES, Run, Serve
from tests.harness.scripted_model import choosing_by, served

MODEL = choosing_by("spare keys", ["porter", "spare keys"])
QUESTION = "whom do I ask when I am locked out at night?"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A corpus, and a file with one question that its words do not answer."""
    corpus = tmp_path / "house"
    corpus.mkdir()
    (corpus / "rules.md").write_text(RULES, encoding="utf-8")
    gold = [{"doc": "rules.md", "quote": "The porter keeps the spare keys."}]
    row = {"id": "1", "question": QUESTION, "kind": "fact", "gold": gold}
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps(row), encoding="utf-8")
    return corpus, questions


def answer(dumped: Path, replies: Path) -> list[str]:
    """Answer all prompts of a file by the scripted model; returns their purposes."""
    purposes, lines = [], []
    for line in dumped.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        body, about = record["body"], record["about"]
        assert about["question"] == QUESTION
        wanted = body["response_format"]["json_schema"]
        system, user = (message["content"] for message in body["messages"])
        prompt = Prompt(wanted["name"], system, user, wanted["schema"], body["max_tokens"])
        purposes.append(prompt.purpose)
        reply: Mapping[str, object] = MODEL(prompt)
        lines.append(json.dumps({"custom_id": record["custom_id"], "reply": reply}))
    replies.write_text("\n".join(lines), encoding="utf-8")
    return purposes


def met(out: str) -> str:
    line = next(line for line in out.splitlines() if line.startswith("answered with a wanted"))
    return line.split("  ")[-1].strip()


def test_a_model_elsewhere_is_measured_in_two_passes(
    run: Run, files: tuple[Path, Path], tmp_path: Path
) -> None:
    corpus, questions = files
    asked = ("eval", questions, "--corpus", corpus)
    dumps, replies = [[tmp_path / f"{name}{n}.jsonl" for n in (1, 2)] for name in ("d", "r")]
    first = run(*asked, "--dump", dumps[0])
    assert (first.code, first.err) == (0, "")
    assert f"1 prompt was written to {dumps[0]}." in first.out
    assert answer(dumps[0], replies[0]) == ["rewrite"]
    second = run(*asked, "--apply", replies[0], "--dump", dumps[1])
    assert met(first.out) == met(second.out) == "0 of 1"
    assert answer(dumps[1], replies[1]) == ["choose"]
    last = run(*asked, "--apply", replies[0], "--apply", replies[1])
    assert met(last.out) == "1 of 1"
    assert "2 recorded replies of a reader were used." in last.out


def test_a_live_reader_is_recorded_and_replayed_to_the_same_figures(
    run: Run,
    files: tuple[Path, Path],
    tmp_path: Path,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    corpus, questions = files
    asked, cassette = ("eval", questions, "--corpus", corpus), tmp_path / "cassette.jsonl"
    serve(served(MODEL))
    live = run(*asked, "--record", cassette)
    assert (live.code, live.err, met(live.out)) == (0, "", "1 of 1")
    assert f"2 prompts were written to {cassette}." in live.out
    monkeypatch.delenv("SOURCES_SAY_READER__URL")
    replayed = run(*asked, "--apply", cassette)
    assert met(replayed.out) == "1 of 1"
    assert "2 recorded replies of a reader were used." in replayed.out


def test_each_misuse_is_one_sentence(run: Run, files: tuple[Path, Path], tmp_path: Path) -> None:
    corpus, questions = files
    asked, some = ("eval", questions, "--corpus", corpus), tmp_path / "some.jsonl"
    some.write_text("{}", encoding="utf-8")
    for options, words in (
        (("--dump", some), "some.jsonl: cannot be made (file exists); name another file"),
        (("--dump", "a", "--record", "b"), "give one of them"),
        (("--record", "b"), "--record needs a reader"),
        (("--apply", some), "some.jsonl, line 1: holds no reply"),
        (("--apply", tmp_path / "none"), "none: cannot be read"),
    ):
        done = run(*asked, *options)
        assert done.code == 2
        assert words in done.sentence
