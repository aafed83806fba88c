"""What the tests of chat share: a store in memory, and a town with curators."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.operations import OperationTimeouts
from bot.state.store import Store
from tests.harness.curation_harness import CurationHarness, opened


@pytest.fixture
async def memory_store() -> AsyncIterator[Store]:
    async with await Store.in_memory() as store:
        yield store


@pytest.fixture
def timeouts() -> OperationTimeouts:
    return OperationTimeouts(progress=30, operation=30, lookup=30)


@pytest.fixture
async def town(tmp_path: Path, timeouts: OperationTimeouts) -> AsyncIterator[CurationHarness]:
    async with opened(tmp_path, timeouts) as made:
        yield made
