"""Endpoint: a language model behind a server that speaks OpenAI's chat completions.

It is asked for JSON by a schema and nothing else, at temperature 0. The reader makes the prompts
and reads the answers.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ssl import SSLCertVerificationError, SSLError
from typing import Protocol

import aiohttp
from yarl import URL

from bot.core.errors import EndpointError, PromptError, system_reason
from bot.meaning.call_limits import Budget, CircuitBreaker
from bot.meaning.chat_completions import (
    HttpAnswer,
    Prompt,
    SchemaDialect,
    reply_object,
    request_body,
)

MOST_BYTES = 200_000
"""Longest answer that is read."""

_CONNECT_SECONDS = 5.0

_KEEP_ALIVE_SECONDS = 4.0
"""Less than the 5 seconds after which llama.cpp closes an idle connection: a request that meets
the closing would be lost."""

_TELLING_SECONDS = 1.0
"""A call that is given up sooner says nothing of the server."""

_log = logging.getLogger(__name__)


class Completions(Protocol):
    """Completions of a language model: an endpoint, or a recording of one."""

    async def complete(self, prompt: Prompt) -> Mapping[str, object]:
        """The JSON object that the model wrote; nothing in it is checked yet.

        Raises `EndpointError` where there is none.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """The address of an endpoint, and the limits of its calls.

    `url` is http or https, and as a rule ends in /v1. `seconds` is the longest time of one call.
    """

    url: str
    model: str = ""
    key: str = field(default="", repr=False)
    seconds: float = 8.0
    at_once: int = 4
    per_minute: int = 60
    per_day: int = 2_000
    clock: Callable[[], float] = time.monotonic

    @property
    def origin(self) -> str:
        """Scheme, host and port, for messages."""
        return str(URL(self.url).origin())


