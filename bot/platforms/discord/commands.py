"""Slash commands and the context menu of a message, as commands of the chat.

The grammar lists the commands; this module adds their options on Discord. Discord shows the
managers' commands to people who manage the server only. That is a convenience: the chat checks
the rights of each person who uses a command.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range

from bot.answering.service import DocumentInfo
from bot.chat import commands
from bot.chat.buttons import key_of
from bot.chat.command_grammar import DISCORD, MOST_CHARACTERS, Audience, CommandSpec, parse
from bot.chat.identity import Person
from bot.chat.message import Message
from bot.chat.request import AttachedFile, ChatRequest, ShownQuestion
from bot.chat.texts.catalogue import Text
from bot.chat.texts.command_texts import MENU, SLASH
from bot.chat.texts.languages import LANGUAGES, language_of_locale
from bot.chat.texts.notices import notice
from bot.core.errors import SourcesSayError
from bot.platforms.discord import outbox, responses
from bot.platforms.discord.client import Client
from bot.platforms.discord.mapping import (
    person_of_interaction,
    place_of_interaction,
    place_of_settings,
    thread_key,
    without_people,
)
from bot.platforms.discord.setup import CHOICE_CHARACTERS, MOST_CHOICES, show_setup
from bot.state.records import Mode

EVERYWHERE: dict[str, Any] = {
    "allowed_contexts": app_commands.AppCommandContext(
        guild=True, dm_channel=True, private_channel=True
    ),
    "allowed_installs": app_commands.AppInstallationType(guild=True, user=True),
}
FOR_MANAGERS: dict[str, Any] = {
    "allowed_contexts": app_commands.AppCommandContext(guild=True),
    "allowed_installs": app_commands.AppInstallationType(guild=True),
}
MANAGING = discord.Permissions(manage_guild=True)

Interaction = discord.Interaction[Client]

_log = logging.getLogger(__name__)


def add_commands(tree: app_commands.CommandTree[Client]) -> None:
    """Add all commands to `tree`."""
    groups: dict[str, app_commands.Group] = {}
    for spec in DISCORD.specs(DISCORD.help):
        is_open = spec.audience is Audience.ANYONE
        where, needs = (EVERYWHERE, None) if is_open else (FOR_MANAGERS, MANAGING)
        in_group = spec.name != spec.group
        command = app_commands.Command[Any, ..., None](
            name=spec.name.removeprefix(spec.group).strip() or spec.name,
            description=SLASH[spec.name],
            callback=_WITH_OPTIONS.get(spec.name) or _without_options(spec),
            **({} if in_group else where),
        )
        if not in_group:
            command.default_permissions = needs
        elif spec.group not in groups:
            group = app_commands.Group(
                name=spec.group,
                description=SLASH[spec.group],
                default_permissions=needs,
                **where,
            )
            groups[spec.group] = group
            tree.add_command(group)
        parent = groups[spec.group] if in_group else tree
        parent.add_command(command)
    menu: Any = _ask_from_message
    tree.add_command(app_commands.ContextMenu(name=MENU, callback=menu, **EVERYWHERE))


# Suggestions for options


async def suggest_collections(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Collections that the room sees and whose name holds what was typed so far."""
    return await _matching_collections(interaction, typed)


