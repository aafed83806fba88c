"""A server that the bot is not in, where somebody brings its commands along by a user install."""

from tests.harness.discord_harness import DREDGED, VAULT, DiscordHarness


async def test_elsewhere_is_seen_what_direct_messages_see(club: DiscordHarness) -> None:
    await club.restart(direct=("town",))
    cleo = club.server.add_user("cleo", app_installed=True)
    elsewhere = club.server.add_guild("Elsewhere", members=[cleo], with_bot=False)
    hall = elsewhere.add_channel("hall")

    harbour = await (await cleo.slash(hall, "ask", {"question": DREDGED})).response()
    vault = await (await cleo.slash(hall, "ask", {"question": VAULT})).response()
    listed = await (await cleo.slash(hall, "sources")).response()

    assert "Ada Sand" in harbour.text
    assert "Tom Harrow" not in vault.text
    assert "vault" not in listed.text.casefold()


async def test_who_asked_elsewhere_can_take_the_reply_down(club: DiscordHarness) -> None:
    cleo = club.server.add_user("cleo", app_installed=True)
    elsewhere = club.server.add_guild("Elsewhere", members=[cleo], with_bot=False)
    hall = elsewhere.add_channel("hall")

    reply = await (await cleo.slash(hall, "ask", {"question": DREDGED})).response()
    pressed = await cleo.press(reply, "Remove")

    assert (await pressed.followup()).text == "The reply is taken down."
    await club.server.wait_until(lambda: reply.deleted)


async def test_somebody_else_there_cannot(club: DiscordHarness) -> None:
    cleo = club.server.add_user("cleo", app_installed=True)
    elsewhere = club.server.add_guild("Elsewhere", members=[cleo, club.ben], with_bot=False)
    hall = elsewhere.add_channel("hall")

    reply = await (await cleo.slash(hall, "ask", {"question": DREDGED})).response()
    pressed = await club.ben.press(reply, "Remove")

    told = await pressed.followup()
    assert told.ephemeral
    assert told.text == "Only who asked, or a moderator, may remove this."
    assert not reply.deleted
