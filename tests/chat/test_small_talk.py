"""Small talk gets a fixed sentence, and is never looked up, listed or followed up."""

import json
from pathlib import Path

import pytest

from bot.answering.service import AnsweringService
from bot.chat.help import small_talk_notices
from bot.chat.small_talk import SmallTalkKind, small_talk
from bot.chat.texts.languages import Language, in_language
from bot.platforms.console import console_chat
from bot.state.store import Store
from tests.harness.chat_harness import FILES, ChatHarness, quotes
from tests.harness.index_jobs import reloader

ROOT = Path(__file__).resolve().parent.parent.parent
MANUAL = """# Manual of the lamp

The hello command prints a greeting on the lamp's screen.

Press the red button for three seconds to reset the lamp.

The help menu lists every command of the lamp, and thanks the user.
"""
RESET = "How do I reset the lamp?"


@pytest.fixture
async def harness(tmp_path: Path, memory_store: Store) -> ChatHarness:
    (tmp_path / "manual.md").write_text(MANUAL, encoding="utf-8")
    answering = AnsweringService(reloader(tmp_path))
    await answering.reload()
    return ChatHarness(console_chat(answering, memory_store, FILES))


@pytest.mark.parametrize(
    ("text", "kind", "language"),
    [
        ("hello", SmallTalkKind.GREETING, "en"),
        ("Hellooo!!", SmallTalkKind.GREETING, "en"),
        ("hi there bot 👋🏽", SmallTalkKind.GREETING, "en"),
        ("Guten Morgen zusammen", SmallTalkKind.GREETING, "de"),
        ("Grüß dich", SmallTalkKind.GREETING, "de"),
        ("grüss gott", SmallTalkKind.GREETING, "de"),
        ("¡Buenos días!", SmallTalkKind.GREETING, "es"),
        ("Bonjour à tous", SmallTalkKind.GREETING, "fr"),
        ("Привет всем", SmallTalkKind.GREETING, "ru"),
        ("ok, thanks a lot", SmallTalkKind.THANKS, "en"),
        ("Vielen Dank für die Hilfe!", SmallTalkKind.THANKS, "de"),
        ("merci beaucoup", SmallTalkKind.THANKS, "fr"),
        ("muchas gracias", SmallTalkKind.THANKS, "es"),
        ("Спасибо большое", SmallTalkKind.THANKS, "ru"),
        ("bye!", SmallTalkKind.GOODBYE, "en"),
        ("Tschüss", SmallTalkKind.GOODBYE, "de"),
        ("hi, who are you?", SmallTalkKind.IDENTITY, "en"),
        ("wer bist du", SmallTalkKind.IDENTITY, "de"),
        ("Qui es-tu ?", SmallTalkKind.IDENTITY, "fr"),
        ("¿Quién eres?", SmallTalkKind.IDENTITY, "es"),
        ("кто ты?", SmallTalkKind.IDENTITY, "ru"),
        ("what can you do", SmallTalkKind.ABILITIES, "en"),
        ("Hilfe", SmallTalkKind.ABILITIES, "de"),
        ("Qu’est-ce que tu peux faire ?", SmallTalkKind.ABILITIES, "fr"),
        ("hola, ¿qué puedes hacer?", SmallTalkKind.ABILITIES, "es"),
        ("Что ты умеешь?", SmallTalkKind.ABILITIES, "ru"),
        ("🙂", SmallTalkKind.REACTION, None),
        ("<:wave:123456> :tada:", SmallTalkKind.REACTION, None),
        (":-)", SmallTalkKind.REACTION, None),
        ("lol ok", SmallTalkKind.REACTION, "en"),
        ("2+2", SmallTalkKind.ARITHMETIC, None),
        ("what is (3.5 + 2) * 4?", SmallTalkKind.ARITHMETIC, "en"),
        ("what is 10 / 4", SmallTalkKind.ARITHMETIC, "en"),
        ("wie viel ist 3 mal 7?", SmallTalkKind.ARITHMETIC, "de"),
        ("сколько будет 2 + 2", SmallTalkKind.ARITHMETIC, "ru"),
    ],
)
def test_what_small_talk_is(text: str, kind: SmallTalkKind, language: Language | None) -> None:
    talk = small_talk(text)
    assert talk is not None
    assert talk.kind is kind
    assert talk.languages[:1] == (() if language is None else (language,))