async def suggest_places(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Collections that a document may be put in; a curator sees all of them."""
    return await _matching_collections(interaction, typed, person_of_interaction(interaction))


async def suggest_bindings(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Lists of collections: what was typed, with its last name completed."""
    before, comma, last = typed.rpartition(",")
    start = f"{before}{comma} " if comma else ""
    person = person_of_interaction(interaction)
    chosen = {name.strip().casefold() for name in before.split(",")}
    return [
        Choice(name=start + choice.name, value=start + choice.value)
        for choice in await _matching_collections(interaction, last.strip(), person)
        if choice.value.casefold() not in chosen and len(start + choice.value) <= CHOICE_CHARACTERS
    ]


async def _matching_collections(
    interaction: Interaction, typed: str, person: Person | None = None
) -> list[Choice[str]]:
    place = place_of_interaction(interaction)
    try:
        names = await interaction.client.services.chat.collections(place, person)
    except SourcesSayError as fault:
        _log.error("nothing could be suggested: %s", fault)
        return []
    folded = typed.casefold()
    matches = [n for n in names if folded in n.casefold() and len(n) <= CHOICE_CHARACTERS]
    return [Choice(name=name, value=name) for name in matches[:MOST_CHOICES]]


async def suggest_documents(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Documents that the room sees and whose title or path holds what was typed so far."""
    place = place_of_interaction(interaction)
    try:
        infos = await interaction.client.services.chat.suggestions(place, typed, MOST_CHOICES)
    except SourcesSayError as fault:
        _log.error("nothing could be suggested: %s", fault)
        return []
    return [_choice(info) for info in infos]


def _choice(info: DocumentInfo) -> Choice[str]:
    path = info.document.path
    line = " ".join((info.document.source.title or path).split()) or "?"
    name = line if len(line) <= CHOICE_CHARACTERS else line[: CHOICE_CHARACTERS - 1] + "…"
    return Choice(name=name, value=path if len(path) <= CHOICE_CHARACTERS else "#" + key_of(path))


# Commands with options


@app_commands.describe(
    question=SLASH["ask.question"],
    collection=SLASH["ask.collection"],
    private=SLASH["ask.private"],
)
@app_commands.autocomplete(collection=suggest_collections)
async def _ask(
    interaction: Interaction,
    question: Range[str, 1, MOST_CHARACTERS],
    collection: str | None = None,
    private: bool = False,
) -> None:
    await _question(interaction, question, collection, private)


@app_commands.describe(collection=SLASH["sources.collection"])
@app_commands.autocomplete(collection=suggest_collections)
async def _sources(interaction: Interaction, collection: str | None = None) -> None:
    await _answer(interaction, commands.ListSources(collection))


@app_commands.describe(name=SLASH["source.name"])
@app_commands.autocomplete(name=suggest_documents)
async def _source(interaction: Interaction, name: str) -> None:
    await _answer(interaction, commands.ShowSource(name))


@app_commands.describe(
    file=SLASH["corpus.file"], collection=SLASH["corpus.to"], replace=SLASH["corpus.replace"]
)
@app_commands.autocomplete(collection=suggest_places)
async def _add(
    interaction: Interaction,
    file: discord.Attachment,
    collection: str | None = None,
    replace: bool = False,
) -> None:
    await _answer(interaction, commands.AddDocument(collection, replace), file)


@app_commands.describe(document=SLASH["corpus.document"])
@app_commands.autocomplete(document=suggest_documents)
async def _remove(interaction: Interaction, document: str) -> None:
    await _answer(interaction, commands.RemoveDocument(document))


@app_commands.describe(question=SLASH["corpus.question"], words=SLASH["corpus.words"])
async def _pin(
    interaction: Interaction,
    question: Range[str, 1, MOST_CHARACTERS],
    words: Range[str, 1, MOST_CHARACTERS] | None = None,
) -> None:
    await _answer(interaction, commands.FindQuote(without_people(question), words or ""))


@app_commands.describe(names=SLASH["room.names"], server=SLASH["room.server"])
@app_commands.autocomplete(names=suggest_bindings)
async def _collections(
    interaction: Interaction, names: str | None = None, server: bool = False
) -> None:
    bound = None
    if names is not None:
        bound = frozenset(name.strip() for name in names.split(",") if name.strip())
    await _answer(interaction, commands.SetCollections(bound, server))


@app_commands.describe(mode=SLASH["room.mode"], server=SLASH["room.server"])
@app_commands.choices(mode=[Choice(name=SLASH[f"room.{m.value}"], value=m.value) for m in Mode])
async def _mode(interaction: Interaction, mode: Choice[str], server: bool = False) -> None:
    await _answer(interaction, commands.SetMode(Mode(mode.value), server))


@app_commands.describe(threads=SLASH["room.threads"], server=SLASH["room.server"])
async def _threads(interaction: Interaction, threads: bool, server: bool = False) -> None:
    await _answer(interaction, commands.SetThreads(threads, server))


@app_commands.describe(language=SLASH["room.language"], server=SLASH["room.server"])
@app_commands.choices(
    language=[
        *(Choice(name=name, value=language) for language, name in LANGUAGES.items()),
        Choice(name=SLASH["room.default"], value="default"),
    ]
)
async def _language(interaction: Interaction, language: Choice[str], server: bool = False) -> None:
    await _answer(interaction, commands.SetLanguage(language_of_locale(language.value), server))


@app_commands.describe(server=SLASH["room.server"])
async def _clear(interaction: Interaction, server: bool = False) -> None:
    await _answer(interaction, commands.ClearRoom(server))


_WITH_OPTIONS: Mapping[str, Any] = {
    "ask": _ask,
    "sources": _sources,
    "source": _source,
    "setup": show_setup,
    "corpus add": _add,
    "corpus remove": _remove,
    "corpus pin": _pin,
    "room collections": _collections,
    "room mode": _mode,
    "room threads": _threads,
    "room language": _language,
    "room clear": _clear,
}


def _without_options(spec: CommandSpec) -> Any:
    command = spec.read("")
    if command is None:
        raise ValueError(f"{spec.name} takes options on Discord: add its callback")

    async def callback(interaction: Interaction) -> None:
        await _answer(interaction, command)

    return callback


async def _ask_from_message(interaction: Interaction, message: discord.Message) -> None:
    text = message.content.strip()
    if text:
        await _question(interaction, text, None, private=False, about=message.jump_url)
    else:
        await _answer(interaction, commands.Malformed(notice(Text.NO_WORDS)))


# Replies


async def _question(
    interaction: Interaction,
    text: str,
    collection: str | None,
    private: bool,
    about: str | None = None,
) -> None:
    """Answer a question; `about` is the link of the message that holds it, if any."""
    command = parse(without_people(text), DISCORD)
    if isinstance(command, commands.Ask):
        command = replace(command, collection=collection)
    elif not isinstance(command, commands.Malformed | commands.NoQuestion):
        command = commands.Help()
    request = interaction.client.request(interaction)
    thread = thread_key(request.place, request.person, private)
    shown = None if private else ShownQuestion(text, about)
    request = replace(request, thread=thread, private=private, shown=shown)
    late = partial(responses.send_late, interaction, interaction.client.echoes)
    await _respond(interaction, command, request, late)


async def _answer(
    interaction: Interaction, command: commands.Command, file: discord.Attachment | None = None
) -> None:
    """Answer a command other than a question; only the person who used it sees the reply."""

    async def attachment() -> AttachedFile | None:
        if file is None:
            return None
        return AttachedFile(file.filename, file.size, lambda: outbox.fetch(file))

    request = interaction.client.request(interaction)
    progress = partial(responses.tell, interaction)
    request = replace(request, attachment=attachment, progress=progress)
    if isinstance(command, commands.RoomCommand):
        request = replace(request, place=place_of_settings(interaction))
    await _respond(interaction, command, request)


async def _respond(
    interaction: Interaction,
    command: commands.Command,
    request: ChatRequest,
    late: Callable[[Message], Awaitable[str]] | None = None,
) -> None:
    client = interaction.client
    async with client.inbox.working():
        work = client.services.chat.handle(command, request)
        message, sent = await responses.respond(interaction, work, request.private, late)
        if sent is not None and not message.private:
            await client.services.chat.posted(message, request, sent)
