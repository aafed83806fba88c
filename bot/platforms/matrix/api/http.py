"""Calls to a homeserver over HTTP: every answer checked, limits obeyed, spoiled calls repeated."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import aiohttp
import stamina
from yarl import URL

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.json_values import Json, number, text
from bot.platforms.matrix.api.port import KeyStoreDamagedError, RefusedError, UnreachedError

CLIENT = "/_matrix/client/v3"

CALL_SECONDS = 60.0
"""Longest wait for one answer."""

LARGEST_ANSWER = 256 * 2**20
"""Bytes: a first sync of many large rooms is large; without end it must not be."""

LONGEST_HOLD = 300.0
"""Seconds: no single wait that a server asks for is longer."""

WORTH_TELLING = 20.0
"""Seconds of waiting that somebody may wonder about."""

TOO_MANY = 429
"""The status of a no that is none: the same call gets through later."""

NO_CODE = "no code"
"""In the place of a code where none came: then it was no homeserver that answered."""

_RETRIES = stamina.AsyncRetryingCaller(attempts=None, timeout=None)
"""Repeats a call as often, and after such pauses, as its `RetryPolicy` wants."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call is repeated; all times are in seconds.

    `pauses` come before the further tries where no answer came. Rate limits are waited for
    until their waits add up to more than `limits`. A call that is `queued` also waits for the
    limit that another call ran into.
    """

    pauses: tuple[float, ...] = ()
    limits: float = 0.0
    queued: bool = False


ONCE = RetryPolicy()
"""For calls whose failure is no loss, and for loops with retries of their own."""

READING = RetryPolicy((0.5, 2.0), 60.0)
"""For calls that somebody waits for."""

WRITING = RetryPolicy((1.0, 5.0, 20.0), 900.0, queued=True)
"""For calls that must get through: a busy server's limits hold them up that long."""


class LostTokenError(Exception):
    """The access token is not known any more; `soft` where the device still is."""

    def __init__(self, soft: bool) -> None:
        super().__init__("the access token is not known")
        self.soft = soft


