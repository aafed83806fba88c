"""The HTTP interface as an application of its own, to be put below a path of the web server."""

from __future__ import annotations

from aiohttp import web

from bot.platforms.services import SharedServices
from bot.platforms.web.api.callers import CallerGate
from bot.platforms.web.api.corpus_reader import CorpusReader
from bot.platforms.web.api.corpus_reload import CorpusReload
from bot.platforms.web.api.handlers import ApiHandlers
from bot.platforms.web.api.openapi import description
from bot.platforms.web.api.problems import with_problems

PATH = "/api/v1"


def api_application(
    services: SharedServices, reader: CorpusReader, gate: CallerGate, prefix: str, seconds: float
) -> web.Application:
    """The application at `prefix` and `PATH`; a request may take `seconds`."""
    answering = services.answering
    reloading = CorpusReload(answering, services.store, services.loaded)
    handlers = ApiHandlers(
        answering, reader, gate, reloading, lambda: services.report, description(prefix + PATH)
    )
    application = web.Application(middlewares=[with_problems(seconds)])
    for (method, path), handler in handlers.routes().items():
        add = application.router.add_get if method == "GET" else application.router.add_post
        add(path, handler)

    async def close(_application: web.Application) -> None:
        await reloading.close()

    application.on_cleanup.append(close)
    return application
