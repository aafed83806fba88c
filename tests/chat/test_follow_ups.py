from __future__ import annotations

from pathlib import Path

import pytest

from bot.answering.service import AnsweringService
from bot.chat.conversation import ROOMS_REMEMBERED, Conversation, Manners
from bot.chat.rendering.pages import Page
from bot.chat.rendering.plain import BAR, PLAIN
from bot.ingest.loader import Loader

WINTER = """# The winter

Snow closed the mountain road for nine days in January.

In February snow closed the mountain road for two days only.

The miller counted forty sledges stuck on the mountain road.

The mountain road opened when the wind turned in March.
"""
QUESTION = "How long did snow close the mountain road in January?"
NOTICE = "Read with the question before: "


class Clock:
    """Seconds that go on when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def answering(tmp_path: Path) -> AnsweringService:
    (tmp_path / "winter.md").write_text(WINTER, encoding="utf-8")
    made = AnsweringService(Loader(tmp_path))
    await made.reload()
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def conversation(answering: AnsweringService, clock: Clock) -> Conversation:
    return Conversation(answering, PLAIN, clock=clock)


def text(pages: tuple[Page, ...]) -> str:
    return "\n\n".join(page.text for page in pages)


def quotes(pages: tuple[Page, ...]) -> list[str]:
    return [line[2:] for line in text(pages).split("\n") if line.startswith(BAR)]


async def test_a_follow_up_is_answered_and_says_what_it_borrowed(
    conversation: Conversation,
) -> None:
    assert NOTICE not in text(await conversation.handle(QUESTION, "room"))
    pages = await conversation.handle("and in February?", "room")
    assert text(pages).startswith(f"{NOTICE}How long, snow close, mountain road.\n")
    assert "two days only" in quotes(pages)[0]


async def test_its_answer_is_that_of_the_question_it_was_read_as(
    conversation: Conversation,
) -> None:
    await conversation.handle(QUESTION, "room")
    followed = text(await conversation.handle("and in February?", "room"))
    asked = "and in February? (How long, snow close, mountain road)"
    assert followed.partition("\n\n")[2] == text(await conversation.handle(asked, "other"))


async def test_a_follow_up_can_be_followed_up(conversation: Conversation) -> None:
    await conversation.handle(QUESTION, "room")
    await conversation.handle("and in February?", "room")
    said = text(await conversation.handle("and in March?", "room"))
    assert said.startswith(f"{NOTICE}How long, snow close, mountain road.\n")


async def test_a_question_that_stands_by_itself_borrows_nothing(
    conversation: Conversation,
) -> None:
    alone = text(await conversation.handle("How many sledges did the miller count?", "other"))
    await conversation.handle(QUESTION, "room")
    assert text(await conversation.handle("How many sledges did the miller count?", "room")) == (
        alone
    )


async def test_silence_may_be_followed_up(conversation: Conversation) -> None:
    silent = text(await conversation.handle("Which recipe for kibbeh won in Damascus?", "room"))
    assert silent.startswith("The documents do not answer this.")
    said = text(await conversation.handle("why?", "room"))
    assert said.startswith(f"{NOTICE}recipe, kibbeh won, Damascus.\n")


async def test_commands_between_leave_the_question_what_it_was(conversation: Conversation) -> None:
    await conversation.handle(QUESTION, "room")
    for command in ("/more", "/context 1", "/sources", "/help", "/nothing", ""):
        await conversation.handle(command, "room")
    assert NOTICE in text(await conversation.handle("and in February?", "room"))


async def test_more_and_context_go_on_from_the_follow_up(conversation: Conversation) -> None:
    await conversation.handle("How many sledges did the miller count?", "room")
    await conversation.handle(QUESTION, "room")
    pages = await conversation.handle("and in February?", "room")
    shown = quotes(pages)
    around = quotes(await conversation.handle("/context 1", "room"))
    assert shown[0] in around
    further = await conversation.handle("/more", "room")
    assert NOTICE not in text(further)
    assert not set(quotes(further)) & set(shown)


@pytest.mark.parametrize(("seconds", "borrows"), [(0, True), (299, True), (300, False)])
async def test_after_five_minutes_a_question_is_read_by_itself(
    conversation: Conversation, clock: Clock, seconds: float, borrows: bool
) -> None:
    await conversation.handle(QUESTION, "room")
    clock.now += seconds
    said = text(await conversation.handle("and in February?", "room"))
    assert said.startswith(NOTICE) == borrows


async def test_every_question_begins_the_five_minutes_anew(
    conversation: Conversation, clock: Clock
) -> None:
    await conversation.handle(QUESTION, "room")
    for question in ("and in February?", "and in March?", "and in February?"):
        clock.now += 200
        assert NOTICE in text(await conversation.handle(question, "room"))


async def test_rooms_are_apart(conversation: Conversation) -> None:
    await conversation.handle(QUESTION, "room")
    assert NOTICE not in text(await conversation.handle("and in February?", "other"))
    assert NOTICE in text(await conversation.handle("and in February?", "room"))


async def test_what_is_forgotten_is_not_borrowed_from(conversation: Conversation) -> None:
    await conversation.handle(QUESTION, "room")
    conversation.forget("room")
    assert NOTICE not in text(await conversation.handle("and in February?", "room"))


async def test_only_so_many_rooms_are_remembered(conversation: Conversation) -> None:
    await conversation.handle(QUESTION, "room")
    for number in range(ROOMS_REMEMBERED):
        await conversation.handle("sledges", str(number))
    assert NOTICE not in text(await conversation.handle("and in February?", "room"))


async def test_follow_ups_can_be_switched_off(answering: AnsweringService, clock: Clock) -> None:
    manners = Manners(follow_up_seconds=0)
    conversation = Conversation(answering, PLAIN, manners=manners, clock=clock)
    await conversation.handle(QUESTION, "room")
    assert NOTICE not in text(await conversation.handle("and in February?", "room"))


async def test_what_would_be_too_long_to_ask_is_not_made(conversation: Conversation) -> None:
    long = "snow" * 490
    await conversation.handle(f"what is {long}?", "room")
    said = text(await conversation.handle("who were they?" + "?" * 60, "room"))
    assert NOTICE not in said


async def test_borrowed_words_cannot_disturb_the_screen(conversation: Conversation) -> None:
    await conversation.handle("who counted\u202e the\x1b[2J sledges?", "room")
    said = text(await conversation.handle("why?", "room"))
    assert said.startswith(NOTICE)
    assert "\u202e" not in said
    assert "\x1b" not in said
