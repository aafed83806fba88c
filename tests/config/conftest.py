"""Settings without any of the environment."""

import pytest


@pytest.fixture(autouse=True)
def _no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings are as on a machine where none is set."""
    monkeypatch.delenv("SOURCES_SAY_RETRIEVAL__ENCODER", raising=False)
