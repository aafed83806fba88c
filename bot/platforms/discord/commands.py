"""Slash commands and the context menu of a message, as commands of the chat.

The grammar lists the commands; this module adds their options on Discord. Discord shows the
managers' commands to people who manage the server only. That is a convenience: the chat checks
the rights of each person who uses a command.
"""

from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range

from bot.chat import commands
from bot.chat.command_grammar import DISCORD, MOST_CHARACTERS, Audience, CommandSpec, Surface, parse
from bot.chat.message import Message
from bot.chat.request import AttachedFile
from bot.chat.texts.catalogue import Text, notice
from bot.platforms.discord.client import Client
from bot.platforms.discord.mapping import Interaction, thread_key
from bot.platforms.discord.suggestions import Suggestions
from bot.state.records import Mode

EVERYWHERE: dict[str, Any] = {
    "allowed_contexts": app_commands.AppCommandContext(
        guild=True, dm_channel=True, private_channel=True
    ),
    "allowed_installs": app_commands.AppInstallationType(guild=True, user=True),
}
FOR_MANAGERS: dict[str, Any] = {
    "allowed_contexts": app_commands.AppCommandContext(
        guild=True, dm_channel=False, private_channel=False
    ),
    "allowed_installs": app_commands.AppInstallationType(guild=True, user=False),
    "default_permissions": discord.Permissions(manage_guild=True),
}


