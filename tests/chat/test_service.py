"""Commands carried out over real documents, as they are typed at the console."""

import asyncio
import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering.service import AnsweringService
from bot.chat.command_grammar import DISCORD
from bot.chat.commands import Ask, ListSources
from bot.chat.curation import Curation
from bot.chat.identity import Person, Place, Rights
from bot.chat.layout import Layout
from bot.chat.questions import ChatServiceOptions
from bot.chat.rate_limits import Admitted, QueueFull, RateLimiter
from bot.chat.rendering.plain import PLAIN
from bot.chat.request import ChatRequest
from bot.chat.rooms import RoomPolicies
from bot.chat.service import ChatService
from bot.platforms.console import OPTIONS, console_chat
from bot.state.store import Store
from tests.harness.chat_harness import FILES, ChatHarness, ScriptedAnswering, place, quotes
from tests.harness.index_jobs import reloader

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
    made = AnsweringService(reloader(folder))
    await made.reload()
    return made


@pytest.fixture
def harness(answering: AnsweringService, memory_store: Store) -> ChatHarness:
    return ChatHarness(console_chat(answering, memory_store, FILES))


QUESTION = "What happened on the mountain road?"


async def test_a_question_is_answered_in_the_documents_words(harness: ChatHarness) -> None:
    message = await harness.type(QUESTION, "room")
    assert quotes(message)
    assert all(quote in WINTER + LAW for quote in quotes(message))
    assert "2 of 2 documents speak to this." in message.text


async def test_more_goes_on_where_the_reply_ended_until_nothing_is_left(
    harness: ChatHarness,
) -> None:
    seen = quotes(await harness.type(QUESTION, "room"))
    numbers = [len(seen)]
    for _ in range(9):
        message = await harness.type("/more", "room")
        if message.text == "There is nothing further to show.":
            break
        found = quotes(message)
        assert f"  {numbers[-1] + 1} · " in message.text
        assert not set(found) & set(seen)
        seen += found
        numbers.append(len(seen))
    else:
        pytest.fail("there was always more")
    assert len(numbers) > 1


async def test_context_shows_the_paragraphs_around_an_excerpt(harness: ChatHarness) -> None:
    asked = await harness.type("How many sledges did the miller count?", "room")
    assert quotes(asked)[0] == "The miller counted forty sledges stuck on the mountain road."
    around = await harness.type("/context 1", "room")
    assert quotes(around) == [
        "Snow closed the mountain road for nine days in January.",
        "The miller counted forty sledges stuck on the mountain road.",
        "Bread was carried over the mountain road by hand.",
    ]
    wrong = await harness.type("/context 99", "room")
    assert re.fullmatch(r"There is no excerpt 99; \d (is|are) shown\.", wrong.text)


async def test_rooms_do_not_know_of_each_other(harness: ChatHarness) -> None:
    await harness.type(QUESTION, "one")
    for command in ("/more", "/context 1"):
        assert (await harness.type(command, "two")).text == "Ask a question first."


