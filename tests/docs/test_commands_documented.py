"""docs/commands.md, curators.md, discord.md, matrix.md and json.md are in step with the program."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from pydantic import SecretStr

from bot.chat.command_grammar import (
    CONSOLE,
    DISCORD,
    MATRIX,
    MOST_CHARACTERS,
    SPECS,
    parse,
    usage,
)
from bot.chat.commands import Ask, Empty, ListSources, Malformed
from bot.chat.rendering.json import reply_contents
from bot.chat.texts.catalogue import Text
from bot.chat.texts.command_texts import HELP
from bot.cli.arguments import COMMANDS, COMMON_OPTIONS
from bot.cli.arguments import parse as parse_arguments
from bot.config.settings import (
    CorpusSettings,
    DiscordSettings,
    MatrixSettings,
    Settings,
    StateSettings,
)
from bot.core.documents import Span
from bot.core.errors import SettingsError
from bot.core.replies import Difference, Excerpt, Figure, FigureKind, Reading, Silence
from bot.platforms.discord.client import Client
from bot.platforms.discord.register import BotCommandTree, commands_of
from bot.platforms.discord.run import (
    BAD_INTENTS,
    BAD_SHARD,
    BAD_TOKEN,
    discord_connection,
    discord_services,
    fatal_error,
)
from bot.platforms.matrix.reaction_offers import OPEN, REMOVE, VERBS, YES, without_variants
from bot.platforms.services import build_answering, build_services
from tests.chat.builders import answer, document, passage

ENDS = "When something goes wrong"
EVERY_COMMAND = {"--help", *(option.flag for option in COMMON_OPTIONS)}


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


def help_of(*command: str) -> str:
    """The help of the program or of one of its commands, one line an option."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as written:
        patch.setenv("COLUMNS", "400")
        with pytest.raises(SystemExit):
            parse_arguments([*command, "--help"])
    return written.getvalue()


def options_of(name: str) -> dict[str, str]:
    """Each option of a command with its value, as it is written, and its meaning."""
    lines = re.findall(r"^  (?:-h, )?(--\S+(?: [A-Z-]+)?) {2,}(.+)$", help_of(name), re.MULTILINE)
    return dict(lines)


def test_every_command_is_listed_with_its_meaning_and_has_a_section(commands_page: str) -> None:
    assert rows(section(commands_page, "On the command line")) == list(COMMANDS.items())
    assert re.findall(r"^    (\w+) ", help_of(), re.MULTILINE) == list(COMMANDS)
    for name in COMMANDS:
        assert section(commands_page, name).strip()


def test_the_options_that_hold_everywhere_are_listed(commands_page: str) -> None:
    listed = dict(rows(section(commands_page, "Options everywhere")))
    assert listed.pop("--help")
    assert listed == {f"{option.flag} {option.metavar}": option.help for option in COMMON_OPTIONS}
    assert "`--version`" in section(commands_page, "Options everywhere")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_its_own_options_listed(commands_page: str, name: str) -> None:
    own = {
        option: what
        for option, what in options_of(name).items()
        if option.split()[0] not in EVERY_COMMAND
    }
    assert dict(rows(section(commands_page, name))) == own


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_takes_the_options_that_hold_everywhere(name: str) -> None:
    taken = {option.split()[0] for option in options_of(name)}
    assert taken >= EVERY_COMMAND


