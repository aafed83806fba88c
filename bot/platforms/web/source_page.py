"""Source pages: a document as it was read, with what a reply quotes and what is searched marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import regex
from aiohttp import web
from cachetools import LRUCache

from bot.answering.service import AnsweringService
from bot.chat.saved_replies import ServedDocuments
from bot.chat.texts.templates import FixedText
from bot.chat.texts.web_texts import WebText
from bot.core.documents import SIDE_LEVEL, BlockKind, Document, Span
from bot.core.replies import Excerpt
from bot.platforms.web.document_view import (
    MOST_MATCHES,
    DocumentPart,
    Mark,
    MarkKind,
    document_part,
    matches,
    part_of,
    part_starts,
)
from bot.platforms.web.page_maker import PageMaker
from bot.platforms.web.page_pictures import is_pdf
from bot.platforms.web.printed_pages import PageWish, PrintedPages, first_offset, zoom_of
from bot.platforms.web.templates import Templates
from bot.platforms.web.views import View, Viewer
from bot.state.records import SavedExcerpt, SavedReply

DOCUMENTS_REMEMBERED = 500
"""Documents whose outline is remembered; the least recently used are dropped."""

SEARCHES_REMEMBERED = 100
"""Searches in documents whose matches are remembered."""

MOST_CONTENTS = 300
"""Most headings in the list of contents; the lowest levels are left out first."""

FEWEST_CONTENTS = 4
"""A document with fewer headings has no list of contents."""

_MOST_SEARCHED = 200
_SPAN = regex.compile(r"(\d{1,9})-(\d{1,9})", regex.ASCII)

Matches: TypeAlias = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """A heading in the list of contents; `number` is that of its block."""

    text: str
    level: int
    number: int
    part: int


@dataclass(frozen=True, slots=True)
class Outline:
    """The parts, headings and language (ISO 639-1, empty if unknown) of a document."""

    starts: tuple[int, ...]
    contents: tuple[ContentsEntry, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Search:
    """Searched words, and the places where they stand; number `at`, from 1, is in sight."""

    words: str = ""
    places: Matches = ()
    at: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether there may be more places."""
        return len(self.places) == MOST_MATCHES


@dataclass(frozen=True, slots=True)
class QuoteLink:
    """An excerpt of the reply in the bar of a page; `is_here` in the document of the page."""

    number: int
    title: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class SourcePage:
    """The source page of a document: one part of it, and what is marked there.

    `number` is that of the excerpt that it was opened at, or 0, `citation` that of the excerpt.
    If the document changed since, `change` says so; `old_words` are those that are gone.
    """

    document: Document
    outline: Outline
    part: DocumentPart
    search: Search
    number: int = 0
    citation: Excerpt | None = None
    quotes: tuple[QuoteLink, ...] = ()
    change: FixedText | None = None
    old_words: str = ""


@dataclass(frozen=True, slots=True)
class _Opened:
    """The place a page is opened at: an excerpt of a reply by its number, or a span."""

    document: Document
    spans: Sequence[Span] = ()
    number: int = 0
    excerpt: Excerpt | None = None
    change: FixedText | None = None
    old_words: str = ""


