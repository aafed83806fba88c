"""The fuzzer itself: it covers every format, is repeatable, and finds and keeps what is a fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.documents import Parsed
from bot.ingest.formats import SUFFIXES
from bot.ingest.readers import read, sandbox
from tests.fuzz import worker
from tests.fuzz.__main__ import Findings, Mutant, keep, run
from tests.fuzz.seed_files import seeds_by_kind, seeds_of


@pytest.fixture(autouse=True, scope="module")
def _no_process_is_left() -> Iterator[None]:
    yield
    sandbox.shared.close()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_has_files_that_are_read(suffix: str) -> None:
    for data in seeds_of(suffix):
        assert read(f"a{suffix}", data).blocks


def test_a_number_and_a_seed_always_make_the_same_mutant() -> None:
    seeds = seeds_by_kind([])
    first = [Mutant.of(1, number, seeds) for number in range(40)]
    assert [Mutant.of(1, number, seeds_by_kind([])) for number in range(40)] == first
    assert [Mutant.of(2, number, seeds) for number in range(40)] != first
    assert {mutant.kind for mutant in first} == {*SUFFIXES.values(), "archive"}


def test_a_few_mutants_of_each_format_show_no_fault() -> None:
    seeds = seeds_by_kind([])
    findings = run(seeds, seed=7, numbers=range(3 * len(seeds)), jobs=1)
    assert findings.faults == []
    assert findings.outcomes.total() == 3 * len(seeds)


@pytest.mark.parametrize(
    ("fault", "said"),
    [(ZeroDivisionError("x"), "ZeroDivisionError: x"), (MemoryError(), "MemoryError: ")],
)
def test_what_is_no_sentence_is_a_fault(
    fault: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_: object) -> Parsed:
        raise fault

    monkeypatch.setattr(worker, "read", faulty)
    verdict = worker.judged("a.txt", b"x")
    assert verdict.kind == "fault"
    assert verdict.said.startswith(said)


def test_a_file_that_shows_a_fault_is_kept_with_its_number(tmp_path: Path) -> None:
    findings = Findings()
    made = Mutant(12, "text", ".txt", b"bad")
    findings.add(made, worker.FuzzVerdict(kind="fault", said="it hung"))
    (line,) = keep(findings, 3, tmp_path / "kept")
    assert (tmp_path / "kept/3-12.txt").read_bytes() == b"bad"
    assert line.endswith("3-12.txt (3 bytes): it hung")
