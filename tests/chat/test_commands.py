from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.commands import (
    Ask,
    Command,
    Context,
    Empty,
    Help,
    ListSources,
    Malformed,
    More,
    Quit,
    Reload,
    ShowSource,
    parse,
    question,
)
from bot.chat.rendering.blocks import said
from bot.chat.rendering.pages import paginate
from bot.chat.rendering.plain import PLAIN


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("How many were evacuated?", Ask("How many were evacuated?")),
        ("  who,\nwhen?  ", Ask("who,\nwhen?")),
        ("what is 1/2 of it?", Ask("what is 1/2 of it?")),
        ("what does \u202eit\u202c mean?", Ask("what does \u202eit\u202c mean?")),
        ("help", Ask("help")),
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
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("/source", "Write it as /source NAME."),
        ("/context", "Write it as /context N."),
        ("/context two", "Write it as /context N."),
        ("/context 0", "Write it as /context N."),
        ("/context -1", "Write it as /context N."),
        ("/context ²", "Write it as /context N."),
        ("/context 99999999999", "Write it as /context N."),
        ("/more 5", "Write it as /more."),
        ("/reload now", "Write it as /reload."),
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
    command = parse(text)
    assert isinstance(command, Malformed)
    (page,) = paginate((said(command.notice),), PLAIN)
    assert page.text == sentence


def test_where_no_command_is_expected_a_slash_is_part_of_the_question() -> None:
    assert question(" /etc/passwd? ") == Ask("/etc/passwd?")
    assert question("\u200b") == Empty()
    assert isinstance(question("x" * 2_001), Malformed)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_some_command_and_a_question_keeps_its_words(text: str) -> None:
    command = parse(text)
    if isinstance(command, Ask):
        assert command.question == text.strip()
    if isinstance(command, Malformed):
        assert paginate((said(command.notice),), PLAIN, 800)
