"""What all tests share."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

import bot  # noqa: F401 - before NumPy: it says how many threads that may start
from bot.config import logs

# The same examples on every machine, and no failure because a machine was busy.
settings.register_profile(
    "house",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder of this checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared(project_root: Path) -> Path:
    """The real articles and questions, which lie beside a checkout or nowhere."""
    folder = project_root.parent / "shared"
    if not (folder / "documents").is_dir():
        pytest.skip("the real articles are not here (no ../shared beside the checkout)")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _plain_environment() -> Iterator[None]:
    """No setting of whoever runs the tests reaches them; words alone are searched.

    What words alone answer is exact and quick to set up. The tests of the encoder name it.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith("SOURCES_SAY_"):
                patch.delenv(name)
        patch.setenv("SOURCES_SAY_RETRIEVAL__ENCODER", "none")
        yield


@pytest.fixture(autouse=True)
def _logs_of_its_own() -> Iterator[None]:
    """A test that sets up logs leaves them as they were: its stream is closed afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    verbose = {name: logging.getLogger(name).level for name in logs.VERBOSE_LIBRARIES}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in verbose.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()
