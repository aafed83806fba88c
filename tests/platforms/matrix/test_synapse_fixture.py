"""The real server and the people of the tests do what the tests of the bot rely on."""

import asyncio

import pytest

from bot.chat.rendering.blocks import QuoteBlock
from bot.chat.rendering.matrix import MOST, Matrix
from bot.chat.rendering.pages import paginate
from tests.chat.builders import excerpt
from tests.harness.matrix_clients import RefusedByServerError
from tests.harness.matrix_view import UNREADABLE
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import EncryptingNewcomer, Newcomer, StrictNewcomer


async def test_people_talk_edit_redact_and_react(person: Newcomer) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await alice.create_room(bob.user_id, direct=True)
    await bob.until(lambda: room in bob.invited)
    await bob.join(room)
    asked = await alice.say(room, "Rain?", mentions=[bob.user_id])
    said = await bob.say(room, "> Rain", html="<b>Rain</b>", reply_to=asked, kind="m.notice")
    answer = await alice.answer(room, asked)
    assert (answer.body, answer.html, answer.kind) == ("> Rain", "<b>Rain</b>", "m.notice")
    assert answer.mentions == ()
    in_thread = await bob.say(room, "More", thread=asked)
    assert (await alice.see(room, in_thread)).thread == asked

    sign = await alice.react(room, said, "👍")
    await bob.edit(room, said, "Snow")
    edited = await alice.see(room, said, edited=True)
    assert (edited.body, edited.signs(alice.user_id)) == ("Snow", {"👍"})
    await alice.redact(room, sign)
    await alice.redact(room, said)
    gone = await alice.see(room, said, gone=True)
    assert (gone.body, gone.reactions) == ("", ())
    assert (await bob.see(room, asked)).mentions == (bob.user_id,)


async def test_the_same_transaction_gives_the_same_event_also_after_a_restart(
    person: Newcomer, synapse: Synapse
) -> None:
    alice = await person("alice")
    room = await alice.create_room()
    words = {"msgtype": "m.text", "body": "once"}
    first = await alice.send(room, "m.room.message", words, txn="ans-1")
    await asyncio.to_thread(synapse.restart)
    assert await alice.send(room, "m.room.message", words, txn="ans-1") == first
    await alice.catch_up()
    assert [message.body for message in alice.seen(room)] == ["once"]


@pytest.mark.parametrize("version", ["10", "11", "12"])
async def test_rooms_of_any_version_are_upgraded(person: Newcomer, version: str) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await alice.create_room(bob.user_id, version=version, power={bob.user_id: 50})
    await bob.join(room)
    said = await alice.say(room, "gone soon")
    await alice.redact(room, said)
    await bob.see(room, said, gone=True)
    new = await alice.upgrade(room, "12")
    moved = await bob.until(lambda: bob.state[room].get(("m.room.tombstone", "")))
    assert moved["replacement_room"] == new
    levels = (await alice.get_state(new, "m.room.power_levels"))["users"]
    assert alice.user_id not in levels
    assert levels[bob.user_id] == 50


async def test_typing_receipts_and_files_are_seen(person: Newcomer) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await alice.create_room(bob.user_id)
    await bob.join(room)
    sent = await alice.send_file(room, "law.md", b"# Law\n", "text/markdown")
    file = await bob.see(room, sent)
    assert (file.kind, file.body, file.content["url"][:6]) == ("m.file", "law.md", "mxc://")
    where = f"/rooms/{room}/typing/{bob.user_id}"
    await bob.call("PUT", where, {"typing": True, "timeout": 20_000})
    await alice.until(lambda: bob.user_id in alice.typing.get(room, ()))
    await bob.call("POST", f"/rooms/{room}/receipt/m.read/{sent}", {})
    await alice.until(lambda: alice.receipts.get(room, {}).get(bob.user_id) == sent)
    await bob.call("PUT", where, {"typing": False})
    await alice.until(lambda: bob.user_id not in alice.typing[room])
    assert alice.typed[room] == {bob.user_id}


