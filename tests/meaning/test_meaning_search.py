"""Answers by meaning, as a reload makes them: found in other words, kept, and never half."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering import reload
from bot.answering.reload import CorpusReloader
from bot.answering.service import AnsweringService
from bot.core.replies import Answer, Reply
from bot.meaning.about import EncoderFolder
from tests.harness.index_jobs import build_job

PLANTS = """# Garden rules

## Watering

Sprinklers may run before ten in the morning and after six in the evening.

## Felling

A tree with a trunk of more than 60 cm must not be cut down without a permit.

## Noise

Lawn mowers rest on Sundays.
"""
OTHER_WORDS = "may I chop an old oak in my yard"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "corpus"
    place.mkdir()
    (place / "garden.md").write_text(PLANTS, encoding="utf-8")
    (place / "fees.md").write_text("# Fees\n\nA permit costs 12 crowns.\n", encoding="utf-8")
    return place


def reloader_of(folder: Path, encoder: Path | None, *, in_child: bool = False) -> CorpusReloader:
    own = None if encoder is None else EncoderFolder.of(encoder)
    return CorpusReloader(replace(build_job(folder), encoder=own), in_child=in_child)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110 - a log line sets no event
            await asyncio.sleep(0.05)


def reply(loaded: CorpusReloader, question: str) -> Reply:
    loaded.reload(None)
    assert loaded.served is not None
    return loaded.served.searcher(None).reply(question)


def test_what_is_meant_is_found_in_other_words(folder: Path, encoder_folder: Path) -> None:
    answer = reply(reloader_of(folder, encoder_folder), OTHER_WORDS)
    assert isinstance(answer, Answer)
    assert answer.excerpts[0].quote in PLANTS
    assert "must not be cut down" in answer.excerpts[0].quote
    assert not isinstance(reply(reloader_of(folder, None), OTHER_WORDS), Answer)


def test_the_revision_says_whether_meaning_is_searched(folder: Path, encoder_folder: Path) -> None:
    words = reply(reloader_of(folder, None), "permit")
    meaning = reply(reloader_of(folder, encoder_folder), "permit")
    again = reply(reloader_of(folder, encoder_folder), "permit")
    assert words.revision != meaning.revision == again.revision


def vector_folders(folder: Path) -> list[str]:
    return sorted(each.name for each in build_job(folder).store.folder.glob("vectors/*"))


def test_only_passages_that_changed_are_encoded(
    folder: Path, encoder_folder: Path, encoded: list[int]
) -> None:
    loaded = reloader_of(folder, encoder_folder)
    loaded.reload(None)
    encoded.clear()
    changed = PLANTS.replace("Lawn mowers rest on Sundays.", "Lawn mowers rest at noon.")
    (folder / "garden.md").write_text(changed, encoding="utf-8")
    answer = reply(loaded, OTHER_WORDS)
    assert isinstance(answer, Answer)
    assert len(encoded) == 1
    assert len(vector_folders(folder)) == 1  # the older ones are gone


def test_damaged_vectors_are_made_anew(folder: Path, encoder_folder: Path) -> None:
    before = reply(reloader_of(folder, encoder_folder), OTHER_WORDS)
    [name] = vector_folders(folder)
    place = build_job(folder).store.folder / "vectors" / name
    for file in place.glob("*.npy"):
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    after = reply(reloader_of(folder, encoder_folder), OTHER_WORDS)
    assert after.id == before.id


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A load encodes one passage at most by itself."""
    monkeypatch.setattr(reload, "ENCODED_AT_ONCE", 1)
    return iter(())


@pytest.mark.usefixtures("few")
async def test_words_answer_until_all_passages_are_encoded(
    folder: Path, encoder_folder: Path
) -> None:
    loaded = reloader_of(folder, encoder_folder, in_child=True)
    answering = AnsweringService(loaded)
    await answering.reload()
    first = await answering.ask("Who needs a permit to cut down a tree?")
    assert isinstance(first, Answer)
    await until(lambda: bool(answering.corpus.encoder))
    answer = await answering.ask(OTHER_WORDS)
    await answering.close()
    assert isinstance(answer, Answer)
    assert answer.revision != first.revision


@pytest.mark.usefixtures("few")
async def test_an_encoder_that_fails_leaves_words_alone(
    folder: Path, encoder_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Path(shutil.copytree(encoder_folder, tmp_path / "broken"))
    (broken / "model.onnx").write_bytes(b"no model")
    answering = AnsweringService(reloader_of(folder, broken, in_child=True))
    await answering.reload()
    await until(lambda: any("not encoded" in line for line in caplog.messages))
    reply = await answering.ask("Who needs a permit to cut down a tree?")
    await answering.close()
    assert isinstance(reply, Answer)
    [line] = [each for each in caplog.messages if "not encoded" in each]
    assert "holds no encoder that can be used" in line


async def test_a_scope_whose_last_document_went_is_silent(
    folder: Path, encoder_folder: Path
) -> None:
    (folder / "closed").mkdir()
    (folder / "closed" / "vault.md").write_text("# Vault\n\nIt has two doors.\n", "utf-8")
    answering = AnsweringService(reloader_of(folder, encoder_folder))
    await answering.reload()
    closed = frozenset({"closed"})
    await answering.ask("how many doors are there in the vault", closed)
    (folder / "closed" / "vault.md").unlink()
    await answering.reload()
    assert not isinstance(await answering.ask("doors in the vault", closed), Answer)
    assert await answering.documents(closed) == ()


async def test_an_encoder_that_changed_under_the_program_leaves_words_alone(
    folder: Path, encoder_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = Path(shutil.copytree(encoder_folder, tmp_path / "own"))
    answering = AnsweringService(reloader_of(folder, own, in_child=True))
    await answering.reload()
    assert answering.corpus.encoder
    with (own / "encoder.toml").open("a", encoding="utf-8") as file:
        file.write("floor = 0.1\n")
    (folder / "new.md").write_text("# Mill\n\nThe mill grinds on Mondays.\n", encoding="utf-8")
    await answering.reload()
    reply = await answering.ask("When does the mill grind?")
    await until(lambda: any("not encoded" in line for line in caplog.messages))
    await answering.close()
    assert isinstance(reply, Answer)
    assert reply.excerpts[0].quote == "The mill grinds on Mondays."
    assert any("has changed: start the program again" in line for line in caplog.messages)


def test_a_reload_spares_what_another_process_makes(folder: Path, encoder_folder: Path) -> None:
    loaded = reloader_of(folder, encoder_folder)
    loaded.reload(None)
    place = build_job(folder).store.folder / "vectors"
    (place / "part-other-1").mkdir()
    (folder / "fees.md").unlink()
    loaded.reload(None)
    assert [each.name for each in place.iterdir() if each.name.startswith("part-")] == [
        "part-other-1"
    ]
    assert len(vector_folders(folder)) == 2
