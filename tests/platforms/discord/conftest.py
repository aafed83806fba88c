"""What the scenarios on Discord share: a club with the whole bot in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.answering.reload import CorpusReloader
from bot.platforms import retry
from tests.harness.discord_harness import DiscordHarness, opened
from tests.harness.discord_server.clients import point_here
from tests.harness.discord_server.server import DiscordServer
from tests.harness.index_jobs import build_job


@pytest.fixture(scope="session")
def index_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store for all tests: most serve the same documents, which are indexed once."""
    return tmp_path_factory.mktemp("stores") / "index"


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other within hundredths of a second."""
    monkeypatch.setattr(retry, "FIRST_RETRY", 0.01)
    monkeypatch.setattr(retry, "LONGEST_RETRY", 0.02)


@pytest.fixture
async def closed_club(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index_store: Path
) -> AsyncIterator[DiscordHarness]:
    """The club before its bot was started; `await closed_club.start()` does it."""
    async with DiscordServer() as server:
        point_here(monkeypatch, server)
        club = await opened(server, tmp_path / "corpus", tmp_path / "state")
        club.loads = lambda folder: CorpusReloader(build_job(folder, store=index_store))
        try:
            yield club
        finally:
            await club.stop()
        server.check()


@pytest.fixture
async def club(closed_club: DiscordHarness) -> DiscordHarness:
    """The club with its bot on Discord."""
    await closed_club.start()
    return closed_club
