"""What Discord does not take at once: the reply comes all the same, and comes once."""

import asyncio
import time
from typing import Any

import pytest

from bot.platforms.discord import outbox, responses
from tests.harness.discord_harness import DREDGED, VAULT, DiscordHarness, quoted
from tests.harness.discord_server.permissions import Can

pytestmark = pytest.mark.usefixtures("quick_retries")

FAULTS = ({"status": 503}, {"status": 502}, {"drop": True}, {"performed": True, "drop": True})


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("slow", [False, True])
async def test_a_command_is_answered_though_its_first_responses_fail(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any], slow: bool
) -> None:
    monkeypatch.setattr(responses, "FIRST_TRY_SECONDS", 0.3)
    monkeypatch.setattr(responses, "ANSWER_SECONDS", 0.01 if slow else 1.5)
    if slow:
        club.answering.gate.clear()
    trouble = club.server.fail_next("POST", "/callback$", times=2, **fault)
    begun = time.monotonic()
    used = await club.ana.slash(club.general, "ask", question=DREDGED)
    await club.until(lambda: trouble.struck == 2)
    await used.acknowledged()
    # Discord waits for three seconds.
    assert time.monotonic() - begun < 3
    club.answering.gate.set()
    shown = await used.response()
    await club.done()
    assert quoted(shown)
    assert club.server.answers(club.general) == [shown]


@pytest.mark.parametrize("private", [False, True])
async def test_the_reply_to_a_question_that_cannot_be_acknowledged_comes_as_a_message(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch, private: bool
) -> None:
    monkeypatch.setattr(responses, "FIRST_SECONDS", 0.5)
    monkeypatch.setattr(responses, "FIRST_TRY_SECONDS", 0.2)
    club.server.fail_next("POST", "/callback$", status=503, times=99)
    where = club.server.dm(club.ana) if private else club.general
    # The answer to the first call is lost, too.
    trouble = club.server.fail_next("POST", f"{where.id}/messages$", performed=True, drop=True)
    await club.ana.slash(club.general, "ask", question=DREDGED, private=private)
    reply = await club.server.wait_for_message(where, "Ada Sand", seconds=10)
    await club.done()
    assert trouble.struck
    assert club.server.answers(where) == [reply]
    assert club.server.answers(club.general) == ([] if private else [reply])
    assert (DREDGED in reply.text) is not private
    if not private:
        club.server.rest.failures.clear()
        await (await club.ana.press(reply, "Remove")).acknowledged()
        await club.until(lambda: reply.deleted)


async def test_a_reply_whose_response_was_taken_is_not_sent_again(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "FIRST_SECONDS", 0.5)
    monkeypatch.setattr(responses, "FIRST_TRY_SECONDS", 0.2)
    club.server.fail_next("POST", "/callback$", performed=True, drop=True)
    club.server.fail_next("POST", "/callback$", status=503, times=99)
    used = await club.ana.slash(club.general, "ask", question=DREDGED)
    shown = await used.response()
    await club.until(lambda: any(call.method == "PATCH" for call in club.server.calls))
    await club.done()
    assert club.server.answers(club.general) == [shown]


async def test_a_late_reply_comes_once_where_the_history_is_hidden(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "NONCE_SECONDS", 0.0)
    club.general.overwrite(club.server.bot, deny=Can.READ_MESSAGE_HISTORY)
    path, later = f"/channels/{club.general.id}/messages$", asyncio.Event()
    # The first call has a reference and is refused. Discord takes the second.
    club.server.fail_next("POST", path)
    club.server.fail_next("POST", path, performed=True, drop=True)
    third = club.server.fail_next("POST", path, status=503, until=later)
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.until(lambda: third.struck or club.server.answers(club.general))
    club.server.clock.advance(3_000)
    later.set()
    await club.done()
    (reply,) = club.server.answers(club.general)
    await club.ana.delete(asked)
    await club.until(lambda: reply.deleted)
