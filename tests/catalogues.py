"""`make texts`: write each language's catalogue anew, with all texts that the program has.

What was translated stays; a new text stands there empty, and a test fails until it is translated.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from discord import Client, Intents
from discord.app_commands import Command, CommandTree

import bot.chat.texts
from bot.chat.texts.catalogue import Text
from bot.chat.texts.command_texts import COMMAND_NAME, HELP, MENU, SLASH
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.languages import LANGUAGES
from bot.chat.texts.pin_texts import PinText
from bot.chat.texts.program_texts import ProgramText
from bot.chat.texts.templates import FixedText, Plural
from bot.chat.texts.web_texts import WebText
from bot.platforms.discord.commands import add_commands

FOLDER = Path(bot.chat.texts.__file__).parent / "locale"


TEXTS: tuple[FixedText, ...] = (*Text, *CuratorText, *PinText, *WebText, *ProgramText)
"""All fixed texts."""


def template() -> Catalog:
    """The catalogue of all texts, without translations."""
    made = Catalog(fuzzy=False)
    for text in TEXTS:
        entry = text.value
        message = (entry.one, entry.many) if isinstance(entry, Plural) else entry
        made.add(message, auto_comments=[text.name])
    for meaning in (*HELP.values(), *SLASH.values(), MENU):
        made.add(meaning)
    for name in command_names():
        made.add(name, context=COMMAND_NAME)
    return made


def command_names() -> Iterator[str]:
    """The names of all commands at Discord, and those of their groups and options."""
    tree: CommandTree[Any] = CommandTree(Client(intents=Intents.none()))
    add_commands(tree)
    for command in tree.walk_commands():
        yield command.name
        if isinstance(command, Command):
            yield from (parameter.name for parameter in command.parameters)


def read(language: str) -> Catalog:
    """The catalogue of a language."""
    path = FOLDER / f"{language}.po"
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def write_catalogues() -> None:
    """Write the catalogues of all languages but English."""
    FOLDER.mkdir(exist_ok=True)
    for language in LANGUAGES:
        if language == "en":
            continue
        path = FOLDER / f"{language}.po"
        catalogue = read(language) if path.exists() else Catalog(language, fuzzy=False)
        catalogue.update(template(), no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, width=98, omit_header=True)


if __name__ == "__main__":
    write_catalogues()