@pytest.mark.parametrize(
    ("text", "spoken", "reply"),
    [
        ("hi", "de", "de"),
        ("hi", "fr", "en"),
        ("ok", "ru", "en"),
        ("no", "es", "es"),
        ("guten morgen", "en", "de"),
        ("🙂", "fr", "fr"),
    ],
)
def test_words_of_several_languages_count_as_of_the_one_in_use(
    text: str, spoken: Language, reply: Language
) -> None:
    talk = small_talk(text)
    assert talk is not None
    with in_language(spoken):
        assert small_talk_notices(talk)[0].language == reply


@pytest.mark.parametrize(
    "text",
    [
        "what does the hello command do?",
        "hello world",
        '"hello"',
        "`help`",
        "help command",
        "help me install it",
        "thanks, and in February?",
        "what is the goodbye message",
        "who are you allowed to invite?",
        "9/11",
        "what is 24/7?",
        "2016-17",
        "2016 - 2017",
        "what is 2016 - 2017?",
        "what is 7.1 - 7.3?",
        "what is 1 : 100",
        "83",
        "No. 83",
        "8)",
        "1920x1080",
        "C++",
        "42",
        "§ 1 + 2",
        "bot",
        "please",
        "?",
        "",
        "🙂 rules",
    ],
)
def test_what_may_be_a_question_is_one(text: str) -> None:
    assert small_talk(text) is None


def test_no_question_of_ours_is_small_talk() -> None:
    files = [
        *(ROOT / "benchmarks" / "data").rglob("*.jsonl"),
        *(ROOT / "tests/data").glob("*.jsonl"),
    ]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    questions = [json.loads(line).get("question", "") for line in lines]
    assert len(questions) > 500
    assert [question for question in questions if small_talk(question)] == []


def test_the_longest_message_is_told_at_once() -> None:
    for piece in ("1+", "(1", "what is 1 ", "hi ", "🙂", "1.1"):
        small_talk(piece * 2_000)


@pytest.mark.parametrize("language", ["de", "fr", "es", "ru"])
async def test_replies_are_in_the_language_of_the_asker(
    harness: ChatHarness, language: str
) -> None:
    hello = {"de": "Hallo", "fr": "Bonjour", "es": "Hola", "ru": "Здравствуйте"}[language]
    said = (await harness.type(hello)).text
    assert said.startswith(f"{hello}.\n")
    assert "/sources" in said
    assert "/help" in said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("hello", "Hello.\nAsk in your own words. /sources lists the documents, "),
        ("thanks", "You are welcome."),
        ("who are you?", "This bot quotes documents, each quote with its source, "),
        ("2+2", "Documents are quoted here; nothing is calculated.\n"),
        ("🙂", "That is no question.\n"),
        ("help", "Ask a question: the reply is quotes from the documents, nothing else."),
    ],
)
async def test_small_talk_gets_a_fixed_sentence(
    harness: ChatHarness, memory_store: Store, typed: str, said: str
) -> None:
    message = await harness.type(typed)
    assert message.text.startswith(said)
    assert quotes(message) == []
    assert await memory_store.unanswered.most_asked(9) == ()


async def test_what_a_document_says_of_hello_is_found(harness: ChatHarness) -> None:
    assert "hello command" in quotes(await harness.type("what does the hello command do?"))[0]


async def test_no_follow_up_borrows_from_small_talk(harness: ChatHarness) -> None:
    await harness.type(RESET)
    for talk in ("thanks", "who are you?", "what can you do"):
        await harness.type(talk)
    said = (await harness.type("and why?")).text
    assert said.startswith("Read with the question before: reset, lamp.")


async def test_small_talk_alone_lends_nothing(harness: ChatHarness) -> None:
    await harness.type("who are you?")
    assert "Read with" not in (await harness.type("What about the lamp?")).text
