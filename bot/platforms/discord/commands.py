"""Slash commands of members, and the context menu of a message, as commands of the chat.

Here are names, options and the people they are offered to; the chat carries them out.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.chat.buttons import key_of
from bot.chat.commands import (
    About,
    Ask,
    Command,
    Empty,
    Forget,
    Help,
    ListSources,
    Malformed,
    ShowSource,
)
from bot.chat.grammar import DISCORD, MOST_CHARACTERS, parse
from bot.chat.texts.catalogue import Text, notice
from bot.core.errors import SourcesSayError
from bot.platforms.discord.client import Client
from bot.platforms.discord.mapping import place_of_interaction, talk_of

Seen = discord.Interaction[Any]

_log = logging.getLogger(__name__)

MOST_CHOICES = 25
CHOICE_CHARACTERS = 100

EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
INSTALLS = app_commands.AppInstallationType(guild=True, user=True)


class MemberCommands:
    """The commands that anybody may use."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._chat = client.parts.chat
        self._slash = client.parts.language.slash

    def add_to(self, tree: app_commands.CommandTree[Client]) -> None:
        """Add all of them to the commands of the bot."""
        for command in (self._ask(), self._sources(), self._source(), self._help(), self._about()):
            tree.add_command(command)
        tree.add_command(self._privacy())
        menu = app_commands.ContextMenu(
            name="Ask the sources",
            callback=self._asked_of_message,
            allowed_contexts=EVERYWHERE,
            allowed_installs=INSTALLS,
        )
        tree.add_command(menu)

    def _ask(self) -> app_commands.Command[Any, ..., None]:
        @app_commands.describe(
            question=self._slash["ask.question"],
            collection=self._slash["ask.collection"],
            private=self._slash["ask.private"],
        )
        @app_commands.autocomplete(collection=self._collections)
        async def ask(
            interaction: Seen,
            question: app_commands.Range[str, 1, MOST_CHARACTERS],
            collection: str | None = None,
            private: bool = False,
        ) -> None:
            await self._question(interaction, question, collection, private)

        return self._command("ask", ask)

    def _sources(self) -> app_commands.Command[Any, ..., None]:
        @app_commands.describe(collection=self._slash["sources.collection"])
        @app_commands.autocomplete(collection=self._collections)
        async def sources(interaction: Seen, collection: str | None = None) -> None:
            await self._answer(interaction, ListSources(collection))

        return self._command("sources", sources)

    def _source(self) -> app_commands.Command[Any, ..., None]:
        @app_commands.describe(name=self._slash["source.name"])
        @app_commands.autocomplete(name=self.titles)
        async def source(interaction: Seen, name: str) -> None:
            await self._answer(interaction, ShowSource(name))

        return self._command("source", source)

    def _help(self) -> app_commands.Command[Any, ..., None]:
        async def help_(interaction: Seen) -> None:
            await self._answer(interaction, Help())

        return self._command("help", help_)

    def _about(self) -> app_commands.Command[Any, ..., None]:
        async def about(interaction: Seen) -> None:
            await self._answer(interaction, About())

        return self._command("about", about)

    def _privacy(self) -> app_commands.Group:
        group = app_commands.Group(
            name="privacy",
            description=self._slash["privacy"],
            allowed_contexts=EVERYWHERE,
            allowed_installs=INSTALLS,
        )

        async def forget(interaction: Seen) -> None:
            await self._answer(interaction, Forget())

        group.add_command(
            app_commands.Command[Any, ..., None](
                name="forget", description=self._slash["privacy forget"], callback=forget
            )
        )
        return group

    def _command(self, name: str, callback: Any) -> app_commands.Command[Any, ..., None]:
        return app_commands.Command[Any, ..., None](
            name=name,
            description=self._slash[name],
            callback=callback,
            allowed_contexts=EVERYWHERE,
            allowed_installs=INSTALLS,
        )

    async def _asked_of_message(self, interaction: Seen, message: discord.Message) -> None:
        text = message.content.strip()
        if text:
            await self._question(interaction, text, None, private=False)
        else:
            await self._answer(interaction, Malformed(notice(Text.NO_WORDS)))

    async def _question(
        self, interaction: Seen, text: str, collection: str | None, private: bool
    ) -> None:
        command = parse(text, DISCORD)
        if isinstance(command, Ask):
            command = replace(command, collection=collection)
        elif not isinstance(command, Malformed | Empty):
            command = Help()
        client, request = self._client, self._client.request(interaction)
        thread = talk_of(request.place, request.person, private)
        request = replace(request, thread=thread, private=private)
        async with client.working():
            work = self._chat.handle(command, request)
            message, sent = await client.sender.respond(interaction, work, private)
            if sent is not None and not message.private:
                await self._chat.posted(message, request, sent)

    async def _answer(self, interaction: Seen, command: Command) -> None:
        """Answer for the eyes of the person who used the command."""
        client = self._client
        async with client.working():
            work = self._chat.handle(command, client.request(interaction))
            await client.sender.respond(interaction, work, private=True)

    async def _collections(self, interaction: Seen, current: str) -> list[Choice[str]]:
        try:
            names = await self._chat.collections(place_of_interaction(interaction))
        except SourcesSayError as fault:
            return _none(fault)
        wanted = current.casefold()
        fitting = [n for n in names if wanted in n.casefold() and len(n) <= CHOICE_CHARACTERS]
        return [Choice(name=name, value=name) for name in fitting[:MOST_CHOICES]]

    async def titles(self, interaction: Seen, current: str) -> list[Choice[str]]:
        """Documents to choose from, by what was typed of their title or path so far."""
        place = place_of_interaction(interaction)
        try:
            infos = await self._chat.suggestions(place, current, MOST_CHOICES)
        except SourcesSayError as fault:
            return _none(fault)
        return [
            Choice(
                name=_short(info.document.source.title or info.document.path),
                value=_value(info.document.path),
            )
            for info in infos
        ]


def _none(fault: SourcesSayError) -> list[Choice[str]]:
    """No suggestions; the reason goes to the log, for a list of suggestions shows none."""
    _log.error("nothing could be suggested: %s", fault)
    return []


def _short(name: str) -> str:
    line = " ".join(name.split()) or "?"
    return line if len(line) <= CHOICE_CHARACTERS else line[: CHOICE_CHARACTERS - 1] + "…"


def _value(path: str) -> str:
    return path if len(path) <= CHOICE_CHARACTERS else "#" + key_of(path)
