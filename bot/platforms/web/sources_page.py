"""The sources page: the documents that are seen, with words and a collection to filter by."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.answering.service import AnsweringService, DocumentInfo
from bot.chat.buttons import key_of
from bot.core.documents import Document
from bot.platforms.web.page_maker import PageMaker
from bot.platforms.web.templates import Templates
from bot.platforms.web.views import Viewer

MOST_LISTED = 500
"""Most documents on one page; words find the others."""

_MOST_SEARCHED = 200


@dataclass(frozen=True, slots=True)
class SourceList:
    """The documents that fit `words` and the `collection`, of `count` that are seen."""

    infos: tuple[DocumentInfo, ...]
    fitting: int
    count: int
    collections: tuple[str, ...]
    words: str
    collection: str


class SourcesPage:
    """The handler of the sources page."""

    def __init__(
        self, answering: AnsweringService, viewer: Viewer, templates: Templates, maker: PageMaker
    ) -> None:
        self._maker = maker
        self._answering = answering
        self._viewer = viewer
        self._templates = templates

    async def page(self, request: web.Request) -> web.StreamResponse:
        """The documents that are seen; not found if there are none."""
        view = await self._viewer.view(request)
        infos = await self._answering.documents(view.scope)
        if not infos:
            raise web.HTTPNotFound
        words = " ".join(request.query.get("q", "").split())[:_MOST_SEARCHED]
        sources = await self._maker.run(_list, infos, words, request.query.get("c", ""))

        def page() -> web.Response:
            return self._templates.page(
                "sources.html", view=view, here=request.path, sources=sources
            )

        identities = [info.document.identity for info in infos]
        return await self._maker.page(request, (self._templates.revision, identities), page)


def _list(infos: tuple[DocumentInfo, ...], words: str, collection: str) -> SourceList:
    wanted = words.casefold().split()
    fitting = [
        info
        for info in infos
        if collection in {"", key_of(info.document.collection)} and _fits(info.document, wanted)
    ]
    collections = sorted({info.document.collection for info in infos})
    return SourceList(
        tuple(fitting[:MOST_LISTED]),
        len(fitting),
        len(infos),
        tuple(collections),
        words,
        collection,
    )


def _fits(document: Document, wanted: list[str]) -> bool:
    source = document.source
    labels = (source.title, source.author, source.publisher, source.date, source.about)
    text = " ".join([document.path, *(label for label in labels if label)]).casefold()
    return all(word in text for word in wanted)