class SlashCommands:
    """Makes the commands that Discord lists, and answers them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._chat = client.services.chat
        self._texts = client.services.language.slash
        self._suggestions = Suggestions(client.services.chat)

    def add_to(self, tree: app_commands.CommandTree[Client]) -> None:
        """Add all commands to `tree`."""
        with_options = {
            "ask": self._ask(),
            "sources": self._sources(),
            "source": self._source(),
            "corpus add": self._add(),
            "corpus remove": self._remove(),
            "room collections": self._collections(),
            "room mode": self._mode(),
            "room clear": self._clear(),
        }
        groups: dict[str, app_commands.Group] = {}
        for spec in DISCORD.specs(Surface.SLASH):
            callback = with_options.get(spec.name) or self._without_options(spec)
            where: dict[str, Any] = EVERYWHERE if spec.audience is Audience.ANYONE else FOR_MANAGERS
            in_group = spec.name != spec.group
            command = app_commands.Command[Any, ..., None](
                name=spec.name.removeprefix(spec.group).strip() or spec.name,
                description=self._texts[spec.name],
                callback=callback,
                **({} if in_group else where),
            )
            if not in_group:
                tree.add_command(command)
                continue
            if spec.group not in groups:
                description = self._texts[spec.group]
                group = app_commands.Group(name=spec.group, description=description, **where)
                groups[spec.group] = group
                tree.add_command(group)
            groups[spec.group].add_command(command)
        menu: Any = self._ask_from_message
        tree.add_command(
            app_commands.ContextMenu(name="Ask the sources", callback=menu, **EVERYWHERE)
        )

    def _without_options(self, spec: CommandSpec) -> Any:
        command = spec.read("")
        if command is None:
            raise ValueError(f"{spec.name} takes options on Discord: add its callback")

        async def callback(interaction: Interaction) -> None:
            await self._answer(interaction, command)

        return callback

    def _ask(self) -> Any:
        @app_commands.describe(
            question=self._texts["ask.question"],
            collection=self._texts["ask.collection"],
            private=self._texts["ask.private"],
        )
        @app_commands.autocomplete(collection=self._suggestions.collections)
        async def ask(
            interaction: Interaction,
            question: Range[str, 1, MOST_CHARACTERS],
            collection: str | None = None,
            private: bool = False,
        ) -> None:
            await self._question(interaction, question, collection, private)

        return ask

    def _sources(self) -> Any:
        @app_commands.describe(collection=self._texts["sources.collection"])
        @app_commands.autocomplete(collection=self._suggestions.collections)
        async def sources(interaction: Interaction, collection: str | None = None) -> None:
            await self._answer(interaction, commands.ListSources(collection))

        return sources

    def _source(self) -> Any:
        @app_commands.describe(name=self._texts["source.name"])
        @app_commands.autocomplete(name=self._suggestions.documents)
        async def source(interaction: Interaction, name: str) -> None:
            await self._answer(interaction, commands.ShowSource(name))

        return source

    def _add(self) -> Any:
        @app_commands.describe(
            file=self._texts["corpus.file"],
            collection=self._texts["corpus.to"],
            replace=self._texts["corpus.replace"],
        )
        async def add(
            interaction: Interaction,
            file: discord.Attachment,
            collection: str | None = None,
            replace: bool = False,
        ) -> None:
            await self._answer(interaction, commands.AddDocument(collection, replace), file)

        return add

    def _remove(self) -> Any:
        @app_commands.describe(document=self._texts["corpus.document"])
        @app_commands.autocomplete(document=self._suggestions.documents)
        async def remove(interaction: Interaction, document: str) -> None:
            await self._answer(interaction, commands.RemoveDocument(document))

        return remove

    def _collections(self) -> Any:
        @app_commands.describe(names=self._texts["room.names"], server=self._texts["room.server"])
        async def collections(
            interaction: Interaction, names: str | None = None, server: bool = False
        ) -> None:
            bound = None
            if names is not None:
                bound = frozenset(name.strip() for name in names.split(",") if name.strip())
            await self._answer(interaction, commands.SetCollections(bound, server))

        return collections

    def _mode(self) -> Any:
        modes = [Choice(name=self._texts[f"room.{m.value}"], value=m.value) for m in Mode]

        @app_commands.describe(mode=self._texts["room.mode"], server=self._texts["room.server"])
        @app_commands.choices(mode=modes)
        async def mode(interaction: Interaction, mode: Choice[str], server: bool = False) -> None:
            await self._answer(interaction, commands.SetMode(Mode(mode.value), server))

        return mode

    def _clear(self) -> Any:
        @app_commands.describe(server=self._texts["room.server"])
        async def clear(interaction: Interaction, server: bool = False) -> None:
            await self._answer(interaction, commands.ClearRoom(server))

        return clear

    async def _ask_from_message(self, interaction: Interaction, message: discord.Message) -> None:
        text = message.content.strip()
        if text:
            await self._question(interaction, text, None, private=False)
        else:
            await self._answer(interaction, commands.Malformed(notice(Text.NO_WORDS)))

    async def _question(
        self, interaction: Interaction, text: str, collection: str | None, private: bool
    ) -> None:
        command = parse(text, DISCORD)
        if isinstance(command, commands.Ask):
            command = replace(command, collection=collection)
        elif not isinstance(command, commands.Malformed | commands.Empty):
            command = commands.Help()
        client, request = self._client, self._client.request(interaction)
        thread = thread_key(request.place, request.person, private)
        request = replace(request, thread=thread, private=private)
        async with client.inbox.working():
            work = self._chat.handle(command, request)
            message, sent = await client.outbox.respond(interaction, work, private)
            if sent is not None and not message.private:
                await self._chat.posted(message, request, sent)

    async def _answer(
        self,
        interaction: Interaction,
        command: commands.Command,
        file: discord.Attachment | None = None,
    ) -> None:
        """Answer a command other than a question; only the person who used it sees the reply."""
        client = self._client

        async def attachment() -> AttachedFile | None:
            if file is None:
                return None
            return AttachedFile(file.filename, file.size, lambda: client.outbox.fetch(file))

        async def progress(message: Message) -> None:
            await client.outbox.meanwhile(interaction, message)

        request = replace(client.request(interaction), attachment=attachment, progress=progress)
        async with client.inbox.working():
            work = self._chat.handle(command, request)
            await client.outbox.respond(interaction, work, private=True, edits=True)
