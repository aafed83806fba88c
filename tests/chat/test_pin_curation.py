"""Pins in chat: from a question without an answer to the words that answer it, and back."""

import pytest

from bot.chat.buttons import Action, Verb
from bot.chat.command_grammar import DISCORD, MATRIX, Syntax, parse
from bot.chat.commands import (
    Command,
    FindQuote,
    ListPins,
    ListUnanswered,
    SetCollections,
    ShowStatus,
    Undo,
)
from bot.chat.identity import Person, Place
from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.questions import ChatServiceOptions
from bot.chat.rendering.plain import PLAIN
from bot.chat.request import ChatRequest
from bot.chat.service import ChatService
from bot.core.replies import Answer
from tests.harness.curation_harness import ADA, BOB, CEM, HALL, START, CurationHarness, asks

DAN = Person("discord", "900004", frozenset({"scribe"}))
LAKE = Place("discord", "village", "lake")
FEE = "what do i pay to cross"


class PinHarness:
    """People who pin in the town, with buttons or with typed commands."""

    def __init__(self, town: CurationHarness, syntax: Syntax = DISCORD) -> None:
        self.town, self.syntax = town, syntax
        self.restart()

    def restart(self, answer_seconds: float = 30.0) -> None:
        town = self.town
        options = ChatServiceOptions(self.syntax, answer_seconds, now=lambda: START)
        layout = Layout(PLAIN, 4_000)
        self.chat = ChatService(
            town.answering, town.store, town.rooms, town.curation, layout, options
        )

    async def does(self, command: Command, person: Person = ADA, place: Place = HALL) -> Message:
        return await self.chat.handle(command, ChatRequest(place, person, private=True))

    async def types(self, text: str, person: Person = ADA) -> str:
        return (await self.does(parse(text, self.syntax), person)).text

    async def asks(self, question: str, place: Place = HALL) -> Message:
        command = parse(question, self.syntax)
        request = ChatRequest(place, CEM, thread=place.room)
        return await self.chat.handle(command, request)


def pressing(message: Message, verb: Verb, number: int = 0) -> Action:
    return [action for action in message.actions if action.verb is verb][number]


@pytest.fixture
def pins(town: CurationHarness) -> PinHarness:
    return PinHarness(town)


async def test_two_presses_lead_from_a_silence_to_its_answer(pins: PinHarness) -> None:
    silence = await pins.asks(FEE)
    assert "do not answer" in silence.text
    listed = await pins.does(ListUnanswered())
    assert f"1 · 1 × {FEE}" in listed.text
    offered = await pins.does(pressing(listed, Verb.CANDIDATES))
    assert "The toll on the bridge is two crowns." in offered.text
    number = offered.text.splitlines()
    place = [line for line in number if line.startswith("  ") and "toll" in line.casefold()]
    first = int(place[0].split("·")[0]) - 1
    done = await pins.does(pressing(offered, Verb.PIN, first))
    assert f"Pinned. “{FEE}”, and questions like it, are answered with this." in done.text
    answer = await pins.asks("What do I pay to cross?")
    assert "Pinned by a curator." in answer.text
    assert "The toll on the bridge is two crowns." in answer.text
    assert [entry[1] for entry in await pins.town.log()] == ["pin"]
    undone = await pins.does(pressing(done, Verb.UNDO))
    assert "Undone." in undone.text
    assert "do not answer" in (await pins.asks(FEE)).text


async def test_questions_without_an_answer_are_those_one_may_see(pins: PinHarness) -> None:
    count = pins.town.store.unanswered.count
    assert (await pins.does(ListUnanswered(), BOB)).text == "No question is without an answer."
    for space, question, times in (("town", "Who was first?", 2), ("village", "Who was last?", 3)):
        for _ in range(times):
            await count("discord", space, question, START)
    head = "Questions without an answer, and how often they were asked:\n"
    assert (await pins.does(ListUnanswered(), BOB)).text == head + "1 · 2 × Who was first?"
    everything = await pins.does(ListUnanswered())
    assert everything.text == head + "1 · 3 × Who was last?\n2 · 2 × Who was first?"
    for number in range(30):
        await count("discord", "town", f"{number} " + "x" * 500, START)
    shown = await pins.does(ListUnanswered())
    assert len(shown.text.splitlines()) == 11
    assert max(map(len, shown.text.splitlines())) < 215
    assert len(shown.actions) == 10


