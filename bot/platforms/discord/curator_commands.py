"""What those who see to rooms and documents find behind the slash.

Discord offers these commands to who may manage the server; whether they may be used is
looked at again where they are carried out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.chat.buttons import key_of
from bot.chat.curation import Curation, RemovalToConfirm
from bot.chat.identity import Person, Place
from bot.chat.message import Message
from bot.chat.operations import Blocks, Progress
from bot.chat.rendering.blocks import said
from bot.chat.texts.catalogue import Text, notice
from bot.platforms.discord.client import Client
from bot.platforms.discord.mapping import person_of_interaction, place_of_interaction
from bot.state.records import Mode

Seen = discord.Interaction[Any]
Work = Callable[[Person, Place, Progress], Awaitable[Blocks]]

IN_SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
SERVER_INSTALLS = app_commands.AppInstallationType(guild=True, user=False)
MANAGERS = discord.Permissions(manage_guild=True)

LARGEST_UPLOAD = 100_000_000
"""Bytes of an attachment that are fetched at all; the corpus has its own limit below."""


class DiscordCuratorCommands:
    """The groups `/corpus` and `/room`."""

    def __init__(
        self, client: Client, titles: Callable[[Seen, str], Coroutine[Any, Any, list[Choice[str]]]]
    ) -> None:
        self._client = client
        self._titles = titles
        self._slash = client.parts.language.slash

    @property
    def _curating(self) -> Curation:
        return self._client.parts.curating

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
            await self._do(interaction, self._curating.reload)

        async def status(interaction: Seen) -> None:
            await self._do(interaction, lambda who, at, _: self._curating.status(who, at))

        async def unanswered(interaction: Seen) -> None:
            await self._do(interaction, lambda who, at, _: self._curating.unanswered(who, at))

        async def log(interaction: Seen) -> None:
            await self._do(interaction, lambda who, at, _: self._curating.deeds(who, at))

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
            async def work(who: Person, at: Place, progress: Progress) -> Blocks:
                if not self._client.parts.rights.curates(who):
                    return (said(notice(Text.CURATORS_ONLY)),)
                if file.size > LARGEST_UPLOAD:
                    return (said(notice(Text.UPLOAD_TOO_LARGE, most=LARGEST_UPLOAD)),)
                data = await self._client.sender.fetch(file)
                if data is None:
                    return (said(notice(Text.UPLOAD_FAILED)),)
                return await self._curating.add(
                    who, at, collection, file.filename, data, replace, progress
                )

            await self._do(interaction, work)

        @app_commands.describe(document=self._slash["corpus.document"])
        @app_commands.autocomplete(document=self._titles)
        async def remove(interaction: Seen, document: str) -> None:
            place, person = place_of_interaction(interaction), person_of_interaction(interaction)
            desk = self._client.parts.desk

            async def work() -> Message:
                name = document
                if name.startswith("#"):
                    name = await desk.path_of(name[1:]) or name
                found = await self._curating.removal(person, place, name)
                if isinstance(found, RemovalToConfirm):
                    return desk.confirm(found.blocks, key_of(found.path))
                return desk.tell(found)

            await self._answer(interaction, work())

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
            await self._do(interaction, lambda who, at, _: self._curating.describe(who, at))

        @app_commands.describe(names=self._slash["room.names"], server=server)
        async def collections(
            interaction: Seen, names: str | None = None, server: bool = False
        ) -> None:
            listed = None if names is None else names.split(",")
            wanted = None if listed is None else frozenset(n.strip() for n in listed if n.strip())
            await self._do(
                interaction,
                lambda who, at, _: self._curating.set_collections(who, at, wanted, server),
            )

        @app_commands.describe(mode=self._slash["room.mode"], server=server)
        @app_commands.choices(
            mode=[Choice(name=self._slash[f"room.{m.value}"], value=m.value) for m in Mode]
        )
        async def mode(interaction: Seen, mode: Choice[str], server: bool = False) -> None:
            await self._do(
                interaction,
                lambda who, at, _: self._curating.set_mode(
                    who,
                    at,
                    Mode(mode.value),
                    server,
                    hears_everything=self._client.hears_everything,
                ),
            )

        @app_commands.describe(server=server)
        async def clear(interaction: Seen, server: bool = False) -> None:
            await self._do(interaction, lambda who, at, _: self._curating.clear(who, at, server))

        for name, callback in (
            ("show", show),
            ("collections", collections),
            ("mode", mode),
            ("clear", clear),
        ):
            self._command(group, name, callback)
        return group

    async def _do(self, interaction: Seen, work: Work) -> None:
        place, person = place_of_interaction(interaction), person_of_interaction(interaction)
        desk = self._client.parts.desk

        async def progress(blocks: Blocks) -> None:
            await self._client.sender.meanwhile(interaction, desk.tell(blocks))

        async def told() -> Message:
            return desk.tell(await work(person, place, progress))

        await self._answer(interaction, told())

    async def _answer(self, interaction: Seen, work: Awaitable[Message]) -> None:
        async with self._client.inbox.working():
            safe = self._client.parts.desk.safely(work, "a command of curators")
            await self._client.sender.respond(interaction, safe, private=True, edits=True)
