"""The bot on SimCord, a second Discord that nobody here wrote: both must see the same bot."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.config.settings import CorpusSettings, DiscordSettings, Settings, StateSettings
from bot.platforms.discord.run import DiscordBot, DiscordConnection, discord_services
from bot.platforms.services import build_answering, build_services

HARBOUR = "The harbour of Corvel was dredged in 1903 by the engineer Ada Sand.\n"
VAULT = "The door of the vault was made by the smith Tom Harrow.\n"
QUESTION = "Who dredged the harbour of Corvel?"
ANSWER = "dredged in 1903 by the engineer Ada Sand"
SILENT = "The documents do not answer this."


@dataclass
class SimTown:
    """SimCord with the bot on it, two members and a room."""

    env: Any
    guild: Any
    hall: Any
    ana: Any
    boss: Any
    fresh: Callable[[], DiscordBot]


def text(message: Any) -> str:
    """All words of a message, whatever components they stand in."""
    return "\n".join(_words(_raw(message)))


def labels(message: Any) -> list[str]:
    return [part.get("label") or part["emoji"]["name"] for part in _buttons(_raw(message))]


def button(message: Any, label: str) -> str:
    """The name of the first button of that label, by which it is pressed."""
    found = (p for p in _buttons(_raw(message)) if label in (p.get("label") or p["emoji"]["name"]))
    return str(next(found)["custom_id"])


def _raw(message: Any) -> list[dict[str, Any]]:
    return [part if isinstance(part, dict) else part.to_dict() for part in message.components]


def _walk(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [inner for part in parts for inner in (part, *_walk(part.get("components", [])))]


def _words(parts: list[dict[str, Any]]) -> list[str]:
    return [part["content"] for part in _walk(parts) if part["type"] == 10]


def _buttons(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for part in _walk(parts) if part["type"] == 2]


@pytest.fixture
async def fresh(tmp_path: Path) -> AsyncIterator[Callable[[], DiscordBot]]:
    """Makes the client anew, each time over the same state and documents."""
    corpus, state = tmp_path / "corpus", tmp_path / "state"
    for path, words in (("town/harbour.txt", HARBOUR), ("guild/vault.txt", VAULT)):
        (corpus / path).parent.mkdir(parents=True)
        (corpus / path).write_text(words, encoding="utf-8")
    settings = Settings(corpus=CorpusSettings(folder=corpus), state=StateSettings(folder=state))
    async with build_services(settings, build_answering(settings)) as services:
        services.loaded(await services.answering.reload())
        chat = discord_services(services)
        yield lambda: DiscordBot(chat, DiscordConnection("made-up", DiscordSettings(shard_count=1)))


@pytest.fixture
def simcord_bot(fresh: Callable[[], DiscordBot]) -> DiscordBot:
    """What SimCord's own fixture runs."""
    return fresh()


@pytest.fixture
async def town(simcord_env: Any, fresh: Callable[[], DiscordBot]) -> SimTown:
    guild = simcord_env.create_guild("Club")
    hall = guild.create_text_channel("hall")
    may = discord.Permissions(manage_guild=True)
    managing = guild.create_role("Managing", permissions=may)
    ana = guild.add_member(simcord_env.create_user("ana"))
    boss = guild.add_member(simcord_env.create_user("boss"), roles=[managing])
    await simcord_env.settle()
    return SimTown(simcord_env, guild, hall, ana, boss, fresh)


async def test_a_mention_is_answered_and_other_talk_is_not(town: SimTown) -> None:
    await town.ana.send(town.hall, "Nice weather today.")
    assert len(town.hall.history()) == 1
    asked = await town.ana.send(town.hall, f"{town.env.bot.user.mention} {QUESTION}")
    reply = town.hall.last_message
    assert ANSWER in text(reply)
    assert reply.reference.message_id == asked.id
    assert reply.mentions == []
    assert "Context" in labels(reply)


async def test_a_private_conversation_is_answered(town: SimTown) -> None:
    await town.ana.send_dm(QUESTION)
    assert ANSWER in text(town.ana.user.dm_channel.last_message)
    used = await town.ana.user.slash("ask", question=QUESTION)
    assert ANSWER in text(used.response)


