"""Site: the pages that people read, each path with its handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bot.answering.service import AnsweringService
from bot.platforms.web.source_page import SourcePages
from bot.platforms.web.sources_page import SourcesPage
from bot.platforms.web.templates import Templates
from bot.platforms.web.views import Viewer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def pages(
    answering: AnsweringService, viewer: Viewer, templates: Templates
) -> Mapping[str, Handler]:
    """The handler of each path, below the path of a view."""
    source = SourcePages(answering, viewer, templates)
    sources = SourcesPage(answering, viewer, templates)
    return {
        "/": sources.page,
        "/sources": sources.page,
        r"/d/{key:[0-9a-f]{16}}": source.document,
        r"/{number:[1-9]\d?}": source.excerpt,
    }