async def test_the_rooms_that_were_silent_longest_are_forgotten(
    answering: AnsweringService, memory_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.reply_actions.THREADS_REMEMBERED", 3)
    harness = ChatHarness(console_chat(answering, memory_store, FILES))
    await harness.type(QUESTION, "first")
    await harness.type(QUESTION, "second")
    for number in range(3):
        await harness.type("/context 1", "second")
        await harness.type("/help", str(number))
    assert (await harness.type("/context 1", "first")).text == "Ask a question first."
    assert quotes(await harness.type("/context 1", "second"))


async def test_silence_is_told_and_its_nearest_can_be_read_on(harness: ChatHarness) -> None:
    message = await harness.type("Which recipe for kibbeh won?", "room")
    assert message.text.startswith("The documents do not answer this.\nFound nowhere: ")
    assert "kibbeh" in message.text
    assert (await harness.type("/more", "room")).text == "There is nothing further to show."


async def test_sources_and_source(harness: ChatHarness) -> None:
    listed = (await harness.type("/sources", "room")).text
    assert listed.startswith("2 documents:\n\nLaw of the road\n  collection laws, 2 passages\n")
    assert "Law of the road" not in (await harness.type("/sources MAIN", "room")).text
    told = (await harness.type("/source road.md", "room")).text
    assert told.startswith("Law of the road\nFile: laws/road.md\nCollection: laws\n")
    assert told.endswith("Headings:\n- Law of the road")
    assert (await harness.type("/sources lost", "room")).text == (
        "There is no document in a collection named lost."
    )
    assert "No document has that name" in (await harness.type("/source lost", "room")).text


async def test_what_may_not_be_seen_leaves_no_trace(
    answering: AnsweringService, memory_store: Store
) -> None:
    everything = console_chat(answering, memory_store, FILES)
    public = console_chat(answering, memory_store, FILES, scope=frozenset({"main"}))
    harness = ChatHarness(public)
    for typed in (QUESTION, "/more", "/context 1", "/sources", "/source winter", "/help"):
        said = (await harness.type(typed)).text
        assert "aw of the road" not in said
        assert "of 2" not in said
    hidden = (await harness.type("/source road.md")).text
    assert hidden == (await harness.type("/source nowhere.md")).text
    assert "1 document is ready" in (await public.welcome(place("room"))).text
    assert "2 documents are ready" in (await everything.welcome(place("room"))).text


async def test_only_a_curator_reloads_and_hears_what_changed(
    harness: ChatHarness, folder: Path
) -> None:
    (folder / "wind.md").write_text("# Wind\n\nThe wind turned on a Tuesday.\n", encoding="utf-8")
    refused = await harness.type("/reload", "room")
    assert refused.text == "Only a curator may do this."
    said = (await harness.type("/reload", "room", curator=True)).text
    assert said.startswith("3 documents, ")
    assert "added: wind.md" in said
    assert "Tuesday" in (await harness.type("When did the wind turn?", "room")).text


async def test_a_reload_that_fails_says_why_and_the_old_corpus_answers(
    harness: ChatHarness, folder: Path
) -> None:
    (folder / "sources.toml").write_text("= broken", encoding="utf-8")
    said = (await harness.type("/reload", "room", curator=True)).text
    assert "sources.toml" in said
    assert "Traceback" not in said
    assert quotes(await harness.type(QUESTION, "room"))


async def test_a_document_that_changed_is_not_quoted_as_it_was(
    harness: ChatHarness, folder: Path
) -> None:
    await harness.type("How many sledges did the miller count?")
    (folder / "winter.md").write_text("# Summer\n\nAll is green.\n", encoding="utf-8")
    await harness.type("/reload", curator=True)
    changed = "The document of excerpt 1 has changed since, or is gone."
    assert (await harness.type("/context 1")).text.startswith(changed)


async def test_help_names_what_may_be_done_here(harness: ChatHarness) -> None:
    said = (await harness.type("/help")).text
    assert "\n/context N – the paragraphs around excerpt N of the last reply\n" in said
    assert "/reload" not in said
    said = (await harness.type("/help", curator=True)).text
    assert said.startswith(
        "Ask a question: the reply is quotes from the documents, nothing else."
        " Where the documents do not answer, the reply says so.\n\n/sources [COLLECTION] – "
    )
    assert "/reload" in said
    assert "/quit" in said


@pytest.mark.parametrize("message", ["", " ", "\u200b", "/nothing\x1b[2J", "x" * 5_000, "\ud800?"])
async def test_every_message_meets_a_sentence(harness: ChatHarness, message: str) -> None:
    said = (await harness.type(message, "room")).text
    assert said
    assert "\x1b" not in said
    assert "Something went wrong" not in said
    said.encode("utf-8")


async def test_before_a_corpus_is_loaded_there_is_a_sentence(
    folder: Path, memory_store: Store
) -> None:
    chat = console_chat(AnsweringService(reloader(folder)), memory_store, FILES)
    assert "No corpus is loaded yet" in (await ChatHarness(chat).type(QUESTION)).text
    assert (await chat.welcome(place("room"))).text == "There are no documents here to ask."


@pytest.fixture
async def scripted(folder: Path) -> ScriptedAnswering:
    made = ScriptedAnswering(reloader(folder))
    await made.reload()
    return made


async def test_a_fault_is_a_sentence_for_the_asker_and_a_reason_in_the_log(
    scripted: ScriptedAnswering, memory_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.fault = RuntimeError("a wheel came off")
    harness = ChatHarness(console_chat(scripted, memory_store, FILES))
    with caplog.at_level(logging.INFO):
        said = (await harness.type("my secret question?")).text
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
    scripted: ScriptedAnswering, memory_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.fault = RuntimeError("a wheel came off")
    with caplog.at_level(logging.DEBUG):
        await ChatHarness(console_chat(scripted, memory_store, FILES)).type("why?")
    assert "a wheel came off" in caplog.text
    assert "Traceback" in caplog.text


async def test_an_answer_that_takes_too_long_is_stopped(
    scripted: ScriptedAnswering, memory_store: Store
) -> None:
    scripted.gate.clear()
    options = replace(OPTIONS, answer_seconds=0.01)
    harness = ChatHarness(console_chat(scripted, memory_store, FILES, options=options))
    assert (await harness.type("when?")).text == (
        "This took longer than 0.01 seconds and was stopped. Try again, or ask for less."
    )


async def test_a_timeout_that_is_not_ours_is_a_fault(
    scripted: ScriptedAnswering, memory_store: Store
) -> None:
    scripted.fault = TimeoutError("of somebody else")
    said = await ChatHarness(console_chat(scripted, memory_store, FILES)).type("when?")
    assert said.text.startswith("Something went wrong here")


async def test_cancellation_passes_through(
    scripted: ScriptedAnswering, memory_store: Store
) -> None:
    scripted.gate.clear()
    harness = ChatHarness(console_chat(scripted, memory_store, FILES))
    task = asyncio.create_task(harness.type("when?"))
    await scripted.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# Admission

LIMITS = {"per_person": 5, "per_room": 50, "seconds": 60, "waiting": 1, "at_once": 1}
BUSY = "Many questions are waiting now. Ask again in a minute."
TOO_FAST = "That is a lot of questions at once."


class LimitedChat:
    """A chat that many people use, within limits."""

    def __init__(self, answering: AnsweringService, store: Store, **limits: int) -> None:
        rooms = RoomPolicies(store, lambda: answering.corpus.collections)
        curation = Curation(answering, store, Rights(), rooms, FILES, OPTIONS.now)
        limiter = RateLimiter(**{**LIMITS, **limits}, clock=lambda: 0.0)
        layout = Layout(PLAIN, 4_000)
        options = ChatServiceOptions(DISCORD)
        self.chat = ChatService(answering, store, rooms, curation, layout, options, limiter)

    def request(self, person: str, *, private: bool = False) -> ChatRequest:
        where = Place("discord", "town", "hall")
        return ChatRequest(where, Person("discord", person), thread=person, private=private)

    async def ask(self, question: str, person: str, *, private: bool = False) -> str:
        request = self.request(person, private=private)
        return (await self.chat.handle(Ask(question), request)).text


async def test_a_kept_reply_is_given_while_the_queue_is_full(
    scripted: ScriptedAnswering, memory_store: Store
) -> None:
    limited = LimitedChat(scripted, memory_store)
    known = await limited.ask(QUESTION, "ada")
    scripted.asked.clear()
    scripted.gate.clear()
    held = [asyncio.create_task(limited.ask(f"Who counted {n} sledges?", "bob")) for n in range(2)]
    await scripted.asked.wait()
    assert await limited.ask("When did the wind turn?", "cem") == BUSY
    assert await limited.ask(QUESTION, "cem") == known
    refused = await limited.chat.admit(Ask("When did the wind turn?"), limited.request("cem"))
    assert refused == QueueFull(already_told=True)
    assert await limited.chat.admit(Ask(QUESTION), limited.request("cem")) == Admitted()
    scripted.gate.set()
    assert BUSY not in await asyncio.gather(*held)


async def test_a_kept_reply_counts_for_the_limits_of_its_asker(
    answering: AnsweringService, memory_store: Store
) -> None:
    limited = LimitedChat(answering, memory_store, per_person=2)
    for _ in range(2):
        await limited.ask(QUESTION, "ada")
    assert (await limited.ask(QUESTION, "ada")).startswith(TOO_FAST)
    assert not (await limited.ask(QUESTION, "bob")).startswith(TOO_FAST)


async def test_private_lookups_are_free_and_private_questions_count(
    answering: AnsweringService, memory_store: Store
) -> None:
    limited = LimitedChat(answering, memory_store, per_person=1)
    request = limited.request("ada", private=True)
    for _ in range(3):
        listed = await limited.chat.handle(ListSources(), request)
        assert listed.text.startswith("2 documents:")
        assert listed.private
    await limited.ask(QUESTION, "ada", private=True)
    assert (await limited.ask(QUESTION, "ada", private=True)).startswith(TOO_FAST)
