"""What the bot lacks in a server is told once; what can be answered all the same is answered."""

import pytest

from bot.platforms.discord import permissions
from tests.harness.discord_harness import DREDGED, VAULT, DiscordHarness
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.permissions import Can


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == permissions.__name__]


async def wrote_before(club: DiscordHarness, who: DiscordPerson) -> None:
    """Somebody asked the bot in direct messages."""
    where = club.server.dm(who)
    asked = await who.say(where, VAULT)
    await club.server.wait_for_message(where, reply_to=asked)
    await club.done()


async def test_without_the_history_a_reply_comes_without_reference(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    club.general.overwrite(club.server.bot, deny=Can.READ_MESSAGE_HISTORY)
    for _ in range(2):
        await club.ana.say(club.general, VAULT, mention_bot=True)
    await club.until(lambda: len(club.server.answers(club.general)) == 2)
    await club.done()
    for reply in club.server.answers(club.general):
        assert "Tom Harrow" in reply.text
        assert reply.reply_id is None
    assert told(caplog) == [
        "in the server Club, channel #general, the bot lacks: Read Message History"
    ]
    pressed = await club.ana.press(club.server.answers(club.general)[0], "Remove")
    assert "taken down" in (await pressed.response()).text
    club.server.check()


@pytest.mark.parametrize("right", [Can.SEND_MESSAGES, Can.ADD_REACTIONS])
async def test_managers_who_wrote_before_are_told_once_what_is_missing(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture, right: Can
) -> None:
    for who in (club.ana, club.boss):
        await wrote_before(club, who)
    club.general.overwrite(club.server.bot, deny=right)
    for _ in range(2):
        await club.ana.say(club.general, DREDGED, mention_bot=True)
    message = await club.server.wait_for_message(club.server.dm(club.boss), "lacks permissions")
    name = "Send Messages" if right is Can.SEND_MESSAGES else "Add Reactions"
    assert f"in the server Club, such as in #general: {name}." in message.text
    await club.done()
    await club.restart()
    await club.ana.say(club.general, DREDGED, mention_bot=True)
    elsewhere = club.guild.add_channel("elsewhere")
    await club.settled(elsewhere)
    await club.done()
    assert told(caplog) == [f"in the server Club, channel #general, the bot lacks: {name}"]
    assert len(club.server.answers(club.server.dm(club.boss))) == 2
    assert len(club.server.answers(club.server.dm(club.ana))) == 1
    club.server.check()


async def test_in_threads_another_right_counts(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    club.general.overwrite(club.server.bot, deny=Can.SEND_MESSAGES_IN_THREADS)
    await club.settled(club.general)
    await club.done()
    assert told(caplog) == []
    thread = club.general.add_thread("Aside", club.ana)
    await club.ana.say(thread, VAULT, mention_bot=True)
    await club.settled(club.general)
    await club.done()
    assert told(caplog) == [
        "in the server Club, channel #Aside, the bot lacks: Send Messages in Threads"
    ]
