"""Rooms on Discord: what is set for a channel, a thread or the server, and what it hides."""

from bot.chat.buttons import Action, Verb, key_of
from bot.chat.request import ChatRequest
from tests.harness.discord_harness import COST, DREDGED, VAULT, DiscordHarness, quoted
from tests.harness.discord_server.invoking import Value
from tests.harness.discord_server.places import Channel

DEFAULT = (
    "All collections are seen here. Nothing is set, so this is the default.\n"
    "Messages that mention the bot are questions. Nothing is set, so this is the default."
)
NOT_HERE = "Questions are not answered in this room."
GUILD_ONLY = ("Harrow", "treasurer", "The vault", "guild/")


async def sets(club: DiscordHarness, where: Channel, command: str, **given: Value) -> str:
    """What the manager of the server is told of a setting; nobody else sees it."""
    told = await (await club.boss.slash(where, f"room {command}", given)).response()
    assert told.ephemeral
    return told.text


async def test_settings_are_shown_changed_and_taken_back(club: DiscordHarness) -> None:
    assert await sets(club, club.general, "show") == DEFAULT
    told = await sets(club, club.general, "collections", names=" TOWN ")
    assert told.startswith("Changed here.\n\nCollections seen here: town. Set for this room.")
    shown = await sets(club, club.general, "show")
    assert shown.splitlines()[0] == "Collections seen here: town. Set for this room."
    told = await sets(club, club.general, "collections")
    assert "All collections are seen here. Nothing is set" in told
    assert (
        await sets(club, club.general, "clear") == f"There was nothing to take back.\n\n{DEFAULT}"
    )
    await sets(club, club.general, "mode", mode="off")
    told = await sets(club, club.general, "clear")
    assert told == f"The setting made here is taken back.\n\n{DEFAULT}"


async def test_a_collection_that_is_not_there_changes_nothing(club: DiscordHarness) -> None:
    told = await sets(club, club.general, "collections", names="town, @everyone")
    assert told == r"There is no collection \@everyone; there are: guild, town."
    assert await sets(club, club.general, "show") == DEFAULT


async def test_the_nearest_setting_counts_thread_before_channel_before_server(
    club: DiscordHarness,
) -> None:
    thread = club.general.add_thread("Vaults", club.ana)
    other = club.guild.add_channel("other")
    told = await sets(club, club.general, "collections", names="town", server=True)
    assert told.startswith("Changed for all rooms that have no setting of their own.")
    for where in (club.general, thread, other):
        assert "Harrow" not in (await club.ask(club.ana, where, VAULT)).text
        assert "town. Set for all rooms" in await sets(club, where, "show")
    await sets(club, thread, "collections", names="guild")
    assert "guild. Set for this thread." in await sets(club, thread, "show")
    assert "Harrow" in (await club.ask(club.ana, thread, VAULT)).text
    assert "Harrow" not in (await club.ask(club.ana, club.general, VAULT)).text
    await sets(club, club.general, "collections", names="guild,town")
    assert "Harrow" in (await club.ask(club.ana, club.general, VAULT)).text
    assert "Harrow" not in (await club.ask(club.ana, other, VAULT)).text
    await sets(club, thread, "clear")
    assert "guild, town. Set for this room." in await sets(club, thread, "show")
    told = await sets(club, other, "clear", server=True)
    assert told.startswith("The setting for all rooms is taken back.")
    assert "Harrow" in (await club.ask(club.ana, other, VAULT)).text


async def test_what_is_set_for_one_server_counts_for_no_other(club: DiscordHarness) -> None:
    elsewhere = club.server.add_guild("Elsewhere", members=[club.ana])
    hall = elsewhere.add_channel("hall")
    await sets(club, club.general, "collections", names="town", server=True)
    assert "Harrow" in (await club.ask(club.ana, hall, VAULT)).text


async def test_settings_outlive_a_restart(club: DiscordHarness) -> None:
    await sets(club, club.general, "collections", names="town")
    await club.restart()
    assert "Harrow" not in (await club.ask(club.ana, club.general, VAULT)).text
    assert "town. Set for this room." in await sets(club, club.general, "show")


async def test_every_message_needs_the_intent_and_says_so(club: DiscordHarness) -> None:
    told = await sets(club, club.general, "mode", mode="everything")
    assert told.startswith("The bot receives only messages that mention it, so nothing was set.")
    assert "discord.message_content" in told
    assert await sets(club, club.general, "show") == DEFAULT
    await club.restart(message_content=True)
    told = await sets(club, club.general, "mode", mode="everything")
    assert "Every message is a question. Set for this room." in told
    asked = await club.ana.say(club.general, DREDGED)
    assert quoted(await club.server.wait_for_message(club.general, reply_to=asked))
    other = club.guild.add_channel("other")
    await club.ana.say(other, DREDGED)
    await club.settled(other)
    assert len(club.server.answers(other)) == 1