async def test_questions_alike_stand_as_one(pins: PinHarness) -> None:
    count = pins.town.store.unanswered.count
    for space, question, times in (
        ("town", "how much is the steamboat ticket", 2),
        ("town", "how much is a ticket for the steamboat?", 2),
        ("village", "How much is the steamboat ticket", 1),
        ("town", "who steers the boat", 4),
        ("town", "how much is the ferry in 1981", 1),
        ("town", "how much is the ferry in 1982", 1),
    ):
        for _ in range(times):
            await count("discord", space, question, START)
    listed = (await pins.does(ListUnanswered())).text.splitlines()
    assert listed[1:4] == [
        "1 · 5 × how much is a ticket for the steamboat?",
        "Asked as “how much is the steamboat ticket”, too.",
        "2 · 4 × who steers the boat",
    ]
    assert sum("198" in line for line in listed) == 2


async def test_the_buttons_of_a_list_work_after_a_restart(pins: PinHarness) -> None:
    await pins.asks(FEE)
    listed = await pins.does(ListUnanswered())
    pins.restart()
    offered = await pins.does(pressing(listed, Verb.CANDIDATES))
    assert "The toll on the bridge is two crowns." in offered.text
    pins.restart()
    assert "Pinned." in (await pins.does(pressing(offered, Verb.PIN))).text
    forged = await pins.does(Action(Verb.PIN, "0" * 16))
    assert forged.text == "This offer has ended. Begin again."


async def test_words_are_found_shown_where_they_stand_and_pinned(pins: PinHarness) -> None:
    offered = await pins.does(FindQuote(FEE, "BRIDGE  is two"))
    assert "The toll on the bridge is two crowns." in offered.text
    await pins.does(pressing(offered, Verb.PIN))
    assert "two crowns" in (pins.town.folder / "pins.toml").read_text()
    assert "Pinned by a curator." in (await pins.asks(FEE)).text
    nowhere = await pins.does(FindQuote(FEE, "three crowns"))
    assert nowhere.text.startswith("These words stand nowhere in the documents.")
    assert nowhere.actions == ()


async def test_a_second_quote_is_a_second_side(pins: PinHarness) -> None:
    for words in ("bridge is two", "vault lies under"):
        await pins.does(pressing(await pins.does(FindQuote(FEE, words)), Verb.PIN))
    again = await pins.does(FindQuote(FEE, "bridge is two"))
    assert "is answered with 2 quotes" in (await pins.does(pressing(again, Verb.PIN))).text
    reply = await pins.town.answering.ask(FEE)
    assert isinstance(reply, Answer)
    assert [each.quote for each in reply.excerpts[: reply.pinned]] == [
        "The vault lies under the town hall.",
        "The toll on the bridge is two crowns.",
    ]


async def test_numbers_that_are_typed_do_the_same(town: CurationHarness) -> None:
    pins = PinHarness(town, MATRIX)
    await pins.asks(FEE)
    assert "There is no number 1" in await pins.types("!corpus pin 1")
    assert "What could answer question N: /corpus pin N" in await pins.types("!corpus unanswered")
    assert "There is no number 1" in await pins.types("!corpus pin 1 1")
    assert "To pin number M: /corpus pin 1 M" in await pins.types("!corpus pin 1")
    assert "There is no number 9" in await pins.types("!corpus pin 1 9")
    assert "Pinned." in await pins.types("!corpus pin 1 1")
    assert f"1 pin:\n\n1 · {FEE}" in await pins.types("!corpus pins")
    assert "has no pin any more" in await pins.types("!corpus unpin 1")
    assert "is pinned as before" in await pins.types("!corpus undo")
    assert "To pin number M" in await pins.types(f"!corpus pin {FEE} = two crowns")
    assert "Pinned." in await pins.types("!corpus pin 1 1")
    assert "Write it as /corpus" in await pins.types("!corpus pin")


