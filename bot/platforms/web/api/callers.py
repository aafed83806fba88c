"""Callers: who asks by HTTP, what they see, and how much they may ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from aiohttp import web

from bot.answering.cache import Pause
from bot.chat.identity import Scope
from bot.chat.rate_limits import RateLimiter, TooMany
from bot.core.errors import BusyError
from bot.platforms.web.client_address import CLIENT
from bot.state.records import TokenRight
from bot.state.tokens import AccessTokens

PLATFORM = "web"
"""The platform, in the state, of what is asked and done by way of the web server."""

BUSY_SECONDS = 5
"""After which a program may try again when too many questions wait."""

MOST_AT_ONCE = 16
"""Most questions of one caller in the queue; its further ones wait outside of it."""

_SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class Caller:
    """A program, by the name of its token, or one without, by its address.

    `scope` is what it sees.
    """

    name: str | None
    scope: Scope
    curates: bool = False
    address: str = ""


class CallerGate:
    """Lets callers in: finds their token, and counts their requests.

    Requests of one token are counted together by `limiter`, which also queues what has to be
    computed; requests without a token, or with a wrong one, by their address in `strangers`.
    """

    def __init__(
        self, tokens: AccessTokens, opened: Scope, limiter: RateLimiter, strangers: RateLimiter
    ) -> None:
        self._tokens = tokens
        self._opened = opened
        self._limiter = limiter
        self._strangers = strangers
        self._places: WeakValueDictionary[Caller, asyncio.Semaphore] = WeakValueDictionary()
        """The places of each caller in the queue, as long as it has or wants one."""

    async def caller(self, request: web.Request) -> Caller:
        """The caller of a request. Raises `HTTPUnauthorized` and `HTTPTooManyRequests`.

        A token that was withdrawn, has ended or never was is refused in the same way.
        """
        header = request.headers.get("Authorization")
        scheme, _, secret = (header or "").partition(" ")
        token = None
        if scheme.casefold() == _SCHEME:
            token = await self._tokens.of_secret(secret.strip(), datetime.now(UTC))
        if token is not None:
            _count(self._limiter, token.name, token.name)
            return Caller(token.name, token.collections, token.right is TokenRight.CURATE)
        address = request[CLIENT]
        _count(self._strangers, address, "")
        if header is not None or (self._opened is not None and not self._opened):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        return Caller(None, self._opened, address=address)

    @asynccontextmanager
    async def turn(self, caller: Caller) -> AsyncIterator[Pause]:
        """A turn among the questions. Raises `BusyError` where too many wait."""
        places = self._places.setdefault(caller, asyncio.Semaphore(MOST_AT_ONCE))
        async with places:
            if self._limiter.is_full:
                raise BusyError("Too many questions wait: try again in a moment.")
            turn = self._limiter.turn()
            async with turn:
                yield turn.pause


def _count(limiter: RateLimiter, person: str, room: str) -> None:
    admission = limiter.admit(person, room, waits=False)
    if isinstance(admission, TooMany):
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(admission.retry_seconds)})
