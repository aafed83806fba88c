"""The bot stays on Discord: what it does about each way to be lost, and when it gives up."""

import asyncio
import itertools
import logging

import pytest

from bot.chat.rendering.blocks import notice_block
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.core.errors import DiscordError
from bot.platforms import retry
from bot.platforms.discord.client import Client
from bot.platforms.discord.run import fatal_error, stay_on_discord
from bot.platforms.retry import FIRST_PAUSE, LONGEST_PAUSE
from tests.harness.discord_harness import DREDGED, DiscordHarness, quoted

BAD_TOKEN = "DISCORD_TOKEN: Discord does not accept this token"
BAD_INTENT = "discord.message_content: Discord does not let the bot read all messages"
BAD_SHARDS = "discord.shard_count: Discord does not accept these shards"


async def ending(club: DiscordHarness) -> str:
    """The sentence with which the bot gives up."""
    assert club.task is not None
    with pytest.raises(DiscordError) as caught:
        await asyncio.wait_for(asyncio.shield(club.task), 10)
    told = str(caught.value)
    assert len(told.splitlines()) == 1
    assert club.server.token not in told
    return told


def lost(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if "Discord" in r.getMessage()]


async def test_a_torn_line_to_the_api_is_one_line_of_log_for_each_try(
    closed_club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    trouble = closed_club.server.fail_next("GET", "/users/@me$", drop=True, times=8)
    await closed_club.start()
    assert trouble.struck == 8
    # Where a torn line had been open before, it is tried once more without a word.
    tries = len(closed_club.pauses)
    assert tries >= 4
    assert lost(caplog) == ["Discord was lost: no connection (ServerDisconnectedError)"] * tries
    assert all(record.exc_info is None for record in caplog.records)
    for number, pause in enumerate(closed_club.pauses):
        assert FIRST_PAUSE * 2**number / 2 <= pause <= FIRST_PAUSE * 2**number
    await closed_club.ask(closed_club.ana, closed_club.general, DREDGED)


async def test_pauses_are_doubled_up_to_the_longest_and_each_is_a_part_random(
    closed_club: DiscordHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await closed_club.start()
    made: list[Client] = []
    pauses: list[float] = []

    def make() -> Client:
        made.append(closed_club.new_client())
        return made[-1]

    async def run(_client: Client) -> None:
        raise ConnectionResetError

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 20:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await stay_on_discord(make, run, sleep=sleep)
    doubled = [min(FIRST_PAUSE * 2**number, LONGEST_PAUSE) for number in range(20)]
    assert all(most / 2 <= pause <= most for pause, most in zip(pauses, doubled, strict=True))
    assert len({pause / most for pause, most in zip(pauses, doubled, strict=True)}) > 10
    assert len({id(client) for client in made}) == 20
    assert all(client.is_closed() for client in made)

    # Whoever was on Discord for long enough begins with a short pause again.
    monkeypatch.setattr(retry, "STEADY_SECONDS", -1.0)
    pauses.clear()
    with pytest.raises(asyncio.CancelledError):
        await stay_on_discord(make, run, sleep=sleep)
    assert max(pauses) <= FIRST_PAUSE


async def test_a_client_that_ends_of_itself_is_started_anew(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    before = club.discord
    await before.close()
    await club.until(lambda: club.client is not before, "a new client")
    await club.ready()
    assert lost(caplog) == ["Discord came to an end by itself; joining again"]
    await club.ask(club.ana, club.general, DREDGED)


@pytest.mark.parametrize(
    ("name", "body", "ends"),
    [
        ("MESSAGE_CREATE", {"id": "no number"}, True),
        ("GUILD_CREATE", {}, True),
        ("INTERACTION_CREATE", {"id": "1", "type": 2}, True),
        ("SOMETHING_NEW", {"a": []}, False),
    ],
)
async def test_news_that_make_no_sense_do_not_end_it(
    club: DiscordHarness,
    caplog: pytest.LogCaptureFixture,
    name: str,
    body: dict[str, object],
    ends: bool,
) -> None:
    before = club.discord
    club.server.gateway.tell(name, body)
    if ends:
        await club.until(lambda: club.client is not before, "a new client")
        await club.ready()
    await club.ask(club.ana, club.general, DREDGED)
    assert len(lost(caplog)) == len(club.pauses) == ends


async def test_a_token_that_is_not_taken_ends_it_with_what_to_do(
    closed_club: DiscordHarness,
) -> None:
    closed_club.options = type(closed_club.options)(token="made.up.by-somebody")
    await closed_club.start(wait=False)
    assert (await ending(closed_club)).startswith(BAD_TOKEN)
    assert closed_club.pauses == []


async def test_an_intent_that_is_not_granted_ends_it_with_what_to_do(
    closed_club: DiscordHarness,
) -> None:
    closed_club.options = type(closed_club.options)(message_content=True)
    await closed_club.start(wait=False)
    assert (await ending(closed_club)).startswith(BAD_INTENT)
    assert closed_club.pauses == []


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (4004, BAD_TOKEN),
        (4010, BAD_SHARDS),
        (4011, BAD_SHARDS),
        (4013, BAD_INTENT),
        (4014, BAD_INTENT),
    ],
)
async def test_closed_for_good_it_says_what_to_do(
    club: DiscordHarness, code: int, told: str
) -> None:
    await club.server.gateway.close(code)
    assert (await ending(club)).startswith(told)


@pytest.mark.parametrize("code", [1000, 1006, 4000, 4009, 4012])
async def test_closed_for_any_other_reason_it_comes_back(club: DiscordHarness, code: int) -> None:
    if code == 1006:
        club.server.gateway.cut()
    else:
        await club.server.gateway.close(code)
    await club.server.ready(15)
    asked = await club.ana.say(club.general, DREDGED, mention_bot=True)
    await club.server.wait_for_message(club.general, reply_to=asked, seconds=15)


async def test_a_lost_connection_is_known_until_it_is_back(club: DiscordHarness) -> None:
    status = club.platform.connection

    async def becomes(lost: bool) -> None:
        async with asyncio.timeout(20):
            while (status.lost_at is not None) is not lost:  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0.01)

    await becomes(False)
    club.server.gateway.refuse(2)
    await club.server.gateway.close(4000)
    await becomes(True)
    await becomes(False)
    await club.stop()
    assert status.lost_at is not None