class RateLimitedError(RefusedError):
    """Too many calls; the same call gets through after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(TOO_MANY, "M_LIMIT_EXCEEDED")
        self.seconds = seconds


def path(*segments: str, base: str = CLIENT) -> str:
    """A path of the client-server API, each segment escaped."""
    return base + "".join("/" + quote(segment, safe="") for segment in segments)


class HttpApi:
    """One homeserver, by one access token. `renew` sets a new token where the old one ended."""

    def __init__(self, base: str, session: aiohttp.ClientSession | None = None) -> None:
        self.base = base.rstrip("/")
        self.token = ""
        self.renew: Callable[[str, bool], Awaitable[None]] | None = None
        self._session = session or aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": "sources-say"}
        )
        self._held_until = 0.0

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def call(
        self,
        method: str,
        where: str,
        body: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        policy: RetryPolicy = READING,
        seconds: float = CALL_SECONDS,
        anonymous: bool = False,
    ) -> Json:
        """The JSON object the homeserver answers with; a list comes under `list`.

        Raises RefusedError, UnreachedError, and MatrixError where the account is lost.
        """
        url = where + ("?" + urlencode(query) if query else "")
        data = None if body is None else json.dumps(body).encode()
        pauses, waited = iter(policy.pauses), 0.0

        def pause_after(fault: Exception) -> bool | float:
            nonlocal waited
            if isinstance(fault, RateLimitedError):
                waited += fault.seconds
                return waited <= policy.limits and self._hold(fault.seconds)
            pause = next(pauses, None) if isinstance(fault, UnreachedError) else None
            return pause is not None and pause * random.uniform(0.5, 1.0)  # noqa: S311

        async def send() -> Json:
            if policy.queued:
                await asyncio.sleep(self._held_until - asyncio.get_running_loop().time())
            if anonymous:
                return await self._send(method, url, data, "", seconds)
            return await self._send_renewing(method, url, data, seconds)

        return await _RETRIES(pause_after, send)

    def _hold(self, seconds: float) -> float:
        """Hold up queued calls too: the limit is the account's, every call prolongs it."""
        end = asyncio.get_running_loop().time() + seconds
        self._held_until = max(self._held_until, end)
        if seconds > WORTH_TELLING:
            _log.warning("the homeserver wants a pause of %.0f seconds", seconds)
        return seconds

    async def _send_renewing(
        self, method: str, url: str, data: bytes | None, seconds: float
    ) -> Json:
        """Send with the token, or else with a renewed one."""
        token = self.token
        try:
            return await self._send(method, url, data, token, seconds)
        except LostTokenError as fault:
            if self.renew is None:
                raise
            await self.renew(token, fault.soft)
        try:
            return await self._send(method, url, data, self.token, seconds)
        except LostTokenError:
            raise UnreachedError("a new access token is not known either") from None

    async def _send(
        self, method: str, url: str, data: bytes | None, token: str, seconds: float
    ) -> Json:
        headers = {"Content-Type": "application/json"} if data is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with asyncio.timeout(seconds):
                async with self._session.request(
                    method,
                    URL(self.base + url, encoded=True),
                    data=data,
                    headers=headers,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=None),
                ) as response:
                    raw = await _limited(response, LARGEST_ANSWER)
                    status, after = response.status, response.headers.get("Retry-After", "")
        except (aiohttp.ClientError, OSError, KeyStoreDamagedError) as fault:
            raise UnreachedError(f"no connection ({type(fault).__name__})") from fault
        except ValueError as fault:
            raise UnreachedError("the address makes no sense") from fault
        answer = _parsed(raw)
        if 200 <= status < 300:
            if answer is None:
                raise UnreachedError("it answered with something that is not JSON")
            return answer
        raise _fault(status, answer or {}, after)

    async def fetch(self, where: str, longest: int, seconds: float) -> bytes:
        """The bytes of a file, at most `longest`; raises as `call`, and DamagedError."""
        try:
            async with asyncio.timeout(seconds):
                async with self._session.get(
                    URL(self.base + where, encoded=True),
                    headers={"Authorization": f"Bearer {self.token}"},
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=None),
                ) as response:
                    if response.status == 200:
                        return await _limited(response, longest)
                    answer = _parsed(await _limited(response, 2**20)) or {}
                    status, after = response.status, response.headers.get("Retry-After", "")
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise UnreachedError(f"no connection ({type(fault).__name__})") from fault
        refused = _fault(status, answer, after)
        if isinstance(refused, LostTokenError):
            # The next call, or the sync, finds out what became of the account.
            raise UnreachedError("the access token is not known")
        raise refused


async def _limited(response: aiohttp.ClientResponse, longest: int) -> bytes:
    parts, size = [], 0
    async for chunk in response.content.iter_chunked(2**16):
        size += len(chunk)
        if size > longest:
            raise KeyStoreDamagedError("it is larger than allowed")
        parts.append(chunk)
    return b"".join(parts)


def _parsed(raw: bytes) -> Json | None:
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if isinstance(answer, list):
        return {"list": answer}
    return answer if isinstance(answer, dict) else None


def _fault(status: int, answer: Json, after: str) -> Exception:
    code = text(answer, "errcode") or ""
    # Codes come from outside and go into logs and sentences.
    code = code if code.isascii() and code.replace("_", "").isalnum() else NO_CODE
    if status == TOO_MANY or code == "M_LIMIT_EXCEEDED":
        asked = number(answer, "retry_after_ms")
        seconds = asked / 1000 if asked else float(after) if after.isdecimal() else 5.0
        return RateLimitedError(min(max(seconds, 0.1), LONGEST_HOLD))
    if code in ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"):
        return LostTokenError(answer.get("soft_logout") is True)
    if code in ("M_USER_DEACTIVATED", "M_USER_LOCKED", "M_USER_SUSPENDED"):
        return MatrixError(
            "matrix.user: the homeserver has closed this account; ask who runs the server, or"
            " use another account."
        )
    if status >= 500 or status == 408:
        return UnreachedError(f"it answered {status}")
    return RefusedError(status, code, answer)
