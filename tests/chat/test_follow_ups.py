from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering.service import AnsweringService
from bot.platforms.console import OPTIONS, console_chat
from bot.state.store import Store
from tests.harness.chat_harness import FILES, ChatHarness, quotes
from tests.harness.index_jobs import reloader

WINTER = """# The winter

Snow closed the mountain road for nine days in January.

In February snow closed the mountain road for two days only.

The miller counted forty sledges stuck on the mountain road.

The mountain road opened when the wind turned in March.
"""
QUESTION = "How long did snow close the mountain road in January?"
NOTICE = "Read with the question before: "


class FakeClock:
    """Seconds that go on when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def answering(tmp_path: Path) -> AnsweringService:
    (tmp_path / "winter.md").write_text(WINTER, encoding="utf-8")
    made = AnsweringService(reloader(tmp_path))
    await made.reload()
    return made


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def harness(answering: AnsweringService, memory_store: Store, clock: FakeClock) -> ChatHarness:
    options = replace(OPTIONS, clock=clock)
    return ChatHarness(console_chat(answering, memory_store, FILES, options=options))


async def test_a_follow_up_is_answered_and_says_what_it_borrowed(
    harness: ChatHarness,
) -> None:
    assert NOTICE not in (await harness.type(QUESTION, "room")).text
    message = await harness.type("and in February?", "room")
    assert message.text.startswith(f"{NOTICE}How long, snow close, mountain road.\n")
    assert "two days only" in quotes(message)[0]


async def test_its_answer_is_that_of_the_question_it_was_read_as(
    harness: ChatHarness,
) -> None:
    await harness.type(QUESTION, "room")
    followed = (await harness.type("and in February?", "room")).text
    asked = "and in February? (How long, snow close, mountain road)"
    assert followed.partition("\n\n")[2] == (await harness.type(asked, "other")).text


async def test_a_follow_up_can_be_followed_up(harness: ChatHarness) -> None:
    await harness.type(QUESTION, "room")
    await harness.type("and in February?", "room")
    said = (await harness.type("and in March?", "room")).text
    assert said.startswith(f"{NOTICE}How long, snow close, mountain road.\n")


async def test_what_about_two_things_and_a_month_between_is_answered(
    harness: ChatHarness,
) -> None:
    await harness.type("what about the mountain road?", "room")
    await harness.type("and in January?", "room")
    message = await harness.type("what about snow?", "room")
    assert message.text.startswith(f"{NOTICE}January.\n")
    assert "nine days in January" in quotes(message)[0]


async def test_brackets_that_were_typed_stay_the_topic(harness: ChatHarness) -> None:
    await harness.type("How long did snow close the road (in days)", "room")
    await harness.type("and in January?", "room")
    message = await harness.type("and in February?", "room")
    assert message.text.startswith(f"{NOTICE}How long, snow close, road, days.\n")


async def test_thanks_between_two_questions_change_nothing(harness: ChatHarness) -> None:
    await harness.type(QUESTION, "room")
    await harness.type("thank you!", "room")
    message = await harness.type("thanks, and in February?", "room")
    assert message.text.startswith(f"{NOTICE}How long, snow close, mountain road.\n")
    assert "two days only" in quotes(message)[0]


async def test_what_about_replaces_the_topic(harness: ChatHarness) -> None:
    await harness.type("Who counted the sledges?", "room")
    said = (await harness.type("what about the days?", "room")).text
    assert said.startswith(f"{NOTICE}Who counted.\n")


async def test_a_question_that_stands_by_itself_borrows_nothing(
    harness: ChatHarness,
) -> None:
    alone = (await harness.type("How many sledges did the miller count?", "other")).text
    await harness.type(QUESTION, "room")
    assert (await harness.type("How many sledges did the miller count?", "room")).text == (alone)


async def test_silence_may_be_followed_up(harness: ChatHarness) -> None:
    silent = (await harness.type("Which recipe for kibbeh won in Damascus?", "room")).text
    assert silent.startswith("The documents do not answer this.")
    said = (await harness.type("why?", "room")).text
    assert said.startswith(f"{NOTICE}recipe, kibbeh won, Damascus.\n")


async def test_commands_between_leave_the_question_what_it_was(harness: ChatHarness) -> None:
    await harness.type(QUESTION, "room")
    for command in ("/more", "/context 1", "/sources", "/help", "/nothing", ""):
        await harness.type(command, "room")
    assert NOTICE in (await harness.type("and in February?", "room")).text


async def test_more_and_context_go_on_from_the_follow_up(harness: ChatHarness) -> None:
    await harness.type("How many sledges did the miller count?", "room")
    await harness.type(QUESTION, "room")
    message = await harness.type("and in February?", "room")
    shown = quotes(message)
    around = quotes(await harness.type("/context 1", "room"))
    assert shown[0] in around
    further = await harness.type("/more", "room")
    assert NOTICE not in further.text
    assert not set(quotes(further)) & set(shown)


@pytest.mark.parametrize(("seconds", "borrows"), [(0, True), (299, True), (300, False)])
async def test_after_five_minutes_a_question_is_read_by_itself(
    harness: ChatHarness, clock: FakeClock, seconds: float, borrows: bool
) -> None:
    await harness.type(QUESTION, "room")
    clock.now += seconds
    said = (await harness.type("and in February?", "room")).text
    assert said.startswith(NOTICE) == borrows


async def test_every_question_begins_the_five_minutes_anew(
    harness: ChatHarness, clock: FakeClock
) -> None:
    await harness.type(QUESTION, "room")
    for question in ("and in February?", "and in March?", "and in February?"):
        clock.now += 200
        assert NOTICE in (await harness.type(question, "room")).text


async def test_rooms_are_apart(harness: ChatHarness) -> None:
    await harness.type(QUESTION, "room")
    assert NOTICE not in (await harness.type("and in February?", "other")).text
    assert NOTICE in (await harness.type("and in February?", "room")).text


async def test_only_so_many_rooms_are_remembered(
    answering: AnsweringService, memory_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.questions.THREADS_REMEMBERED", 3)
    harness = ChatHarness(console_chat(answering, memory_store, FILES))
    await harness.type(QUESTION, "room")
    for number in range(3):
        await harness.type("sledges", str(number))
    assert NOTICE not in (await harness.type("and in February?", "room")).text


async def test_follow_ups_can_be_switched_off(
    answering: AnsweringService, memory_store: Store
) -> None:
    options = replace(OPTIONS, follow_up_seconds=0)
    harness = ChatHarness(console_chat(answering, memory_store, FILES, options=options))
    await harness.type(QUESTION, "room")
    assert NOTICE not in (await harness.type("and in February?", "room")).text


async def test_what_would_be_too_long_to_ask_is_not_made(harness: ChatHarness) -> None:
    long = "snow" * 490
    await harness.type(f"what is {long}?", "room")
    said = (await harness.type("who were they?" + "?" * 60, "room")).text
    assert NOTICE not in said


async def test_borrowed_words_cannot_disturb_the_screen(harness: ChatHarness) -> None:
    await harness.type("who counted\u202e the\x1b[2J sledges?", "room")
    said = (await harness.type("why?", "room")).text
    assert said.startswith(NOTICE)
    assert "\u202e" not in said
    assert "\x1b" not in said
