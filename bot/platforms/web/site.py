"""Site: the pages that people read, each path with its handler."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from bot.platforms.services import SharedServices
from bot.platforms.web.answer_page import AnswerPage
from bot.platforms.web.ask_page import AskPage
from bot.platforms.web.links import PageLinks
from bot.platforms.web.page_maker import PageMaker
from bot.platforms.web.printed_pages import PrintedPages
from bot.platforms.web.source_page import SourcePages
from bot.platforms.web.sources_page import SourcesPage
from bot.platforms.web.templates import Templates
from bot.platforms.web.views import Viewer

LINK = r"/a/{token:[\w.-]{1,2000}}"
"""The path of what a link shows."""


def page_routes(
    prefix: str,
    services: SharedServices,
    viewer: Viewer,
    templates: Templates,
    links: PageLinks,
    printed: PrintedPages,
) -> Iterator[web.RouteDef]:
    """The routes of pages below a path, for what is open and for what a link shows.

    `links` are those of the replies on the ask page.
    """
    maker = PageMaker()
    source = SourcePages(services.answering, viewer, templates, printed, maker)
    sources = SourcesPage(services.answering, viewer, templates, maker)
    ask = AskPage(services, viewer, templates, links, maker)
    yield web.get(f"{prefix}/", sources.page)
    yield web.get(prefix + LINK, AnswerPage(viewer, templates, maker).page)
    yield web.get(prefix + LINK + r"/{number:[1-9]\d?}", source.excerpt)
    for place in (prefix, prefix + LINK):
        yield web.get(f"{place}/sources", sources.page)
        document = place + r"/d/{key:[0-9a-f]{16}}"
        yield web.get(document, source.document)
        yield web.get(document + r"/page/{page:[1-9]\d{0,3}}.png", printed.picture)
        yield web.get(f"{document}/file", printed.original)
        yield web.get(f"{place}/ask", ask.form)
        yield web.post(f"{place}/ask", ask.ask)
