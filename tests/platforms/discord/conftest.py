"""What the scenarios on Discord share: a club with the whole bot in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.operations import OperationTimeouts
from tests.harness.discord_harness import DiscordHarness, opened
from tests.harness.discord_server.clients import point_here
from tests.harness.discord_server.server import DiscordServer


@pytest.fixture
async def closed_club(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[DiscordHarness]:
    """The club before its bot was started; `await closed_club.start()` does it."""
    # On a busy machine a file takes longer than people are left without a word.
    monkeypatch.setattr(
        "bot.chat.curation.OperationTimeouts", lambda: OperationTimeouts(progress=60.0)
    )
    async with DiscordServer() as server:
        point_here(monkeypatch, server)
        club = await opened(server, tmp_path / "corpus", tmp_path / "state")
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
