"""A Matrix server for all tests of a run, and a browser."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.harness.browser import NO_BROWSER, chromium, chromium_path
from tests.harness.synapse import Synapse


@pytest.fixture(scope="session")
def synapse_python(project_root: Path) -> Path:
    """The interpreter that has Synapse."""
    folder = project_root / ".venv-synapse"
    if not (folder / ".installed").exists():
        pytest.skip("no Matrix server here (.venv-synapse is absent; `make test` makes it)")
    return folder / "bin/python"


@pytest.fixture(scope="session")
def synapse_server(synapse_python: Path) -> Iterator[Synapse]:
    """The server itself; a test that stops it takes `synapse`, which starts it again."""
    with (
        tempfile.TemporaryDirectory(prefix="sources-say-synapse-") as folder,
        Synapse(synapse_python, Path(folder)) as server,
    ):
        yield server


@pytest.fixture
def synapse(synapse_server: Synapse) -> Synapse:
    """A server that runs, whatever the test before did to it."""
    synapse_server.start()
    return synapse_server


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser; a test that takes it is skipped where there is none."""
    if chromium_path() is None:
        pytest.skip(NO_BROWSER)
    async with chromium() as started:
        yield started