async def test_in_an_encrypted_room_only_its_members_read(
    encrypting_person: EncryptingNewcomer, person: Newcomer
) -> None:
    alice, bob, carol = [await encrypting_person(n) for n in ("alice", "bob", "carol")]
    eve = await person("eve")
    room = await alice.create_room(bob.user_id, eve.user_id, carol.user_id, encrypted=True)
    for who in (bob, eve):
        await who.join(room)
    asked = await alice.say(room, "Regen? 雨")
    reply = await bob.see(room, asked, encrypted=True)
    assert (reply.body, reply.trusted) == ("Regen? 雨", False)
    said = await bob.say(room, "Yes", thread=asked, kind="m.notice")
    answer = await alice.see(room, said, encrypted=True)
    assert (answer.body, answer.thread, answer.kind) == ("Yes", asked, "m.notice")
    await bob.edit(room, said, "No")
    await bob.react(room, said, "👎")
    news = await alice.see(room, said, edited=True, reactions=((bob.user_id, "👎"),))
    assert news.body == "No"
    closed = await eve.see(room, asked)
    assert (closed.kind, closed.body) == (UNREADABLE, "")
    file = await alice.send_file(room, "secret.txt", b"hidden")
    found = await bob.see(room, file, encrypted=True)
    assert set(found.content["file"]) >= {"url", "key", "iv", "hashes"}
    await carol.join(room)
    late = await alice.say(room, "welcome")
    shown = await carol.see(room, late, encrypted=True)
    assert shown.body == "welcome"


@pytest.mark.parametrize("unit", ["حلب مدينة ", "Rain fell. "])
async def test_the_largest_page_goes_through_an_encrypted_room(
    encrypting_person: EncryptingNewcomer, unit: str
) -> None:
    alice, bob = await encrypting_person("alice"), await encrypting_person("bob")
    room = await alice.create_room(bob.user_id, encrypted=True)
    await bob.join(room)
    text = (unit * 66_000)[:66_000]
    dialect = Matrix()
    page, *_ = paginate([QuoteBlock(excerpt(text), 1)], dialect, MOST)
    assert dialect.measure(dialect.render(page.blocks[0])) > MOST - 100
    said = await alice.say(room, page.text, html=page.html, kind="m.notice")
    shown = await bob.see(room, said, encrypted=True)
    assert (shown.body, shown.html) == (page.text, page.html)


async def test_who_gets_no_key_sees_that_something_was_said(
    encrypting_person: EncryptingNewcomer,
) -> None:
    alice, bob = await encrypting_person("alice"), await encrypting_person("bob")
    room = await alice.create_room(bob.user_id, encrypted=True)
    await bob.join(room)
    before = await alice.say(room, "open")
    await bob.see(room, before, encrypted=True)
    await alice.withhold(room, bob.device_id)
    closed = await alice.say(room, "closed")
    assert (await bob.see(room, closed)).kind == UNREADABLE


async def test_a_strict_client_ignores_devices_that_nobody_signed(
    strict_person: StrictNewcomer, encrypting_person: EncryptingNewcomer
) -> None:
    alice, bob = await strict_person("alice"), await encrypting_person("bob")
    room = await alice.create_room(bob.user_id, encrypted=True)
    await bob.join(room)
    unheard = await alice.say(room, "first")
    unread = await bob.say(room, "unsigned")
    assert (await alice.see(room, unread)).kind == UNREADABLE
    assert (await bob.see(room, unheard)).kind == UNREADABLE

    await bob.sign_self()
    heard = await alice.say(room, "second")
    shown = await bob.see(room, heard, encrypted=True)
    assert (shown.body, shown.trusted) == ("second", True)
    read = await bob.say(room, "signed")
    answer = await alice.see(room, read, encrypted=True)
    assert (answer.body, answer.trusted) == ("signed", True)


async def test_a_server_that_is_killed_comes_back_with_all_that_was_said(
    person: Newcomer, synapse: Synapse
) -> None:
    alice = await person("alice")
    room = await alice.create_room()
    said = await alice.say(room, "kept")
    await asyncio.to_thread(synapse.kill)
    assert not synapse.running
    await asyncio.to_thread(synapse.start)
    assert (await alice.see(room, said)).body == "kept"


async def test_the_server_says_no_by_its_code(person: Newcomer) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await alice.create_room()
    with pytest.raises(RefusedByServerError) as refused:
        await bob.join(room)
    assert (refused.value.status, refused.value.code) == (403, "M_FORBIDDEN")
