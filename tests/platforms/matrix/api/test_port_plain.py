"""The port in plain rooms of a real server: what it hears, and what people see of it."""

from pathlib import Path

import pytest

from bot.platforms.matrix.api.contents import MessageContent
from bot.platforms.matrix.api.events import (
    InviteEvent,
    JoinEvent,
    LeaveEvent,
    MessageEvent,
    ReactionEvent,
    RedactionEvent,
    TombstoneEvent,
)
from bot.platforms.matrix.api.http import DamagedFileError, RefusedError
from bot.platforms.matrix.api.room_state import CREATOR_LEVEL
from tests.harness.matrix_listener import Household, household, together
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import Newcomer


async def test_a_question_is_heard_and_the_answer_stands_in_its_thread(
    synapse: Synapse, tmp_path: Path, person: Newcomer
) -> None:
    alice = await person("alice")
    async with household(synapse, tmp_path).listening() as bot:
        room = await together(alice, bot, direct=True)
        asked = await alice.say(room, "Who spoke?", mentions=[bot.port.user_id])
        heard = await bot.until(MessageEvent, body="Who spoke?")
        assert (heard.event_id, heard.sender) == (asked, alice.user_id)
        assert heard.mentions == frozenset([bot.port.user_id])
        words = MessageContent("A < B", "<p>A &lt; B</p>", reply_to=asked, thread_root=asked)
        said = await bot.port.send(room, words, f"ans-{asked}")
        seen = await alice.see(room, said)
        assert (seen.kind, seen.body, seen.html) == ("m.notice", "A < B", "<p>A &lt; B</p>")
        assert (seen.thread, seen.reply_to, seen.mentions) == (asked, asked, ())
        # The same transaction again is the same message.
        assert await bot.port.send(room, words, f"ans-{asked}") == said
        await bot.port.edit(room, said, MessageContent("Better", "<p>Better</p>"), f"edit-{asked}")
        assert (await alice.see(room, said, edited=True)).body == "Better"
        await bot.port.react(room, said, "➕", f"plus-{asked}")
        await bot.port.receipt(room, asked)
        await bot.port.typing(room, True)
        await bot.port.redact(room, said)
        await alice.see(room, said, gone=True)
        await bot.port.redact(room, said)
        state = bot.port.room(room)
        assert state is not None
        assert (len(state.members), state.is_direct, state.encrypted) == (2, True, False)
        assert await bot.port.message(room, asked) == heard
        assert await bot.port.message(room, "$nothing") is None


async def test_what_people_do_is_told(synapse: Synapse, tmp_path: Path, person: Newcomer) -> None:
    alice, bob = await person("alice"), await person("bob")
    async with household(synapse, tmp_path).listening() as bot:
        room = await together(alice, bot)
        first = await alice.say(room, "One")
        await alice.edit(room, first, "Two")
        edit = await bot.until(MessageEvent, edits=first)
        assert edit.body == "Two"
        await alice.react(room, first, "👍")
        assert (await bot.until(ReactionEvent, key="👍")).to == first
        await alice.redact(room, first)
        await bot.until(RedactionEvent, redacts=first)
        root = await alice.say(room, "Root")
        await alice.say(room, "In the thread", thread=root)
        threaded = await bot.until(MessageEvent, body="In the thread")
        assert (threaded.thread_root, threaded.reply_to) == (root, None)
        await alice.say(room, "A reply", thread=root, reply_to=first)
        assert (await bot.until(MessageEvent, body="A reply")).reply_to == first
        await alice.say(room, "By a program", kind="m.notice", mentions=None)
        notice = await bot.until(MessageEvent, body="By a program")
        assert (notice.notice, notice.mentions) == (True, None)
        await alice.invite(room, bob.user_id)
        await bob.join(room)
        assert not (await bot.until(JoinEvent, user=bob.user_id)).me
        await bob.leave(room)
        await bot.until(LeaveEvent, user=bob.user_id)
        new = await alice.upgrade(room, "12")
        stone = await bot.until(TombstoneEvent, room=room)
        assert (stone.replacement, stone.server) == (new, "localhost")
        await alice.kick(room, bot.port.user_id)
        await bot.until(InviteEvent, room=await alice.create_room(bot.port.user_id))
        assert bot.port.room(room) is None
        assert bot.port.user_id not in {one.sender for one in bot.every(MessageEvent)}


async def test_a_file_is_fetched_up_to_a_limit(
    synapse: Synapse, tmp_path: Path, person: Newcomer
) -> None:
    alice = await person("alice")
    async with household(synapse, tmp_path).listening() as bot:
        room = await together(alice, bot)
        await alice.send_file(room, "notes.txt", b"some notes")
        told = await bot.until(MessageEvent, body="notes.txt")
        assert told.attachment is not None
        assert (told.attachment.name, told.attachment.size) == ("notes.txt", 10)
        assert await bot.port.download(told.attachment, 10) == b"some notes"
        with pytest.raises(DamagedFileError, match="larger"):
            await bot.port.download(told.attachment, 9)


async def test_who_made_a_room_of_version_12_stands_above_all_levels(
    synapse: Synapse, tmp_path: Path, person: Newcomer
) -> None:
    alice = await person("alice")
    async with household(synapse, tmp_path).listening() as bot:
        for version, level in (("12", CREATOR_LEVEL), ("10", 100)):
            room = await together(alice, bot, version=version)
            state = bot.port.room(room)
            assert state is not None
            assert state.level(alice.user_id) == level
            assert state.level(bot.port.user_id) == 0
            assert state.may_send(bot.port.user_id, "m.reaction")


async def test_nothing_from_before_the_bot_came_is_told(
    synapse: Synapse, tmp_path: Path, person: Newcomer
) -> None:
    alice = await person("alice")
    home = household(synapse, tmp_path)
    room = await alice.create_room(home.user, public=True)
    for number in range(3):
        await alice.say(room, f"before {number}")
    async with home.listening() as bot:
        await bot.until(InviteEvent, room=room)
        await bot.port.join(room)
        await bot.until(JoinEvent, room=room, me=True)
        await alice.say(room, "after")
        await bot.until(MessageEvent, body="after")
        assert bot.bodies(room) == ["after"]
    # Its state is lost, and with it where it was: all that was said is old.
    async with Household(home.synapse, home.folder / "new", home.user).listening() as bot:
        new = await alice.create_room(bot.port.user_id)
        await bot.until(InviteEvent, room=new)
        await alice.say(room, "later")
        await bot.until(MessageEvent, body="later")
        assert bot.bodies(room) == ["later"]


async def test_an_invitation_can_be_refused_and_a_room_left(
    synapse: Synapse, tmp_path: Path, person: Newcomer
) -> None:
    alice = await person("alice")
    async with household(synapse, tmp_path).listening() as bot:
        room = await alice.create_room(bot.port.user_id)
        assert (await bot.until(InviteEvent, room=room)).sender == alice.user_id
        await bot.port.leave(room)
        assert bot.port.user_id not in await alice.members(room)
        with pytest.raises(RefusedError):
            await bot.port.send(room, MessageContent("Hello"), "t1")
