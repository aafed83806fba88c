"""Profile of the bot on Matrix: its display name and avatar, set where they are others."""

import logging

from bot.core.errors import StateError
from bot.platforms.matrix.api.http import WRITING, CallError, HttpApi, UnreachedError, api_path
from bot.platforms.matrix.api.json_values import Json, text
from bot.platforms.profile import Avatar, BotProfile
from bot.state.values import Values

_log = logging.getLogger(__name__)


async def set_profile(api: HttpApi, user: str, profile: BotProfile, values: Values) -> str | None:
    """Set the display name and the avatar; the new name, None where it stays.

    A refusal is one line of log. An avatar is uploaded once: its address is stored with its hash.
    """
    new_name: str | None = None
    try:
        if profile.name and profile.name != await _field(api, user, "displayname"):
            await _set_field(api, user, "displayname", profile.name)
            new_name = profile.name
        if profile.avatar is not None:
            await _set_avatar(api, user, profile.avatar, values)
    except (CallError, StateError) as fault:
        _log.warning("the profile of the bot could not be set on Matrix: %s", fault)
    return new_name


async def _set_avatar(api: HttpApi, user: str, avatar: Avatar, values: Values) -> None:
    key = f"matrix.avatar:{api.base} {user}"
    digest, _, address = (await values.get(key) or "").partition(" ")
    if digest != avatar.digest:
        path = api_path("media", "v3", "upload", base="/_matrix")
        answer = await api.upload(path, avatar.content, avatar.media_type)
        address = text(answer, "content_uri") or ""
        if not address:
            raise UnreachedError("it did not say what became of a picture")
        await values.set(key, f"{avatar.digest} {address}")
    if address != await _field(api, user, "avatar_url"):
        await _set_field(api, user, "avatar_url", address)


async def _field(api: HttpApi, user: str, name: str) -> str | None:
    return text(await api.call("GET", api_path("profile", user, name)), name)


async def _set_field(api: HttpApi, user: str, name: str, value: str) -> None:
    body: Json = {name: value}
    await api.call("PUT", api_path("profile", user, name), body, policy=WRITING)