async def test_an_alert_that_was_being_sent_is_sent_by_the_next_connection(
    club: DiscordHarness,
) -> None:
    await club.restart(alert_channel=str(club.general.id))
    held = asyncio.Event()
    trouble = club.server.fail_next("POST", "/messages$", until=held)
    club.platform.alerts.add(notice_block(notice(Text.PRESENCE)))
    await club.until(lambda: trouble.struck)
    await club.server.gateway.close(4012)
    told = await club.server.wait_for_message(club.general, str(Text.PRESENCE.value), seconds=15)
    assert told.reply_to is None
    held.set()


@pytest.mark.parametrize(
    "fault", [OSError(), TimeoutError(), RuntimeError("x"), AttributeError("sequence")]
)
def test_most_faults_may_pass(fault: Exception) -> None:
    assert fatal_error(fault) is None


@pytest.mark.parametrize("performed", [True, False])
async def test_an_answer_whose_line_was_torn_is_there_once_and_still_its_askers(
    club: DiscordHarness, performed: bool
) -> None:
    club.server.fail_next("POST", "/callback$", performed=performed, drop=True)
    used = await club.ana.slash(club.general, "ask", question=DREDGED)
    shown = await used.response()
    await club.done()
    assert quoted(shown)
    assert club.server.answers(club.general) == [shown]
    await (await club.ana.press(shown, "Remove")).acknowledged()
    await club.until(lambda: shown.deleted, "the reply to be taken down")


async def test_told_to_end_it_leaves_nothing_behind(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    await club.ask(club.ana, club.general, DREDGED)
    client = club.discord
    await club.stop()
    assert client.is_closed()
    await club.until(lambda: not club.server.gateway.connections, "the gateway to be left")
    left = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
    assert not [
        t for t in left if "discord" in repr(t.get_coro()).lower() and "wire" not in repr(t)
    ]
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


async def test_told_to_end_while_it_pauses_it_ends_at_once(closed_club: DiscordHarness) -> None:
    await closed_club.start()
    pausing = asyncio.Event()
    numbers = itertools.count()

    async def run(_client: Client) -> None:
        next(numbers)
        raise ConnectionRefusedError

    async def sleep(_seconds: float) -> None:
        pausing.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(stay_on_discord(closed_club.new_client, run, sleep=sleep))
    await pausing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert next(numbers) == 1
