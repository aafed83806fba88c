"""Curators and managers in Matrix rooms, on a real homeserver."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness.matrix_harness import CHEST, LIT, MatrixHarness, at_home
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import EncryptingNewcomer, Newcomer, fresh

BELL = "Who cast the bell of Skerry Vore?"
BELL_FILE = b"# The bell\n\nThe bell of Skerry Vore was cast by Marta Eide in 1850.\n"


@pytest.fixture
async def bot(synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixHarness]:
    async with at_home(synapse, fresh("bot"), tmp_path, signs="none") as parlour:
        yield parlour


async def test_a_curator_adds_looks_at_and_removes_documents(
    bot: MatrixHarness, encrypting_person: EncryptingNewcomer, person: Newcomer
) -> None:
    cura, ben = await encrypting_person("cura"), await encrypting_person("ben")
    await bot.restart(curators=(cura.user_id,))
    room = await bot.welcomed(cura, ben, encrypted=True)
    await bot.restart(curators=(cura.user_id,))

    file = await cura.send_file(room, "bell.md", BELL_FILE)
    refused = await ben.ask(room, "!corpus add isle", reply_to=file)
    assert "Only a curator may do this." in refused.body
    assert "file" in (await cura.ask(room, "!corpus add isle")).body
    added = await cura.ask(room, "!corpus add isle", reply_to=file)
    assert "Added isle/bell.md to the collection isle: 1 passage." in added.body
    assert "Marta Eide" in (await ben.ask(room, f"!ask {BELL}")).body
    again = await cura.ask(room, "!corpus add isle replace", reply_to=file)
    assert "Replaced isle/bell.md" in again.body

    assert "Documents: 5." in (await cura.ask(room, "!corpus status")).body
    await ben.ask(room, "!ask what is a good recipe for kibbeh?")
    assert "1 · 1 × what is a good" in (await cura.ask(room, "!corpus unanswered")).body
    assert "isle/bell.md" in (await cura.ask(room, "!corpus log")).body
    bot.write("isle/wind.md", "# The wind\n\nThe wind of Skerry Vore blows from the west.\n")
    assert "isle/wind.md" in (await cura.ask(room, "!corpus reload")).body
    assert "Write it as !corpus" in (await cura.ask(room, "!corpus dance")).body

    asked = await cura.ask(room, "!corpus remove bell")
    assert "React with ✅" in asked.body
    await ben.react(room, asked.event_id, "✅")
    await cura.react(room, asked.event_id, "✅")
    told = await cura.answer(room, asked.event_id)
    assert "Removed isle/bell.md" in told.body
    assert "Marta Eide" not in (await ben.ask(room, f"!ask {BELL}")).body
    kept = await cura.ask(room, "!corpus remove The wind")
    await cura.react(room, kept.event_id, "❌")
    assert "Nothing was taken away." in (await cura.answer(room, kept.event_id)).body


@pytest.mark.parametrize("version", ["10", "12"])
async def test_a_manager_sees_to_the_room(
    bot: MatrixHarness, person: Newcomer, version: str
) -> None:
    boss, ana = await person("boss"), await person("ana")
    room = await bot.welcomed(boss, ana, version=version)
    assert "Only someone who manages" in (await ana.ask(room, "!room mode everything")).body
    assert "Changed here." in (await boss.ask(room, "!room collections pilots")).body
    assert "The documents do not answer this." in (await ana.ask(room, f"!ask {LIT}")).body
    assert "Nils Brask" in (await ana.ask(room, f"!ask {CHEST}")).body
    assert "There is no collection moon" in (await boss.ask(room, "!room collections moon")).body
    assert "Every message is a question." in (await boss.ask(room, "!room mode everything")).body
    assert "Nils Brask" in (await ana.ask(room, CHEST)).body
    assert "Der Bot schreibt hier" in (await boss.ask(room, "!room language de")).body
    assert "Die Dokumente" in (await ana.ask(room, "!ask what is a good recipe for kibbeh?")).body
    assert "The bot writes" not in (await boss.ask(room, "!room language default")).body
    await boss.ask(room, "!room mode off")
    ignored = await ana.say(room, f"!ask {CHEST}", mentions=[bot.user_id])
    assert "No message is a question." in (await boss.ask(room, "!room show")).body
    assert ana.answers(room, ignored) == []
    assert "taken back" in (await boss.ask(room, "!room clear")).body
    assert "Ivar Holm" in (await ana.ask(room, f"!ask {LIT}")).body


async def test_a_room_for_two_that_shrank_keeps_its_limits(
    bot: MatrixHarness, person: Newcomer
) -> None:
    boss, ana = await person("boss"), await person("ana")
    room = await bot.welcomed(boss, ana)
    await boss.ask(room, "!room collections pilots")
    await ana.leave(room)
    assert "The documents do not answer this." in (await boss.ask(room, LIT)).body
    private = await bot.welcomed(boss, direct=True)
    assert "Nothing can be set for it." in (await boss.ask(private, "!room show")).body
