"""The build of the index: how a collection is cut, what is built again, and death at any time."""

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering.shard_groups import cut
from tests.harness.corpus_harness import CorpusHarness, texts_of

COUNTS = st.dictionaries(st.text(max_size=8), st.integers(0, 40), min_size=1, max_size=60)
MOST = st.integers(1, 100)


@given(COUNTS, MOST)
def test_each_document_is_in_one_shard_and_none_is_too_large(
    passages: dict[str, int], most: int
) -> None:
    shards = cut(passages, most)
    assert sorted(path for shard in shards for path in shard) == sorted(passages)
    for shard in shards:
        assert shard == sorted(shard)
        assert len(shard) == 1 or sum(map(passages.__getitem__, shard)) <= most


@given(COUNTS, MOST, st.randoms())
def test_the_cut_does_not_depend_on_the_order_of_documents(
    passages: dict[str, int], most: int, random: Random
) -> None:
    paths = list(passages)
    random.shuffle(paths)
    assert cut({path: passages[path] for path in paths}, most) == cut(passages, most)


@given(COUNTS, st.text(max_size=8), st.integers(0, 40), MOST)
def test_a_new_document_moves_others_only_where_it_splits_their_shard(
    passages: dict[str, int], name: str, count: int, most: int
) -> None:
    before = {frozenset(shard) for shard in cut(passages, most)}
    path = f"new/{name}/of nine characters"
    after = {frozenset(shard) - {path} for shard in cut({**passages, path: count}, most)}
    assert len(before - after) <= 1
    for shard in before - after:
        assert frozenset().union(*(part for part in after if part <= shard)) == shard


def shards(folder: Path) -> set[str]:
    return {path.name for path in folder.with_name(f"{folder.name}-index").glob("shards/*")}


def test_a_change_of_one_document_builds_its_shard_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.answering.shard_groups.MOST_PASSAGES", 3)
    folder = tmp_path / "corpus"
    (folder / "board").mkdir(parents=True)
    for number in range(12):
        (folder / f"{number}.md").write_text(f"Text {number}.")
        (folder / "board" / f"{number}.md").write_text(f"Minutes {number}.")
    CorpusHarness(folder).load()
    before = shards(folder)
    assert len(before) >= 8
    # Another run of the program, too, takes over what is there.
    running = CorpusHarness(folder)
    running.load()
    assert shards(folder) == before
    (folder / "board" / "7.md").write_text("Other minutes.")
    corpus, report = running.load()
    assert report.changed == ("board/7.md",)
    assert (len(shards(folder) - before), len(before - shards(folder))) == (1, 1)
    assert "Other minutes." in texts_of(corpus)
    (folder / "board" / "7.md").write_text("Minutes 7.")
    running.load()
    assert shards(folder) == before


KILLED = """
import multiprocessing, random, sys, time
from pathlib import Path
from tests.harness.corpus_harness import CorpusHarness, texts_of
from tests.harness.index_jobs import build_folder

# Forked from a process that read nothing, so that none shares the child that reads files.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.harness.index_jobs"])
folder, rounds, chance = Path(sys.argv[1]), int(sys.argv[2]), random.Random(sys.argv[3])
running = CorpusHarness(folder)
running.load()
finished = begun = 0
longest = 1.0
for number in range(rounds):
    for name in ("a.md", "board/b.md")[: chance.randint(1, 2)]:
        (folder / name).write_text(f"Text {number} of {name}.")
    expected = [file.read_text() for file in sorted(folder.rglob("*.md"))]
    corpus = (folder.with_name("corpus-index") / "corpus.json")
    before = corpus.read_bytes()
    child = processes.Process(target=build_folder, args=(folder,))
    child.start()
    # As long as about half of the builds are at their end.
    time.sleep(chance.uniform(0, longest))
    child.kill()
    child.join()
    is_finished = corpus.read_bytes() != before
    longest *= 0.8 if is_finished else 1.25
    finished += is_finished
    begun += any(folder.with_name("corpus-index").glob("work-*"))
    loads = running if number % 2 else CorpusHarness(folder)
    loaded, report = loads.load()
    assert texts_of(loaded) == expected, (number, expected, texts_of(loaded))
    assert report.failed == ()
print(finished, begun)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.parametrize("seed", ["7", "8"])
def test_whenever_a_build_is_killed_the_next_load_serves_all_that_is_new(
    seed: str, tmp_path: Path, project_root: Path
) -> None:
    folder = tmp_path / "corpus"
    (folder / "board").mkdir(parents=True)
    for name in ("a.md", "board/b.md", "c.md"):
        (folder / name).write_text(f"Text of {name}.")
    rounds = 50
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(rounds), seed],
        cwd=project_root,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    finished, begun = map(int, ended.stdout.split())
    # It was killed before, while and after it built; else this would say nothing.
    assert 0 < finished < rounds
    assert begun > 0
