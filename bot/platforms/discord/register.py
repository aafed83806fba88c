"""Registration of the commands at Discord, where their list has changed."""

import json
import logging
from collections.abc import Sequence
from hashlib import sha256

import discord
from discord import app_commands

from bot.chat.texts.catalogue import Text, notice
from bot.core.errors import StateError
from bot.platforms.discord import outbox
from bot.platforms.discord.client import Client
from bot.platforms.discord.commands import add_commands
from bot.platforms.discord.translator import CommandTranslator
from bot.state.store import Store

GLOBAL = "everywhere"
"""The scope of the global list of commands; other scopes are ids of servers."""

_log = logging.getLogger(__name__)


class BotCommandTree(app_commands.CommandTree[Client]):
    """All commands; its error handler answers commands that no longer exist."""

    async def on_error(
        self, interaction: discord.Interaction[Client], error: app_commands.AppCommandError, /
    ) -> None:
        """Log a failed or unknown command, and tell the user that it is outdated."""
        _log.error("a command failed: %s", type(error.__cause__ or error).__name__)
        is_autocomplete = interaction.type is discord.InteractionType.autocomplete
        if not is_autocomplete and not interaction.response.is_done():
            await outbox.tell(
                interaction, interaction.client.services.chat.say(notice(Text.OUTDATED))
            )


def commands_of(client: Client) -> BotCommandTree:
    """The tree of all commands of `client`, not yet registered."""
    tree = BotCommandTree(client)
    add_commands(tree)
    return tree


async def register(
    tree: BotCommandTree, store: Store, application: int, servers: Sequence[str]
) -> None:
    """Register the commands globally, or in `servers` only, where their list has changed.

    They are removed from where they were registered before, or people would see them twice.
    """
    translator = CommandTranslator()
    await tree.set_translator(translator)
    slash, menu = tree.get_commands(), tree.get_commands(type=discord.AppCommandType.message)
    body = [await each.get_translated_payload(tree, translator) for each in (*slash, *menu)]
    digest = sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    scopes = tuple(servers) or (GLOBAL,)
    registered = f"discord:registered:{application}"
    try:
        for scope in scopes:
            if scope != GLOBAL:
                tree.copy_global_to(guild=discord.Object(int(scope)))
            is_known = await store.values.get(_key(application, scope)) == digest
            if not is_known and await _sync(tree, scope):
                await store.values.set(_key(application, scope), digest)
        before = (await store.values.get(registered) or "").split(",")
        for scope in sorted({*before} - {*scopes, ""}):
            if scope == GLOBAL:
                # The servers' lists have been copied from the global one by now.
                tree.clear_commands(guild=None)
            if await _sync(tree, scope):
                await store.values.delete(_key(application, scope))
        await store.values.set(registered, ",".join(scopes))
    except StateError as fault:
        _log.error("commands could not be registered: %s", fault)


def _key(application: int, scope: str) -> str:
    return f"discord:commands:{application}:{scope}"


async def _sync(tree: BotCommandTree, scope: str) -> bool:
    """Send the list for a server, or the global one; whether Discord took it."""
    try:
        await tree.sync(guild=None if scope == GLOBAL else discord.Object(int(scope)))
    except discord.Forbidden:
        _log.error("commands cannot be registered in server %s: the bot is not in it", scope)
    except discord.HTTPException as fault:
        _log.error("commands could not be registered: Discord answered %s", fault.status)
    else:
        return True
    return False
