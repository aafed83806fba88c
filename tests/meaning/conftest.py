"""The encoders, for tests that are skipped where one is not set up, and a count of their work."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.answering import build_tasks
from bot.meaning.about import EncoderPackage, holds_encoder
from bot.meaning.default_encoder import DEFAULT_FOLDER
from bot.meaning.multilingual import installed_package


@pytest.fixture(scope="session")
def encoder_folder() -> Path:
    if not holds_encoder(DEFAULT_FOLDER):
        pytest.skip("the default encoder is not set up (its weights could not be fetched)")
    return DEFAULT_FOLDER


@pytest.fixture(scope="session")
def multilingual() -> EncoderPackage:
    package = installed_package()
    if package is None:
        pytest.skip("the extra `multilingual` is not installed")
    return package


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the passages that loads in this process have encoded so far."""
    numbers: list[int] = []
    run = build_tasks.run_task

    def counted(message: dict[str, object], begin: Callable[[int], None]) -> object:
        passages = message.get("passages")
        numbers.extend(passages if isinstance(passages, tuple) else ())
        return run(message, begin)

    monkeypatch.setattr(build_tasks, "run_task", counted)
    return numbers
