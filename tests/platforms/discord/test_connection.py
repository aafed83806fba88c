"""The wire to Discord is cut, refused, limited and worse: questions are answered once each."""

import asyncio
from typing import Any

import discord.shard
import pytest

from bot.core.errors import DiscordError
from bot.platforms.discord import outbox, responses
from tests.harness.discord_harness import DREDGED, VAULT, DiscordHarness
from tests.harness.discord_server import payloads
from tests.harness.discord_server.messages import ServerMessage


def replies(club: DiscordHarness, asked: ServerMessage) -> list[ServerMessage]:
    return [m for m in club.server.answers(asked.channel) if m.reply_to is asked]


async def once(club: DiscordHarness, asked: ServerMessage) -> ServerMessage:
    """The one reply to a message, once all is settled."""
    await club.server.wait_for_message(asked.channel, reply_to=asked)
    await club.settled(club.general)
    await club.done()
    (reply,) = replies(club, asked)
    return reply


async def ended(club: DiscordHarness) -> BaseException:
    """What ends the program."""
    assert club.task is not None
    async with asyncio.timeout(10):
        (fault,) = await asyncio.gather(club.task, return_exceptions=True)
    assert isinstance(fault, BaseException)
    return fault


class NoPause:
    """asyncio, with pauses that take no time."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, _seconds: float) -> None:
        await asyncio.sleep(0)


async def test_a_question_that_is_sent_during_a_cut(club: DiscordHarness) -> None:
    club.server.gateway.cut()
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    assert "Tom Harrow" in (await once(club, asked)).text
    assert (club.server.gateway.resumes, len(club.server.gateway.identifies)) == (1, 1)
    club.server.check()


async def test_a_cut_while_a_question_is_answered(club: DiscordHarness) -> None:
    club.answering.gate.clear()
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.until(lambda: club.answering.waiting)
    club.server.gateway.cut()
    await club.until(lambda: club.server.gateway.resumes)
    club.answering.gate.set()
    await once(club, asked)
    club.server.check()


async def test_discord_asks_the_client_to_come_back(club: DiscordHarness) -> None:
    await club.server.gateway.reconnect()
    await club.until(lambda: club.server.gateway.resumes == 1)
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await once(club, asked)
    club.server.check()


@pytest.mark.parametrize("resumable", [True, False])
async def test_an_invalid_session(club: DiscordHarness, resumable: bool) -> None:
    await club.server.gateway.invalidate(resumable=resumable)
    counted = (1, 1) if resumable else (0, 2)
    gateway = club.server.gateway
    await club.until(lambda: (gateway.resumes, len(gateway.identifies)) == counted)
    await club.server.ready()
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await once(club, asked)
    assert club.pauses == []
    club.server.check()


async def test_an_event_that_comes_twice(club: DiscordHarness) -> None:
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.server.wait_for_message(club.general, reply_to=asked)
    again = {**payloads.message_event(asked, -1), "content": asked.content}
    club.server.gateway.tell("MESSAGE_CREATE", again)
    await once(club, asked)
    await club.restart()
    club.server.gateway.tell("MESSAGE_CREATE", again)
    await once(club, asked)
    club.server.check()


async def test_a_reply_that_was_taken_is_looked_for_before_a_late_try(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "NONCE_SECONDS", 0.0)
    path = f"/channels/{club.general.id}/messages"
    trouble = club.server.fail_next("POST", path, status=503, performed=True)
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.until(lambda: trouble.struck)
    await club.done()
    (reply,) = replies(club, asked)
    sends = [c for c in club.server.calls if c.method == "POST" and c.path.endswith("/messages")]
    assert len(sends) == 1
    # The reply is known as such: it is deleted with its question.
    await club.ana.delete(asked)
    await club.until(lambda: reply.deleted)


async def test_the_first_connection_to_the_gateway_is_refused(
    closed_club: DiscordHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    club = closed_club
    monkeypatch.setattr(discord.shard, "asyncio", NoPause())
    club.server.gateway.refuse(2)
    await club.start()
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await once(club, asked)
    assert caplog.records
    club.server.check()


async def test_the_first_request_is_torn(
    closed_club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    club = closed_club
    club.server.fail_next("GET", "/users/@me$", drop=True, times=3)
    await club.start()
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await once(club, asked)
    assert club.pauses
    lines = [r.getMessage() for r in caplog.records if r.name.startswith("bot.")]
    assert lines == ["Discord was lost: no connection (ServerDisconnectedError)"] * len(club.pauses)
    assert not any(r.exc_info for r in caplog.records if r.name.startswith("bot."))
    club.server.check()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("MESSAGE_CREATE", {"id": "x"}),
        ("GUILD_CREATE", {}),
        ("INTERACTION_CREATE", {"id": "1", "type": 2}),
        ("MESSAGE_UPDATE", {"channel_id": "1"}),
        ("SOMETHING_NEW", {"a": 1}),
    ],
)
async def test_an_event_that_makes_no_sense_does_not_end_it(
    club: DiscordHarness, name: str, body: dict[str, Any]
) -> None:
    club.server.gateway.tell(name, body)
    # Where discord.py gives up over it, another client joins.
    before = club.client
    await club.until(
        lambda: name == "SOMETHING_NEW" or club.client is not before or not club.pauses
    )
    async with asyncio.timeout(5):
        while True:
            asked = await club.ana.say(club.general, VAULT, mention_bot=True)
            try:
                await club.server.wait_for_message(club.general, reply_to=asked, seconds=0.3)
                break
            except AssertionError:
                continue
    assert club.task is not None
    assert not club.task.done()
    club.server.check()


async def test_limits_of_discord_are_obeyed(club: DiscordHarness) -> None:
    met = club.server.fail_next("POST", "/messages$", status=429, times=2, retry_after=0.02)
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await once(club, asked)
    assert met.struck == 2
    club.server.check()


TROUBLE: dict[str, dict[str, Any]] = {
    "bad gateway": {"status": 502},
    "bad gateway, sent all the same": {"status": 502, "performed": True},
    "torn": {"drop": True},
    "torn, sent all the same": {"drop": True, "performed": True},
    "limited by the network's edge": {"status": 429, "via": False},
}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
async def test_a_reply_that_does_not_get_through_at_once(
    club: DiscordHarness, trouble: dict[str, Any]
) -> None:
    met = club.server.fail_next("POST", "/messages$", **trouble)
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    assert "Tom Harrow" in (await once(club, asked)).text
    assert met.struck == 1
    assert await club.store.jobs.pending("discord") == ()
    club.server.check()


@pytest.mark.usefixtures("quick_retries")
async def test_a_reply_is_late_with_an_hourglass_while_discord_is_in_trouble(
    club: DiscordHarness,
) -> None:
    met = club.server.fail_next("POST", "/messages$", status=503, times=10_000)
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.until(lambda: met.struck > 10)
    assert list(asked.reactions) == ["⏳"]
    club.server.rest.failures.clear()
    assert "Tom Harrow" in (await once(club, asked)).text
    assert not asked.reactions
    club.server.check()


@pytest.mark.usefixtures("quick_retries")
async def test_trouble_that_outlasts_a_restart(club: DiscordHarness) -> None:
    met = club.server.fail_next("POST", "/messages$", status=503, times=10_000)
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.until(lambda: met.struck > 3)
    await club.kill()
    before = met.struck
    await club.start()
    await club.until(lambda: met.struck > before + 3)
    club.server.rest.failures.clear()
    assert "Tom Harrow" in (await once(club, asked)).text
    club.server.check()


@pytest.mark.usefixtures("quick_retries")
async def test_a_reply_that_was_sent_before_a_crash_is_not_sent_again(
    club: DiscordHarness,
) -> None:
    club.server.fail_next("POST", "/messages$", status=503, performed=True, times=10_000)
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.until(lambda: replies(club, asked))
    await club.kill()
    club.server.rest.failures.clear()
    # Discord remembers the nonce for some minutes only.
    club.server.clock.advance(1_000)
    await club.start()
    pressed = await club.ana.press(await once(club, asked), "Remove")
    await pressed.response()
    await club.until(lambda: not replies(club, asked))
    club.server.check()


@pytest.mark.usefixtures("quick_retries")
async def test_a_reply_is_given_up_when_its_question_is_an_hour_old(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outbox, "RETRY_SECONDS", 0.5)
    monkeypatch.setattr(outbox, "LEAST_RETRY_SECONDS", 0.1)
    met = club.server.fail_next("POST", "/messages$", status=503, times=10_000)
    asked = await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.until(lambda: met.struck)
    await club.done()
    assert [r.getMessage() for r in caplog.records] == ["a question was refused: 503, code 0"]
    assert await club.store.jobs.pending("discord") == ()
    club.server.rest.failures.clear()
    await club.restart()
    await club.settled(club.general)
    assert not replies(club, asked)
    club.server.check()


@pytest.mark.usefixtures("quick_retries")
async def test_trouble_with_an_edited_question_and_a_deleted_one(club: DiscordHarness) -> None:
    edited = await club.ana.say(club.general, DREDGED, mention_bot=True)
    deleted = await club.ana.say(club.general, DREDGED, mention_bot=True)
    first, second = await once(club, edited), await once(club, deleted)
    met = club.server.fail_next("*", "/messages/[0-9]+$", status=503, times=40)
    await club.ana.edit(edited, f"{club.server.bot.mention} {VAULT}")
    await club.ana.delete(deleted)
    await club.until(lambda: "Tom Harrow" in first.text and second.deleted)
    assert met.struck == 40
    club.server.check()


@pytest.mark.usefixtures("quick_retries")
async def test_a_command_whose_late_answer_meets_trouble(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "ANSWER_SECONDS", 0.01)
    club.answering.gate.clear()
    used = await club.ana.slash(club.general, "ask", question=VAULT)
    await used.acknowledged()
    met = club.server.fail_next("PATCH", "/messages/@original$", drop=True, times=8)
    club.answering.gate.set()
    assert "Tom Harrow" in (await used.response()).text
    assert met.struck == 8
    club.server.check()


async def test_an_answer_to_a_command_that_is_torn(club: DiscordHarness) -> None:
    """Discord shows that the command failed; the bot goes on."""
    club.server.fail_next("POST", "/callback$", drop=True)
    await club.ana.slash(club.general, "ask", question=VAULT)
    asked = await club.ana.say(club.general, DREDGED, mention_bot=True)
    await once(club, asked)
    club.server.check()


async def test_a_token_that_is_revoked_ends_it_with_a_sentence(club: DiscordHarness) -> None:
    club.server.app.token = "another"
    await club.server.gateway.invalidate(resumable=False)
    fault = await ended(club)
    assert isinstance(fault, DiscordError)
    assert str(fault).startswith("DISCORD_TOKEN: Discord does not accept this token; ")
    assert club.pauses == []
    club.server.check()


async def test_a_token_that_is_wrong_from_the_start(closed_club: DiscordHarness) -> None:
    club = closed_club
    club.server.app.token = "another"
    club.options = type(club.options)(token="wrong-token-value")
    await club.start(wait=False)
    fault = await ended(club)
    assert isinstance(fault, DiscordError)
    assert "DISCORD_TOKEN" in str(fault)
    assert "wrong-token-value" not in str(fault)
    club.server.check()


async def test_an_intent_that_is_not_switched_on(closed_club: DiscordHarness) -> None:
    club = closed_club
    club.options = type(club.options)(message_content=True)
    await club.start(wait=False)
    fault = await ended(club)
    assert isinstance(fault, DiscordError)
    assert str(fault).startswith("discord.message_content: Discord does not let the bot read")
    assert club.pauses == []
    club.server.check()


async def test_the_bot_is_let_into_a_server_and_leaves_one(club: DiscordHarness) -> None:
    elsewhere = club.server.add_guild("Elsewhere", members=[club.ana], with_bot=False)
    hall = elsewhere.add_channel("hall")
    elsewhere.add_member(club.server.bot)
    asked = await club.ana.say(hall, VAULT, mention_bot=True)
    await once(club, asked)
    elsewhere.remove_member(club.server.bot)
    asked = await club.ben.say(club.general, VAULT, mention_bot=True)
    await once(club, asked)
    club.server.check()