async def test_ask_answers_all_or_the_asker_alone(town: SimTown) -> None:
    shown = await town.ana.slash(town.hall, "ask", question=QUESTION)
    assert not shown.ephemeral
    assert ANSWER in text(shown.response)
    hidden = await town.ana.slash(town.hall, "ask", question=QUESTION, private=True)
    assert hidden.ephemeral
    assert ANSWER in text(hidden.response)
    assert len(town.hall.history(viewer=town.boss)) == 1
    silent = await town.ana.slash(town.hall, "ask", question="what is a recipe for kibbeh?")
    assert SILENT in text(silent.response)


async def test_a_reply_follows_its_question_when_that_is_edited_or_deleted(
    town: SimTown,
) -> None:
    asked = await town.ana.send(town.hall, f"{town.env.bot.user.mention} {QUESTION}")
    reply = town.hall.last_message
    await town.ana.edit(asked, f"{town.env.bot.user.mention} Who made the door of the vault?")
    assert town.hall.last_message.id == reply.id
    assert "Tom Harrow" in text(town.hall.last_message)
    await town.ana.delete(asked)
    assert town.hall.history() == []


async def test_the_menu_of_a_message_asks_its_words(town: SimTown) -> None:
    message = await town.boss.send(town.hall, QUESTION)
    used = await town.ana.context_menu(town.hall, "Ask the sources", message)
    assert ANSWER in text(used.response)


async def test_buttons_work_before_and_after_a_restart(town: SimTown) -> None:
    await town.ana.send(town.hall, f"{town.env.bot.user.mention} {QUESTION}")
    reply = town.hall.last_message
    for _ in range(2):
        context = await town.boss.click(reply, custom_id=button(reply, "Context"))
        assert context.ephemeral
        assert ANSWER in text(context.response)
        source = await town.boss.click(reply, custom_id=button(reply, "Source"))
        assert "town/harbour.txt" in text(source.response)
        check = await town.boss.click(reply, custom_id=button(reply, "Still there?"))
        assert "harbour" in text(check.response)
        await town.env.restart_bot(town.fresh())


async def test_votes_count_and_a_reply_is_taken_down_by_who_asked(town: SimTown) -> None:
    asked = f"{town.env.bot.user.mention} {QUESTION}"
    await town.ana.send(town.hall, asked)
    reply = town.hall.last_message
    voted = await town.boss.click(reply, custom_id=button(reply, "👍"))
    assert voted.ephemeral
    status = await town.boss.slash(town.hall, "corpus status")
    assert "Replies found good: 1." in text(status.response)
    ben = town.guild.add_member(town.env.create_user("ben"))
    refused = await ben.click(reply, custom_id=button(reply, "Remove"))
    assert refused.ephemeral
    assert len(town.hall.history()) == 2
    await town.ana.click(reply, custom_id=button(reply, "Remove"))
    assert len(town.hall.history()) == 1
    hidden = await town.ana.slash(town.hall, "ask", question=QUESTION, private=True)
    await town.ana.click(hidden.response, custom_id=button(hidden.response, "Remove"))
    assert hidden.response is None


async def test_suggestions_are_documents_and_collections(town: SimTown) -> None:
    found = await town.ana.autocomplete(town.hall, "source", "name", "harb")
    assert [choice["value"] for choice in found] == ["town/harbour.txt"]
    found = await town.ana.autocomplete(town.hall, "ask", "collection", "", question="x")
    assert [choice["value"] for choice in found] == ["guild", "town"]


async def test_a_thread_is_answered_in_the_thread(town: SimTown) -> None:
    room = town.env.bot.get_channel(town.hall.id)
    await room.create_thread(name="More", type=discord.ChannelType.public_thread)
    (thread,) = town.hall.threads
    await town.ana.send(thread, f"{town.env.bot.user.mention} {QUESTION}")
    assert ANSWER in text(thread.last_message)
    assert not any(ANSWER in text(message) for message in town.hall.history())


async def test_what_curators_do_is_offered_to_those_who_manage_the_server(
    town: SimTown,
) -> None:
    member, manager = (
        town.ana.available_commands(town.hall),
        town.boss.available_commands(town.hall),
    )
    assert {"ask", "sources", "source", "help", "about", "privacy forget"} == set(member)
    assert {"corpus reload", "room show"} <= set(manager) - set(member)
    assert not any(
        name.startswith(("corpus", "room")) for name in town.ana.user.available_commands()
    )
    refused = await town.boss.slash(town.hall, "corpus reload")
    assert refused.ephemeral
    assert text(refused.response) == "Only a curator may do this."
    shown = await town.boss.slash(town.hall, "room show")
    assert "mention" in text(shown.response)
