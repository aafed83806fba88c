"""Callers: who asks by HTTP, what they see, and how much they may ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from bot.answering.cache import Pause
from bot.chat.identity import Scope
from bot.chat.rate_limits import RateLimiter, TooMany
from bot.core.errors import BusyError
from bot.platforms.web.client_address import CLIENT
from bot.state.records import TokenRight
from bot.state.tokens import AccessTokens

BUSY_SECONDS = 5
"""After which a program may try again when too many questions wait."""

_SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class Caller:
    """A program, by the name of its token, or whoever has none; `scope` is what it sees."""

    name: str | None
    scope: Scope
    curates: bool = False


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

    async def caller(self, request: web.Request) -> Caller:
        """Who asks. Raises `HTTPUnauthorized` and `HTTPTooManyRequests`.

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
        _count(self._strangers, request[CLIENT], "")
        if header is not None or (self._opened is not None and not self._opened):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        return Caller(None, self._opened)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Pause]:
        """A turn among the questions. Raises `BusyError` where too many wait."""
        if self._limiter.is_full:
            raise BusyError("Too many questions wait: try again in a moment.")
        turn = self._limiter.turn()
        async with turn:
            yield turn.pause


def _count(limiter: RateLimiter, person: str, room: str) -> None:
    admission = limiter.admit(person, room, waits=False)
    if isinstance(admission, TooMany):
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(admission.retry_seconds)})
