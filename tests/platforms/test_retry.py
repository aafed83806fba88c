"""Retries: what they say, and what they keep to themselves."""

import logging

import pytest
import stamina

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


async def test_the_fourth_failure_is_the_last() -> None:
    tries = 0

    async def send() -> None:
        nonlocal tries
        tries += 1
        raise TimeoutError

    with (
        stamina.set_testing(True, attempts=100, cap=True),
        pytest.raises(NotSentError, match="TimeoutError"),
    ):
        await send_with_retries(send)
    assert tries == 4