async def test_the_number_of_a_question_stands_for_it(town: CurationHarness) -> None:
    pins = PinHarness(town, MATRIX)
    for question in ("who stole the moon", FEE):
        await pins.asks(question)
    assert "There is no number 2" in await pins.types("!corpus pin 2 = bridge is two")
    listed = (await pins.types("!corpus unanswered")).splitlines()
    number = next(line.split(" · ")[0] for line in listed if FEE in line)
    offered = await pins.types(f"!corpus pin {number}")
    assert f"To pin other words of the documents: /corpus pin {number} = WORDS" in offered
    assert "stand nowhere" in await pins.types(f"!corpus pin {number} = three crowns")
    assert "There is no number 1" in await pins.types(f"!corpus pin {number} 1")
    await pins.types(f"!corpus pin {number} = bridge is two")
    assert f"“{FEE}”" in await pins.types(f"!corpus pin {number} 1")
    assert "There is no number 3" in await pins.types("!corpus pin 3 = bridge is two")


async def test_a_pin_of_a_manager_answers_in_their_server_only(pins: PinHarness) -> None:
    offered = await pins.does(FindQuote(FEE, "bridge is two"), BOB)
    await pins.does(pressing(offered, Verb.PIN), BOB)
    assert "Pinned by a curator." in (await pins.asks(FEE)).text
    assert "do not answer" in (await pins.asks(FEE, LAKE)).text
    eve = Person("discord", "900009", manages=True)
    assert (await pins.does(ListPins(), eve, LAKE)).text == "Nothing is pinned."
    key = pressing(await pins.does(ListPins(), BOB), Verb.UNPIN)
    assert "not yours to change" in (await pins.does(key, eve, LAKE)).text
    assert (await pins.does(Undo(), eve, LAKE)).text == "There is nothing to undo."
    assert "Undone." in (await pins.does(Undo(), BOB)).text


async def test_what_a_room_may_not_see_is_offered_to_no_manager_of_it(pins: PinHarness) -> None:
    await pins.does(SetCollections(frozenset({"open"})))
    hidden = await pins.does(FindQuote(FEE, "vault lies"), BOB)
    assert hidden.text.startswith("These words stand nowhere in the documents.")
    assert "vault" not in (await pins.does(FindQuote("where is the vault"), BOB)).text.replace(
        "“where is the vault”", ""
    )
    assert "vault lies" in (await pins.does(FindQuote(FEE, "vault lies"), ADA)).text


async def test_nobody_else_pins_or_learns_of_pins(pins: PinHarness) -> None:
    offered = await pins.does(FindQuote(FEE, "bridge is two"))
    await pins.asks(FEE)
    listed = await pins.does(ListUnanswered())
    for command in (
        ListUnanswered(),
        ListPins(),
        FindQuote(FEE, "bridge is two"),
        Undo(),
        pressing(offered, Verb.PIN),
        pressing(listed, Verb.CANDIDATES),
        Action(Verb.UNPIN, "0" * 12),
    ):
        refused = await pins.does(command, CEM)
        assert refused.text == "Only someone who manages this place may do this."
    assert not (pins.town.folder / "pins.toml").exists()


async def test_a_lost_quote_is_shown_beside_what_stands_there_now(pins: PinHarness) -> None:
    await pins.does(pressing(await pins.does(FindQuote(FEE, "bridge is two")), Verb.PIN))
    file = pins.town.folder / "open/toll.md"
    file.write_text(file.read_text().replace("two crowns", "three crowns"))
    await pins.town.curation.reload(ADA, HALL)
    listed = (await pins.does(ListPins())).text
    assert "open/toll.md no longer has “The toll on the bridge is two crowns.”" in listed
    assert "Most like it now:\n│ The toll on the bridge is three crowns." in listed
    assert "Pinned" not in (await pins.asks(FEE)).text
    offered = await pins.does(FindQuote(FEE, "three crowns"))
    await pins.does(pressing(offered, Verb.PIN))
    answer = await pins.town.answering.ask(FEE)
    assert isinstance(answer, Answer)
    assert answer.pinned == 1
    assert answer.excerpts[0].quote == "The toll on the bridge is three crowns."


