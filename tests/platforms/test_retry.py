"""Retries: what they say, and what they keep to themselves."""

import itertools
import logging
import time

import pytest
import stamina

from bot.platforms import retry
from bot.platforms.discord.outbox import NotSentError, send_with_retries


async def test_a_repeated_call_does_not_log_the_text_of_its_failures(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    failures = [OSError("https://name:password@example.org")] * 3

    async def send() -> str:
        if failures:
            raise failures.pop()
        return "sent"

    with caplog.at_level(logging.DEBUG), stamina.set_testing(True, attempts=100, cap=True):
        assert await send_with_retries(send) == "sent"
    assert "password" not in caplog.text + "".join(capsys.readouterr())


async def test_pauses_grow_up_to_the_longest_and_end_with_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retry, "FIRST_RETRY", 0.01)
    monkeypatch.setattr(retry, "LONGEST_RETRY", 0.08)
    tries: list[float] = []

    async def send() -> None:
        tries.append(time.monotonic())
        raise TimeoutError

    with pytest.raises(NotSentError, match="TimeoutError"):
        await send_with_retries(send, 0.5)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    # On a busy machine a pause may last longer, but never shorter.
    assert all(p >= least for p, least in zip(pauses, (0.01, 0.02, 0.04), strict=False))
    assert all(pause >= 0.08 for pause in pauses[3:])
    assert tries[-1] - tries[0] >= 0.5
