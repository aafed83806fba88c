"""The web server: one port for pages and, beside them, what other programs ask.

Every response has strict headers, and every fault becomes a page with one sentence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from aiohttp import web

from bot.config.settings import WebSettings
from bot.core.errors import SettingsError, system_reason
from bot.platforms.services import SharedServices
from bot.platforms.web.links import path_prefix
from bot.platforms.web.site import Site
from bot.platforms.web.templates import Templates

REQUEST_SECONDS = 20.0
"""Longest time for the answer to one request."""

MOST_BODY = 100_000
"""Longest body of a request, in bytes."""

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

_REFUSALS, _FAULTS = 400, 500
"""The first status codes of what is refused, and of what failed."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HERE = Path(__file__).parent
_log = structlog.stdlib.get_logger(__name__)


async def run_web(services: SharedServices, listens: Callable[[str], None]) -> None:
    """Serve the pages until cancelled. Raises `SettingsError` if the address cannot be used."""
    settings = services.settings.web
    runner = web.AppRunner(
        _application(services, settings),
        access_log=None,
        handler_cancellation=True,
        keepalive_timeout=30.0,
        shutdown_timeout=2.0,
    )
    await runner.setup()
    try:
        host, _, port = settings.address.rpartition(":")
        site = web.TCPSite(runner, host.strip("[]"), int(port))
        try:
            await site.start()
        except OSError as error:
            raise SettingsError(
                f"web.address: {settings.address} cannot be listened on"
                f" ({system_reason(error)}); name another port, or end the program that has it"
            ) from None
        address, taken_port, *_ = runner.addresses[0]
        listens(f"http://{address}:{taken_port}{path_prefix(settings.public_url)}/")
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _application(services: SharedServices, settings: WebSettings) -> web.Application:
    prefix = path_prefix(settings.public_url)
    templates = Templates(prefix)
    site = Site(
        services.answering,
        services.store,
        services.links,
        templates,
        frozenset(settings.open_collections),
    )
    application = web.Application(
        middlewares=[_with_faults(templates), _in_time], client_max_size=MOST_BODY
    )
    application.on_response_prepare.append(_add_headers)
    application.router.add_static(f"{prefix}/static", _HERE / "static")
    application.add_routes(
        web.get(prefix + place + path, handler)
        for place in ("", r"/a/{token:[\w.-]{1,2000}}")
        for path, handler in site.pages().items()
    )
    return application


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "sources-say"


def _with_faults(templates: Templates) -> Callable[..., Awaitable[web.StreamResponse]]:
    """A middleware that makes a page with one sentence of each fault."""

    @web.middleware
    async def handle(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as fault:
            if fault.status < _REFUSALS:
                raise
            return templates.page("fault.html", fault.status, is_missing=fault.status < _FAULTS)
        except TimeoutError:
            return templates.page("fault.html", 503, is_missing=False)
        except Exception as fault:  # noqa: BLE001 - every fault becomes a page
            _log.exception("a page failed", path=request.path, exc_info=fault)
            return templates.page("fault.html", 500, is_missing=False)

    return handle


@web.middleware
async def _in_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    async with asyncio.timeout(REQUEST_SECONDS):
        return await handler(request)
