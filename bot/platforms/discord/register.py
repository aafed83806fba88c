"""The list of commands as Discord has it: sent only when it is another than last time."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from hashlib import sha256

import aiohttp
import discord
from discord import app_commands

from bot.chat.texts.catalogue import Text, notice
from bot.core.errors import StateError
from bot.platforms.discord.client import Client
from bot.platforms.discord.commands import SlashCommands
from bot.state.store import Store

EVERYWHERE = "everywhere"

_log = logging.getLogger(__name__)

Tree = app_commands.CommandTree[Client]


class BotCommandTree(Tree):
    """All commands; one that Discord still offers though we no longer have it is told."""

    async def on_error(
        self, interaction: discord.Interaction[Client], error: app_commands.AppCommandError, /
    ) -> None:
        """A command that is no longer ours, or a fault in one: one line and a sentence."""
        _log.error("a command failed: %s", type(error.__cause__ or error).__name__)
        if interaction.type is discord.InteractionType.autocomplete:
            return
        if not interaction.response.is_done():
            told = interaction.client.sender.view(
                interaction.client.parts.chat.say(notice(Text.OUTDATED))
            )
            try:
                await interaction.response.send_message(view=told, ephemeral=True)
            except (discord.DiscordException, aiohttp.ClientError, OSError) as fault:
                _log.info("that a command is outdated was not told: %s", type(fault).__name__)


def commands_of(client: Client) -> BotCommandTree:
    """The commands of `client`, not yet registered."""
    tree = BotCommandTree(client)
    SlashCommands(client).add_to(tree)
    return tree


async def register(tree: Tree, store: Store, application: int, servers: Sequence[str]) -> None:
    """Let Discord know the commands, everywhere or in `servers`, where they changed.

    Where they stood before and are not wanted now they are taken away: they would show twice.
    """
    body = [command.to_dict(tree) for command in tree.get_commands()]
    body += [c.to_dict(tree) for c in tree.get_commands(type=discord.AppCommandType.message)]
    digest = sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    wanted = tuple(servers) or (EVERYWHERE,)
    try:
        for where in wanted:
            if where != EVERYWHERE:
                tree.copy_global_to(guild=discord.Object(int(where)))
            known = await store.values.get(_key(application, where)) == digest
            if not known and await _sync(tree, where):
                await store.values.set(_key(application, where), digest)
        await _take_away(tree, store, application, wanted)
        await store.values.set(f"discord:registered:{application}", ",".join(wanted))
    except StateError as fault:
        _log.error("commands could not be registered: %s", fault)


async def _take_away(tree: Tree, store: Store, application: int, wanted: Sequence[str]) -> None:
    before = await store.values.get(f"discord:registered:{application}") or ""
    for where in before.split(","):
        if not where or where in wanted:
            continue
        if where == EVERYWHERE:
            tree.clear_commands(guild=None)  # they are in the lists of the servers now
        if await _sync(tree, where):
            await store.values.delete(_key(application, where))


def _key(application: int, where: str) -> str:
    return f"discord:commands:{application}:{where}"


async def _sync(tree: Tree, where: str) -> bool:
    """Send the list for a server, or for everywhere; whether Discord took it."""
    try:
        await tree.sync(guild=None if where == EVERYWHERE else discord.Object(int(where)))
    except discord.Forbidden:
        _log.error("commands cannot be registered in server %s: the bot is not in it", where)
    except discord.HTTPException as fault:
        _log.error("commands could not be registered: Discord answered %s", fault.status)
    else:
        return True
    return False
