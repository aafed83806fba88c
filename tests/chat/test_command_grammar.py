"""Typed words to commands, in the syntax of each platform: pure functions as tables."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.command_grammar import (
    CONSOLE,
    DISCORD,
    MATRIX,
    MOST_CHARACTERS,
    is_command,
    parse,
    question,
)
from bot.chat.commands import (
    About,
    AddDocument,
    Ask,
    ClearRoom,
    Command,
    Context,
    Empty,
    Forget,
    Help,
    ListSources,
    Malformed,
    More,
    Quit,
    Reload,
    RemoveDocument,
    SetCollections,
    SetMode,
    ShowRoom,
    ShowSource,
    ShowStatus,
)
from bot.chat.rendering.blocks import notice_block
from bot.chat.rendering.pages import paginate
from bot.chat.rendering.plain import PLAIN
from bot.state.records import Mode

ASKING = replace(MATRIX, prefix="!ask")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("How many were evacuated?", Ask("How many were evacuated?")),
        ("  who,\nwhen?  ", Ask("who,\nwhen?")),
        ("what is 1/2 of it?", Ask("what is 1/2 of it?")),
        ("what does \u202eit\u202c mean?", Ask("what does \u202eit\u202c mean?")),
        ("help", Help()),
        ("Help!", Help()),
        ("help me install it", Ask("help me install it")),
        ("quit", Quit()),
        ("exit", Quit()),
        ("quit smoking", Ask("quit smoking")),
        ("sources", Ask("sources")),
        ("x" * 2_000, Ask("x" * 2_000)),
        ("/sources", ListSources()),
        ("/sources laws", ListSources("laws")),
        ("/sources  old\tlaws ", ListSources("old laws")),
        ("/SOURCES", ListSources()),
        ("/source blood-sea.md", ShowSource("blood-sea.md")),
        ("/source The liberation of Aleppo", ShowSource("The liberation of Aleppo")),
        ("/sou\u200brce \u202ea.md\x1b", ShowSource("a.md")),
        ("\ufeff/more", More()),
        ("/more", More()),
        ("/context 2", Context(2)),
        ("/context 02", Context(2)),
        ("/context", Context(1)),
        ("/reload", Reload()),
        ("/help", Help()),
        ("/help me", Help()),
        ("/quit", Quit()),
        ("/exit", Quit()),
        ("", Empty()),
        (" \n\t", Empty()),
        ("\x00\u200b", Empty()),
    ],
)
def test_a_message_is_one_command(text: str, command: Command) -> None:
    assert parse(text, CONSOLE) == command


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("/source", "Write it as /source NAME."),
        ("/context two", "Write it as /context N."),
        ("/context 0", "Write it as /context N."),
        ("/context -1", "Write it as /context N."),
        ("/context ²", "Write it as /context N."),
        ("/context 99999999999", "Write it as /context N."),
        ("/more 5", "Write it as /more."),
        ("/reload now", "Write it as /reload."),
        ("/about", "There is no command /about. The nearest is /help."),
        ("/corpus reload", "There is no command /corpus. The nearest is /help."),
        ("/souces", "There is no command /souces. The nearest is /sources."),
        ("/contxt 1", "There is no command /contxt. The nearest is /context."),
        ("/", "There is no command /. The nearest is /help."),
        ("/etc/passwd", "There is no command /etc/passwd. The nearest is /help."),
        (
            "x" * 2_001,
            "A question may be at most 2,000 characters long; this one has 2,001.",
        ),
    ],
)
def test_what_cannot_be_understood_meets_the_way_to_write_it(text: str, sentence: str) -> None:
    command = parse(text, CONSOLE)
    assert isinstance(command, Malformed)
    (page,) = paginate((notice_block(command.notice),), PLAIN)
    assert page.text == sentence


def test_where_no_command_is_expected_a_slash_is_part_of_the_question() -> None:
    assert question(" /etc/passwd? ") == Ask("/etc/passwd?")
    assert question("\u200b") == Empty()
    assert isinstance(question("x" * 2_001), Malformed)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_some_command_and_a_question_keeps_its_words(text: str) -> None:
    command = parse(text, CONSOLE)
    if isinstance(command, Ask):
        assert command.question == text.strip()
    if isinstance(command, Malformed):
        assert paginate((notice_block(command.notice),), PLAIN, 800)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/sources town", ListSources("town")),
        ("/source harbour", ShowSource("harbour")),
        ("/help", Help()),
        ("/reload", Help()),
        ("/more 5", Help()),
        ("more", Ask("more")),
        ("", Empty()),
    ],
)
def test_on_discord_what_has_another_way_brings_help(text: str, command: Command) -> None:
    assert parse(text, DISCORD) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Who came?", Ask("Who came?")),
        ("!ask Who came?", Ask("Who came?")),
        ("!ASK  Who came?", Ask("Who came?")),
        ("!ask: Who came?", Ask("Who came?")),
        ("!ask\nWho \u200bcame?", Ask("Who \u200bcame?")),
        (": who?", Ask(": who?")),
        ("!ask", Empty()),
        ("  ", Empty()),
        ("!ask more", More()),
        ("more", More()),
        ("More", More()),
        ("more water?", Ask("more water?")),
        ("help", Help()),
        ("!help me", Help()),
        ("help wanted", Ask("help wanted")),
        ("sources", ListSources()),
        ("!sources town", ListSources("town")),
        ("sources of income", Ask("sources of income")),
        ("source harbour", ShowSource("harbour")),
        ("source The harbour", ShowSource("The harbour", "source The harbour")),
        ("!source The harbour", ShowSource("The harbour")),
        ("source of the smoke?", Ask("source of the smoke?")),
        ("context", Context(1)),
        ("context 2", Context(2)),
        ("!context 12", Context(12)),
        ("context of the war", Ask("context of the war")),
        ("!about", About()),
        ("!privacy forget", Forget()),
        ("!corpus reload", Reload()),
        ("!Corpus Status", ShowStatus()),
        ("!corpus add", AddDocument(None, False)),
        ("!corpus add town replace", AddDocument("town", True)),
        ("!corpus add replace", AddDocument(None, True)),
        ("!corpus remove The harbour", RemoveDocument("The harbour")),
        ("!room", Malformed),
        ("!room show", ShowRoom()),
        ("!room collections", ShowRoom()),
        ("!room collections all", SetCollections(None)),
        ("!room collections town, guild", SetCollections(frozenset(("town", "guild")))),
        ("!room mode OFF", SetMode(Mode.OFF)),
        ("!room clear", ClearRoom()),
        ("!room clear all", Malformed),
        ("!corpus", Malformed),
        ("!corpus dance", Malformed),
        ("!context two", Malformed),
        ("!context 0", Malformed),
        ("!room mode loud", Malformed),
        ("!quit", Malformed),
        ("!quit smoking", Ask("!quit smoking")),
        ("!privacy", Malformed),
        ("!nonsense", Malformed),
        ("! is a mark", Ask("! is a mark")),
        ("x" * (MOST_CHARACTERS + 1), Malformed),
    ],
)
def test_a_message_on_matrix_is_one_command(text: str, command: Command | type[Malformed]) -> None:
    parsed = parse(text, ASKING)
    assert isinstance(parsed, Malformed) if command is Malformed else parsed == command


@given(st.text())
def test_any_text_on_matrix_is_some_command_and_a_question_stays_as_it_was_typed(text: str) -> None:
    command = parse(text, ASKING)
    if isinstance(command, Ask) and not is_command(text, ASKING):
        assert command.question == text.strip()


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("!ask x", True),
        ("!docs x", False),
        ("!corpus", True),
        ("!helpful", False),
        ("help", False),
        ("", False),
    ],
)
def test_a_command_is_known_by_its_first_word(text: str, command: bool) -> None:
    assert is_command(text, ASKING) is command
