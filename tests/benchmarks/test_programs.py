"""What measures time, memory and load runs, at a size that takes no time, and prints figures."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.bars import Bar, bars
from benchmarks.corpora import Documents, texts, title_of, write
from benchmarks.corpus_folder import read_corpus
from benchmarks.writing import BEGIN, END, NoPlaceError, fill
from bot.ingest.sentence_splitter import split_sentences


def printed(project_root: Path, module: str, *arguments: str) -> dict[str, Any]:
    """The JSON a program of the benchmarks prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *arguments],
        cwd=project_root,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def test_the_bench_measures_engines_beside_each_other(project_root: Path) -> None:
    told = printed(
        project_root,
        "run",
        *("--sizes", "60", "--rounds", "2", "--questions", "4", "--reload", "3", "--json"),
        *("--engines", "ours", "rank_bm25", "bm25s numba", "FTS5"),
        *("--collections", "2", "--no-light"),
    )
    compared = told["sizes"]["60"]
    engines = compared["engines"]
    for name in ("ours", "rank_bm25", "FTS5"):
        assert engines[name]["rank_questions"] == 8
        assert 0 < engines[name]["rank_p50_ms"] <= engines[name]["rank_p99_ms"]
        assert engines[name]["build_seconds"] > 0
    assert engines["FTS5"]["beside_ours"] > 0
    assert engines["FTS5"]["start_seconds"] > 0
    ours = engines["ours"]
    assert ours["reply_questions"] == 8
    assert ours["shards"] == 1
    assert 0 < ours["posting_bytes"] < ours["index_bytes"] < ours["store_bytes"]
    assert min(ours[name] for name in ("start_seconds", "serving_bytes", "build_peak_bytes")) > 0
    assert engines["bm25s numba"].keys() >= {"skipped"} or engines["bm25s numba"]["store_bytes"] > 0
    assert compared["same"] == {"questions": 8, "alike": 8}
    assert told["reload"]["documents"] == 3
    assert told["reload"]["passages"] == 30
    assert told["reload"]["largest_stall_ms"] > 0
    assert told["reload"]["one_changed_questions_meanwhile"] > 0
    collections = told["collections"]
    # Two shards as small as these are joined when their scope is opened.
    counted = (collections["collections"], collections["shards"], collections["passages"])
    assert counted == (2, 1, 60)
    assert collections["reply_p50_ms"] > 0
    assert all(bar["says"].startswith(("met: ", "MISSED: ")) for bar in told["bars"])


def test_only_a_run_beside_all_peers_is_kept(project_root: Path) -> None:
    pytest.importorskip("rank_bm25")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", "--save", "--sizes", "1", "--engines", "FTS5"],
        cwd=project_root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "only a run beside all peers is kept" in done.stderr


def test_a_small_corpus_is_measured_from_start_to_end(project_root: Path) -> None:
    told = printed(project_root, "light")
    assert told["idle_bytes"] > 0
    assert told["ask_kept_seconds"] > 0
    assert told["ask_cold_seconds"] > 0


def test_generated_documents_are_the_same_for_all_and_every_time() -> None:
    made = Documents(130, questions=20)
    passages = [passage for table in made.tables() for passage in table]
    plain = texts(130, questions=20)
    assert tuple(passage.text for passage in passages) == plain.passages
    assert made.questions == plain.questions == texts(130, questions=20).questions
    for number, passage in enumerate(passages):
        assert passage.document.source.title == title_of(number)
        assert passage.sentences == split_sentences(passage.text, "en", passage.span.start)
    words = {w.strip(".").casefold() for text in plain.passages for w in text.split()}
    assert all(set(question.split()) <= words for question in plain.questions)
    assert {len(question.split()) for question in plain.questions} == {8}


def test_a_generated_folder_can_be_loaded(tmp_path: Path) -> None:
    write(tmp_path, documents=12)
    (table,) = read_corpus(tmp_path).tables
    assert (len(table.documents), len(table)) == (12, 120)
    assert [passage.text for passage in table] == list(texts(120).passages)


def test_generated_documents_are_dealt_out_to_collections(tmp_path: Path) -> None:
    write(tmp_path, documents=5, collections=2)
    assert [len(table.documents) for table in read_corpus(tmp_path).tables] == [3, 2]


def test_a_bar_that_is_missed_says_by_how_much() -> None:
    slow = Bar("a whole reply", 5, 10, "ms")
    fast = Bar("against rank_bm25", 1_000, 1_500, "times faster", at_least=True)
    assert str(slow) == "MISSED: a whole reply: 10 ms, at most 5 wanted (0.50)"
    assert str(fast) == "met: against rank_bm25: 1,500 times faster, at least 1,000 wanted (1.50)"
    assert (slow.met, fast.met) == (False, True)


