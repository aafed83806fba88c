"""The name and the avatar of the settings are set on Discord, once."""

import asyncio
from pathlib import Path

import pytest

from tests.harness.discord_harness import DiscordHarness
from tests.harness.discord_server.rest import Call
from tests.platforms.test_profile import PNG


def changes(club: DiscordHarness) -> list[Call]:
    """The calls that change the account."""
    return [call for call in club.server.calls if (call.method, call.path) == PATCH]


PATCH = ("PATCH", "/users/@me")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    (file := tmp_path / "bot.png").write_bytes(PNG)
    return file


async def test_what_is_not_set_is_not_touched(club: DiscordHarness) -> None:
    await club.restart(name=club.server.bot.name)
    await club.done()
    assert changes(club) == []


async def test_name_and_avatar_are_set_once(club: DiscordHarness, picture: Path) -> None:
    await club.restart(name="Town Clerk", avatar=str(picture))
    await club.done()
    assert club.server.bot.name == "Town Clerk"
    first = club.server.bot.avatar
    assert first is not None
    assert len(changes(club)) == 2
    await club.restart()
    await club.done()
    assert len(changes(club)) == 2
    await asyncio.to_thread(picture.write_bytes, PNG + b"another")
    await club.restart()
    await club.done()
    assert len(changes(club)) == 3
    assert club.server.bot.avatar != first
    # Somebody changed the account by hand: the settings count.
    club.server.bot.avatar = None
    await club.restart()
    await club.done()
    assert len(changes(club)) == 4
    assert club.server.bot.avatar is not None


async def test_a_refusal_is_one_line_of_log(
    club: DiscordHarness, picture: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said = "You are changing your username or Discord Tag too fast, try again later."
    club.server.fail_next("PATCH", "/users/@me$", status=400, code=50035, message=said)
    await club.restart(name="Town Clerk", avatar=str(picture))
    await club.done()
    told = [r.getMessage() for r in caplog.records if "accept" in r.getMessage()]
    assert told == [f"Discord did not accept the name of the bot: {said}"]
    assert club.server.bot.name == "Sources Say"
    assert club.server.bot.avatar is not None
