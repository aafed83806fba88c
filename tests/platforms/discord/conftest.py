"""What the scenarios on Discord share: a club with the whole bot in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.corpus import Corpus
from bot.retrieval.answer.searcher import AnswerOptions, Searcher
from tests.harness.discord_harness import DiscordHarness, opened
from tests.harness.discord_server.clients import point_here
from tests.harness.discord_server.server import DiscordServer

_searchers: dict[tuple[int, ...] | str, Searcher] = {}


def shared_searcher(
    corpus: Corpus, options: AnswerOptions, before: Searcher | None = None
) -> Searcher:
    """A searcher of this corpus: the one that was made before, where its revision is the same.

    A part of a corpus is known by its document objects, which replies are told by.
    """
    documents = tuple(map(id, corpus.documents))
    part = before is not None and set(documents) < set(map(id, before.corpus.documents))
    key = documents if part else corpus.revision
    if key not in _searchers:
        _searchers[key] = Searcher(corpus, options, before)
    return _searchers[key]


@pytest.fixture
async def closed_club(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[DiscordHarness]:
    """The club before its bot was started; `await closed_club.start()` does it."""
    # Most tests serve the same documents: what takes time about them is done once.
    for module in ("reload", "served_corpus"):
        monkeypatch.setattr(f"bot.answering.{module}.Searcher", shared_searcher)
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
