"""Slash commands of curators and managers, as commands of the chat.

Discord offers these commands to those who manage the server; the rights are looked at again
where they are carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.chat.commands import (
    AddDocument,
    ClearRoom,
    Command,
    ListUnanswered,
    Reload,
    RemoveDocument,
    SetCollections,
    SetMode,
    ShowLog,
    ShowRoom,
    ShowStatus,
)
from bot.chat.message import Message
from bot.chat.request import AttachedFile, FetchError
from bot.platforms.discord.client import Client
from bot.platforms.discord.outbox import DiscordOutbox
from bot.state.records import Mode

Seen = discord.Interaction[Any]

IN_SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
SERVER_INSTALLS = app_commands.AppInstallationType(guild=True, user=False)
MANAGERS = discord.Permissions(manage_guild=True)


@dataclass(frozen=True, slots=True)
class DiscordFile:
    """A file that was given as an option of a command."""

    attachment: discord.Attachment
    outbox: DiscordOutbox

    @property
    def name(self) -> str:
        """The name that the sender gave it."""
        return self.attachment.filename

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return self.attachment.size

    async def read(self) -> bytes:
        """All of it. Raises FetchError."""
        data = await self.outbox.fetch(self.attachment)
        if data is None:
            raise FetchError
        return data


class DiscordCuratorCommands:
    """The groups `/corpus` and `/room`."""

    def __init__(
        self, client: Client, titles: Callable[[Seen, str], Coroutine[Any, Any, list[Choice[str]]]]
    ) -> None:
        self._client = client
        self._titles = titles
        self._slash = client.parts.language.slash

    def add_to(self, tree: app_commands.CommandTree[Client]) -> None:
        """Add both groups to the commands of the bot."""
        tree.add_command(self._corpus())
        tree.add_command(self._room())

    def _group(self, name: str) -> app_commands.Group:
        return app_commands.Group(
            name=name,
            description=self._slash[name],
            allowed_contexts=IN_SERVERS,
            allowed_installs=SERVER_INSTALLS,
            default_permissions=MANAGERS,
        )

    def _command(
        self, group: app_commands.Group, name: str, callback: Any
    ) -> app_commands.Command[Any, ..., None]:
        made = app_commands.Command[Any, ..., None](
            name=name, description=self._slash[f"{group.name} {name}"], callback=callback
        )
        group.add_command(made)
        return made

    def _corpus(self) -> app_commands.Group:
        group = self._group("corpus")

        async def reload(interaction: Seen) -> None:
            await self._answer(interaction, Reload())

        async def status(interaction: Seen) -> None:
            await self._answer(interaction, ShowStatus())

        async def unanswered(interaction: Seen) -> None:
            await self._answer(interaction, ListUnanswered())

        async def log(interaction: Seen) -> None:
            await self._answer(interaction, ShowLog())

        @app_commands.describe(
            file=self._slash["corpus.file"],
            collection=self._slash["corpus.to"],
            replace=self._slash["corpus.replace"],
        )
        async def add(
            interaction: Seen,
            file: discord.Attachment,
            collection: str | None = None,
            replace: bool = False,
        ) -> None:
            await self._answer(interaction, AddDocument(collection, replace), file)

        @app_commands.describe(document=self._slash["corpus.document"])
        @app_commands.autocomplete(document=self._titles)
        async def remove(interaction: Seen, document: str) -> None:
            await self._answer(interaction, RemoveDocument(document))

        for name, callback in (
            ("reload", reload),
            ("status", status),
            ("add", add),
            ("remove", remove),
            ("unanswered", unanswered),
            ("log", log),
        ):
            self._command(group, name, callback)
        return group

    def _room(self) -> app_commands.Group:
        group = self._group("room")
        server = self._slash["room.server"]

        async def show(interaction: Seen) -> None:
            await self._answer(interaction, ShowRoom())

        @app_commands.describe(names=self._slash["room.names"], server=server)
        async def collections(
            interaction: Seen, names: str | None = None, server: bool = False
        ) -> None:
            listed = None if names is None else names.split(",")
            wanted = None if listed is None else frozenset(n.strip() for n in listed if n.strip())
            await self._answer(interaction, SetCollections(wanted, server))

        @app_commands.describe(mode=self._slash["room.mode"], server=server)
        @app_commands.choices(
            mode=[Choice(name=self._slash[f"room.{m.value}"], value=m.value) for m in Mode]
        )
        async def mode(interaction: Seen, mode: Choice[str], server: bool = False) -> None:
            await self._answer(interaction, SetMode(Mode(mode.value), server))

        @app_commands.describe(server=server)
        async def clear(interaction: Seen, server: bool = False) -> None:
            await self._answer(interaction, ClearRoom(server))

        for name, callback in (
            ("show", show),
            ("collections", collections),
            ("mode", mode),
            ("clear", clear),
        ):
            self._command(group, name, callback)
        return group

    async def _answer(
        self, interaction: Seen, command: Command, file: discord.Attachment | None = None
    ) -> None:
        client = self._client

        async def attachment() -> AttachedFile | None:
            return None if file is None else DiscordFile(file, client.sender)

        async def progress(message: Message) -> None:
            await client.sender.meanwhile(interaction, message)

        request = replace(client.request(interaction), attachment=attachment, progress=progress)
        async with client.working():
            work = client.parts.chat.handle(command, request)
            await client.sender.respond(interaction, work, private=True, edits=True)
