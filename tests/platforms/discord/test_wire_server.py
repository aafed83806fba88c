"""The server for tests is true to Discord: the real discord.py talks with it and is served."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import discord
import pytest

from tests.harness.discord_server.clients import point_here, running
from tests.harness.discord_server.invoking import Value
from tests.harness.discord_server.messages import Flag
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.permissions import Can
from tests.harness.discord_server.places import Channel, Guild
from tests.harness.discord_server.server import DiscordServer
from tests.harness.discord_server.trial_bot import TrialBot
from tests.harness.discord_server.waiting import NotPossible
from tests.harness.discord_server.world import Upload


@dataclass
class Club:
    """A guild with two members and the bot, which is logged in."""

    server: DiscordServer
    bot: TrialBot
    guild: Guild
    general: Channel
    ana: DiscordPerson
    ben: DiscordPerson


@pytest.fixture
async def club(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Club]:
    async with DiscordServer() as server:
        point_here(monkeypatch, server)
        ana, ben = server.add_user("ana"), server.add_user("ben")
        guild = server.add_guild("Club", members=[ana, ben])
        general = guild.add_channel("general")
        bot = TrialBot()
        async with running(bot, server):
            yield Club(server, bot, guild, general, ana, ben)
        assert not server.drift, "\n".join(server.drift)


async def test_words_are_blank_for_a_bot_that_may_not_read_them(club: Club) -> None:
    aside = await club.ana.say(club.general, "between us")
    await club.ana.say(club.general, "and now", mention_bot=True)
    await club.server.wait_for_message(club.general, "and now")
    assert [m.content for m in club.bot.heard] == ["", f"{club.server.bot.mention} and now"]
    assert (await club.bot.heard[0].channel.fetch_message(aside.id)).content == ""
    reply = club.server.answers(club.general)[0]
    await club.ben.say(club.general, "a reply to it", reply_to=reply)
    await club.server.wait_for_message(club.general, "a reply to it")
    await club.ben.say(club.general, "without a ping", reply_to=reply, ping_author=False)
    private = await club.ana.say(club.server.dm(club.ana), "in private")
    await club.server.wait_for_message(private.channel, "in private")
    assert [m.content for m in club.bot.heard[2:]] == ["a reply to it", "", "in private"]


async def test_edits_deletions_and_reactions_arrive(club: Club) -> None:
    message = await club.ana.say(club.general, "hello", mention_bot=True)
    reply = await club.server.wait_for_message(club.general, "hello")
    await club.ana.edit(message, f"{club.server.bot.mention} changed")
    await club.ana.react(reply, "👍")
    await club.ana.delete(message)
    await club.ana.say(club.server.dm(club.ana), "last")
    await club.server.wait_for_message(club.server.dm(club.ana), "last")
    assert f"edited {club.server.bot.mention} changed" in club.bot.log
    assert f"deleted {message.id}" in club.bot.log
    assert "reaction 👍" in club.bot.log
    with pytest.raises(NotPossible, match="may not delete"):
        await club.ben.delete(reply)


async def test_the_bot_reacts_edits_and_reads_back(club: Club) -> None:
    message = await club.ana.say(club.general, "hello")
    channel = club.bot.get_channel(club.general.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.get_partial_message(message.id).add_reaction("👀")
    assert message.reactions == {"👀": [club.server.bot]}
    sent = await channel.send("One", embed=discord.Embed(title="Two", description="Three"))
    await sent.edit(content="Four", embed=None)
    seen = club.server.answers(club.general)[0]
    assert seen.text == "Four"
    assert seen.history == ["One\nTwo\nThree"]
    assert [m.id async for m in channel.history(limit=5)] == [sent.id, message.id]
    await sent.delete()
    assert club.server.answers(club.general) == []
    club.server.check()


async def test_deferred_answer_and_follow_up(club: Club) -> None:
    used = await club.ana.slash(club.general, "think", private=True)
    first = await used.response()
    more = await used.followup()
    assert (first.text, more.text) == ("Thought", "And more")
    assert first.ephemeral
    assert more.ephemeral
    assert used.kind == 5
    shown = await club.ana.slash(club.general, "think")
    await shown.followup()
    assert [m.text for m in club.server.messages(club.general, club.ben)] == ["Thought", "And more"]
    club.server.check()


async def test_buttons_of_a_layout_turn_the_page(club: Club) -> None:
    asked = await club.ana.say(club.general, "page please", mention_bot=True)
    reply = await club.server.wait_for_message(club.general, reply_to=asked)
    assert Flag.COMPONENTS_V2 in reply.flags
    assert reply.text == "Page 1\nBeside a button"
    assert [(b.label, b.custom_id) for b in reply.buttons] == [("Next", "page:1")]
    pressed = await club.ben.press(reply, "Next")
    assert await pressed.response() is reply
    assert reply.text.startswith("Page 2")
    assert reply.buttons[0].custom_id == "page:2"
    with pytest.raises(NotPossible, match="no button 'page:1'"):
        await club.ben.press(reply, "page:1")
    club.server.check()


async def test_suggestions_and_the_menu_of_a_message(club: Club) -> None:
    found = await club.ana.autocomplete(club.general, "source", "title", "al")
    assert found == [("Almanac", "almanac"), ("Albatross", "albatross")]
    message = await club.ben.say(club.general, "words of ben")
    used = await club.ana.context_menu("Find in sources", message)
    assert (await used.response()).text == "Looked up: words of ben"
    club.server.check()


async def test_options_bring_what_they_name(club: Club) -> None:
    role = club.guild.add_role("Readers")
    paper = Upload("notes.txt", b"the paper")
    given: dict[str, Value] = {
        "user": club.ben,
        "place": club.general,
        "role": role,
        "paper": paper,
    }
    used = await club.ana.slash(club.general, "about", given)
    assert (await used.response()).text == "ben general Readers the paper"


async def test_only_what_is_offered_can_be_used(club: Club) -> None:
    ana, general = club.ana, club.general
    with pytest.raises(NotPossible, match="not registered"):
        await ana.slash(general, "nothing")
    with pytest.raises(NotPossible, match="may not be used here"):
        await ana.slash(general, "corpus reload")
    with pytest.raises(NotPossible, match="'question' is required"):
        await ana.slash(general, "ask")
    with pytest.raises(NotPossible, match="no such option"):
        await ana.slash(general, "ask", question="x", colour="y")
    assert "/corpus" not in ana.commands(general)
    club.guild.add_member(ana, club.guild.add_role("Curators", Can.MANAGE_GUILD))
    assert (await (await ana.slash(general, "corpus reload")).response()).text == "Reloaded 1"
    with pytest.raises(NotPossible, match="above the most"):
        await ana.slash(general, "corpus reload", count=6)
    with pytest.raises(NotPossible, match="needs a sub-command"):
        await ana.slash(general, "corpus")
    with pytest.raises(NotPossible, match="may not be used here"):
        await ana.slash(club.server.dm(ana), "corpus reload")


async def test_user_installed_commands_work_elsewhere(club: Club) -> None:
    cleo = club.server.add_user("cleo", app_installed=True)
    elsewhere = club.server.add_guild("Elsewhere", members=[cleo, club.ben], with_bot=False)
    hall = elsewhere.add_channel("hall")
    group = club.server.group(cleo, club.ben)
    for place in (hall, group, club.server.dm(cleo)):
        used = await cleo.slash(place, "ask", question="here?")
        assert (await used.response()).text == "Asked: here?"
        assert used.owners["1"] == str(cleo.id)
    assert cleo.commands(hall) == cleo.commands(group) == ["/ask"]
    with pytest.raises(NotPossible, match="may not be used here"):
        await club.ben.slash(hall, "ask", question="x")
    club.server.check()


async def test_threads(club: Club) -> None:
    asked = await club.ana.say(club.general, "thread please", mention_bot=True)
    thread = await club.server.wait_until(lambda: asked.thread)
    assert thread is not None
    assert (await club.server.wait_for_message(thread)).text == "In here"
    own = club.general.add_thread("Ours", club.ben)
    question = await club.ben.say(own, "in here?", mention_bot=True)
    reply = await club.server.wait_for_message(own, reply_to=question)
    assert "in here?" in reply.text
    assert "thread Ours" in club.bot.log
    club.server.check()


async def test_private_conversation_and_files(club: Club) -> None:
    dm = club.server.dm(club.ana)
    await club.ana.say(dm, "a file", attachments=[Upload("a.txt", b"12345", "text/plain")])
    reply = await club.server.wait_for_message(dm)
    assert reply.text == "5 bytes"
    assert reply.attachments[0].filename == "back.py"
    assert b"class TrialBot" in reply.attachments[0].data
    user = await club.bot.fetch_user(club.ben.id)
    await user.send("Good day")
    assert club.server.messages(club.server.dm(club.ben))[0].text == "Good day"
    club.ben.blocks_dms = True
    with pytest.raises(discord.Forbidden) as refused:
        await user.send("Again")
    assert refused.value.code == 50007


async def test_the_bot_may_do_only_what_it_is_allowed(club: Club) -> None:
    channel = club.bot.get_channel(club.general.id)
    assert isinstance(channel, discord.TextChannel)
    club.general.overwrite(club.server.bot, deny=Can.SEND_MESSAGES)
    with pytest.raises(discord.Forbidden) as refused:
        await channel.send("x")
    assert refused.value.code == 50013
    club.general.hide_from(club.server.bot)
    with pytest.raises(discord.Forbidden) as refused:
        await channel.send("x")
    assert refused.value.code == 50001
    await club.ana.say(club.general, "unheard", mention_bot=True)
    await club.ana.say(club.server.dm(club.ana), "heard")
    await club.server.wait_for_message(club.server.dm(club.ana), "heard")
    assert [m.content for m in club.bot.heard] == ["heard"]
    club.general.overwrite(club.guild.everyone, deny=Can.SEND_MESSAGES)
    with pytest.raises(NotPossible, match="may not write"):
        await club.ana.say(club.general, "x")


async def test_mentions_notify_only_whom_they_may(club: Club) -> None:
    channel = club.bot.get_channel(club.general.id)
    assert isinstance(channel, discord.TextChannel)
    club.guild.add_member(club.server.bot, club.guild.add_role("Loud", Can.MENTION_EVERYONE))
    text = f"@everyone {club.ana.mention}"
    await channel.send(text)
    await channel.send(text, allowed_mentions=discord.AllowedMentions(everyone=True, users=True))
    pings = [m.pings for m in club.server.answers(club.general)]
    assert pings == [[], ["everyone", club.ana.mention]]


async def test_leaving_a_guild(club: Club) -> None:
    club.guild.remove_member(club.server.bot)
    await club.ana.say(club.server.dm(club.ana), "still there")
    await club.server.wait_for_message(club.server.dm(club.ana))
    assert "removed from Club" in club.bot.log
    with pytest.raises(discord.Forbidden):
        await club.bot.fetch_guild(club.guild.id)


async def test_what_looks_like_a_question_and_is_none(club: Club) -> None:
    """Forwards, joins, other bots and mentions of the bot's role arrive as they do on Discord."""
    robot = club.server.add_user("robot", bot=True)
    club.guild.add_member(robot)
    original = await club.ana.say(club.general, "to be forwarded")
    role = club.guild.bot_role
    assert role is not None
    await club.ben.forward(original, club.general)
    await club.ben.say(club.general, kind=7)
    await robot.say(club.general, "beep")
    await club.ben.say(club.general, f"{role.mention} hello")
    await club.ana.say(club.general, "last", mention_bot=True)
    await club.server.wait_for_message(club.general, "last")
    heard = club.bot.heard[1:-1]
    kinds = [discord.MessageType.default] * 4
    kinds[1] = discord.MessageType.new_member
    assert [m.type for m in heard] == kinds
    assert [m.author.bot for m in heard] == [False, False, True, False]
    assert heard[0].reference is not None
    assert heard[0].reference.type is discord.MessageReferenceType.forward
    assert [m.content for m in heard] == [""] * 4
    assert heard[3].guild is not None
    assert heard[3].guild.self_role is not None
    assert heard[3].guild.self_role.id == role.id
    club.guild.change_role(club.guild.everyone, Can.VIEW_CHANNEL)
    with pytest.raises(NotPossible, match="may not write"):
        await club.ana.say(club.general, "x")
