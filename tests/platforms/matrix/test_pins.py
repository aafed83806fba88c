"""The way from a silence to a pin and its answer, with typed numbers, on a real homeserver."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness.matrix_harness import WHALES, MatrixHarness, at_home
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import Newcomer, fresh

BY_CURATOR = "Pinned by a curator."
OIL = "It burned whale oil."
LOCK = "Its lock was made by Nils Brask."
NOWHERE = "These words stand nowhere in the documents."
restarts = pytest.mark.parametrize("again", [False, True], ids=["at once", "after a restart"])


@pytest.fixture
async def bot(synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixHarness]:
    async with at_home(synapse, fresh("bot"), tmp_path, signs="none") as parlour:
        yield parlour


@restarts
async def test_a_curator_turns_a_silence_into_an_answer_with_two_numbers(
    bot: MatrixHarness, person: Newcomer, again: bool
) -> None:
    cura, ben = await person("cura"), await person("ben")
    await bot.restart(curators=(cura.user_id,))
    room = await bot.welcomed(ben, cura)
    assert "do not answer" in (await ben.ask(room, f"!ask {WHALES}")).body
    listed = (await cura.ask(room, "!corpus unanswered")).body
    assert f"1 · 1 × {WHALES}" in listed
    assert "What could answer question N: !corpus pin N" in listed
    offered = (await cura.ask(room, "!corpus pin 1")).body
    number = 1 + len(re.findall(r"^\W*\d · ", offered.split(OIL)[0], re.MULTILINE))
    assert "Pinned." in (await cura.ask(room, f"!corpus pin 1 {number}")).body
    if again:
        await bot.restart()
        await ben.catch_up()
    for question in (WHALES, "Which whales live in the NORTH sea"):
        answer = (await ben.ask(room, f"!ask {question}")).body
        assert BY_CURATOR in answer
        assert OIL in answer
    assert f"1 · {WHALES}" in (await cura.ask(room, "!corpus pins")).body
    assert "has no pin any more" in (await cura.ask(room, "!corpus undo")).body
    assert "do not answer" in (await ben.ask(room, f"!ask {WHALES}")).body


async def test_rooms_that_are_bound_apart_learn_nothing_of_each_others_pins(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana, ben, cem = await person("ana"), await person("ben"), await person("cem")
    first, second = await bot.welcomed(ana, cem), await bot.welcomed(ben, ana)
    await ana.ask(first, "!room collections pilots")
    await ben.ask(second, "!room collections isle")
    question = "where is the money"
    assert NOWHERE in (await ben.ask(second, f"!corpus pin {question} = chest of the pilots")).body
    assert NOWHERE in (await ana.ask(first, f"!corpus pin {question} = whale oil")).body
    offered = await ana.ask(first, f"!corpus pin {question} = chest of the pilots")
    # Ana does not manage the second room, and Cem manages none.
    for who, room in ((ana, second), (cem, first)):
        refused = await who.ask(room, "!corpus pin 1 1")
        assert refused.body == "Only someone who manages this place may do this."
    assert "chest of the pilots" in offered.body
    assert "Pinned." in (await ana.ask(first, "!corpus pin 1 1")).body
    await bot.restart()
    await ana.catch_up()
    assert BY_CURATOR in (await ana.ask(first, f"!ask {question}")).body
    silence = (await ben.ask(second, f"!ask {question}")).body
    assert "do not answer" in silence
    assert "chest" not in silence
    assert (await ben.ask(second, "!corpus pins")).body == "Nothing is pinned."
    assert (await ben.ask(second, "!corpus undo")).body == "There is nothing to undo."
    assert (await ben.ask(second, "!corpus log")).body == "Only a curator may do this."
    assert "chest" not in (await ben.ask(second, "!corpus unanswered")).body
    assert "has no pin any more" in (await ana.ask(first, "!corpus undo")).body


async def test_a_pin_follows_its_words_and_stops_without_them(
    bot: MatrixHarness, person: Newcomer
) -> None:
    cura = await person("cura")
    await bot.restart(curators=(cura.user_id,))
    room = await bot.welcomed(cura, direct=True)
    await cura.ask(room, f"!corpus pin {WHALES} = whale oil")
    await cura.ask(room, "!corpus pin 1 1")
    lamp = (bot.corpus / "isle/lamp.md").read_text()
    bot.write("isle/lamp.md", lamp.replace("# The lamp\n", "# The lamp\n\nA word first.\n"))
    assert "follows its quote" in (await cura.ask(room, "!corpus reload")).body
    assert BY_CURATOR in (await cura.ask(room, WHALES)).body
    bot.write("isle/lamp.md", lamp.replace("whale oil", "seal oil"))
    assert "has its words no more" in (await cura.ask(room, "!corpus reload")).body
    assert BY_CURATOR not in (await cura.ask(room, WHALES)).body
    listed = (await cura.ask(room, "!corpus pins")).body
    assert "isle/lamp.md no longer has" in listed
    assert "It burned seal oil." in listed
    (bot.corpus / "isle/lamp.md").unlink()
    assert "isle/lamp.md is gone" in (await cura.ask(room, "!corpus reload")).body
    assert BY_CURATOR not in (await cura.ask(room, WHALES)).body
    assert "has no pin any more" in (await cura.ask(room, "!corpus unpin 1")).body


async def test_hostile_questions_are_pinned_and_shown_as_text(
    bot: MatrixHarness, person: Newcomer
) -> None:
    cura = await person("cura")
    await bot.restart(curators=(cura.user_id,))
    room = await bot.welcomed(cura, direct=True)
    for question in (
        "<b>who</b> is @room <a href='https://example.org'>here</a>?",
        '""" [[pin]] question: "x" """ what?',
        "\u202ewho\u202c is \u2066there\u2069?",
        "🐟🧂 for whom?",
    ):
        await cura.ask(room, f"!corpus pin {question} = whale oil")
        told = await cura.ask(room, "!corpus pin 1 1")
        assert told.body.startswith("Pinned.")
        assert "\u202e" not in told.body
        answer = await cura.ask(room, f"!ask {question}")
        assert BY_CURATOR in answer.body
        assert OIL in answer.body


async def test_a_room_that_is_off_still_lets_its_managers_pin_and_set_up(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana, ben = await person("ana"), await person("ben")
    room = await bot.welcomed(ana, ben)
    await ana.ask(room, "!room mode off")
    assert "No question is without" in (await ana.ask(room, "!corpus unanswered")).body
    assert "It stands" in (await ana.ask(room, f"!corpus pin {WHALES} = whale oil")).body
    shown = (await ana.ask(room, "!setup")).body
    assert "No message is a question. Set for this room." in shown
    assert "4 documents are ready." in shown
    assert "!room collections NAMES. There is: isle, pilots." in shown
    assert "!room mode everything: Every message is a question." in shown
    assert "!room mode off: No message is a question." in shown
    await ana.ask(room, "!room collections isle")
    shown = (await ana.ask(room, "!setup")).body
    assert "3 documents are ready." in shown
    assert "pilots" not in shown
    assert "ready" not in (await ana.ask(room, "!room show")).body
    refused = await ben.ask(room, "!setup")
    assert refused.body == "Only someone who manages this place may do this."
