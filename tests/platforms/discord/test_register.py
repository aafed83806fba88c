"""Commands as Discord has them: sent when they changed, in the right servers, and stale ones."""

import logging
from typing import Any

import pytest
from discord import app_commands

from bot.platforms.discord import register
from bot.platforms.discord.client import Client
from tests.harness.discord_harness import DREDGED, DiscordHarness, quoted
from tests.harness.discord_server.rest import Call

NAMES = {"ask", "sources", "source", "help", "about", "privacy", "corpus", "room", "setup"}
OUTDATED = "This command could not be carried out. Open the list of commands anew, and try again."


def sent(club: DiscordHarness) -> list[Call]:
    """Every list of commands that was sent."""
    return [call for call in club.server.calls if call.method == "PUT" and "commands" in call.path]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


async def test_commands_are_sent_once_and_not_again_after_a_restart(club: DiscordHarness) -> None:
    assert {command["name"] for command in club.server.commands} == {*NAMES, "Ask the sources"}
    assert len(sent(club)) == 1
    await club.restart()
    await club.restart()
    assert len(sent(club)) == 1
    used = await club.ana.slash(club.general, "ask", question=DREDGED)
    assert quoted(await used.response())


async def test_commands_that_changed_are_sent_again_and_once(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = register.commands_of

    def with_one_more(client: Client) -> Any:
        tree = before(client)

        @app_commands.command(name="news", description="what is new")
        async def news(_interaction: Any) -> None:
            """Nothing."""

        tree.add_command(news)
        return tree

    monkeypatch.setattr("bot.platforms.discord.run.commands_of", with_one_more)
    await club.restart()
    await club.restart()
    assert len(sent(club)) == 2
    assert "news" in {command["name"] for command in club.server.commands}


async def test_commands_of_chosen_servers_are_only_there(closed_club: DiscordHarness) -> None:
    club = closed_club
    other = club.server.add_guild("Other", members=[club.ana]).add_channel("hall")
    club.options = type(club.options)(command_servers=(str(club.guild.id),))
    await club.start()
    assert f"/guilds/{club.guild.id}/" in sent(club)[0].path
    assert "/ask" in club.ana.commands(club.general)
    assert club.ana.commands(other) == []
    assert club.ana.commands(club.server.dm(club.ana)) == []
    await club.restart()
    assert len(sent(club)) == 1


async def test_commands_that_move_are_nowhere_twice(club: DiscordHarness) -> None:
    other = club.server.add_guild("Other", members=[club.ana]).add_channel("hall")

    def offered() -> tuple[int, int]:
        here, there = club.ana.commands(club.general), club.ana.commands(other)
        return here.count("/ask"), there.count("/ask")

    assert offered() == (1, 1)
    for servers, seen in (((str(club.guild.id),), (1, 0)), ((), (1, 1))):
        await club.restart(command_servers=servers)
        assert offered() == seen
        used = await club.ana.slash(club.general, "ask", question=DREDGED)
        assert quoted(await used.response())
    lists = len(sent(club))
    await club.restart()
    assert len(sent(club)) == lists


async def test_a_server_without_the_bot_is_one_line_of_log_and_no_obstacle(
    closed_club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    club = closed_club
    foreign = club.server.add_guild("Foreign", with_bot=False)
    club.options = type(club.options)(command_servers=(str(foreign.id), str(club.guild.id)))
    await club.start()
    assert warnings(caplog) == [
        f"commands cannot be registered in server {foreign.id}: the bot is not in it"
    ]
    assert quoted(await (await club.ana.slash(club.general, "ask", question=DREDGED)).response())
    # It may have been invited meanwhile: each start tries again, for that server alone.
    await club.restart()
    assert [call.status for call in sent(club)] == [403, 200, 403]


async def test_a_list_that_discord_does_not_take_is_one_line_and_tried_at_the_next_start(
    closed_club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    club = closed_club
    club.server.fail_next("PUT", "/commands$", status=400, code=50035)
    await club.start()
    assert warnings(caplog) == ["commands could not be registered: Discord answered 400"]
    assert quoted(await club.ask(club.ana, club.general, DREDGED))
    await club.restart()
    assert [call.status for call in sent(club)] == [400, 200]


async def test_a_command_that_is_no_longer_ours_is_told_in_one_sentence(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    shelf = club.server.world.commands[None]
    old = next(command for command in shelf.values() if command["name"] == "about")
    shelf[1] = {**old, "id": "1", "name": "quote"}
    used = await club.ana.slash(club.general, "quote")
    told = await used.response()
    assert (told.text, told.ephemeral) == (OUTDATED, True)
    assert warnings(caplog) == ["a command failed: CommandNotFound"]
    assert all(record.exc_info is None for record in caplog.records)


async def test_a_command_whose_options_are_of_before_is_told_in_one_sentence(
    club: DiscordHarness,
) -> None:
    shelf = club.server.world.commands[None]
    ask = next(command for command in shelf.values() if command["name"] == "ask")
    ask["options"] = [{"type": 3, "name": "words", "description": "x", "required": True}]
    told = await (await club.ana.slash(club.general, "ask", words=DREDGED)).response()
    assert (told.text, told.ephemeral) == (OUTDATED, True)


async def test_where_nothing_can_be_suggested_the_list_is_empty(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    await club.store.close()
    for command, option in (("source", "name"), ("sources", "collection")):
        assert await club.ana.autocomplete(club.general, command, option, "x") == []
    assert len(warnings(caplog)) == 2
    assert all(line.startswith("nothing could be suggested: ") for line in warnings(caplog))
    assert str(club.ana.id) not in "\n".join(warnings(caplog))
