"""What all tests share."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import bot  # noqa: F401 - before NumPy: it says how many threads that may start

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
    """No setting of whoever runs the tests reaches them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith("SOURCES_SAY_"):
                patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def _logs_of_its_own() -> Iterator[None]:
    """A program that a test ran leaves no handler behind, whose stream is closed by then."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)
    root.setLevel(level)
