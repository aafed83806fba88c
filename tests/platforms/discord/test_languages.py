"""The language of the bot's texts on Discord: of the asker, of a room, of a community."""

from typing import Any

import pytest

from bot.chat.texts.catalogue import Text
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.languages import translated
from bot.platforms.discord import catch_up
from tests.harness.discord_harness import DiscordHarness
from tests.harness.discord_server.permissions import Can

PLACES, ABOUT = "How deep is the sea off Iceland?", "Quarks and gluons?"
SILENT = str(Text.SILENT.value)
GERMAN = translated(SILENT, "de")


async def told(club: DiscordHarness, question: str) -> str:
    return (await club.ask(club.ana, club.general, question)).text


async def test_what_one_person_sees_is_in_their_language(club: DiscordHarness) -> None:
    club.ana.locale = "de"
    used = await club.ana.slash(club.general, "ask", question=ABOUT, private=True)
    assert GERMAN in (await used.response()).text
    assert SILENT in await told(club, ABOUT)
    club.ana.locale = "pt-BR"
    used = await club.ana.slash(club.general, "ask", question=ABOUT, private=True)
    assert SILENT in (await used.response()).text


async def test_a_room_has_the_language_that_was_set_for_it(club: DiscordHarness) -> None:
    used = await club.boss.slash(club.general, "room language", language="de")
    shown = (await used.response()).text
    assert translated(str(CuratorText.ROOM_CHANGED.value), "de") in shown
    assert "Deutsch" in shown
    assert GERMAN in await told(club, ABOUT)
    await club.restart()
    assert GERMAN in await told(club, PLACES)
    used = await club.boss.slash(club.general, "room language", language="default")
    await used.response()
    assert SILENT in await told(club, "What is dark matter made of?")


async def test_the_question_above_a_reply_is_in_the_language_of_the_room(
    club: DiscordHarness,
) -> None:
    await (await club.boss.slash(club.general, "room language", language="de")).response()
    reply = await (await club.ana.slash(club.general, "ask", question=ABOUT)).response()
    asked = translated(str(Text.ASKED.value), "de").partition("{")[0]
    assert reply.text.startswith(asked)
    assert GERMAN in reply.text


async def test_a_private_reply_is_in_the_language_of_the_asker_not_of_the_room(
    club: DiscordHarness,
) -> None:
    await (await club.boss.slash(club.general, "room language", language="fr")).response()
    club.ana.locale = "de"
    used = await club.ana.slash(club.general, "ask", question=ABOUT, private=True)
    reply = await used.response()
    assert GERMAN in reply.text
    shared = await (await club.ana.press(reply, translated("Share", "de"))).response()
    assert translated(SILENT, "fr") in shared.text


async def test_a_community_counts_as_in_its_own_language(club: DiscordHarness) -> None:
    hall = club.server.add_guild("Gemeinde", members=[club.ana], locale="de").add_channel("hall")
    assert GERMAN in (await club.ask(club.ana, hall, ABOUT)).text


async def test_a_community_is_greeted_in_its_own_language(club: DiscordHarness) -> None:
    owner = club.server.add_user("olga")
    new = club.server.add_guild("Neu", owner=owner, with_bot=False, locale="de")
    new.add_member(club.server.bot)
    rights = translated(str(Text.SERVER_RIGHTS.value), "de").partition("{")[0]
    await club.server.wait_for_message(club.server.dm(owner), rights)


async def test_what_nobody_asked_for_is_in_the_language_of_the_room(
    club: DiscordHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catch_up, "MOST_MESSAGES", 1)
    await (await club.boss.slash(club.general, "room language", language="de")).response()
    asked = await club.boss.say(direct := club.server.dm(club.boss), PLACES)
    await club.server.wait_for_message(direct, reply_to=asked)
    await club.stop()
    await club.ana.say(club.general, ABOUT, mention_bot=True)
    club.general.overwrite(club.server.bot, deny=Can.ADD_REACTIONS)
    await club.start()
    unread = translated(str(Text.NOT_ALL_READ.value), "de")
    await club.server.wait_for_message(club.general, unread)
    lacking = translated(str(CuratorText.LACKING.value), "de").partition("{")[0]
    await club.server.wait_for_message(direct, lacking)


async def test_commands_are_registered_in_all_languages(club: DiscordHarness) -> None:
    by_name: dict[str, Any] = {each["name"]: each for each in club.server.commands}
    ask = by_name["ask"]
    assert set(ask["name_localizations"]) >= {"de", "fr", "es-ES", "es-419", "ru"}
    assert ask["description_localizations"]["de"] == translated(
        "ask the documents a question", "de"
    )
    question = ask["options"][0]
    assert question["name_localizations"]["ru"] == translated("question", "ru", "command")
    assert by_name["Ask the sources"]["name_localizations"]["fr"]
