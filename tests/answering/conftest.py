"""A clock by which the files that a test writes are settled."""

import time

import pytest


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A load takes files that are unchanged for settled: it opens none, and builds nothing."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + 10**10)
