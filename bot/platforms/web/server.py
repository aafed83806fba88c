"""The web server: one port for pages and, beside them, what other programs ask.

Every response has strict headers, and every fault becomes a page with one sentence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import jinja2
import structlog
from aiohttp import web

from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import current_language
from bot.chat.texts.notices import notice
from bot.chat.texts.parameters import Parameter
from bot.chat.texts.templates import FixedText
from bot.chat.texts.web_texts import WebText
from bot.config.settings import WebSettings
from bot.core.errors import SettingsError, system_reason
from bot.platforms.services import SharedServices
from bot.platforms.web.links import PageLinks, path_prefix, signing_key

REQUEST_SECONDS = 20.0
"""Longest time for the answer to one request."""

ALL = "*"
"""The name in `web.open_collections` that stands for all of them."""

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


class Templates:
    """The templates of the pages; whatever they are given is escaped."""

    def __init__(self, prefix: str) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(prefix=prefix, notice=_plain, text=Text, web=WebText)

    def page(self, name: str, status: int = 200, **values: object) -> web.Response:
        """The page of a template, in the language of the caller's context."""
        values |= {"language": current_language()}
        text = self._environment.get_template(name).render(values)
        return web.Response(text=text, content_type="text/html", status=status)


def _plain(text: FixedText, **parameters: Parameter) -> str:
    return notice(text, **parameters).plain()


async def run_web(services: SharedServices, listens: Callable[[str], None]) -> None:
    """Serve the pages until cancelled. Raises `SettingsError` if the address cannot be used."""
    settings = services.settings.web
    runner = web.AppRunner(
        await _application(services, settings),
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


async def _application(services: SharedServices, settings: WebSettings) -> web.Application:
    prefix = path_prefix(settings.public_url)
    key = await asyncio.to_thread(lambda: signing_key(services.settings.state_folder()))
    templates = Templates(prefix)
    site = Site(services, PageLinks(key, settings.public_url, settings.link_days), templates)
    application = web.Application(
        middlewares=[_with_faults(templates), _in_time], client_max_size=MOST_BODY
    )
    application.on_response_prepare.append(_add_headers)
    application.add_routes(
        [
            web.get(f"{prefix}/", site.sources),
            web.static(f"{prefix}/static", _HERE / "static"),
        ]
    )
    return application


class Site:
    """The pages that people read; each handler answers one kind of request."""

    def __init__(self, services: SharedServices, links: PageLinks, templates: Templates) -> None:
        self._answering = services.answering
        self._open = frozenset(services.settings.web.open_collections)
        self._links = links
        self._templates = templates

    async def sources(self, _request: web.Request) -> web.Response:
        """The documents that everybody may read; not found if there are none."""
        scope = None if ALL in self._open else self._open
        infos = await self._answering.documents(scope)
        if not infos:
            raise web.HTTPNotFound
        return self._templates.page("sources.html", infos=infos)


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
