"""The console chat at a terminal, with keys typed into the real prompt."""

import io
import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.answering.service import AnsweringService
from bot.chat.curation import CorpusFiles
from bot.cli.run import history_file
from bot.config.settings import load_settings
from bot.ingest.formats import Limits
from bot.platforms.console import Streams, run_console
from bot.platforms.streams import Output
from tests.harness.index_jobs import reloader

FILES = CorpusFiles(Path("unused"), Limits(), Path("unused"))
"""Documents are neither added nor removed at the console."""

TEXT = (
    "The front gate closes at ten o'clock. The porter keeps the spare keys in his lodge.\n\n"
    "Bicycles stand in the cellar beside the boiler room, and nowhere else in the house.\n"
)


class TerminalOutput(io.StringIO):
    """A terminal, as far as it can be told from a stream."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
async def answering(tmp_path: Path) -> AnsweringService:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "rules.txt").write_text(TEXT, encoding="utf-8")
    made = AnsweringService(reloader(folder))
    await made.reload()
    return made


async def typed(
    keys: str,
    answering: AnsweringService,
    history: Path | None = None,
    files: CorpusFiles = FILES,
) -> str:
    """What the screen shows once `keys` were typed, without its colours."""
    screen = TerminalOutput()
    with (
        create_pipe_input() as keyboard,
        create_app_session(input=keyboard, output=DummyOutput()),
    ):
        keyboard.send_text(keys)
        streams = Streams(TerminalOutput(), Output(screen))
        await run_console(answering, files, streams, history=lambda: history)
    return re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())


@pytest.mark.parametrize("end", ["\x04", "/quit\r", "/exit\r"], ids=["ctrl-d", "quit", "exit"])
async def test_a_question_is_answered_between_welcome_and_end(
    answering: AnsweringService, end: str
) -> None:
    shown = await typed(f"Who keeps the spare keys?\r{end}not asked\r", answering)
    assert shown.startswith("1 document is ready. Ask a question, or type /help.\n\n")
    assert "│ The front gate closes at ten o'clock. The porter keeps the" in shown
    assert "Answer " in shown
    assert "not asked" not in shown


async def test_a_number_chooses_what_is_near_and_is_else_a_question(
    answering: AnsweringService,
) -> None:
    question = "what does a boiler cost in winter?"
    shown = await typed(f"{question}\r1\r/context 1\r/nearest 2\r/more\r\x04", answering)
    _, silence, *others = shown.split("The documents do not answer this.\n")
    assert not others
    assert "\nNearest, but not an answer:\n1 · The front gate closes" in silence
    assert "paragraph 2\nTo read one, write its number.\n" in silence
    after = silence.split("Silence ")[1]
    assert "Nearest, but not an answer:\n│ Bicycles stand in the cellar" in after
    assert "The porter keeps the spare keys" in after
    assert "There is no excerpt 2; 1 is shown." in after
    assert after.rstrip().endswith("There is nothing further to show.")
    # Without an offer the number is asked.
    assert "The documents do not answer this.\nFound nowhere: 1." in await typed(
        "who built a house in Vienna?\r1\r\x04", answering
    )


async def test_ctrl_c_takes_back_what_was_typed(answering: AnsweringService) -> None:
    shown = await typed("/nonsen\x03/help\r\x04", answering)
    assert "There is no command" not in shown
    assert "/reload – read the documents again" in shown


async def test_an_empty_line_says_nothing(answering: AnsweringService) -> None:
    assert await typed("\r   \r\x04", answering) == await typed("\x04", answering)


async def test_whoever_sits_here_may_reload(answering: AnsweringService, tmp_path: Path) -> None:
    (tmp_path / "corpus" / "more.txt").write_text("The attic is dry.\n", encoding="utf-8")
    shown = await typed("/reload\r\x04", answering)
    assert "added: more.txt" in shown


async def test_what_was_typed_is_kept_for_its_owner_alone(
    answering: AnsweringService, tmp_path: Path
) -> None:
    given = {"state.folder": tmp_path / "state", "corpus.folder": tmp_path / "corpus"}
    settings = load_settings(overrides=given)
    file = history_file(settings)
    await typed("Who keeps the spare keys?\r\x04", answering, file)
    assert "+Who keeps the spare keys?\n" in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    shown = await typed("\x1b[A\r\x04", answering, history_file(settings))
    assert "The porter keeps the" in shown


def test_a_history_that_has_grown_large_loses_its_older_part(tmp_path: Path) -> None:
    settings = load_settings(overrides={"state.folder": tmp_path / "state"})
    file = history_file(settings)
    file.write_text("".join(f"\n# then\n+question {n}\n" for n in range(30_000)), encoding="utf-8")
    history_file(settings)
    kept = file.read_text(encoding="utf-8")
    assert 200_000 < len(kept) <= 250_000
    assert kept.startswith("\n# then\n+question ")
    assert kept.endswith("+question 29999\n")


async def test_a_silence_is_pinned_asked_and_taken_back(
    answering: AnsweringService, tmp_path: Path
) -> None:
    files = replace(FILES, folder=tmp_path / "corpus")
    question = "what does a boiler cost in winter?"
    keys = f"{question}\r/unanswered\r/pin 1\r/pin 1 1\r{question.upper()}\r/pins\r\x04"
    shown = " ".join((await typed(keys, answering, files=files)).split())
    assert f"1 · 1 × {question} What could answer question N: /pin N" in shown
    assert "To pin number M: /pin 1 M" in shown
    assert f"Pinned. “{question}”, and questions like it, are answered with this." in shown
    assert "To undo this: /undo" in shown
    assert "Pinned by a curator. │" in shown
    assert f"1 pin: 1 · {question}" in shown

    # The next start has the pin, but not what was done before: /unpin takes it out.
    again = AnsweringService(reloader(files.folder))
    await again.reload()
    keys = f"{question}\r/undo\r/unpin 1\r/pins\r/unpin 1\r{question}\r/undo\r\x04"
    shown = " ".join((await typed(keys, again, files=files)).split())
    before, after = shown.split(f"“{question}” has no pin any more.")
    assert "Pinned by a curator." in before
    assert "There is nothing to undo." in before
    assert "There is no number 1 in what you saw last. See /pins first." in before
    assert "The documents do not answer this." in after
    assert f"Undone. “{question}” is pinned as before." in after
    assert (files.folder / "pins.toml").read_text().count("[[pin]]") == 1


async def test_words_are_pinned_at_the_console_by_their_place(
    answering: AnsweringService, tmp_path: Path
) -> None:
    files = replace(FILES, folder=tmp_path / "corpus")
    keys = "/pin who is up late = front gate\r/pin 1 1\r/pin hello = gate\r/pin who = no such\r\x04"
    shown = " ".join((await typed(keys, answering, files=files)).split())
    assert "Pinned. “who is up late”" in shown
    assert "Greetings and the like have fixed answers" in shown
    assert "These words stand nowhere in the documents." in shown
