"""JSON calls to a homeserver over HTTP: answers checked, rate limits obeyed, failures retried."""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.json_values import Json, number, text
from bot.platforms.retry import UNTIL_DONE

LONGEST_HOLD = 300.0
"""Seconds: a server that asks for a longer wait is called again after this one."""

NO_CODE = "no code"
"""Stands for an error code that is missing or malformed: no homeserver sent that answer."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call is repeated; all times are in seconds.

    `pauses` are those before further tries where no answer came. A rate limit is waited for,
    unless the waits of one call add up to more than `limits`. A `queued` call also waits for a
    rate limit that another call met. `limited` gets the wait of each rate limit.
    """

    pauses: tuple[float, ...] = ()
    limits: float = 0.0
    queued: bool = False
    limited: Callable[[float], None] | None = None


ONCE = RetryPolicy()
"""For calls that may fail without harm, and for callers with retries of their own."""

READING = RetryPolicy((0.5, 2.0), 60.0)
"""For calls that somebody waits for."""

WRITING = RetryPolicy((1.0, 5.0, 20.0), 900.0, queued=True)
"""For calls that must get through: a busy server's limits hold them up that long."""


class CallError(Exception):
    """One call failed; the bot goes on."""


class RefusedError(CallError):
    """The homeserver refused one call: `code` is Matrix's, such as `M_FORBIDDEN`.

    `answer` is the JSON it sent: some refusals name a step that has to come first.
    """

    def __init__(self, status: int, code: str, answer: Json | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.answer = answer or {}


class UnreachedError(CallError):
    """No answer came after all tries; the text gives the reason, without address or secret."""


class DamagedFileError(CallError):
    """A downloaded file was changed on its way, or is larger than allowed."""


class LostTokenError(Exception):
    """The homeserver does not know the access token any more; if `soft`, it knows the device."""

    def __init__(self, soft: bool) -> None:
        super().__init__("the access token is not known")
        self.soft = soft


class RateLimitedError(RefusedError):
    """Too many calls: the same call gets through after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(429, "M_LIMIT_EXCEEDED")
        self.seconds = seconds


def api_path(*segments: str, base: str = "/_matrix/client/v3") -> str:
    """A path of the client-server API, each segment escaped."""
    return base + "".join("/" + quote(segment, safe="") for segment in segments)


class HttpApi:
    """One homeserver at the address `base`, called with one access token.

    Where the token has ended, `renew(token, soft)` is called to set `token` anew.
    """

    def __init__(self, base: str, session: aiohttp.ClientSession | None = None) -> None:
        self.base = base.rstrip("/")
        self.token = ""
        self.renew: Callable[[str, bool], Awaitable[None]] | None = None
        self._session = session or new_session()
        self._held_until = 0.0

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        policy: RetryPolicy = READING,
        seconds: float = 60.0,
        anonymous: bool = False,
    ) -> Json:
        """The JSON object the homeserver answers with; an array comes under the name `list`.

        `seconds` is the longest wait for the answer to one try. Raises RefusedError,
        UnreachedError, and MatrixError where the account is lost.
        """
        url = path + ("?" + urlencode(query) if query else "")
        data = None if body is None else json.dumps(body).encode()
        request = partial(self._send, method, url, data, seconds)
        pauses, waited = iter(policy.pauses), 0.0

        def pause_after(fault: Exception) -> bool | float:
            nonlocal waited
            if isinstance(fault, RateLimitedError):
                if policy.limited is not None:
                    policy.limited(fault.seconds)
                waited += fault.seconds
                return waited <= policy.limits and self._hold(fault.seconds)
            pause = next(pauses, None) if isinstance(fault, UnreachedError) else None
            return pause is not None and pause * random.uniform(0.5, 1.0)  # noqa: S311

        async def send() -> Json:
            if policy.queued:
                await asyncio.sleep(self._held_until - asyncio.get_running_loop().time())
            return await (request("") if anonymous else self._send_renewing(request))

        return await UNTIL_DONE(pause_after, send)

    def _hold(self, seconds: float) -> float:
        """Hold queued calls back for `seconds`, since a limit holds for the whole account."""
        end = asyncio.get_running_loop().time() + seconds
        self._held_until = max(self._held_until, end)
        if seconds > 20:
            _log.warning("the homeserver wants a pause of %.0f seconds", seconds)
        return seconds

    async def _send_renewing(self, request: Callable[[str], Awaitable[Json]]) -> Json:
        """Send with the token, and once more with a renewed one."""
        token = self.token
        try:
            return await request(token)
        except LostTokenError as fault:
            if self.renew is None:
                raise
            await self.renew(token, fault.soft)
        try:
            return await request(self.token)
        except LostTokenError:
            raise UnreachedError("a new access token is not known either") from None

    async def _send(
        self,
        method: str,
        url: str,
        data: bytes | None,
        seconds: float,
        token: str,
        media_type: str = "application/json",
    ) -> Json:
        try:
            # The first sync of an account in many large rooms comes near this size.
            content = await self._request(
                method, url, data, seconds, token, 256 * 2**20, media_type
            )
        except DamagedFileError as fault:
            raise UnreachedError("its answer is larger than allowed") from fault
        answer = _parse(content)
        if answer is None:
            raise UnreachedError("it answered with something that is not JSON")
        return answer

    async def upload(self, path: str, content: bytes, media_type: str) -> Json:
        """The JSON object that the homeserver answers an upload with; raises as `call`."""

        async def send(token: str) -> Json:
            return await self._send("POST", path, content, 120.0, token, media_type)

        return await self._send_renewing(send)

    async def fetch(self, path: str, longest: int) -> bytes:
        """The bytes of a file, at most `longest`; raises as `call`, and DamagedFileError."""
        try:
            return await self._request("GET", path, None, 120.0, self.token, longest)
        except LostTokenError as fault:
            # The next call or sync renews the token, or raises MatrixError if that is impossible.
            raise UnreachedError(str(fault)) from None

    async def _request(
        self,
        method: str,
        url: str,
        data: bytes | None,
        seconds: float,
        token: str,
        longest: int,
        media_type: str = "",
    ) -> bytes:
        headers = {} if data is None else {"Content-Type": media_type}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._session.request(
                method,
                URL(self.base + url, encoded=True),
                data=data,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(seconds),
            ) as response:
                if 200 <= response.status < 300:
                    return await _read(response, longest)
                # A refusal needs no more than a megabyte.
                refusal = await _read(response, 2**20)
        except (aiohttp.ClientError, OSError) as fault:
            raise UnreachedError(f"no connection ({type(fault).__name__})") from fault
        except ValueError as fault:
            raise UnreachedError("the address makes no sense") from fault
        raise _fault(response, _parse(refusal) or {})


def new_session() -> aiohttp.ClientSession:
    """A session for calls to homeservers, without cookies."""
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": "sources-say"}
    )


async def _read(response: aiohttp.ClientResponse, longest: int) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(2**16):
        content += chunk
        if len(content) > longest:
            raise DamagedFileError("it is larger than allowed")
    return bytes(content)


def _parse(content: bytes) -> Json | None:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if isinstance(answer, list):
        return {"list": answer}
    return answer if isinstance(answer, dict) else None


def _fault(response: aiohttp.ClientResponse, answer: Json) -> Exception:
    status, code = response.status, text(answer, "errcode") or ""
    # The code goes into logs and messages, so anything but an identifier is dropped.
    code = code if code.isascii() and code.replace("_", "").isalnum() else NO_CODE
    if status == 429 or code == "M_LIMIT_EXCEEDED":
        return RateLimitedError(_hold_seconds(response, answer))
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


def _hold_seconds(response: aiohttp.ClientResponse, answer: Json) -> float:
    """The wait that a rate limit asks for, between 0.1 seconds and LONGEST_HOLD."""
    milliseconds = number(answer, "retry_after_ms")
    header = response.headers.get("Retry-After", "")
    seconds = milliseconds / 1000 if milliseconds else float(header) if header.isdecimal() else 5.0
    return min(max(seconds, 0.1), LONGEST_HOLD)