async def test_an_undo_leaves_alone_what_was_changed_by_hand_since(pins: PinHarness) -> None:
    await pins.does(pressing(await pins.does(FindQuote(FEE, "bridge is two")), Verb.PIN))
    file = pins.town.folder / "pins.toml"
    by_hand = file.read_text().replace("bridge is two crowns", "bridge")
    file.write_text(by_hand)
    assert "was changed since, so it stays as it is" in (await pins.does(Undo())).text
    assert file.read_text() == by_hand


async def test_a_pin_that_cannot_be_served_is_not_kept(pins: PinHarness) -> None:
    offered = await pins.does(FindQuote(FEE, "bridge is two"))
    (pins.town.folder / "sources.toml").write_text("not toml [")
    failed = await pins.does(pressing(offered, Verb.PIN))
    assert "sources.toml" in failed.text
    (pins.town.folder / "sources.toml").unlink()
    assert (await pins.does(ListPins())).text == "Nothing is pinned."
    assert (await pins.does(Undo())).text == "There is nothing to undo."


async def test_where_a_room_reads_along_a_curator_sees_no_more_than_the_room(
    town: CurationHarness,
) -> None:
    typed = PinHarness(town, MATRIX)
    await town.curation.carry_out(SetCollections(frozenset({"open"})), asks(ADA))
    words = FindQuote(FEE, "vault")
    assert "vault" in (await typed.does(words)).text.casefold()
    shown = await typed.chat.handle(words, ChatRequest(HALL, ADA))
    assert shown.text.startswith("These words stand nowhere in the documents.")


async def test_what_stands_below_a_pin_takes_that_pin_back_and_no_other(pins: PinHarness) -> None:
    toll = await pins.does(pressing(await pins.does(FindQuote(FEE, "bridge is two")), Verb.PIN))
    vault = FindQuote("where is the gold", "vault lies")
    await pins.does(pressing(await pins.does(vault, DAN), Verb.PIN), DAN)
    undo = pressing(toll, Verb.UNDO)
    assert "“what do i pay to cross” has no pin any more" in (await pins.does(undo)).text
    assert (await pins.does(undo)).text == "There is nothing to undo."
    assert "where is the gold" in (await pins.does(ListPins())).text
    (pins.town.folder / "sources.toml").write_text("not toml [")
    offered = await pins.does(FindQuote(FEE, "bridge is two"))
    assert (await pins.does(pressing(offered, Verb.PIN))).actions == ()


async def test_who_manages_a_server_cannot_undo_what_a_curator_pinned_for_all(
    pins: PinHarness,
) -> None:
    await pins.does(pressing(await pins.does(FindQuote(FEE, "bridge is two")), Verb.PIN))
    assert (await pins.does(Undo(), BOB)).text == "There is nothing to undo."
    assert "Pinned by a curator." in (await pins.asks(FEE)).text


async def test_a_pin_that_cannot_be_noted_is_not_made(pins: PinHarness) -> None:
    offered = await pins.does(FindQuote(FEE, "bridge is two"))
    await pins.town.store.close()
    failed = await pins.does(pressing(offered, Verb.PIN))
    assert "Pinned" not in failed.text
    assert not (pins.town.folder / "pins.toml").exists()


async def test_words_that_changed_since_they_were_offered_are_not_pinned(pins: PinHarness) -> None:
    offered = await pins.does(FindQuote(FEE, "bridge is two"))
    file = pins.town.folder / "open/toll.md"
    file.write_text(file.read_text().replace("two crowns", "three crowns"))
    told = await pins.does(pressing(offered, Verb.PIN))
    assert told.text.startswith("open/toll.md no longer has these words, so nothing is pinned.")
    assert (await pins.does(ListPins())).text == "Nothing is pinned."
    assert (await pins.does(Undo())).text == "There is nothing to undo."