def test_an_engine_that_was_left_out_has_no_bar() -> None:
    ours = {
        "rank_p50_ms": 0.2,
        "reply_p50_ms": 4.0,
        "build_seconds": 30.0,
        "build_peak_bytes": 290,
        "start_seconds": 0.5,
        "serving_bytes": 200,
        "text_bytes": 20,
        "posting_bytes": 100,
    }
    peers = {"tantivy": {"skipped": "not installed"}, "bm25s numba": {"beside_ours": 0.9}}
    found = bars(100_000, {"engines": {"ours": ours, **peers}, "same": {}})
    assert [(bar.what.split(", ", 1)[1], bar.met) for bar in found] == [
        ("ranking on words against bm25s numba", False),
        ("a whole reply", True),
        ("memory while serving", False),
        ("start from what is kept", True),
    ]


def test_the_load_is_offered_whether_it_is_borne_or_not(project_root: Path) -> None:
    told = printed(
        project_root,
        "load",
        *("--passages", "50", "--rate", "400", "--seconds", "1", "--waiting", "4", "--json"),
    )
    calm, asked_for, beyond, again = told["phases"]
    assert [phase["name"] for phase in told["phases"]][1] == "asked for"
    for phase in (calm, asked_for, beyond, again):
        outcomes = phase["answered"] + phase["refused"] + phase["too_long"]
        assert outcomes == phase["offered"] > 0
        assert phase["lost"] == 0
        assert 0 < phase["p50_ms"] <= phase["p99_ms"] <= phase["max_ms"]
        assert 0 <= phase["asked_before"] < 1
    assert told["capacity_a_second"] > 0
    assert told["asking_alone"] > 0


def test_the_highest_rate_that_is_borne_is_looked_for(project_root: Path) -> None:
    told = printed(
        project_root,
        "load",
        *("--passages", "50", "--seconds", "1", "--kind", "popular"),
        *("--highest", "--search-seconds", "0.2"),
    )
    found = told["highest"]
    assert 0 <= found["borne"] < found["not_borne"]
    if found["borne"]:
        assert found["answered"] == found["offered"]
        assert 0 <= found["asked_before"] < 1


def test_what_is_held_is_counted_over_reloads(project_root: Path) -> None:
    told = printed(
        project_root,
        "soak",
        *("--reloads", "4", "--questions", "24", "--documents", "3", "--json"),
    )
    assert [sample["reloads"] for sample in told["samples"]] == [1, 2, 3, 4]
    assert told["samples"][-1]["questions"] == 24
    assert all(sample["resident"] > 0 for sample in told["samples"])
    assert {sample["tasks"] for sample in told["samples"]} == {1}
    assert told["threads_grown"] == 0
    assert told["memory_growth"] > 0


def test_figures_take_the_place_of_those_of_before(tmp_path: Path) -> None:
    file = tmp_path / "figures.md"
    file.write_text(f"Above.\n\n{BEGIN}\nold\n{END}\n\nBelow.\n", encoding="utf-8")
    figures = {
        "build_seconds": 1.5,
        "build_peak_bytes": 2_000_000,
        "index_bytes": 3_000_000,
        "rank_p50_ms": 0.25,
        "rank_p99_ms": 0.5,
    }
    engines = {"ours": figures, "tantivy": {"skipped": "not built within 10 minutes"}}
    result = {
        "sizes": {"1000": {"engines": engines, "same": {}}},
        "reload": {},
        "bars": [{"met": False, "share": 0.5, "says": "MISSED: a whole reply"}],
    }
    for _ in range(2):
        fill(file, result)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("Above.\n")
    assert text.endswith("Below.\n")
    assert "old" not in text
    assert text.count("**1,000 passages**") == 1
    assert "| ours | 1.50 | 2 | 3.0 |  | 0.250 | 0.500 |  |" in text
    assert "| tantivy | not built within 10 minutes |" in text
    assert "- MISSED: a whole reply" in text


def test_the_documentation_has_a_place_for_figures(project_root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "benchmarks.md"
    shutil.copy(project_root / "docs" / "benchmarks.md", copy)
    fill(copy, {"sizes": {}, "reload": {}, "bars": []})
    (tmp_path / "other.md").write_text("no place", encoding="utf-8")
    with pytest.raises(NoPlaceError):
        fill(tmp_path / "other.md", {"sizes": {}, "reload": {}, "bars": []})
