"""People, rooms and servers that mean harm: what they try comes to nothing."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import stamina
from aiohttp import web

from bot.chat.rooms import EffectiveSettings
from bot.core.errors import StateError
from bot.platforms.matrix.api.event_parser import parse_decrypted
from bot.platforms.matrix.api.events import MessageEvent, RoomEvent
from bot.platforms.matrix.api.http import NO_CODE, RefusedError
from bot.platforms.matrix.api.room_state import RoomState
from bot.platforms.matrix.mapping import place_of, words_of
from bot.platforms.matrix.outbox import MatrixOutbox, until_reached
from bot.platforms.matrix.session import undecrypted
from bot.state.records import Mode
from bot.state.store import Store
from tests.harness.matrix_harness import COST, KIBBEH, LIT, MatrixHarness, at_home
from tests.harness.stub_server import USER as ME
from tests.harness.stub_server import listening
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import EncryptingNewcomer, Newcomer, fresh

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def bot(synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixHarness]:
    async with at_home(synapse, fresh("bot"), tmp_path, signs="none") as parlour:
        yield parlour


# Events that come encrypted, so that the server cannot check them


@pytest.mark.parametrize(
    "inside",
    [
        {"type": "m.room.redaction", "content": {"redacts": "$other"}},
        {"type": "m.room.redaction", "redacts": "$other", "content": {}},
        {
            "type": "m.room.tombstone",
            "state_key": "",
            "content": {"replacement_room": "!trap:evil"},
        },
        {"type": "m.room.member", "state_key": ME, "content": {"membership": "join"}},
        {"type": "m.room.member", "state_key": "@a:here", "content": {"membership": "leave"}},
    ],
)
def test_what_only_the_server_may_say_is_not_believed_inside(inside: dict[str, Any]) -> None:
    assert parse_decrypted("!r", {"event_id": "$e", "sender": "@eve:here", **inside}, ME) is None


async def test_an_encrypted_redaction_takes_no_reply_of_others_down(
    bot: MatrixHarness, encrypting_person: EncryptingNewcomer
) -> None:
    ana, eve = await encrypting_person("ana"), await encrypting_person("eve")
    room = await bot.welcomed(ana, eve, encrypted=True)
    answer = await ana.ask(room, f"!ask {LIT}")
    await eve.send(room, "m.room.redaction", {"redacts": answer.reply_to})
    await eve.ask(room, f"!ask {COST}")
    await ana.ask(room, f"!ask {KIBBEH}")
    await bot.stop()
    await ana.catch_up()
    assert answer.event_id in [one.event_id for one in bot.said(ana, room)]


# Invitations and replaced rooms


async def test_an_invitation_with_two_names_is_left_open(tmp_path: Path) -> None:
    """What a foreign server tells of a room stands beside the true invitation, unchecked."""

    def invite(sender: str) -> dict[str, Any]:
        content = {"membership": "invite", "is_direct": True}
        return {"type": "m.room.member", "state_key": ME, "sender": sender, "content": content}

    forged = {"invite_state": {"events": [invite("@ann:here"), invite("@eve:evil")]}}
    true = {"invite_state": {"events": [{"type": "m.room.name"}, invite("@ann:here")]}}
    synced = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal synced
        synced += 1
        if synced == 1:
            rooms = {"invite": {"!forged:evil": forged, "!true:here": true}}
            return web.json_response({"next_batch": "s1", "rooms": rooms})
        await asyncio.Event().wait()
        raise web.HTTPNotFound

    heard: list[RoomEvent] = []
    taken = asyncio.Event()

    async def handle(happened: RoomEvent) -> None:
        heard.append(happened)
        taken.set()

    async with listening(answer, tmp_path, handle):
        await asyncio.wait_for(taken.wait(), 20)
    assert [(one.room, one.sender) for one in heard] == [("!true:here", "@ann:here")]


@pytest.mark.parametrize("there", [True, False])
async def test_a_room_cannot_set_rules_for_another_by_naming_it_its_successor(
    bot: MatrixHarness, person: Newcomer, there: bool
) -> None:
    ana, eve = await person("ana"), await person("eve")
    if there:
        room = await bot.welcomed(ana, eve, public=True)
    else:
        room = await ana.create_room(eve.user_id, public=True)
        await eve.until(lambda: room in eve.invited)
        await eve.join(room)
    trap = await bot.welcomed(eve)
    await eve.ask(trap, "!room mode everything")
    await eve.ask(trap, "!room collections pilots")
    await eve.put_state(trap, "m.room.tombstone", {"body": "", "replacement_room": room})
    if there:
        await eve.ask(trap, LIT)
    else:

        def out() -> bool:
            told = ana.state[room].get(("m.room.member", bot.user_id), {})
            return told.get("membership") == "leave"

        await ana.until(out)
        await ana.invite(room, bot.user_id)
        await ana.until(lambda: bot.said(ana, room))
    unheard = await ana.say(room, LIT)
    assert "Ivar Holm" in (await ana.ask(room, f"!ask {LIT}")).body
    assert ana.answers(room, unheard) == []


# Floods


async def test_a_stranger_cannot_fill_a_room_with_refusals(
    bot: MatrixHarness, person: Newcomer
) -> None:
    await bot.restart(per_person=1)
    ana, eve = await person("ana"), await person("eve")
    room = await bot.welcomed(ana, eve)
    answer = await ana.ask(room, f"!ask {COST}")
    signs = ("❌", "❌\ufe0f", "❌\U0001f3fb", "❌\U0001f3fc", "❌\U0001f3fd")
    for sign in signs:
        await eve.react(room, answer.event_id, sign)
    await ana.react(room, answer.event_id, "❌")
    await ana.see(room, answer.event_id, gone=True)
    await bot.stop()
    await ana.catch_up()
    # The welcome, the answer, that it is not hers, and that it was too much.
    assert len(ana.seen(room, bot.user_id)) == 4


async def test_edits_count_as_questions_do(bot: MatrixHarness, person: Newcomer) -> None:
    await bot.restart(per_person=2)
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    first = await ana.ask(room, LIT)
    assert first.reply_to is not None
    await ana.edit(room, first.reply_to, COST)
    await ana.see(room, first.event_id, edited=True)
    await ana.edit(room, first.reply_to, KIBBEH)
    await ana.until(lambda: len(ana.answers(room, first.reply_to or "")) == 2)
    told = ana.answers(room, first.reply_to)[-1]
    assert "That is a lot of questions at once." in told.body
    await ana.edit(room, first.reply_to, LIT)
    await bot.stop()
    await ana.catch_up()
    assert "thalers" in (ana.shown(room, first.event_id) or first).body
    assert len(ana.answers(room, first.reply_to)) == 2


async def test_an_edit_that_is_refused_leaves_the_word_of_the_refusal(
    bot: MatrixHarness, person: Newcomer
) -> None:
    await bot.restart(per_person=1)
    ana, ben = await person("ana"), await person("ben")
    room = await bot.welcomed(ana, ben)
    await ana.ask(room, f"!ask {LIT}")
    told = await ana.ask(room, f"!ask {COST}")
    assert "That is a lot of questions at once." in told.body
    assert told.reply_to is not None
    await ana.edit(room, told.reply_to, f"!ask {KIBBEH}")
    await ben.ask(room, f"!ask {LIT}")
    await bot.stop()
    await ana.catch_up()
    assert [one.event_id for one in ana.answers(room, told.reply_to)] == [told.event_id]


async def test_encrypted_nonsense_brings_no_more_notices_than_questions(
    bot: MatrixHarness, encrypting_person: EncryptingNewcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undecrypted, "GRACE_SECONDS", 0.1)
    await bot.restart(per_person=2)
    eve = await encrypting_person("eve")
    room = await bot.welcomed(eve, encrypted=True, direct=True)
    found = await eve.call("POST", "/keys/query", {"device_keys": {bot.user_id: []}})
    lost = []
    for _ in range(4):
        # A new session each time.
        await eve.withhold(room, *found["device_keys"][bot.user_id])
        lost.append(await eve.say(room, LIT))
        if len(lost) <= 2:
            await eve.answer(room, lost[-1])
    await eve.call("POST", f"/rooms/{room}/leave", {})
    assert bot.task is not None
    await bot.stop()
    await eve.catch_up()
    assert [len(eve.answers(room, each)) for each in lost] == [1, 1, 0, 0]


def test_sessions_that_are_made_up_are_forgotten() -> None:
    seconds = itertools.count(step=undecrypted.GRACE_SECONDS)
    messages = undecrypted.UndecryptedMessages(lambda: next(seconds))

    def reported(number: int, session: int) -> int:
        raw: dict[str, object] = {"event_id": f"${number}", "sender": "@eve:here", "content": {}}
        messages.add("!r", f"s{session}", raw)
        return len(messages.pop_overdue(lambda *_: ""))

    count = undecrypted.MOST_REPORTED + 1
    assert all(reported(number, number) == 1 for number in range(count))
    assert reported(count, count - 1) == 0
    assert reported(count + 1, 0) == 1


def test_blanks_without_end_hold_nobody_up() -> None:
    body = "x" + ", " * 30_000 + "y bot z"
    said = MessageEvent("!r", "$e", "@eve:here", AT, body=body, mentions=frozenset((ME,)))
    began = time.process_time()
    assert words_of(said, ME, "bot") == body
    # From the front, with every run tried, it took minutes.
    assert time.process_time() - began < 2


@pytest.mark.parametrize("end", ["", "?", " ?! "])
def test_a_name_at_the_end_is_no_part_of_the_question(end: str) -> None:
    said = MessageEvent(
        "!r", "$e", "@a:b", AT, body=f"who lit it , @Bot{end}", mentions=frozenset((ME,))
    )
    assert words_of(said, ME, "bot") == f"who lit it{end.rstrip()}"


# Rights


def test_a_mode_shows_a_pair_no_more_than_a_pair_may_see() -> None:
    pair = RoomState(joined={ME, "@eve:here"})
    assert place_of("!room", pair, EffectiveSettings(None, Mode.EVERYTHING)).direct
    assert not place_of("!room", pair, EffectiveSettings(None, Mode.OFF)).direct


# Servers


@pytest.mark.parametrize(
    ("status", "code"), [(429, "M_LIMIT_EXCEEDED"), (404, NO_CODE), (429, NO_CODE)]
)
async def test_a_no_that_passes_loses_nothing(status: int, code: str) -> None:
    answers: list[Exception | None] = [*[RefusedError(status, code)] * 5, None]

    async def call() -> str:
        fault = answers.pop(0)
        if fault is not None:
            raise fault
        return "sent"

    with stamina.set_testing(True, attempts=100, cap=True):
        assert await until_reached(call) == "sent"


async def test_a_limit_leaves_no_gap_open(tmp_path: Path) -> None:
    # Longer than one call waits, so that it fails.
    limit = {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 10**9}
    content = {"msgtype": "m.text", "body": LIT}
    missed = {"type": "m.room.message", "event_id": "$e", "sender": "@a:b", "content": content}
    gap = {"timeline": {"events": [], "limited": True, "prev_batch": "before"}}
    refusals = [429, 429]
    heard: asyncio.Queue[RoomEvent] = asyncio.Queue()

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/messages"):
            if refusals:
                return web.json_response(limit, status=refusals.pop())
            return web.json_response({"chunk": [missed]})
        if request.query.get("since") == "old":
            return web.json_response({"next_batch": "new", "rooms": {"join": {"!r:here": gap}}})
        await asyncio.Event().wait()
        raise web.HTTPNotFound

    async with listening(answer, tmp_path, heard.put, {f"matrix.sync:{ME}": "old"}):
        with stamina.set_testing(True, attempts=100, cap=True):
            event = await asyncio.wait_for(heard.get(), 20)
    assert event.event_id == "$e"
    assert refusals == []


class HangingHomeserver:
    """A homeserver that takes the word that the bot writes, and never answers again."""

    def __init__(self) -> None:
        self.told: list[bool] = []
        self.shown = asyncio.Event()

    async def typing(self, room: str, on: bool) -> None:
        self.told.append(on)
        self.shown.set()
        if not on:
            await asyncio.Event().wait()


async def test_a_server_that_hangs_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.platforms.matrix.outbox.TYPING_SECONDS", 0.0)
    port = HangingHomeserver()
    outbox = MatrixOutbox(None, port, None)  # type: ignore[arg-type]

    async def work() -> None:
        async with outbox.typing("!room"):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.wait_for(port.shown.wait(), 5)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=2)
    assert done == {task}
    assert port.told == [True]


class SlowHomeserver:
    """A homeserver that is slow to take that the bot no longer writes."""

    def __init__(self) -> None:
        self.is_typing = False
        self.changed = asyncio.Condition()
        self.asked_off, self.may_end = asyncio.Event(), asyncio.Event()

    async def typing(self, room: str, on: bool) -> None:
        if not on:
            self.asked_off.set()
            await self.may_end.wait()
        async with self.changed:
            self.is_typing = on
            self.changed.notify_all()

    async def until(self, is_typing: bool) -> None:
        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(lambda: self.is_typing is is_typing)


async def test_the_end_of_one_reply_does_not_hide_that_the_next_is_being_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.platforms.matrix.outbox.TYPING_SECONDS", 0.0)
    port = SlowHomeserver()
    outbox = MatrixOutbox(None, port, None)  # type: ignore[arg-type]
    may_end = [asyncio.Event(), asyncio.Event()]

    async def work(number: int) -> None:
        async with outbox.typing("!room"):
            await may_end[number].wait()

    first = asyncio.create_task(work(0))
    await port.until(True)
    may_end[0].set()
    await asyncio.wait_for(port.asked_off.wait(), 5)
    second = asyncio.create_task(work(1))
    await asyncio.sleep(0.05)
    port.may_end.set()
    await first
    await asyncio.sleep(0.05)
    await port.until(True)
    may_end[1].set()
    await second
    assert port.is_typing is False


# Crashes


async def test_a_further_page_that_is_said_again_is_counted_once(
    bot: MatrixHarness,
    person: Newcomer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    costs = (f"The tower of Skerry Vore cost {n},000 thalers in year {n}.\n\n" for n in range(9))
    bot.write("isle/costs.md", "# Costs\n\n" + "".join(costs))
    await bot.reload()
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    answer = await ana.ask(room, COST)

    async def lost(*_: object) -> bool:
        raise StateError("The disk is full.")

    monkeypatch.setattr(bot.store.jobs, "finish", lost)
    await ana.react(room, answer.event_id, "➕")
    await ana.answer(room, answer.event_id)
    await bot.restart()
    assert "Ivar Holm" in (await ana.ask(room, LIT)).body
    await bot.stop()
    async with await Store.open(bot.state) as store:
        post = await store.answers.post_of_reply("matrix", room, answer.event_id)
        assert post is not None
        assert len(set(post.reply_messages)) == len(post.reply_messages) == 2
    assert "fault" not in caplog.text