class Endpoint:
    """One endpoint. Nothing is tried twice, save the other dialect until one is known to work.

    A caller who gives up leaves nothing behind: its connection is closed, its turn is free.
    """

    def __init__(self, options: EndpointOptions) -> None:
        self._options = options
        self._minute = Budget(options.per_minute, 60.0, options.clock)
        self._day = Budget(options.per_day, 86_400.0, options.clock)
        self._breaker = CircuitBreaker(options.clock)
        self._turns = asyncio.Semaphore(options.at_once)
        self._dialect: SchemaDialect | None = None
        self._session: aiohttp.ClientSession | None = None
        self._told: dict[str, float] = {}
        """Kinds of faults that were logged, with the time until which they are not logged again."""

    async def complete(self, prompt: Prompt) -> Mapping[str, object]:
        """The JSON object that the model wrote; nothing in it is checked yet.

        Waits for its turn without a limit of its own. Raises `EndpointError`: at once where a
        budget is used up or the server is left alone, else after `seconds` at the latest.
        """
        self._refuse()
        async with self._turns:
            self._refuse()
            self._minute.take()
            self._day.take()
            self._breaker.begin()
            return await self._attempt(prompt)

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _refuse(self) -> None:
        """Raise the error of a call that may not be made now."""
        for budget, unit in ((self._day, "day"), (self._minute, "minute")):
            if budget.is_spent():
                fault = EndpointError(
                    f"reader.per_{unit}: the {budget.most:,} calls of a {unit} are used up; wait,"
                    " or raise it"
                )
                self._warn(unit, fault, budget.seconds)
                raise fault
        if self._breaker.refuses():
            # The faults before it were logged.
            raise EndpointError(
                f"reader.url: the server at {self._options.origin} failed several times or asked"
                " for a pause, so it is left alone for a while; see the log for why"
            )

    async def _attempt(self, prompt: Prompt) -> Mapping[str, object]:
        """The reply to one call, whose outcome is noted."""
        began = self._options.clock()
        try:
            reply = reply_object(await self._answer(prompt), self._options.origin)
        except PromptError as fault:
            self._breaker.succeed()
            self._warn("prompt", fault)
            raise
        except EndpointError as fault:
            self._breaker.fail(fault.pause)
            self._warn("server", fault)
            raise
        except asyncio.CancelledError:
            if self._options.clock() - began >= _TELLING_SECONDS:
                self._breaker.fail()
                self._warn("server", self._too_slow())
            else:
                self._breaker.abandon()
            raise
        self._breaker.succeed()
        if "server" in self._told:
            _log.info("the endpoint of the reader answers again")
        self._told.pop("server", None)
        self._told.pop("prompt", None)
        return reply

    async def _answer(self, prompt: Prompt) -> HttpAnswer:
        """The server's answer in the dialect that it speaks."""
        try:
            async with asyncio.timeout(self._options.seconds):
                answer = await self._post(prompt, self._dialect or SchemaDialect.JSON_SCHEMA)
                if self._dialect is None and answer.may_not_know_dialect:
                    other = await self._post(prompt, SchemaDialect.JSON_OBJECT)
                    if other.status == 200 or other.is_too_long:
                        self._dialect, answer = SchemaDialect.JSON_OBJECT, other
        except TimeoutError:
            raise self._too_slow() from None
        if self._dialect is None and answer.status == 200:
            self._dialect = SchemaDialect.JSON_SCHEMA
        return answer

    async def _post(self, prompt: Prompt, dialect: SchemaDialect) -> HttpAnswer:
        if self._session is None:
            self._session = _new_session(self._options)
        url = f"{self._options.url.rstrip('/')}/chat/completions"
        body = request_body(prompt, dialect, self._options.model)
        try:
            async with self._session.post(url, json=body, allow_redirects=False) as response:
                content = bytearray()
                # Its packed form would be unpacked to any length; none was asked for.
                packed = response.headers.get("Content-Encoding", "identity") != "identity"
                async for chunk in response.content.iter_any():
                    content += chunk
                    if packed or len(content) > MOST_BYTES:
                        raise self._unreadable("more than was asked for")
                retry_after = response.headers.get("Retry-After", "")
                return HttpAnswer(response.status, bytes(content), retry_after)
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            if isinstance(fault, TimeoutError):
                raise
            raise self._unreached(fault) from None

    def _unreached(self, fault: Exception) -> EndpointError:
        origin = self._options.origin
        if isinstance(fault, aiohttp.ClientConnectorCertificateError | SSLCertVerificationError):
            return EndpointError(
                f"reader.url: the certificate of the server at {origin} is not valid here; mend"
                " it, or name its authority in the variable SSL_CERT_FILE"
            )
        if isinstance(fault, aiohttp.ClientSSLError | SSLError):
            return EndpointError(
                f"reader.url: no encrypted connection to the server at {origin} can be made; if it"
                " speaks plain http, correct the address, else see its log"
            )
        if isinstance(fault, aiohttp.ClientConnectorError):
            # asyncio has its own words for the numbers of the system; DNS has no such number.
            number = fault.errno or 0
            reason = os.strerror(number).lower() if number > 0 else system_reason(fault)
            return EndpointError(
                f"reader.url: no server is reached at {origin} ({reason}); start it, or correct"
                " the address"
            )
        return self._unreadable(f"an answer that breaks off or is no HTTP, {type(fault).__name__}")

    def _unreadable(self, what: str) -> EndpointError:
        return EndpointError(
            f"reader.url: the server at {self._options.origin} sent no answer that can be read"
            f" ({what}); correct the address, or see its log"
        )

    def _too_slow(self) -> EndpointError:
        return EndpointError(
            f"reader.url: the server at {self._options.origin} gave no answer in time; use a"
            " smaller model or a faster machine, or raise reader.seconds"
        )

    def _warn(self, kind: str, fault: EndpointError, quiet: float = math.inf) -> None:
        """Log a fault, unless one of its kind was logged since the server last answered.

        `quiet` are the seconds for which it is not logged again.
        """
        now = self._options.clock()
        if self._told.get(kind, -math.inf) <= now:
            self._told[kind] = now + quiet
            _log.warning("the reader is not heard, words and meaning answer: %s", fault)


def _new_session(options: EndpointOptions) -> aiohttp.ClientSession:
    """A session without cookies, proxies and `.netrc`: the prompt goes to the endpoint alone."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    if options.key:
        headers["Authorization"] = f"Bearer {options.key}"
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=options.at_once, keepalive_timeout=_KEEP_ALIVE_SECONDS
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=headers,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
        auto_decompress=False,
        trust_env=False,
    )
