"""A short visit to a homeserver: log in, count the rooms, log out; nothing is kept of it."""

import asyncio
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.discovery import find_homeserver
from bot.platforms.matrix.api.http import (
    WRITING,
    CallError,
    HttpApi,
    LostTokenError,
    api_path,
    new_session,
)
from bot.platforms.matrix.api.json_values import texts
from bot.platforms.matrix.session import vault
from bot.platforms.matrix.session.login import Account, LoginSession, no_device, token_lost
from bot.state.store import Store

SECONDS = 60.0
"""The longest visit."""


async def visit(account: Account) -> tuple[str, int]:
    """The id of the bot and the number of its rooms; raises `MatrixError`."""
    try:
        async with asyncio.timeout(SECONDS), new_session() as http:
            api = await find_homeserver(account.homeserver, http)
            return await _look_around(api, account)
    except LostTokenError:
        raise token_lost() from None
    except (CallError, TimeoutError) as fault:
        reason = str(fault) or "it took too long"
        raise MatrixError(
            f"matrix.homeserver: no answer ({reason}); look at the address and the network."
        ) from None


async def _look_around(api: HttpApi, account: Account) -> tuple[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        # As a device of its own, so that the device of the bot and its keys stay as they are.
        guest = replace(account, folder=Path(folder), encryption=False)
        key = vault.pickle_key(guest.folder, "")
        secrets = await asyncio.to_thread(vault.Vault, guest.folder, key)
        async with await Store.in_memory() as store:
            login = await LoginSession(api, guest, secrets, store.values).login(keys_exist=False)
            if account.encryption and not login.device:
                raise no_device()
            try:
                answer = await api.call("GET", api_path("joined_rooms"))
            finally:
                if api.token != account.token:
                    await _log_out(api)
    return login.user, len(texts(answer, "joined_rooms"))


async def _log_out(api: HttpApi) -> None:
    """End the login of the visit, which was a good one even if this fails."""
    with suppress(CallError, LostTokenError, TimeoutError):
        async with asyncio.timeout(10.0):
            await api.call("POST", api_path("logout"), {}, policy=WRITING)
