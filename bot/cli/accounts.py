"""Accounts of the chat platforms: which are set up, and whether they let the bot in."""

from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.cli.exit_codes import OK, PROBLEMS
from bot.cli.output import write_sentence
from bot.config.access import DISCORD_SECRETS, MATRIX_SECRETS, Access, access_of
from bot.config.settings import Settings
from bot.core.errors import SourcesSayError
from bot.platforms.streams import Output

_VARIABLES = {"Discord": " or ".join(DISCORD_SECRETS), "Matrix": " or ".join(MATRIX_SECRETS)}


def tell_accounts(settings: Settings, output: Output) -> bool:
    """Say which platforms are set up, before any is tried; at a pipe the console says nothing.

    Returns whether there is one. Raises `SettingsError` for an account that cannot be right.
    """
    access = access_of(settings)
    missing = _missing(access)
    platforms = ", ".join(name for name in _VARIABLES if name not in missing)
    others = _named(missing)
    if not missing:
        write_sentence(notice(Text.ACCOUNTS_ALL, platforms=platforms), output)
    elif platforms:
        write_sentence(notice(Text.ACCOUNTS, platforms=platforms, others=others), output)
    elif output.is_terminal:
        write_sentence(notice(Text.ACCOUNTS_NONE, others=others), output)
    return bool(access)


async def check_accounts(settings: Settings, output: Output) -> int:
    """Log in to each account, say what it sees there, and leave; returns the exit code."""
    access = access_of(settings)
    if missing := _missing(access):
        write_sentence(notice(Text.ACCOUNTS_NONE, others=_named(missing)), output)
    code = OK
    for visit in (_visit_discord, _visit_matrix):
        try:
            await visit(settings, access, output)
        except SourcesSayError as fault:
            output.write(f"failed: {fault}\n")
            code = PROBLEMS
    return code


def _missing(access: Access) -> tuple[str, ...]:
    found = {"Discord": access.discord, "Matrix": access.matrix}
    return tuple(name for name, account in found.items() if account is None)


def _named(platforms: tuple[str, ...]) -> str:
    return ", ".join(f"{name} ({_VARIABLES[name]})" for name in platforms)


async def _visit_discord(settings: Settings, access: Access, output: Output) -> None:
    if access.discord is None:
        return
    from bot.platforms.discord.run import discord_connection  # noqa: PLC0415
    from bot.platforms.discord.visit import visit  # noqa: PLC0415

    name, places = await visit(discord_connection(settings, access.discord))
    write_sentence(notice(Text.ACCOUNT_DISCORD, name=name, places=places), output)


async def _visit_matrix(settings: Settings, access: Access, output: Output) -> None:
    if access.matrix is None:
        return
    from bot.platforms.matrix.run import matrix_connection  # noqa: PLC0415
    from bot.platforms.matrix.visit import visit  # noqa: PLC0415

    name, places = await visit(matrix_connection(settings, access.matrix).account)
    write_sentence(notice(Text.ACCOUNT_MATRIX, name=name, places=places), output)