def test_every_command_of_the_chat_is_listed_with_what_help_says(commands_page: str) -> None:
    listed = rows(section(commands_page, "In the chat"))
    wanted = [
        (f"/{spec.name} {spec.argument}".rstrip(), HELP[spec.name]) for spec in CONSOLE.specs()
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


def fields(text: str) -> list[str]:
    """The fields a table of docs/json.md names; two may share a row."""
    return [name for row in rows(text) for name in re.findall(r"\w+", row[0]) if name != "Field"]


def test_every_field_of_a_reply_as_json_is_explained(project_root: Path) -> None:
    page = (project_root / "docs/json.md").read_text(encoding="utf-8")
    text = "Nine carts came. Some left."
    wholes = [
        replace(passage(document(text, f"main/{name}.pdf")), confidence=90)
        for name in ("carts", "roads")
    ]
    one, other = (Excerpt(whole, (Span(0, 4), Span(17, 21))) for whole in wholes)
    figures = Figure(one, Span(0, 4)), Figure(other, Span(0, 4))
    reply = replace(
        answer(one, other, low=True, languages=("en",)),
        is_judged=True,
        pinned=1,
        differences=(Difference(FigureKind.FIGURE, figures),),
        readings=(Reading("nien", ("nine",)),),
    )
    made = json.loads(json.dumps(reply_contents(reply, "How many carts?", 0.1)))
    silent = reply_contents(Silence("Carts?", "ab", 2, nearest=(one, other)), "Carts?", 0.1)
    names = dict.fromkeys((*silent, *made, "notice"))
    assert fields(section(page, "A reply")) == [*names]
    # Only rows, items and code have lines above them, and only Markdown has marks to hide.
    assert set(fields(section(page, "An excerpt"))) == {*made["excerpts"][0], "above", "shown"}
    (difference,) = made["differences"]
    assert fields(section(page, "A difference")) == [*difference, *difference["figures"][0]]


@pytest.fixture(scope="session")
def discord_page(project_root: Path) -> str:
    return (project_root / "docs/discord.md").read_text(encoding="utf-8")


@pytest.fixture
async def offered(tmp_path: Path) -> AsyncIterator[BotCommandTree]:
    """The commands that Discord would be told, of a client that joins nothing."""
    settings = Settings(
        corpus=CorpusSettings(folder=tmp_path), state=StateSettings(folder=tmp_path / "state")
    )
    async with build_services(settings, build_answering(settings)) as services:
        yield commands_of(Client(discord_services(services)))


def told(command: app_commands.Command[Any, ..., Any]) -> tuple[str, str, str]:
    """A command of Discord as a row of the table tells of it."""
    options = "; ".join(f"`{one.name}`: {one.description}" for one in command.parameters)
    return f"`/{command.qualified_name}`", command.description, options


def table(text: str) -> list[tuple[str, ...]]:
    """All cells of the rows of a table, as they are written."""
    rows = [line[1:-1].split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return [tuple(cell.strip() for cell in row) for row in rows]


async def test_every_command_of_discord_is_listed_with_its_options(
    commands_page: str, offered: BotCommandTree
) -> None:
    page = section(commands_page, "In Discord")
    commands = [c for c in offered.walk_commands() if isinstance(c, app_commands.Command)]
    assert sorted(table(page)) == sorted(told(command) for command in commands)
    for command in commands:
        for option in command.parameters:
            assert all(choice.name in page for choice in option.choices)
    for menu in offered.get_commands(type=discord.AppCommandType.message):
        assert f"*Apps › {menu.name}*" in page


def test_every_button_is_explained(discord_page: str) -> None:
    explained = section(discord_page, "Buttons")
    for text in Text:
        if text.name.startswith("BUTTON_"):
            template = text.value
            assert isinstance(template, str)
            assert template.removesuffix(" ({count})") in explained, text


def test_the_invitation_asks_for_the_permissions_that_are_explained(discord_page: str) -> None:
    listed = dict(rows(section(discord_page, "Permissions")))
    wanted = {
        "Add Reactions": "add_reactions",
        "View Channels": "view_channel",
        "Send Messages": "send_messages",
        "Read Message History": "read_message_history",
        "Create Public Threads": "create_public_threads",
        "Send Messages in Threads": "send_messages_in_threads",
    }
    assert list(listed) == list(wanted)
    for name, flag in wanted.items():
        assert f"| {name} | {discord.Permissions(**{flag: True}).value} |" in discord_page
    everything = discord.Permissions(**dict.fromkeys(wanted.values(), True)).value
    assert f"&permissions={everything}\n" in discord_page


@pytest.mark.parametrize("code", sorted({BAD_TOKEN, *BAD_INTENTS, *BAD_SHARD}))
def test_what_ends_the_bot_on_discord_is_explained(discord_page: str, code: int) -> None:
    closed = discord.ConnectionClosed.__new__(discord.ConnectionClosed)
    closed.code = code
    sentence = str(fatal_error(closed))
    assert sentence in [name for name, _ in rows(section(discord_page, ENDS))]


def test_shards_that_do_not_go_together_are_explained(discord_page: str) -> None:
    settings = Settings(discord=DiscordSettings(shard_ids=("0",)))
    with pytest.raises(SettingsError) as caught:
        discord_connection(settings, SecretStr("token"))
    assert str(caught.value) in [name for name, _ in rows(section(discord_page, ENDS))]


def test_the_limits_on_discord_are_those_of_the_settings(discord_page: str) -> None:
    limits = Settings().limits
    told_of = re.findall(r"`(\w+)` \| ([\d,]+) \|", section(discord_page, "Limits"))
    assert {name: int(most.replace(",", "")) for name, most in told_of} == {
        name: getattr(limits, name) for name in ("per_person", "per_room", "at_once", "waiting")
    }
    assert limits.seconds == 60


@pytest.fixture(scope="session")
def matrix_page(project_root: Path) -> str:
    return (project_root / "docs/matrix.md").read_text(encoding="utf-8")


EXAMPLES = {
    "QUESTION": "Who keeps the keys?",
    "COLLECTION": "town",
    "NAMES": "town, guild",
    "NAME": "charter",
    "MODE": "mentions",
    "LANGUAGE": "de",
    "N": "2",
    "M": "1",
    "WORDS": "keeps the keys",
    "WHY": "outdated",
}


def typed(cell: str) -> str:
    """A command of the table with something in each place that is to be filled in."""
    return re.sub(r"\b[A-Z]+\b", lambda found: EXAMPLES[found[0]], cell.strip("`"))


def test_every_command_on_matrix_is_listed_and_works_as_its_row_says(commands_page: str) -> None:
    prefix = MatrixSettings().prefix
    syntax = replace(MATRIX, prefix=prefix)
    listed = table(section(commands_page, "In Matrix"))
    for cell, _, bare in listed:
        command = parse(typed(cell), syntax)
        without = parse(typed(cell).removeprefix(syntax.sign), syntax)
        assert not isinstance(command, Malformed | Empty), cell
        if isinstance(command, ListSources):
            assert bare == "yes, but without a collection"
            assert isinstance(without, Ask)
            assert parse("sources", syntax) == ListSources(None)
        else:
            assert bare == ("yes" if without == command else "no"), cell
            assert without == command or isinstance(without, Ask), cell
    names = {re.sub(r" [A-Z].*", "", cell.strip("`")) for cell, _, _ in listed}
    assert names == {prefix, *(syntax.sign + spec.name for spec in syntax.specs())}


async def test_every_slash_command_is_in_the_table_of_commands(offered: BotCommandTree) -> None:
    names = {
        c.qualified_name for c in offered.walk_commands() if isinstance(c, app_commands.Command)
    }
    assert names == {spec.name for spec in SPECS if spec.surfaces & DISCORD.help}


def test_every_verb_that_a_usage_on_matrix_names_is_listed(commands_page: str) -> None:
    listed = " ".join(cell + what for cell, what, _ in table(section(commands_page, "In Matrix")))
    for group in ("corpus", "room"):
        for verb in re.findall(r"[a-z]+", usage(group, MATRIX).argument):
            assert re.search(rf"\b{verb}\b", listed), verb


def test_every_sign_and_its_word_is_explained(matrix_page: str) -> None:
    lines = section(matrix_page, "Signs and words").splitlines()
    cells = [line[1:-1].split("|") for line in lines if line.startswith("|")][2:]
    signs = {without_variants(sign) for row in cells for sign in row[0].split()}
    assert signs == {*VERBS, OPEN}
    for word in (word for row in cells for word in re.findall(r"`(.+?)`", row[1])):
        assert not isinstance(parse(typed(word), MATRIX), Ask), word
    deciding = section(matrix_page, "Curators and managers")
    assert YES in deciding
    assert REMOVE in deciding
