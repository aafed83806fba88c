"""Discovery of a homeserver: by its address, or by its name and a `.well-known` file."""

import logging
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.http import HttpApi, RefusedError, UnreachedError
from bot.platforms.matrix.api.json_values import table, text, texts

WELL_KNOWN = "/.well-known/matrix/client"

_log = logging.getLogger(__name__)


async def find_homeserver(
    address_or_name: str, session: aiohttp.ClientSession, *, scheme: str = "https"
) -> HttpApi:
    """The homeserver with an address (`https://…`) or a name (`example.org`).

    `scheme` is put before a name. Raises MatrixError where there is no homeserver,
    UnreachedError where none answers now.
    """
    base = _address(address_or_name, scheme)
    is_name = "://" not in address_or_name
    if is_name:
        base = await _delegated(base, session) or base
    if await _speaks_matrix(base, session):
        return HttpApi(base, session)
    delegated = None if is_name else await _delegated(base, session)
    if delegated and await _speaks_matrix(delegated, session):
        _log.warning("the homeserver is at %s; matrix.homeserver may say so", delegated)
        return HttpApi(delegated, session)
    raise _not_found()


def _address(address_or_name: str, scheme: str) -> str:
    """The address without a slash at its end; raises MatrixError for a malformed one."""
    address = address_or_name.strip()
    address = address if "://" in address else f"{scheme}://{address}"
    try:
        parts, _ = urlsplit(address), URL(address)
        valid = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
    except ValueError:
        raise _not_found() from None
    invisible = not address.isprintable() or any(one.isspace() for one in address)
    if not valid or invisible or parts.query or parts.fragment or parts.username:
        raise _not_found()
    return address.rstrip("/")


async def _delegated(base: str, session: aiohttp.ClientSession) -> str | None:
    """The address the server's `.well-known` file sends clients to; None without such a file."""
    try:
        answer = await HttpApi(base, session).call("GET", WELL_KNOWN)
    except (RefusedError, UnreachedError):
        return None
    address = text(table(answer, "m.homeserver"), "base_url")
    return _address(address, "https") if address else None


async def _speaks_matrix(base: str, session: aiohttp.ClientSession) -> bool:
    try:
        answer = await HttpApi(base, session).call("GET", "/_matrix/client/versions")
    except RefusedError:
        return False
    return bool(texts(answer, "versions"))


def _not_found() -> MatrixError:
    return MatrixError(
        "matrix.homeserver: no Matrix server is found there; give its address (https://…) or"
        " its name, the part of a user's id after the colon."
    )