async def test_a_room_that_is_off_answers_nothing_and_says_so_when_asked_by_command(
    club: DiscordHarness,
) -> None:
    told = await sets(club, club.general, "mode", mode="off")
    assert "No message is a question. Set for this room." in told
    await club.ana.say(club.general, DREDGED, mention_bot=True)
    thread = club.general.add_thread("More", club.ana)
    await club.ana.say(thread, DREDGED, mention_bot=True)
    for command in ("ask", "menu"):
        if command == "ask":
            used = await club.ana.slash(club.general, "ask", question=DREDGED)
        else:
            message = await club.ben.say(club.general, DREDGED)
            used = await club.ana.context_menu("Ask the sources", message)
        refused = await used.response()
        assert (refused.text, refused.ephemeral) == (NOT_HERE, True)
    other = club.guild.add_channel("other")
    await club.settled(other)
    assert club.server.answers(club.general) == club.server.answers(thread) == []
    assert (
        "Documents: 5."
        in (await (await club.boss.slash(club.general, "corpus status")).response()).text
    )
    await sets(club, thread, "mode", mode="mentions")
    assert quoted(await club.ask(club.ana, thread, DREDGED))


async def test_a_bound_room_leaves_no_trace_of_what_it_may_not_see(club: DiscordHarness) -> None:
    """Nothing a member can do in it brings a word, a name or a number of another collection."""
    await club.bind(club.general, "town")
    shown = [await club.ask(club.ana, club.general, question) for question in (VAULT, COST)]
    used: tuple[tuple[str, dict[str, Value]], ...] = (
        ("sources", {}),
        ("sources", {"collection": "guild"}),
        ("source", {"name": "The vault"}),
        ("source", {"name": "guild/vault.md"}),
        ("source", {"name": "#" + key_of("guild/vault.md")}),
        ("ask", {"question": VAULT, "collection": "guild"}),
        ("ask", {"question": VAULT}),
        ("help", {}),
        ("about", {}),
    )
    for command, given in used:
        shown.append(await (await club.ana.slash(club.general, command, given)).response())
    for message in shown:
        assert not [word for word in GUILD_ONLY if word in message.text], message.text
    assert "4 documents" in shown[2].text
    assert "5 documents" not in "".join(message.text for message in shown)
    unseen = await (
        await club.ana.slash(club.general, "sources", collection="no-such-collection")
    ).response()
    hidden = shown[3].text
    assert hidden.replace("guild", "no-such-collection") == unseen.text
    complete = club.ana.autocomplete
    assert await complete(club.general, "ask", "collection", "", question="x") == [("town", "town")]
    assert await complete(club.general, "source", "name", "vau") == []
    assert await complete(club.general, "sources", "collection", "gui") == []


async def test_in_a_bound_room_all_is_as_if_the_other_documents_did_not_exist(
    club: DiscordHarness,
) -> None:
    """To the letter: counts, revisions, ids and suggestions too."""
    await club.bind(club.general, "town")

    async def all_that_is_said() -> list[object]:
        asked = (VAULT, COST, DREDGED, "Who may open it?")
        seen: list[object] = [
            (await club.ask(club.ana, club.general, question)).text for question in asked
        ]
        used: tuple[tuple[str, dict[str, Value]], ...] = (
            ("about", {}),
            ("help", {}),
            ("sources", {}),
            ("sources", {"collection": "guild"}),
            ("source", {"name": "vault"}),
            ("source", {"name": "a"}),
            ("ask", {"question": VAULT, "collection": "guild"}),
        )
        for command, given in used:
            shown = await (await club.ben.slash(club.general, command, given)).response()
            seen.append((shown.text, [(b.label, b.custom_id) for b in shown.buttons]))
        for command, option in (("source", "name"), ("sources", "collection")):
            seen.append(await club.ana.autocomplete(club.general, command, option, ""))
        return seen

    before = await all_that_is_said()
    (club.corpus / "guild/vault.md").unlink()
    await club.reload()
    assert club.answering.corpus.collections == {"town"}
    await club.restart()
    assert await all_that_is_said() == before


async def test_buttons_show_what_the_room_may_see_when_they_are_pressed(
    club: DiscordHarness,
) -> None:
    reply = await club.ask(club.ana, club.general, VAULT)
    assert "Harrow" in reply.text
    await club.bind(club.general, "town")
    for button in reply.buttons:
        if button.custom_id and button.label not in {"Remove"} and button.emoji not in {"👍", "👎"}:
            used = await club.ana.press(reply, button.custom_id)
            told = await used.response()
            assert not [word for word in GUILD_ONLY[:2] if word in told.text], button
    for action in (
        Action(Verb.DOCUMENT, key_of("guild/vault.md")),
        Action(Verb.LIST, key_of("guild")),
    ):
        request = ChatRequest(club.place(club.general), club.asker(club.ana), private=True)
        page = await club.platform.chat.handle(action, request)
        assert not [word for word in GUILD_ONLY if word in page.text]


async def test_a_room_whose_collection_is_gone_sees_nothing_and_the_manager_learns_why(
    club: DiscordHarness,
) -> None:
    await club.bind(club.general, "guild")
    (club.corpus / "guild/vault.md").unlink()
    await club.reload()
    reply = await club.ask(club.ana, club.general, DREDGED)
    assert reply.text.startswith("There are no documents here to ask.")
    assert "Without a document now: guild." in await sets(club, club.general, "show")


async def test_names_that_are_none_show_nothing_rather_than_all(club: DiscordHarness) -> None:
    told = await sets(club, club.general, "collections", names=" , ,")
    assert "No collection is seen here. Set for this room." in told
    reply = await club.ask(club.ana, club.general, DREDGED)
    assert reply.text.startswith("There are no documents here to ask.")