class SourcePages:
    """The handlers of source pages."""

    def __init__(
        self,
        answering: AnsweringService,
        viewer: Viewer,
        templates: Templates,
        printed: PrintedPages,
        maker: PageMaker,
    ) -> None:
        self._maker = maker
        self._answering = answering
        self._viewer = viewer
        self._templates = templates
        self._printed = printed
        self._outlines: LRUCache[tuple[object, ...], Outline] = LRUCache(DOCUMENTS_REMEMBERED)
        self._searches: LRUCache[tuple[object, ...], Matches] = LRUCache(SEARCHES_REMEMBERED)

    async def document(self, request: web.Request) -> web.StreamResponse:
        """The source page of a document, at the span `at` if that is given."""
        view = await self._viewer.view(request)
        document = await self._viewer.document(request, view)
        spans = [span] if (span := _span(request.query.get("at", ""), document)) else []
        return await self._page(request, view, _Opened(document, spans))

    async def excerpt(self, request: web.Request) -> web.StreamResponse:
        """The source page of the document that an excerpt of a reply stands in."""
        view, reply = await self._viewer.reply(request)
        number = int(request.match_info["number"])
        if number > len(reply.excerpts):
            raise web.HTTPNotFound
        served = self._viewer.served(view)
        saved = reply.excerpts[number - 1]
        if not served.sees(saved.collection):
            raise web.HTTPNotFound
        excerpt = served.excerpt(saved)
        if excerpt is not None:
            opened = _Opened(excerpt.passage.document, excerpt.parts, number, excerpt)
            return await self._page(request, view, opened)
        opened_now = await self._maker.run(_opened_now, saved, number, served)
        if opened_now is None:
            return self._templates.page("gone.html", view=view, saved=saved)
        return await self._page(request, view, opened_now)

    async def _page(self, request: web.Request, view: View, opened: _Opened) -> web.StreamResponse:
        query = {name: request.query.get(name, "") for name in ("q", "m", "part", "page")}
        zoom = zoom_of(request)
        # Other formats have no picture: a page that is remembered then takes no thread.
        wish, printed = None, None
        if is_pdf(opened.document):
            wish = await self._maker.run(self._wish, opened, query, zoom)
            printed = await self._printed.page(opened.document, wish)

        def page() -> web.Response:
            offset = (wish or self._wish(opened, query, zoom)).offset
            return self._templates.page(
                "source.html",
                view=view,
                here=request.path,
                at=request.query.get("at", ""),
                page=self._source_page(view, opened, query, offset),
                printed=printed,
                has_original=self._printed.has_original(opened.document),
            )

        identity = (opened.document.identity, opened.spans, query, zoom, printed)
        told = (opened.number, opened.change, opened.old_words)
        scope = None if view.scope is None else sorted(view.scope)
        return await self._maker.page(
            request, (self._templates.revision, identity, told, scope), page
        )

    def _wish(self, opened: _Opened, query: Mapping[str, str], zoom: int) -> PageWish:
        """The place that the page is opened at, and what is marked on the page as printed."""
        document, page, part = opened.document, _number(query["page"]), _number(query["part"])
        search = self._search(document, query)
        spans = [*opened.spans, *search.places[search.at - 1 : search.at]]
        starts = self._outline(document).starts
        offset = 0
        if page and document.blocks:
            offset = first_offset(document, page)
        elif part and document.blocks:
            offset = document.blocks[starts[min(part, len(starts)) - 1]].span.start
        elif spans:
            offset = (spans[-1] if search.places else spans[0]).start
        return PageWish(spans, offset, page, zoom)

    def _source_page(
        self, view: View, opened: _Opened, query: Mapping[str, str], in_sight: int
    ) -> SourcePage:
        document, reply = opened.document, view.reply
        outline = self._outline(document)
        search = self._search(document, query)
        served = self._viewer.served(view)
        marks = [Mark(span, MarkKind.QUOTE) for span in opened.spans]
        marks += (Mark(span, MarkKind.OTHER) for span in _others(document, reply, opened.number))
        marks += (Mark(span, MarkKind.MATCH) for span in search.places)
        part = _number(query["part"]) or part_of(document, outline.starts, in_sight)
        part = min(part, len(outline.starts))
        return SourcePage(
            document,
            outline,
            document_part(document, outline.starts, part, marks),
            search,
            opened.number,
            opened.excerpt,
            tuple(_quotes(document, reply, served)),
            opened.change,
            opened.old_words,
        )

    def _search(self, document: Document, query: Mapping[str, str]) -> Search:
        words = " ".join(query["q"].split())[:_MOST_SEARCHED]
        if not words:
            return Search()
        key = (document.identity, words)
        places = self._searches.get(key)
        if places is None:
            places = self._searches[key] = matches(document, words)
        return Search(words, places, min(max(1, _number(query["m"])), len(places)))

    def _outline(self, document: Document) -> Outline:
        outline = self._outlines.get(document.identity)
        if outline is None:
            language = self._answering.corpus.language_of(document)
            starts = part_starts(document)
            contents = _contents(document, starts)
            outline = Outline(starts, contents, "" if language == "und" else language)
            self._outlines[document.identity] = outline
        return outline


def _opened_now(saved: SavedExcerpt, number: int, served: ServedDocuments) -> _Opened | None:
    """The place of a changed excerpt today; None if its words and its document are gone."""
    moved = served.moved(saved)
    if moved is not None:
        document = moved.passage.document
        return _Opened(document, moved.parts, number, moved, WebText.WORDS_MOVED)
    document_now = served.document(saved.document)
    if document_now is None:
        return None
    return _Opened(document_now, (), number, None, WebText.WORDS_GONE, saved.quote)


def _others(document: Document, reply: SavedReply | None, number: int) -> Iterator[Span]:
    """The spans of the other excerpts of a reply that stand in a document as it is now."""
    for each, excerpt in enumerate(() if reply is None else reply.excerpts, start=1):
        revision = (excerpt.document, excerpt.document_revision)
        if each != number and revision == (document.path, document.revision):
            yield from excerpt.parts


def _quotes(
    document: Document, reply: SavedReply | None, served: ServedDocuments
) -> Iterator[QuoteLink]:
    for number, excerpt in enumerate(() if reply is None else reply.excerpts, start=1):
        if served.sees(excerpt.collection):
            yield QuoteLink(number, excerpt.title, excerpt.document == document.path)


def _contents(document: Document, starts: Sequence[int]) -> tuple[ContentsEntry, ...]:
    """The headings of a document, down to the level at which they are not too many."""
    headings = [
        (number, block)
        for number, block in enumerate(document.blocks)
        if block.kind is BlockKind.HEADING
        and block.level < SIDE_LEVEL
        and not any(span.overlaps(block.span) for span in document.excluded)
    ]
    levels = Counter(block.level for _, block in headings)
    lowest = max(levels, default=0)
    while lowest > 1 and sum(n for level, n in levels.items() if level <= lowest) > MOST_CONTENTS:
        lowest -= 1
    entries = [
        ContentsEntry(
            " ".join(document.shown(block.span.start, block.span.end).split()),
            block.level,
            number,
            part_of(document, starts, block.span.start),
        )
        for number, block in headings
        if block.level <= lowest
    ]
    return tuple(entries[:MOST_CONTENTS]) if len(entries) >= FEWEST_CONTENTS else ()


def _span(text: str, document: Document) -> Span | None:
    """The span that "start-end" names, if it lies in the document."""
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    start, end = int(found[1]), int(found[2])
    return Span(start, end) if start < end <= len(document.text) else None


def _number(text: str) -> int:
    """The number in a query; 0 for none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
