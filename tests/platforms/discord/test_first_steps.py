"""From the start to the first answer: the invitation, the welcome in a server, the setup."""

from urllib.parse import parse_qs, urlsplit

import pytest

from bot.chat.texts.command_texts import SLASH
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.languages import translated
from bot.state.records import Mode
from tests.harness.discord_harness import COST, VAULT, DiscordHarness
from tests.harness.discord_server.messages import Of, ServerMessage, walk
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.permissions import Can
from tests.harness.discord_server.places import Kind

NEEDED = (
    Can.ADD_REACTIONS
    | Can.VIEW_CHANNEL
    | Can.SEND_MESSAGES
    | Can.READ_MESSAGE_HISTORY
    | Can.CREATE_PUBLIC_THREADS
    | Can.SEND_MESSAGES_IN_THREADS
)


async def test_the_operator_reads_how_to_invite_it_and_what_it_lacks(
    closed_club: DiscordHarness,
) -> None:
    club = closed_club
    club.general.overwrite(club.server.bot, deny=Can.SEND_MESSAGES)
    club.guild.add_channel("private").overwrite(club.server.bot, deny=Can.VIEW_CHANNEL)
    await club.start()
    (joined,) = club.joined
    name, places, invite, lacking = joined
    assert (name.partition("#")[0], places) == ("Sources Say", "1")
    address = urlsplit(invite.removeprefix("To invite it: "))
    query = {key: value for key, (value,) in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}{address.path}" == (
        "https://discord.com/oauth2/authorize"
    )
    assert query == {
        "client_id": str(club.server.app.id),
        "scope": "bot applications.commands",
        "permissions": str(int(NEEDED)),
    }
    assert lacking.startswith(
        "The bot lacks permissions in the server Club, such as in #general: Send Messages."
    )


async def test_presence_says_what_it_does(club: DiscordHarness) -> None:
    (identify,) = club.server.gateway.identifies
    # discord.py names the field as in earlier versions of the gateway, and Discord takes it.
    assert identify["presence"]["game"]["state"] == "Answers with quotes from documents"


@pytest.mark.parametrize("closed", [False, True])
async def test_a_server_is_greeted_once(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture, closed: bool
) -> None:
    """Its owner is; where they take no direct messages, its system channel."""
    owner = club.server.add_user("olga", blocks_dms=closed)
    new = club.server.add_guild("New", owner=owner, members=[club.ana], with_bot=False)
    hall = new.add_channel("hall")
    new.system_channel = hall
    new.add_member(club.server.bot)
    where = hall if closed else club.server.dm(owner)
    message = await club.server.wait_for_message(where, "This bot was added to the server New.")
    first, rights = message.text.split("\n")
    assert "quotes from 5 documents" in first
    assert "Only curators, whom its operator names, change the documents." in rights
    await club.done()
    await club.restart()
    await club.ask(club.ana, hall, VAULT)
    told = [*club.server.answers(hall), *club.server.answers(club.server.dm(owner))]
    assert len([m for m in told if "was added" in m.text]) == 1
    assert "the bot was added to the server New" in caplog.text
    new.remove_member(club.server.bot)
    await club.settled(club.general)
    assert "the bot is no longer in the server New" in caplog.text
    club.server.check()


async def setup(club: DiscordHarness, who: DiscordPerson) -> ServerMessage:
    return await (await who.slash(club.general, "setup")).response()


def chosen(message: ServerMessage, menu: str) -> tuple[list[str], list[str]]:
    """The choices of a menu, and those that are made."""
    (part,) = [p for p in walk(message.components) if p.get("custom_id") == menu]
    assert part["type"] == Of.SELECT
    options = part["options"]
    return [o["value"] for o in options], [o["value"] for o in options if o.get("default")]


@pytest.mark.parametrize("again", [False, True])
async def test_a_channel_is_set_up_by_menus(club: DiscordHarness, again: bool) -> None:
    shown = await setup(club, club.boss)
    assert shown.ephemeral
    assert "All collections are seen here." in shown.text
    assert "The bot has all permissions that it needs" in shown.text
    assert "5 documents are ready." in shown.text
    assert chosen(shown, "setup:collections") == (["guild", "town"], [])
    modes = ["mentions", "everything", "forum", "off"]
    assert chosen(shown, "setup:mode") == (modes, ["mentions"])
    assert chosen(shown, "setup:threads") == (["off", "on"], ["off"])
    if again:
        await club.restart()
    await (await club.boss.choose(shown, "setup:collections", "town")).acknowledged()
    await club.until(lambda: "Collections seen here: town." in shown.text)
    assert "4 documents are ready." in shown.text
    assert chosen(shown, "setup:collections") == (["town"], ["town"])
    assert "Harrow" not in (await club.ask(club.ana, club.general, VAULT)).text
    await (await club.boss.choose(shown, "setup:mode", "off")).acknowledged()
    await club.until(lambda: "No message is a question." in shown.text)
    await (await club.boss.choose(shown, "setup:mode", "mentions")).acknowledged()
    await (await club.boss.choose(shown, "setup:collections")).acknowledged()
    await club.until(lambda: "All collections are seen here." in shown.text)
    assert "Harrow" in (await club.ask(club.ana, club.general, VAULT)).text
    club.server.check()


