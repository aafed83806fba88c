"""The web server: one port for pages and, beside them, what other programs ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from importlib.util import find_spec

from aiohttp import web

from bot.chat.identity import scope_named
from bot.chat.rate_limits import RateLimiter
from bot.config.settings import WebSettings
from bot.core.errors import SettingsError, system_reason
from bot.platforms.services import SharedServices, corpus_files
from bot.platforms.web.api.application import PATH as API
from bot.platforms.web.api.application import api_application
from bot.platforms.web.api.callers import CallerGate
from bot.platforms.web.api.corpus_reader import CorpusReader
from bot.platforms.web.client_address import with_client
from bot.platforms.web.links import path_prefix
from bot.platforms.web.middlewares import (
    headers,
    in_language_of_browser,
    with_faults,
    within_limits,
)
from bot.platforms.web.page_pictures import PagePictures
from bot.platforms.web.printed_pages import PrintedPages
from bot.platforms.web.site import page_routes
from bot.platforms.web.slow_clients import guarded_server
from bot.platforms.web.templates import STATIC, Templates
from bot.platforms.web.views import Viewer

MCP = "/mcp"
"""The path of MCP over streamable HTTP."""

MOST_BODY = 100_000
"""Longest body of a request, in bytes."""

REQUEST_SECONDS = 20.0
"""Longest time for the answer to one request, without that of a judge."""

LIMIT_SECONDS = 60.0
"""The time for which pages of one address are counted."""

_EVERYBODY = 1_000_000


async def run_web(services: SharedServices, listens: Callable[[str], None]) -> None:
    """Serve the pages until cancelled. Raises `SettingsError` if the address cannot be used."""
    settings = services.settings.web
    host, _, port = settings.address.rpartition(":")
    async with AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(
                guarded_server(_application(services, settings), host.strip("[]"), int(port))
            )
        except OSError as error:
            raise SettingsError(
                f"web.address: {settings.address} cannot be listened on"
                f" ({system_reason(error)}); name another port, or end the program that has it"
            ) from None
        address, taken_port, *_ = server.sockets[0].getsockname()
        address = f"[{address}]" if ":" in address else address
        listens(f"http://{address}:{taken_port}{path_prefix(settings.public_url)}/")
        await asyncio.Event().wait()


def _application(services: SharedServices, settings: WebSettings) -> web.Application:
    prefix = path_prefix(settings.public_url)
    seconds = REQUEST_SECONDS + services.answering.judge_seconds
    templates = Templates(prefix)
    opened = frozenset(settings.open_collections)
    viewer = Viewer(services.answering, services.store, services.links, opened)
    limiter = RateLimiter(
        per_person=settings.per_minute,
        per_room=_EVERYBODY,
        seconds=LIMIT_SECONDS,
        waiting=0,
        at_once=1,
        clock=time.monotonic,
    )
    application = web.Application(
        middlewares=[
            with_client(settings.proxies),
            in_language_of_browser,
            with_faults(templates),
            within_limits(limiter, (f"{prefix}{API}/", prefix + MCP), seconds),
        ],
        client_max_size=MOST_BODY,
    )
    is_https = settings.public_url.startswith("https:")
    application.on_response_prepare.append(headers(is_https=is_https))
    application.router.add_static(f"{prefix}/static", STATIC)
    if services.links is not None:
        links = services.links.below(prefix)
        files = corpus_files(services.settings)
        pictures = PagePictures(files.folder, files.limits)
        printed = PrintedPages(viewer, pictures, originals=settings.originals)
        application.on_cleanup.append(lambda _: pictures.close())
        application.add_routes(page_routes(prefix, services, viewer, templates, links, printed))
    scope = scope_named(opened)
    # All that a token asks for counts together, as what is asked in a room does.
    of_tokens = services.limiter(per_person=services.settings.limits.per_room)
    gate = CallerGate(services.store.tokens, scope, of_tokens, limiter)
    reader = CorpusReader(
        services.answering, settings.public_url, scope, services.store, services.links
    )
    api = api_application(services, reader, gate, prefix, seconds)
    application.add_subapp(prefix + API, api)
    if find_spec("mcp") is not None:
        # Its library takes long to import, and may be missing.
        from bot.platforms.web.mcp.streamable_http import mcp_application  # noqa: PLC0415

        tools = mcp_application(reader, gate, settings.public_url, seconds)
        application.add_subapp(prefix + MCP, tools)
    return application
