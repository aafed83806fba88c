"""Profile of the bot on Discord: its name and avatar, set where they are others."""

import asyncio
import logging
from typing import Any

import discord

from bot.core.errors import StateError
from bot.platforms.discord.outbox import UNREACHED
from bot.platforms.profile import BotProfile
from bot.state.values import Values

EDIT_SECONDS = 30.0
"""Longest wait for a change; a rate limit of names may ask for an hour."""

_log = logging.getLogger(__name__)


async def set_profile(user: discord.ClientUser, profile: BotProfile, values: Values) -> None:
    """Set the name and the avatar of `user`; a refusal is one line of log.

    Discord limits changes and tells no hash of the picture that it got. So what was set is stored
    together with Discord's key of the avatar that came of it.
    """
    name, avatar = profile.name, profile.avatar
    if name and name != user.name:
        user = await _edit(user, "name", username=name) or user
    if avatar is None:
        return
    key = f"discord:avatar:{user.id}"
    try:
        if await values.get(key) == f"{avatar.digest} {_avatar_key(user)}":
            return
        # Discord's description of this call wants the name each time.
        edited = await _edit(user, "avatar", username=user.name, avatar=avatar.content)
        if edited is not None:
            await values.set(key, f"{avatar.digest} {_avatar_key(edited)}")
    except StateError as fault:
        _log.warning("the avatar that was set could not be noted: %s", fault)


def _avatar_key(user: discord.ClientUser) -> str:
    return "" if user.avatar is None else user.avatar.key


async def _edit(user: discord.ClientUser, what: str, **fields: Any) -> discord.ClientUser | None:
    """The user after the change; None if Discord did not accept it."""
    try:
        async with asyncio.timeout(EDIT_SECONDS):
            return await user.edit(**fields)
    except UNREACHED as fault:
        reason = fault.text if isinstance(fault, discord.HTTPException) else type(fault).__name__
        _log.warning("Discord did not accept the %s of the bot: %s", what, " ".join(reason.split()))
        return None