async def test_what_a_menu_does_not_offer_stays_bound(club: DiscordHarness) -> None:
    for number in range(25):
        club.write(f"a{number:02}/note.md", "# A note\n\nNothing is written here.\n")
    await (await club.curator.slash(club.general, "corpus reload")).response()
    names = "town, a00, a01"
    await (await club.curator.slash(club.general, "room collections", names=names)).response()
    shown = await setup(club, club.curator)
    offered, made = chosen(shown, "setup:collections")
    assert ("town" in offered, made) == (False, ["a00", "a01"])
    (club.corpus / "a01" / "note.md").unlink()
    await (await club.curator.slash(club.general, "corpus reload")).response()
    shown = await setup(club, club.curator)
    await (await club.curator.choose(shown, "setup:collections", "a02")).acknowledged()
    await club.until(lambda: "Collections seen here: a01, a02, town." in shown.text)
    assert "crowns" in (await club.ask(club.ana, club.general, COST)).text
    club.server.check()


async def test_a_setup_is_in_the_language_of_who_reads_it(club: DiscordHarness) -> None:
    club.boss.locale = "de"
    shown = await setup(club, club.boss)
    assert translated(str(CuratorText.NOTHING_LACKING.value), "de") in shown.text
    menus = [p for p in walk(shown.components) if p.get("type") == Of.SELECT]
    assert [menu["placeholder"] for menu in menus] == [
        translated(SLASH["setup.collections"], "de"),
        translated(SLASH["setup.mode"], "de"),
        translated(SLASH["setup.threads"], "de"),
    ]
    labels = [option["label"] for option in menus[1]["options"]]
    assert labels == [translated(SLASH[f"room.{mode.value}"], "de") for mode in Mode]
    await (await club.boss.choose(shown, "setup:mode", "off")).acknowledged()
    await club.until(lambda: translated(str(CuratorText.ROOM_OFF.value), "de") in shown.text)


async def test_setup_shows_what_is_lacking(club: DiscordHarness) -> None:
    other = club.guild.add_channel("stage", kind=Kind.STAGE)
    club.general.overwrite(club.server.bot, deny=Can.ADD_REACTIONS)
    other.overwrite(club.server.bot, deny=Can.SEND_MESSAGES | Can.READ_MESSAGE_HISTORY)
    shown = await setup(club, club.boss)
    told = [line for line in shown.text.split("\n") if "lacks" in line]
    assert told == [
        f"The bot lacks permissions in <#{club.general.id}>: Add Reactions.",
        f"The bot lacks permissions in <#{other.id}>: Send Messages, Read Message History.",
    ]


async def test_rights_to_set_up_are_looked_at_when_a_choice_is_made(club: DiscordHarness) -> None:
    shown = await setup(club, club.boss)
    managing = next(role for role in club.guild.roles if role.name == "Managing")
    club.guild.take_role(club.boss, managing)
    await (await club.boss.choose(shown, "setup:collections", "town")).acknowledged()
    await club.until(lambda: "Only someone who manages this place may do this." in shown.text)
    assert not [p for p in walk(shown.components) if p.get("type") == Of.SELECT]
    assert "harbour" in (await club.ask(club.ana, club.general, COST)).text
    assert "Harrow" in (await club.ask(club.ana, club.general, VAULT)).text
    club.server.check()


async def test_what_a_curator_bound_stays_and_that_is_said(club: DiscordHarness) -> None:
    await (await club.curator.slash(club.general, "room collections", names="town")).response()
    shown = await setup(club, club.boss)
    await (await club.boss.choose(shown, "setup:collections")).acknowledged()
    await club.until(lambda: "Only a curator may change that." in shown.text)
    assert "guild" not in shown.text
    curated = await setup(club, club.curator)
    assert chosen(curated, "setup:collections") == (["guild", "town"], ["town"])
    club.server.check()
