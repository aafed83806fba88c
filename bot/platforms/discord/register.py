"""Registration of the commands at Discord, where their list has changed."""

import json
import logging
from collections.abc import Sequence
from hashlib import sha256

import discord
from discord import app_commands

from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.core.errors import StateError
from bot.platforms.discord import responses
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
            await responses.tell(
                interaction, interaction.client.services.chat.say(notice(Text.OUTDATED))
            )


def commands_of(client: Client) -> BotCommandTree:
    """The tree of all commands of `client`, not yet registered."""
    tree = BotCommandTree(client)
    add_commands(tree)
    return tree


async def register(
    tree: BotCommandTree, store: Store, application: int, servers: Sequence[str]
) -> dict[str, int]:
    """Register the commands globally, or in `servers` only, where their list has changed.

    They are removed from where they were registered before, or people would see them twice.
    Returns the ids of the commands by name, as far as they are known and the same everywhere.
    """
    translator = CommandTranslator()
    await tree.set_translator(translator)
    slash, menu = tree.get_commands(), tree.get_commands(type=discord.AppCommandType.message)
    body = [await each.get_translated_payload(tree, translator) for each in (*slash, *menu)]
    digest = sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    scopes = tuple(servers) or (GLOBAL,)
    registered = f"discord:registered:{application}"
    ids: dict[str, int] = {}
    try:
        for scope in scopes:
            if scope != GLOBAL:
                tree.copy_global_to(guild=discord.Object(int(scope)))
            known, _, numbers = (await store.values.get(_key(application, scope)) or "").partition(
                " "
            )
            if known == digest and numbers:
                ids = json.loads(numbers)
            elif (synced := await _sync(tree, scope)) is not None:
                ids = _ids(synced)
                await store.values.set(_key(application, scope), f"{digest} {json.dumps(ids)}")
        before = (await store.values.get(registered) or "").split(",")
        for scope in sorted({*before} - {*scopes, ""}):
            if scope == GLOBAL:
                # The servers' lists have been copied from the global one by now.
                tree.clear_commands(guild=None)
            if await _sync(tree, scope) is not None:
                await store.values.delete(_key(application, scope))
        await store.values.set(registered, ",".join(scopes))
    except StateError as fault:
        _log.error("commands could not be registered: %s", fault)
    return ids if len(scopes) == 1 else {}


def _ids(synced: Sequence[app_commands.AppCommand]) -> dict[str, int]:
    """The ids of slash commands by name; a sub-command has that of its group."""
    ids: dict[str, int] = {}
    for command in synced:
        if command.type is discord.AppCommandType.chat_input:
            groups = [o for o in command.options if isinstance(o, app_commands.AppCommandGroup)]
            names = [f"{command.name} {group.name}" for group in groups] or [command.name]
            ids |= dict.fromkeys(names, command.id)
    return ids


def _key(application: int, scope: str) -> str:
    return f"discord:commands:{application}:{scope}"


async def _sync(tree: BotCommandTree, scope: str) -> list[app_commands.AppCommand] | None:
    """Send the list for a server, or the global one; the commands if Discord took it."""
    try:
        return await tree.sync(guild=None if scope == GLOBAL else discord.Object(int(scope)))
    except discord.Forbidden:
        _log.error("commands cannot be registered in server %s: the bot is not in it", scope)
    except discord.HTTPException as fault:
        _log.error("commands could not be registered: Discord answered %s", fault.status)
    return None
