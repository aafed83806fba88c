"""Site: the pages that people read; each handler answers one kind of request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web
from cachetools import LRUCache

from bot.answering.service import AnsweringService
from bot.chat.buttons import key_of
from bot.chat.saved_replies import ServedDocuments
from bot.core.documents import Document, Span
from bot.core.replies import Citation, Excerpt
from bot.platforms.web.document_view import (
    DocumentPart,
    Mark,
    MarkKind,
    document_part,
    matches,
    part_of,
    part_starts,
)
from bot.platforms.web.links import PageLinks
from bot.platforms.web.templates import Templates
from bot.platforms.web.views import View, Viewer
from bot.state.records import SavedExcerpt
from bot.state.store import Store

Handler = Callable[[web.Request], Awaitable[web.Response]]

DOCUMENTS_REMEMBERED = 500
"""Documents whose cut into parts is remembered; the least recently used are dropped."""

_MOST_SEARCHED = 200


@dataclass(frozen=True, slots=True)
class SourcePage:
    """The source page of a document: one part of it, and what is marked there.

    `quote` is the excerpt that it was opened at; `found` are the places of the words searched for,
    of which number `at`, counted from 1, is in sight.
    """

    document: Document
    part: DocumentPart
    quote: Citation | None = None
    words: str = ""
    found: int = 0
    at: int = 0


class Site:
    """The pages of documents and replies, within what each request may see."""

    def __init__(
        self,
        answering: AnsweringService,
        store: Store,
        links: PageLinks | None,
        templates: Templates,
        open_collections: frozenset[str],
    ) -> None:
        self._answering = answering
        self._templates = templates
        self._viewer = Viewer(answering, store, links, open_collections)
        self._starts: LRUCache[tuple[object, ...], tuple[int, ...]] = LRUCache(DOCUMENTS_REMEMBERED)

    def pages(self) -> Mapping[str, Handler]:
        """The handler of each path, below the path of a view."""
        return {
            "/": self.sources,
            "/sources": self.sources,
            r"/d/{key:[0-9a-f]{16}}": self.document,
            r"/{number:[1-9]\d?}": self.excerpt,
        }

    async def sources(self, request: web.Request) -> web.Response:
        """The documents that are seen; not found if there are none."""
        view = await self._viewer.view(request)
        infos = await self._answering.documents(view.scope)
        if not infos:
            raise web.HTTPNotFound
        return self._templates.page("sources.html", view=view, infos=infos, key_of=key_of)

    async def document(self, request: web.Request) -> web.Response:
        """The source page of a document."""
        view = await self._viewer.view(request)
        info = await self._viewer.document(request, view)
        return await self._source_page(request, view, info.document, None)

    async def excerpt(self, request: web.Request) -> web.Response:
        """The source page of the document that an excerpt of a reply stands in."""
        view = await self._viewer.view(request)
        number = int(request.match_info["number"])
        if view.reply is None or number > len(view.reply.excerpts):
            raise web.HTTPNotFound
        served = ServedDocuments(self._answering.corpus, view.scope)
        saved = view.reply.excerpts[number - 1]
        excerpt = await asyncio.to_thread(served.excerpt, saved)
        if excerpt is None:
            raise web.HTTPNotFound
        return await self._source_page(request, view, excerpt.passage.document, excerpt)

    async def _source_page(
        self, request: web.Request, view: View, document: Document, excerpt: Excerpt | None
    ) -> web.Response:
        words = " ".join(request.query.get("q", "").split())[:_MOST_SEARCHED]
        wanted = {name: _number(request.query.get(name, "")) for name in ("part", "m")}
        page = await asyncio.to_thread(self._page, view, document, excerpt, words, wanted)
        return self._templates.page("source.html", view=view, page=page)

    def _page(
        self,
        view: View,
        document: Document,
        excerpt: Excerpt | None,
        words: str,
        wanted: Mapping[str, int],
    ) -> SourcePage:
        starts = self._starts_of(document)
        quotes = [Mark(part, MarkKind.QUOTE) for part in excerpt.parts] if excerpt else []
        saved = () if view.reply is None else view.reply.excerpts
        marks = [*quotes, *(Mark(span, MarkKind.OTHER) for span in _spans_in(document, saved))]
        found = matches(document, words)
        marks += (Mark(span, MarkKind.MATCH) for span in found)
        at = min(max(1, wanted["m"]), len(found))
        in_sight = found[at - 1].start if found else quotes[0].span.start if quotes else 0
        number = wanted["part"] or part_of(document, starts, in_sight)
        part = document_part(document, starts, min(number, len(starts)), marks)
        citation = None if excerpt is None else excerpt.citation
        return SourcePage(document, part, citation, words, len(found), at)

    def _starts_of(self, document: Document) -> tuple[int, ...]:
        starts = self._starts.get(document.identity)
        if starts is None:
            starts = self._starts[document.identity] = part_starts(document)
        return starts


def _spans_in(document: Document, saved: tuple[SavedExcerpt, ...]) -> list[Span]:
    """The spans of the excerpts of a reply that stand in a document as it is now."""
    return [
        part
        for excerpt in saved
        if (excerpt.document, excerpt.document_revision) == (document.path, document.revision)
        for part in excerpt.parts
    ]


def _number(text: str) -> int:
    """The number in a query; 0 for none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
