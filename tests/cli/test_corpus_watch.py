"""The corpus follows its folder while a chat runs, and nothing there ends the chat."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.answering.service import AnsweringService
from bot.cli.corpus_watch import watch_corpus
from bot.config import logs
from tests.harness.index_jobs import reloader


@pytest.fixture
async def answering(tmp_path: Path) -> AnsweringService:
    (tmp_path / "rules.txt").write_text("The gate closes at dusk every day.\n", encoding="utf-8")
    made = AnsweringService(reloader(tmp_path))
    await made.reload()
    return made


async def until(happened: Callable[[], bool], again: Callable[[], object]) -> None:
    """Do `again`, then look, until it `happened`: a watcher takes a moment to begin."""
    async with asyncio.timeout(60):
        while not happened():
            again()
            await asyncio.sleep(0.7)


async def test_a_new_file_is_served_and_a_bad_manifest_keeps_it_serving(
    tmp_path: Path, answering: AnsweringService, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("error")
    said: list[str] = []

    def heard() -> bool:
        said.append(capsys.readouterr().err)
        return "the old one serves" in "".join(said)

    async with watch_corpus(tmp_path, answering, enabled=True):
        await until(
            lambda: len(answering.corpus.documents) == 2,
            lambda: (tmp_path / "attic.txt").write_text("The attic is dry.\n", encoding="utf-8"),
        )
        await until(heard, lambda: (tmp_path / "sources.toml").write_text("[x", encoding="utf-8"))
        assert len(answering.corpus.documents) == 2
    assert "sources.toml cannot be understood" in "".join(said)


async def test_a_folder_that_cannot_be_watched_is_told_and_the_body_goes_on(
    tmp_path: Path, answering: AnsweringService, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("error")
    said: list[str] = []

    def heard() -> bool:
        said.append(capsys.readouterr().err)
        return "watching ended" in "".join(said)

    async with watch_corpus(tmp_path / "gone", answering, enabled=True):
        await until(heard, lambda: None)
        assert (await answering.ask("When does the gate close?")).documents == 1
    assert "does not exist" in "".join(said)
    assert "Traceback" not in "".join(said)


async def test_nothing_is_watched_unless_it_is_wanted(
    tmp_path: Path, answering: AnsweringService
) -> None:
    async with watch_corpus(tmp_path, answering, enabled=False):
        assert [task.get_name() for task in asyncio.all_tasks()].count("watching") == 0
