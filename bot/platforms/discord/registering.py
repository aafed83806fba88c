"""The list of commands as Discord has it: sent only when it is another than last time."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from hashlib import sha256

import discord
from discord import app_commands

from bot.platforms.discord.client import Client
from bot.platforms.discord.commands import Members
from bot.platforms.discord.curators import Curators
from bot.state.errors import StateError
from bot.state.store import Store

_log = logging.getLogger(__name__)

Tree = app_commands.CommandTree[Client]


class Commands(Tree):
    """All commands; one that Discord still offers though we no longer have it is told."""

    async def on_error(
        self, interaction: discord.Interaction[Client], error: app_commands.AppCommandError, /
    ) -> None:
        """A command that is no longer ours, or a fault in one: one line and a sentence."""
        desk = interaction.client.parts.desk
        _log.error("a command failed: %s", type(error.__cause__ or error).__name__)
        if interaction.type is discord.InteractionType.autocomplete:
            return
        if not interaction.response.is_done():
            told = desk.outdated()
            await interaction.response.send_message(
                view=interaction.client.sender.view(told), ephemeral=True
            )


def commands_of(client: Client) -> Commands:
    """The commands of `client`, not yet registered."""
    tree = Commands(client)
    members = Members(client)
    members.add_to(tree)
    Curators(client, members.titles).add_to(tree)
    return tree


async def register(tree: Tree, store: Store, application: int, servers: Sequence[str]) -> None:
    """Let Discord know the commands, everywhere or in `servers`, where they changed."""
    body = [command.to_dict(tree) for command in tree.get_commands()]
    body += [c.to_dict(tree) for c in tree.get_commands(type=discord.AppCommandType.message)]
    digest = sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    for server in servers or [""]:
        key = f"discord:commands:{application}:{server or 'everywhere'}"
        try:
            if await store.values.get(key) == digest:
                continue
        except StateError as fault:
            _log.warning("the commands are registered anew: %s", fault)
        try:
            guild = discord.Object(int(server)) if server else None
            if guild is not None:
                tree.copy_global_to(guild=guild)
            await tree.sync(guild=guild)
            await store.values.set(key, digest)
        except discord.Forbidden:
            _log.error("commands cannot be registered in server %s: the bot is not in it", server)
        except (discord.HTTPException, StateError) as fault:
            _log.error("commands could not be registered: %s", type(fault).__name__)
