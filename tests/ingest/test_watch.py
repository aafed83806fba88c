import asyncio
from pathlib import Path

import pytest

from bot.core.errors import SourcesSayError
from bot.ingest.watch import is_relevant, settled_changes

QUIET_MS = 150


@pytest.mark.parametrize(
    ("path", "relevant"),
    [
        ("a.md", True),
        ("board/sources.toml", True),
        ("board", True),
        ("..data", True),
        (".", True),
        (".git/index", False),
        (".hidden.md", False),
        ("board/.a.md.swp", False),
        ("board/a.md~", False),
        ("~$a.docx", False),
        ("#a.md#", False),
        ("a.md.tmp", False),
        ("a.PDF.part", False),
        ("Thumbs.db", False),
    ],
)
def test_only_what_can_change_the_corpus_is_told(path: str, relevant: bool) -> None:
    assert is_relevant(path) is relevant


async def test_a_batch_of_changes_is_told_once_by_relative_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ingest.watch.QUIET_MS", QUIET_MS)
    (tmp_path / "board").mkdir()
    told: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()

    async def watch() -> None:
        async for paths in settled_changes(tmp_path):
            await told.put(paths)

    async with asyncio.timeout(30):
        watching = asyncio.create_task(watch())
        # Nothing tells from outside when watching has begun: knock until it answers.
        number = 0
        while told.empty():
            (tmp_path / "knock.md").write_text(str(number := number + 1))
            await asyncio.sleep(3 * QUIET_MS / 1_000)
        (tmp_path / "last-knock.md").touch()
        while "last-knock.md" not in await told.get():
            pass

        (tmp_path / ".hidden.md").write_text("x")
        (tmp_path / "b.md~").write_text("x")
        (tmp_path / "b.md").write_text("x")
        (tmp_path / "board" / "sources.toml").write_text("")
        assert await told.get() == ("b.md", "board/sources.toml")

        (tmp_path / "b.md").rename(tmp_path / "c.md")
        assert await told.get() == ("b.md", "c.md")

        (tmp_path / "c.md").unlink()
        assert await told.get() == ("c.md",)
        watching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watching
    assert told.empty()


async def test_a_folder_that_is_not_there_gets_its_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourcesSayError) as caught:
        await anext(settled_changes(tmp_path / "gone"))
    assert str(caught.value) == (
        f'The corpus folder "{tmp_path / "gone"}" does not exist: make it and put documents'
        " into it, or name another."
    )
