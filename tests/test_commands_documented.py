"""docs/commands.md, curators.md and json.md are in step with what the program does."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from bot.chat.commands import COMMANDS as CHAT_COMMANDS
from bot.chat.commands import MOST_CHARACTERS
from bot.chat.english import ENGLISH
from bot.chat.rendering.json import JsonCutExcerpt, JsonDifference, JsonFigure, JsonReadReply
from bot.cli.arguments import COMMANDS, EVERYWHERE, parser

EVERY_COMMAND = {"--help", *(option.flag for option in EVERYWHERE)}


@pytest.fixture(scope="session")
def commands_page(project_root: Path) -> str:
    return (project_root / "docs/commands.md").read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """What stands under `heading`, up to the next one."""
    match = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", page, re.DOTALL | re.MULTILINE)
    assert match, heading
    return match[1]


def rows(text: str) -> list[tuple[str, str]]:
    """The first two cells of the rows of a table, without its heading and code marks."""
    found = re.findall(r"^\| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    return [(name.strip("`"), what) for name, what in found[1:] if set(name) != {"-"}]


def sub_parsers() -> dict[str, argparse.ArgumentParser]:
    action = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


def options_of(one: argparse.ArgumentParser) -> dict[str, str]:
    """Each option with its value, as it is written, and its meaning."""
    return {
        " ".join(filter(None, (action.option_strings[-1], action.metavar))): action.help or ""
        for action in one._actions
        if action.option_strings and isinstance(action.metavar, str | None)
    }


def test_every_command_is_listed_with_its_meaning_and_has_a_section(commands_page: str) -> None:
    assert rows(section(commands_page, "On the command line")) == list(COMMANDS.items())
    assert list(sub_parsers()) == list(COMMANDS)
    for name in COMMANDS:
        assert section(commands_page, name).strip()


def test_the_options_that_hold_everywhere_are_listed(commands_page: str) -> None:
    listed = dict(rows(section(commands_page, "Options everywhere")))
    assert listed.pop("--help")
    assert listed == {f"{option.flag} {option.metavar}": option.what for option in EVERYWHERE}
    assert "`--version`" in section(commands_page, "Options everywhere")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_its_own_options_listed(commands_page: str, name: str) -> None:
    own = {
        option: what
        for option, what in options_of(sub_parsers()[name]).items()
        if option.split()[0] not in EVERY_COMMAND
    }
    assert dict(rows(section(commands_page, name))) == own


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_takes_the_options_that_hold_everywhere(name: str) -> None:
    taken = {option.split()[0] for option in options_of(sub_parsers()[name])}
    assert taken >= EVERY_COMMAND


def test_every_command_of_the_chat_is_listed_with_what_help_says(commands_page: str) -> None:
    listed = rows(section(commands_page, "In the chat"))
    wanted = [
        (f"/{command.name} {command.argument}".rstrip(), ENGLISH.help[command.name])
        for command in CHAT_COMMANDS
    ]
    assert listed == wanted


def test_the_longest_question_is_told(commands_page: str) -> None:
    told = f"A question may be {MOST_CHARACTERS:,} characters long"
    assert told in section(commands_page, "ask")


def test_every_key_of_a_manifest_is_explained(project_root: Path) -> None:
    from bot.ingest.manifest import SourceEntry

    page = (project_root / "docs/curators.md").read_text(encoding="utf-8")
    told = [name for name, _ in rows(section(page, "sources.toml: what the documents are"))]
    assert told == list(SourceEntry.model_fields)


def test_every_format_is_listed(project_root: Path) -> None:
    from bot.ingest.readers import SUFFIXES

    page = (project_root / "docs/curators.md").read_text(encoding="utf-8")
    told = re.findall(r"`(\.\w+)`", section(page, "Formats"))
    assert set(told) == set(SUFFIXES)


def fields(text: str) -> list[str]:
    """The fields a table of docs/json.md names; two may share a row."""
    return [name for row in rows(text) for name in re.findall(r"\w+", row[0]) if name != "Field"]


def test_every_field_of_a_reply_as_json_is_explained(project_root: Path) -> None:
    page = (project_root / "docs/json.md").read_text(encoding="utf-8")
    assert fields(section(page, "A reply")) == [*JsonReadReply.model_fields, "notice"]
    assert set(fields(section(page, "An excerpt"))) == set(JsonCutExcerpt.model_fields)
    assert fields(section(page, "A difference")) == [
        *JsonDifference.model_fields,
        *JsonFigure.model_fields,
    ]
