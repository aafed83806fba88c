"""A Matrix server for all tests of a run."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

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