async def test_what_takes_too_long_to_look_up_is_told_and_a_change_is_not_cut_off(
    pins: PinHarness,
) -> None:
    offered = await pins.does(FindQuote(FEE, "bridge is two"))
    pins.restart(answer_seconds=0)
    for command in (ListUnanswered(), ListPins(), FindQuote(FEE, "bridge is two")):
        assert (await pins.does(command)).text.startswith("This took longer than 0 seconds")
    assert "Pinned." in (await pins.does(pressing(offered, Verb.PIN))).text


async def test_an_offer_is_for_the_room_it_was_made_in(town: CurationHarness) -> None:
    pins = PinHarness(town, MATRIX)
    await pins.types(f"!corpus pin {FEE} = vault lies", BOB)
    elsewhere = parse("!corpus pin 1 1", MATRIX)
    assert "There is no number 1" in (await pins.does(elsewhere, BOB, LAKE)).text
    await pins.does(SetCollections(frozenset({"open"})))
    assert await pins.types("!corpus pin 1 1", BOB) == "This offer has ended. Begin again."
    assert not (town.folder / "pins.toml").exists()


async def test_the_very_question_of_a_pin_borrows_no_words(pins: PinHarness) -> None:
    followed = "and in winter?"
    await pins.does(pressing(await pins.does(FindQuote(followed, "vault lies")), Verb.PIN))
    for before in ("Who paid the toll on the bridge?", followed):
        await pins.asks(before)
        answer = (await pins.asks("And in winter")).text
        assert "Pinned by a curator." in answer
        assert "Read with" not in answer
        assert "The vault lies under the town hall." in answer
    await pins.asks("Who paid the toll on the bridge?", LAKE)
    assert "Read with" in (await pins.asks("and in summer?", LAKE)).text


@pytest.mark.parametrize("words", ["help", "Hello!", "thanks 🙂", "2+2"])
async def test_small_talk_gets_no_pin_that_nobody_would_meet(pins: PinHarness, words: str) -> None:
    told = await pins.does(FindQuote(words, "bridge is two"))
    assert "have fixed answers, so no pin would be met" in told.text
    assert told.actions == ()


async def test_a_question_that_got_its_pin_makes_room_for_the_next_in_the_list(
    pins: PinHarness,
) -> None:
    count = pins.town.store.unanswered.count
    for space in ("town", "village"):
        await count("discord", space, FEE, START)
    for number in range(12):
        await count("discord", "town", f"{number} " + "x" * 50, START)
    offered = await pins.does(FindQuote(FEE, "bridge is two"), BOB)
    await pins.does(pressing(offered, Verb.PIN), BOB)
    assert FEE not in (await pins.does(ListUnanswered(), BOB)).text
    assert "Questions without an answer: 12." in (await pins.does(ShowStatus(), BOB)).text
    # It answers in that server only, so a curator still sees that another lacks it.
    assert f"1 × {FEE}" in (await pins.does(ListUnanswered())).text
    offered = await pins.does(FindQuote(FEE, "bridge is two"))
    await pins.does(pressing(offered, Verb.PIN))
    assert FEE not in (await pins.does(ListUnanswered())).text
    await pins.does(Undo())
    assert f"1 × {FEE}" in (await pins.does(ListUnanswered())).text


async def test_a_question_that_is_a_number_is_not_taken_for_one_of_the_list(
    pins: PinHarness,
) -> None:
    await pins.town.store.unanswered.count("discord", "town", "1903", START)
    listed = await pins.does(ListUnanswered())
    assert "1 · 1 × 1903" in listed.text
    found = await pins.does(pressing(listed, Verb.CANDIDATES))
    assert "Nothing in the documents comes near this question." in found.text
