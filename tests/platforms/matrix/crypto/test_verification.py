"""Somebody verifies the bot by short authentication strings, on a real homeserver."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness.matrix_clients import MatrixPerson
from tests.harness.matrix_harness import LIT, MatrixHarness, at_home
from tests.harness.matrix_verification import START, Asker
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import EncryptingNewcomer, Newcomer, fresh


@pytest.fixture
async def bot(synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixHarness]:
    async with at_home(synapse, fresh("bot"), tmp_path, signs="none") as parlour:
        yield parlour


async def keys(who: MatrixPerson, bot: MatrixHarness) -> tuple[str, dict[str, str]]:
    """The bot's device, and the public keys that a verification has to prove."""
    found = await who.call("POST", "/keys/query", {"device_keys": {bot.user_id: []}})
    ((device, published),) = found["device_keys"][bot.user_id].items()
    name = f"ed25519:{device}"
    return device, {name: published["keys"][name], **found["master_keys"][bot.user_id]["keys"]}


@pytest.mark.parametrize("in_room", [True, False])
async def test_a_curator_verifies_device_and_identity(
    bot: MatrixHarness,
    encrypting_person: EncryptingNewcomer,
    caplog: pytest.LogCaptureFixture,
    in_room: bool,
) -> None:
    ana = await encrypting_person("ana")
    await bot.restart(curators=(ana.user_id,))
    room = await bot.welcomed(ana, encrypted=True, direct=True)
    device, published = await keys(ana, bot)
    asker = Asker(ana, bot.user_id, device, room if in_room else None)
    await asker.request()
    assert (await asker.next("ready"))["methods"] == ["m.sas.v1"]
    with caplog.at_level(logging.WARNING):
        await asker.start()
    # Who runs the bot compares the numbers with those that the client shows.
    assert any(asker.numbers in record.getMessage() for record in caplog.records)
    macs = await asker.confirm()
    assert macs.keys() == published.keys()
    assert all(asker.proves(macs, key, name) for name, key in published.items())
    await asker.send("done", {})
    assert "Ivar Holm" in (await ana.ask(room, LIT)).body


@pytest.mark.parametrize("in_room", [True, False])
async def test_a_verification_that_a_restart_interrupts_is_cancelled_with_a_reason(
    bot: MatrixHarness, encrypting_person: EncryptingNewcomer, in_room: bool
) -> None:
    ana = await encrypting_person("ana")
    await bot.restart(curators=(ana.user_id,))
    room = await bot.welcomed(ana, encrypted=True, direct=True)
    device, _ = await keys(ana, bot)
    asker = Asker(ana, bot.user_id, device, room if in_room else None)
    await asker.request()
    await asker.next("ready")
    # The sync after that of the request: what began is stored by then.
    await ana.ask(room, LIT)
    await bot.restart()
    cancelled = await asker.next("cancel")
    assert cancelled["code"] == "m.unknown_transaction"
    assert cancelled["reason"].startswith("The bot was restarted meanwhile.")
    again = Asker(ana, bot.user_id, device, room if in_room else None)
    await again.request()
    await again.next("ready")
    await again.start()
    await again.confirm()


@pytest.mark.parametrize("in_room", [True, False])
async def test_others_are_refused_at_once(
    bot: MatrixHarness, person: Newcomer, in_room: bool
) -> None:
    eve = await person("eve")
    room = await bot.welcomed(eve, direct=True)
    device, _ = await keys(eve, bot)
    asker = Asker(eve, bot.user_id, device, room if in_room else None)
    await asker.request()
    cancelled = await asker.next("cancel")
    assert (cancelled["code"], "curator" in cancelled["reason"]) == ("m.user", True)
    assert len(bot.said(eve, room)) == 1


async def test_a_stranger_brings_one_refusal_into_a_room_and_none_where_the_bot_is_off(
    bot: MatrixHarness, person: Newcomer
) -> None:
    eve, ben = await person("eve"), await person("ben")
    room, off = await bot.welcomed(eve, ben), await bot.welcomed(ben, eve)
    await ben.ask(off, "!room mode off")
    device, _ = await keys(eve, bot)
    for who, where in ((ben, off), (eve, room), (eve, room), (eve, room)):
        await Asker(who, bot.user_id, device, where).request()
    last = Asker(ben, bot.user_id, device, room)
    await last.request()
    # Ben had his refusal for this hour where the bot is off, and it was not sent.
    await ben.ask(room, f"!ask {LIT}")
    await ben.ask(off, "!room show")
    for where, count in ((room, 1), (off, 0)):
        events = [event for event in ben.timelines[where] if event["sender"] == bot.user_id]
        assert sum("verification.cancel" in event["type"] for event in events) == count


async def test_what_makes_no_sense_is_cancelled_with_a_reason(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana = await person("ana")
    await bot.restart(curators=(ana.user_id,))
    device, _ = await keys(ana, bot)

    async def code(*steps: tuple[str, dict[str, object]], started: bool = False) -> str:
        asker = Asker(ana, bot.user_id, device)
        if started:
            await asker.start()
        for step, content in steps:
            await asker.send(step, content)
        return str((await asker.next("cancel"))["code"])

    # An asker that the bot has forgotten, such as by a restart.
    assert await code(("key", {"key": "x"})) == "m.unknown_transaction"
    assert await code(("start", {**START, "hashes": ["md5"]})) == "m.unknown_method"
    assert await code(("start", dict(START)), ("key", {"key": "x"})) == "m.invalid_message"
    assert await code(("start", dict(START)), ("mac", {"mac": {}})) == "m.unexpected_message"
    assert await code(("mac", {"mac": {}, "keys": "x"}), started=True) == "m.key_mismatch"
    # Nor do two who verify each other in one room with the bot concern it.
    ben = await person("ben")
    room = await bot.welcomed(ana, ben)
    other = Asker(ben, ana.user_id, ana.device_id, room)
    await other.request()
    await other.send("key", {"key": "x"})
    assert "Ivar Holm" in (await ben.ask(room, f"!ask {LIT}")).body
    senders = [e["sender"] for e in ben.timelines[room] if "verification" in e["type"]]
    assert senders == [ben.user_id]
