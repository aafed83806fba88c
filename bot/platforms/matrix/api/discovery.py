"""Which address a homeserver has: given as it is, or found by its name (`.well-known`)."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.http import READING, HttpApi
from bot.platforms.matrix.api.json_values import table, text, texts
from bot.platforms.matrix.api.port import RefusedError, UnreachedError

WELL_KNOWN = "/.well-known/matrix/client"

_log = logging.getLogger(__name__)


async def homeserver(
    given: str, session: aiohttp.ClientSession, *, scheme: str = "https"
) -> HttpApi:
    """A wire to the homeserver `given` by address or name.

    Raises MatrixError where there is none, UnreachedError where none answers now. `scheme`
    is for tests.
    """
    base = _address(given, scheme)
    named = "://" not in given
    if named:
        base = await _delegated(base, session) or base
        if await _speaks_matrix(base, session):
            return HttpApi(base, session)
    else:
        if await _speaks_matrix(base, session):
            return HttpApi(base, session)
        elsewhere = await _delegated(base, session)
        if elsewhere and await _speaks_matrix(elsewhere, session):
            _log.warning("the homeserver is at %s; matrix.homeserver may say so", elsewhere)
            return HttpApi(elsewhere, session)
    raise _wrong()


def _address(given: str, scheme: str) -> str:
    given = given.strip()
    address = given if "://" in given else f"{scheme}://{given}"
    try:
        parts, _ = urlsplit(address), URL(address)
        sound = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
    except ValueError:
        raise _wrong() from None
    strange = not address.isprintable() or any(one.isspace() for one in address)
    if not sound or strange or parts.query or parts.fragment or parts.username:
        raise _wrong()
    return address.rstrip("/")


async def _delegated(base: str, session: aiohttp.ClientSession) -> str | None:
    """Where the server says its clients go; None where it says nothing."""
    try:
        told = await HttpApi(base, session).call("GET", WELL_KNOWN)
    except (RefusedError, UnreachedError):
        return None
    address = text(table(told, "m.homeserver"), "base_url")
    return _address(address, "https") if address else None


async def _speaks_matrix(base: str, session: aiohttp.ClientSession) -> bool:
    try:
        told = await HttpApi(base, session).call("GET", "/_matrix/client/versions", policy=READING)
    except RefusedError:
        return False
    return bool(texts(told, "versions"))


def _wrong() -> MatrixError:
    return MatrixError(
        "matrix.homeserver: no Matrix server is found there; give its address (https://…) or"
        " its name, the part of a user's id after the colon."
    )
