"""Help lists what a person may do here, as commands to press; options suggest collections."""

import regex

from tests.harness.discord_harness import DiscordHarness
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.places import Channel

EVERYBODY = ["ask", "sources", "source", "help", "about", "privacy forget"]
ROOMS = [
    "setup",
    "room show",
    "room collections",
    "room mode",
    "room threads",
    "room language",
    "room clear",
]


async def listed(club: DiscordHarness, who: DiscordPerson, where: Channel) -> list[str]:
    """The commands in the help of a person, each of which can be pressed."""
    told = await (await who.slash(where, "help")).response()
    ids = {command["name"]: command["id"] for command in club.server.commands}
    lines = regex.findall(r"^</([a-z ]+):(\d+)> – ", told.text, regex.MULTILINE)
    assert "`/" not in told.text
    for name, number in lines:
        assert number == ids[name.split()[0]]
    return [name for name, _ in lines]


async def test_help_lists_what_each_person_may_do(club: DiscordHarness) -> None:
    pins = ["corpus pin", "corpus pins", "corpus undo"]
    managed = ["corpus status", "corpus unanswered", "corpus feedback", *pins]
    curated = ["corpus reload", "corpus status", "corpus add", "corpus remove"]
    curated += ["corpus unanswered", "corpus feedback", *pins, "corpus log"]
    assert await listed(club, club.ana, club.general) == EVERYBODY
    assert await listed(club, club.boss, club.general) == [*EVERYBODY, *ROOMS, *managed]
    assert await listed(club, club.curator, club.general) == [*EVERYBODY, *ROOMS, *curated]
    assert await listed(club, club.curator, club.server.dm(club.curator)) == [*EVERYBODY, *curated]
    # After a restart the commands are not registered again, but their ids are known.
    await club.restart()
    assert await listed(club, club.ana, club.general) == EVERYBODY


async def test_commands_of_one_server_can_be_pressed_and_those_of_several_are_typed(
    club: DiscordHarness,
) -> None:
    await club.restart(command_servers=(str(club.guild.id),))
    assert await listed(club, club.ana, club.general) == EVERYBODY
    other = club.server.add_guild("Other", members=[club.ana])
    await club.restart(command_servers=(str(club.guild.id), str(other.id)))
    told = await (await club.ana.slash(club.general, "help")).response()
    assert "\n`/ask` – " in told.text
    assert "</" not in told.text


async def test_collections_are_suggested_wherever_one_is_chosen(club: DiscordHarness) -> None:
    both, complete = [("guild", "guild"), ("town", "town")], club.curator.autocomplete
    for who in (club.ana, club.curator):
        assert await who.autocomplete(club.general, "ask", "collection", "", question="x") == both
        assert await who.autocomplete(club.general, "sources", "collection", "") == both
    assert await complete(club.general, "corpus add", "collection", "") == both
    for typed, choice in (("", "guild"), ("GU", "guild"), ("town,", "town, guild")):
        suggested = await complete(club.general, "room collections", "names", typed)
        assert suggested[0] == (choice, choice)
    assert await complete(club.general, "room collections", "names", "guild, town,") == []


async def test_only_curators_are_suggested_what_the_room_does_not_see(
    club: DiscordHarness,
) -> None:
    await club.bind(club.general, "town")
    for command, option in (("corpus add", "collection"), ("room collections", "names")):
        seen = [
            [value for value, _ in await who.autocomplete(club.general, command, option, "")]
            for who in (club.boss, club.curator)
        ]
        assert seen == [["town"], ["guild", "town"]]
