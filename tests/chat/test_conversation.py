from __future__ import annotations

import asyncio
import logging
import re
from pathlib import Path

import pytest

from bot.answering.service import AnsweringService, DocumentInfo
from bot.chat.conversation import ROOMS_REMEMBERED, Conversation, Manners, Scope
from bot.chat.rendering.pages import Page
from bot.chat.rendering.plain import BAR, PLAIN
from bot.core.errors import CorpusError
from bot.core.replies import Excerpt, Reply
from bot.ingest.loader import Loader, LoadReport
from tests.chat.builders import answer, excerpt

WINTER = """# The winter

Snow closed the mountain road for nine days in January.

The miller counted forty sledges stuck on the mountain road.

Bread was carried over the mountain road by hand.

The mountain road opened when the wind turned.

Nobody could say who had sent the sledges.
"""
LAW = """# Law of the road

The mountain road belongs to the valley and to no one else.

Whoever closes the mountain road pays nine coins.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    corpus = tmp_path / "corpus"
    (corpus / "laws").mkdir(parents=True)
    (corpus / "winter.md").write_text(WINTER, encoding="utf-8")
    (corpus / "laws" / "road.md").write_text(LAW, encoding="utf-8")
    return corpus


@pytest.fixture
async def answering(folder: Path) -> AnsweringService:
    made = AnsweringService(Loader(folder))
    await made.reload()
    return made


@pytest.fixture
def conversation(answering: AnsweringService) -> Conversation:
    return Conversation(answering, PLAIN)


def text(pages: tuple[Page, ...]) -> str:
    return "\n\n".join(page.text for page in pages)


def quotes(pages: tuple[Page, ...]) -> list[str]:
    return [line[2:] for line in text(pages).split("\n") if line.startswith(BAR)]


QUESTION = "What happened on the mountain road?"


async def test_a_question_is_answered_in_the_documents_words(conversation: Conversation) -> None:
    pages = await conversation.handle(QUESTION, "room")
    assert quotes(pages)
    assert all(quote in WINTER + LAW for quote in quotes(pages))
    assert "2 of 2 documents speak to this." in text(pages)


async def test_more_goes_on_where_the_reply_ended_until_nothing_is_left(
    conversation: Conversation,
) -> None:
    seen = quotes(await conversation.handle(QUESTION, "room"))
    numbers = [len(seen)]
    for _ in range(9):
        pages = await conversation.handle("/more", "room")
        if text(pages) == "There is nothing further to show.":
            break
        found = quotes(pages)
        assert f"  {numbers[-1] + 1} · " in text(pages)
        assert not set(found) & set(seen)
        seen += found
        numbers.append(len(seen))
    else:
        pytest.fail("there was always more")
    assert len(numbers) > 1


async def test_context_shows_the_paragraphs_around_an_excerpt(conversation: Conversation) -> None:
    asked = await conversation.handle("How many sledges did the miller count?", "room")
    assert quotes(asked)[0] == "The miller counted forty sledges stuck on the mountain road."
    around = await conversation.handle("/context 1", "room")
    assert quotes(around) == [
        "Snow closed the mountain road for nine days in January.",
        "The miller counted forty sledges stuck on the mountain road.",
        "Bread was carried over the mountain road by hand.",
    ]
    wrong = await conversation.handle("/context 99", "room")
    assert re.fullmatch(r"There is no excerpt 99; \d (is|are) shown\.", text(wrong))


async def test_rooms_do_not_know_of_each_other(conversation: Conversation) -> None:
    await conversation.handle(QUESTION, "one")
    for command in ("/more", "/context 1"):
        assert text(await conversation.handle(command, "two")) == "Ask a question first."
    conversation.forget("one")
    assert text(await conversation.handle("/more", "one")) == "Ask a question first."


async def test_the_rooms_that_were_silent_longest_are_forgotten() -> None:
    port = Port()
    conversation = Conversation(port, PLAIN)
    for question in (QUESTION, "winter?"):
        port.replies[question] = asyncio.get_running_loop().create_future()
        port.replies[question].set_result(answer(excerpt("Words.")))
    await conversation.handle(QUESTION, "first")
    await conversation.handle(QUESTION, "second")
    for number in range(ROOMS_REMEMBERED - 1):
        await conversation.handle("/context 1", "second")
        await conversation.handle("winter?", str(number))
    assert text(await conversation.handle("/context 1", "first")) == "Ask a question first."
    assert quotes(await conversation.handle("/context 1", "second"))


async def test_silence_is_told_and_its_nearest_can_be_read_on(conversation: Conversation) -> None:
    pages = await conversation.handle("Which recipe for kibbeh won?", "room")
    assert text(pages).startswith("The documents do not answer this.\nFound nowhere: ")
    assert "kibbeh" in text(pages)
    assert text(await conversation.handle("/more", "room")) == "There is nothing further to show."


async def test_sources_and_source(conversation: Conversation) -> None:
    listed = text(await conversation.handle("/sources", "room"))
    assert listed.startswith("2 documents:\n\nLaw of the road\n  collection laws, 2 passages\n")
    assert "Law of the road" not in text(await conversation.handle("/sources MAIN", "room"))
    told = text(await conversation.handle("/source road.md", "room"))
    assert told.startswith("Law of the road\nFile: laws/road.md\nCollection: laws\n")
    assert told.endswith("Headings:\n- Law of the road")
    assert text(await conversation.handle("/sources lost", "room")) == (
        "There is no document in a collection named lost."
    )
    assert "No document has that name" in text(await conversation.handle("/source lost", "room"))


async def test_what_a_room_may_not_see_leaves_no_trace(answering: AnsweringService) -> None:
    def scope(room: str) -> Scope:
        return frozenset({"main"}) if room == "public" else None

    conversation = Conversation(answering, PLAIN, collections=scope)
    for message in (QUESTION, "/more", "/context 1", "/sources", "/source winter", "/help"):
        said = text(await conversation.handle(message, "public"))
        assert "aw of the road" not in said
        assert "of 2" not in said
    hidden = text(await conversation.handle("/source road.md", "public"))
    assert hidden == text(await conversation.handle("/source nowhere.md", "public"))
    assert "1 document is ready" in text(await conversation.welcome("public"))
    assert "2 documents are ready" in text(await conversation.welcome("private"))


async def test_only_a_curator_reloads_and_hears_what_changed(
    conversation: Conversation, folder: Path
) -> None:
    (folder / "wind.md").write_text("# Wind\n\nThe wind turned on a Tuesday.\n", encoding="utf-8")
    refused = await conversation.handle("/reload", "room")
    assert text(refused) == "Only a curator may do this."
    said = text(await conversation.handle("/reload", "room", curator=True))
    assert said.startswith("3 documents, ")
    assert "added: wind.md" in said
    assert "Tuesday" in text(await conversation.handle("When did the wind turn?", "room"))


async def test_a_reload_that_fails_says_why_and_the_old_corpus_answers(
    conversation: Conversation, folder: Path
) -> None:
    (folder / "sources.toml").write_text("= broken", encoding="utf-8")
    said = text(await conversation.handle("/reload", "room", curator=True))
    assert "sources.toml" in said
    assert "Traceback" not in said
    assert quotes(await conversation.handle(QUESTION, "room"))


async def test_context_of_an_older_corpus_still_shows_its_words(
    conversation: Conversation, folder: Path
) -> None:
    before = quotes(await conversation.handle("How many sledges did the miller count?", "room"))
    (folder / "winter.md").write_text("# Summer\n\nAll is green.\n", encoding="utf-8")
    await conversation.handle("/reload", "room", curator=True)
    assert before[0] in quotes(await conversation.handle("/context 1", "room"))


async def test_help_names_what_may_be_done_here(answering: AnsweringService) -> None:
    chat = Conversation(answering, PLAIN)
    said = text(await chat.handle("/help", "room"))
    assert "\n/context N – the paragraphs around excerpt N of the last reply\n" in said
    assert "/reload" not in said
    assert "/quit" not in said
    console = Conversation(answering, PLAIN, manners=Manners(can_quit=True))
    said = text(await console.handle("/help", "room", curator=True))
    assert "/reload" in said
    assert "/quit" in said


async def test_leaving_is_for_the_console_only(answering: AnsweringService) -> None:
    console = Conversation(answering, PLAIN, manners=Manners(can_quit=True))
    assert await console.handle("/quit", "room") == ()
    said = text(await Conversation(answering, PLAIN).handle("/quit", "room"))
    assert said.startswith("There is no command /quit.")


@pytest.mark.parametrize("message", ["", " ", "\u200b", "/nothing\x1b[2J", "x" * 5_000, "\ud800?"])
async def test_every_message_meets_a_sentence(conversation: Conversation, message: str) -> None:
    said = text(await conversation.handle(message, "room"))
    assert said
    assert "\x1b" not in said
    assert "Something went wrong" not in said
    said.encode("utf-8")


async def test_pages_keep_to_the_limit(answering: AnsweringService) -> None:
    conversation = Conversation(answering, PLAIN, 800)
    for message in (QUESTION, "/more", "/sources", "/help", "x" * 2_001):
        assert all(len(p.text) <= 800 for p in await conversation.handle(message, "room"))


async def test_before_a_corpus_is_loaded_there_is_a_sentence(folder: Path) -> None:
    conversation = Conversation(AnsweringService(Loader(folder)), PLAIN)
    assert "No corpus is loaded yet" in text(await conversation.handle(QUESTION, "room"))
    assert text(await conversation.welcome("room")) == "There are no documents here to ask."


class Port:
    """An answering of which the test decides when it answers, and how."""

    def __init__(self) -> None:
        self.replies: dict[str, asyncio.Future[Reply]] = {}
        self.fault: Exception | None = None

    def admit(self, question: str | None = None, collections: Scope = None) -> None:
        """Everything is taken."""

    async def ask(self, question: str, collections: Scope = None) -> Reply:
        if self.fault is not None:
            raise self.fault
        waiting = self.replies.setdefault(question, asyncio.get_running_loop().create_future())
        return await waiting

    async def documents(self, collections: Scope = None) -> tuple[DocumentInfo, ...]:
        return ()

    async def find(self, name: str, collections: Scope = None) -> DocumentInfo:
        raise CorpusError("Nothing is here.")

    async def context(self, excerpt: Excerpt, around: int = 1) -> tuple[Excerpt, ...]:
        return (excerpt,)

    async def reload(self) -> LoadReport:
        raise OSError("the disk is gone")


async def test_a_fault_is_a_sentence_for_the_asker_and_a_reason_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    port = Port()
    port.fault = RuntimeError("a wheel came off")
    with caplog.at_level(logging.INFO):
        said = text(await Conversation(port, PLAIN).handle("my secret question?", "room"))
    found = re.fullmatch(
        r"Something went wrong here, not with your question\. "
        r"The log has the reason under fault ([0-9a-f]{6})\.",
        said,
    )
    assert found
    assert found[1] in caplog.text
    assert re.search(r"RuntimeError at \w+\.py:\d+", caplog.text)
    assert "Traceback" not in caplog.text
    assert "secret" not in caplog.text


async def test_the_trace_of_a_fault_goes_to_those_who_ask_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    port = Port()
    port.fault = RuntimeError("a wheel came off")
    with caplog.at_level(logging.DEBUG):
        await Conversation(port, PLAIN).handle("why?", "room")
    assert "a wheel came off" in caplog.text
    assert "Traceback" in caplog.text


async def test_a_fault_while_reloading_is_caught_too() -> None:
    said = await Conversation(Port(), PLAIN).handle("/reload", "room", curator=True)
    assert text(said).startswith("Something went wrong here")


async def test_an_answer_that_takes_too_long_is_stopped() -> None:
    conversation = Conversation(Port(), PLAIN, manners=Manners(answer_seconds=0.01))
    assert text(await conversation.handle("when?", "room")) == (
        "This took longer than 0.01 seconds and was stopped. Try again, or ask for less."
    )


async def test_a_timeout_that_is_not_ours_is_a_fault() -> None:
    port = Port()
    port.fault = TimeoutError("of somebody else")
    said = text(await Conversation(port, PLAIN).handle("when?", "room"))
    assert said.startswith("Something went wrong here")


async def test_cancellation_passes_through() -> None:
    task = asyncio.create_task(Conversation(Port(), PLAIN).handle("when?", "room"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_more_belongs_to_the_question_asked_last_not_to_the_one_answered_last() -> None:
    port = Port()
    conversation = Conversation(port, PLAIN)
    early = asyncio.create_task(conversation.handle("early?", "room"))
    late = asyncio.create_task(conversation.handle("late?", "room"))
    await asyncio.wait([early, late], timeout=0)
    assert list(port.replies) == ["early?", "late?"]
    one, two = excerpt("Early words."), excerpt("Late words.")
    port.replies["late?"].set_result(answer(two, further=(two,)))
    await late
    port.replies["early?"].set_result(answer(one, further=(one,)))
    await early
    assert quotes(await conversation.handle("/more", "room")) == ["Late words."]
