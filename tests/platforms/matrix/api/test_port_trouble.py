"""The port when things go wrong: gaps, crashes, a server that goes away, a bot thrown out."""

import asyncio
from pathlib import Path

import pytest

from bot.core.errors import MatrixError, SourcesSayError
from bot.platforms.matrix.api.contents import MessageContent
from bot.platforms.matrix.api.events import MessageEvent, RoomEvent
from bot.platforms.matrix.api.http import HttpApi, api_path
from bot.platforms.matrix.session import sync
from tests.harness.matrix_clients import WITHIN
from tests.harness.matrix_listener import Household, household, together
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import EncryptingNewcomer, Newcomer

MISSED = 40


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pages, so that a few messages are many."""
    monkeypatch.setattr(sync, "TIMELINE_EVENTS", 5)


async def test_what_was_missed_comes_in_order_and_nothing_twice(
    synapse: Synapse, tmp_path: Path, person: Newcomer, encrypting_person: EncryptingNewcomer
) -> None:
    alice, bob = await encrypting_person("alice"), await person("bob")
    home = household(synapse, tmp_path)
    async with home.listening() as bot:
        encrypted = await together(alice, bot, encrypted=True)
        plain = await together(bob, bot)
        await alice.say(encrypted, "before")
        await bob.say(plain, "before")
        await bot.until(MessageEvent, room=encrypted)
        await bot.until(MessageEvent, room=plain)
    told = [f"missed {number}" for number in range(MISSED)]
    for one in told:
        await alice.say(encrypted, one)
        await bob.say(plain, one)
    async with home.listening() as bot:
        await bot.until(MessageEvent, room=encrypted, body=told[-1])
        await bot.until(MessageEvent, room=plain, body=told[-1])
        assert bot.bodies(encrypted) == told
        assert bot.bodies(plain) == told


async def test_a_gap_that_begins_with_its_joining_ends_there(
    synapse: Synapse, tmp_path: Path, person: Newcomer
) -> None:
    alice = await person("alice")
    home = household(synapse, tmp_path)
    async with home.listening() as bot:
        known = await together(alice, bot)
        await alice.say(known, "hello")
        await bot.until(MessageEvent, body="hello")
    room = await alice.create_room(home.user)
    for number in range(8):
        await alice.say(room, f"before {number}")
    async with home.at_home() as bot:
        # It joins, and crashes before it hears of it.
        await bot.port.join(room)
    for number in range(8):
        await alice.say(room, f"after {number}")
    async with home.listening() as bot:
        await bot.until(MessageEvent, body="after 7")
        assert bot.bodies(room) == [f"after {number}" for number in range(8)]


async def test_what_was_not_taken_comes_again(
    synapse: Synapse, tmp_path: Path, person: Newcomer, caplog: pytest.LogCaptureFixture
) -> None:
    alice = await person("alice")
    home = household(synapse, tmp_path)
    faults: list[Exception] = [SourcesSayError("The disk is full."), SourcesSayError("Still.")]
    async with home.listening() as bot:
        room = await together(alice, bot)

        def stumbles(happened: RoomEvent) -> None:
            if isinstance(happened, MessageEvent) and happened.body == "Again" and faults:
                raise faults.pop(0)
            if isinstance(happened, MessageEvent) and happened.body == "Nonsense":
                raise ZeroDivisionError

        bot.before = stumbles
        await alice.say(room, "Nonsense")
        await alice.say(room, "Again")
        await bot.until(MessageEvent, body="Again")
        assert bot.bodies(room) == ["Again"]
        assert not faults
        assert "The disk is full." in caplog.text
        assert "was left behind" in caplog.text
        # Killed in the middle: not taken, so it comes again after the restart.
        reached = asyncio.Event()

        def dies(happened: RoomEvent) -> None:
            reached.set()
            raise asyncio.CancelledError

        bot.before = dies
        await alice.say(room, "At the last moment")
        await asyncio.wait_for(reached.wait(), WITHIN)
    async with home.listening() as bot:
        await bot.until(MessageEvent, body="At the last moment")
        assert bot.bodies(room) == ["At the last moment"]


async def test_a_server_that_comes_back_is_listened_to_again(
    synapse: Synapse, tmp_path: Path, person: Newcomer
) -> None:
    alice = await person("alice")
    async with household(synapse, tmp_path).listening() as bot:
        room = await together(alice, bot)
        await asyncio.to_thread(synapse.kill)
        sending = asyncio.create_task(bot.port.send(room, MessageContent("Meanwhile"), "t1"))
        await asyncio.to_thread(synapse.start)
        await alice.say(room, "Are you there?")
        await bot.until(MessageEvent, body="Are you there?")
        said = await asyncio.wait_for(sending, WITHIN)
        assert (await alice.see(room, said)).body == "Meanwhile"
        assert await bot.port.send(room, MessageContent("Meanwhile"), "t1") == said


async def log_out(home: Household) -> None:
    """End the bot's access token, as an administrator or another client can."""
    api = HttpApi(home.synapse.url)
    api.token = home.secret("token")
    await api.call("POST", api_path("logout"), {})
    await api.close()


async def test_a_bot_that_was_logged_out_stops_with_one_sentence(
    synapse: Synapse, tmp_path: Path, person: Newcomer
) -> None:
    alice = await person("alice")
    home = household(synapse, tmp_path)
    async with home.listening() as bot:
        room = await together(alice, bot)
        device = home.secret("device")
        await log_out(home)
        assert bot.ended is not None
        with pytest.raises(MatrixError, match="was logged out") as told:
            await asyncio.wait_for(bot.ended, WITHIN)
        assert str(told.value).count("\n") == 0
        with pytest.raises(MatrixError, match="was logged out"):
            await bot.port.send(room, MessageContent("Hello"), "t1")
    with pytest.raises(MatrixError, match=r"^MATRIX_PASSWORD: the bot has no access"):
        async with home.at_home(password=None):
            pass
    with pytest.raises(MatrixError, match="does not know this access token"):
        async with home.at_home(password=None, token="nothing"):
            pass
    # With the password it comes back as who it was.
    async with home.listening() as bot:
        assert home.secret("device") == device
        await alice.say(room, "Welcome back")
        await bot.until(MessageEvent, body="Welcome back")


async def test_a_wrong_password_or_user_is_one_sentence(synapse: Synapse, tmp_path: Path) -> None:
    home = household(synapse, tmp_path)
    with pytest.raises(MatrixError, match=r"^MATRIX_PASSWORD: the homeserver does not accept"):
        async with home.at_home(password="wrong"):
            pass
    async with home.at_home():
        token = home.secret("token")
    with pytest.raises(MatrixError, match=r"^matrix.user: the token belongs to @bot"):
        async with home.at_home(token=token, user="@somebody:localhost"):
            pass


async def test_a_place_without_a_homeserver_is_one_sentence(
    synapse: Synapse, tmp_path: Path
) -> None:
    home = household(synapse, tmp_path)
    for address in (f"{synapse.url}/nowhere", "ftp://localhost", "https://", "a b"):
        with pytest.raises(MatrixError, match=r"^matrix.homeserver: no Matrix server"):
            async with home.at_home(homeserver=address):
                pass
