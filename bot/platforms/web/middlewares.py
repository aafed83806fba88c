"""Middlewares of every request: its language, limits, headers, and a page for each fault."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.chat.rate_limits import RateLimiter, TooMany
from bot.chat.texts.languages import Language, current_language, in_language, language_of_locale
from bot.chat.texts.web_texts import WebText
from bot.platforms.web.client_address import CLIENT
from bot.platforms.web.page_maker import NO_STORE
from bot.platforms.web.templates import Templates

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
"""Headers of every response: nothing from elsewhere, no frame, no address handed on."""

HSTS = "max-age=31536000"
"""Kept by browsers for a year: the host is asked by HTTPS only."""

_REFUSALS, _FAULTS = 400, 500
"""The first status codes of what is refused, and of what failed."""

_SENTENCES = {
    405: WebText.METHOD,
    413: WebText.TOO_LARGE,
    429: WebText.TOO_MANY,
}

_log = structlog.stdlib.get_logger(__name__)


def headers(*, is_https: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """A signal that adds the strict headers; with `is_https` that of HTTPS for ever after."""
    added = SECURITY_HEADERS | ({"Strict-Transport-Security": HSTS} if is_https else {})

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in added.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", NO_STORE)
        response.headers["Server"] = "sources-say"

    return add


@web.middleware
async def in_language_of_browser(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Make texts in the language that the browser prefers, of those that there are."""
    preferred = preferred_language(request.headers.get("Accept-Language", ""))
    with in_language(preferred or current_language()):
        return await handler(request)


def preferred_language(header: str) -> Language | None:
    """The language of the interface that comes first in an Accept-Language header."""
    ranked: list[tuple[float, Language]] = []
    for entry in header[:500].split(","):
        tag, _, weight = entry.partition(";")
        language = language_of_locale(tag.strip())
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if language is not None and quality > 0:
            ranked.append((-quality, language))
    return min(ranked, key=lambda each: each[0])[1] if ranked else None


def with_faults(templates: Templates) -> Middleware:
    """A middleware that makes a page with one sentence of each fault."""

    def fault_page(status: int) -> web.Response:
        otherwise = WebText.NOT_FOUND if status < _FAULTS else WebText.FAULT
        return templates.page("fault.html", status, sentence=_SENTENCES.get(status, otherwise))

    @web.middleware
    async def handle(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as fault:
            if fault.status < _REFUSALS:
                raise
            page = fault_page(fault.status)
            for name in ("Allow", "Retry-After"):
                if name in fault.headers:
                    page.headers[name] = fault.headers[name]
            return page
        except TimeoutError:
            return fault_page(503)
        except Exception as fault:  # noqa: BLE001 - every fault becomes a page
            _log.exception("a page failed", path=request.rel_url.raw_path, exc_info=fault)
            return fault_page(500)

    return handle


def within_limits(limiter: RateLimiter, besides: tuple[str, ...], seconds: float) -> Middleware:
    """A middleware that refuses an address which asks for too many pages.

    A request may take `seconds`, the time in which its body comes included.

    The paths `besides` have limits of their own.
    """

    @web.middleware
    async def handle(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(besides):
            return await handler(request)
        admission = limiter.admit(request[CLIENT], "", waits=False)
        if isinstance(admission, TooMany):
            again = str(admission.retry_seconds)
            raise web.HTTPTooManyRequests(headers={"Retry-After": again})
        async with asyncio.timeout(seconds):
            return await handler(request)

    return handle
