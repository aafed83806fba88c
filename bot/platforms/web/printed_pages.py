"""Printed pages: the picture of the page on which a quote stands, and originals for download."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import quote

import regex
from aiohttp import ETag, hdrs, web

from bot.chat.texts.templates import FixedText
from bot.chat.texts.web_texts import WebText
from bot.core.documents import Document, Span
from bot.core.errors import DocumentError
from bot.ingest.page_picture import (
    LARGEST_ZOOM,
    MOST_QUOTES,
    MarkBox,
    PagePicture,
    PictureRequest,
    QuotedWords,
)
from bot.platforms.web.page_maker import NO_CACHE, NO_STORE
from bot.platforms.web.page_pictures import PagePictures, TooBusyError, is_pdf
from bot.platforms.web.views import Viewer

PAGE_SECONDS = 5.0
"""Longest time that the text of a page waits for its picture."""

DOWNLOAD_SECONDS = 600.0
"""Longest time of sending a file, so that slow clients leave room for others."""

RETRY_SECONDS = 5

_DRAWING = 1
"""Raised whenever pages are drawn in another way, so that browsers ask for them anew."""

_AROUND = 100
_MOST_PAGES = 3
_CHUNK = 64_000
_DOWNLOADS = 4
_UNSAFE = regex.compile(r"[^A-Za-z0-9.]")


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """Page `number` of `count` for the template; `label` is the number that is printed on it.

    Without a picture, `count` is 0, and `sentence` says why. `block` is the number of the first
    block on the page, None if it holds no text.
    """

    number: int
    label: str
    zoom: int = 1
    count: int = 0
    width: int = 0
    height: int = 0
    marks: tuple[MarkBox, ...] = ()
    block: int | None = None
    sentence: FixedText | None = None


@dataclass(frozen=True, slots=True)
class PageWish:
    """The page that a reader wants: of spans with marks, of `offset`, or page `number`."""

    spans: Sequence[Span]
    offset: int = 0
    number: int = 0
    zoom: int = 1


class PrintedPages:
    """The printed pages of documents, and the handlers of their pictures and originals."""

    def __init__(self, viewer: Viewer, pictures: PagePictures, *, originals: bool) -> None:
        self._viewer = viewer
        self._pictures = pictures
        self._originals = originals
        self._downloads = asyncio.Semaphore(_DOWNLOADS)

    def has_original(self, document: Document) -> bool:
        """Whether the file of a document may be had."""
        return self._originals and not document.excluded

    async def page(self, document: Document, wish: PageWish) -> PrintedPage | None:
        """The printed page for the page of a document; None for other formats than PDF."""
        if not is_pdf(document) or not document.blocks:
            return None
        number = wish.number or _page_at(document, wish.offset)
        if document.excluded:
            return _without_picture(document, number, WebText.PAGES_HIDDEN)
        spans = [span for span in wish.spans if number in _pages(document, span)][:MOST_QUOTES]
        last = max((_pages(document, span)[-1] for span in spans), default=number)
        request = PictureRequest(
            number,
            number if wish.number else min(last, number + _MOST_PAGES - 1),
            wish.zoom,
            tuple(_words(document, span) for span in spans),
        )
        try:
            async with asyncio.timeout(PAGE_SECONDS):
                picture = await self._pictures.picture(document, request)
        except (DocumentError, TooBusyError, TimeoutError):
            return _without_picture(document, number, WebText.NO_PICTURE)
        is_unmarked = bool(spans) and not picture.marks and not wish.number
        return _shown(document, picture, wish.zoom, WebText.NOT_MARKED if is_unmarked else None)

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """The picture of a page, as a PNG."""
        view = await self._viewer.view(request)
        document = await self._viewer.document(request, view)
        if not is_pdf(document) or document.excluded:
            raise web.HTTPNotFound
        number, zoom = int(request.match_info["page"]), zoom_of(request)
        content = f"{_DRAWING} {document.revision} {number} {zoom}"
        tag = ETag(sha256(content.encode()).hexdigest()[:32])
        cached = {hdrs.CACHE_CONTROL: NO_STORE if "token" in request.match_info else NO_CACHE}
        if tag in (request.if_none_match or ()):
            response = web.Response(status=304, headers=cached)
        else:
            try:
                wanted = PictureRequest(number, number, zoom)
                picture = await self._pictures.picture(document, wanted)
            except DocumentError:
                raise web.HTTPNotFound from None
            except TooBusyError:
                raise _busy() from None
            response = web.Response(body=picture.png, content_type="image/png", headers=cached)
        response.etag = tag
        return response

    async def original(self, request: web.Request) -> web.StreamResponse:
        """The file of a document, for download only."""
        view = await self._viewer.view(request)
        document = await self._viewer.document(request, view)
        if not self.has_original(document):
            raise web.HTTPNotFound
        try:
            size = len(await self._pictures.original(document))
        except DocumentError:
            raise web.HTTPNotFound from None
        except TooBusyError:
            raise _busy() from None
        headers = {**_as_download(document), hdrs.CONTENT_LENGTH: str(size)}
        return web.Response(body=self._content(document), headers=headers)

    async def _content(self, document: Document) -> AsyncIterator[bytes]:
        """The bytes of a file, which are held in memory only for a few clients at one time."""
        async with asyncio.timeout(DOWNLOAD_SECONDS), self._downloads:
            data = await self._pictures.original(document)
            for start in range(0, len(data), _CHUNK):
                yield data[start : start + _CHUNK]


def zoom_of(request: web.Request) -> int:
    """The zoom that a request names; 1 for none."""
    named = request.query.get("zoom", "")
    return int(named) if named in {str(each + 1) for each in range(LARGEST_ZOOM)} else 1


def first_offset(document: Document, page: int) -> int:
    """The offset at which the text of a page begins, or of the first behind it that has text."""
    place = min(_first_block(document, page), len(document.blocks) - 1)
    return document.blocks[place].span.start


def _first_block(document: Document, page: int) -> int:
    return bisect_left(document.blocks, page, key=lambda block: block.page or 0)


def _busy() -> web.HTTPServiceUnavailable:
    return web.HTTPServiceUnavailable(headers={hdrs.RETRY_AFTER: str(RETRY_SECONDS)})


def _as_download(document: Document) -> dict[str, str]:
    name = PurePosixPath(document.path).name
    plain = _UNSAFE.sub("_", name)
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {hdrs.CONTENT_TYPE: "application/octet-stream", hdrs.CONTENT_DISPOSITION: named}


def _page_at(document: Document, offset: int) -> int:
    """The page of the block at `offset`, or of the one before it."""
    place = bisect_right(document.blocks, offset, key=lambda block: block.span.start) - 1
    return document.blocks[max(0, place)].page or 1


def _pages(document: Document, span: Span) -> range:
    """The pages on which a span may stand: from its block's to that of the block behind it."""
    behind = bisect_left(document.blocks, span.end, key=lambda block: block.span.start)
    first = _page_at(document, span.start)
    last = document.blocks[min(behind, len(document.blocks) - 1)].page or first
    return range(first, max(first, last) + 1)


def _words(document: Document, span: Span) -> QuotedWords:
    text = document.text
    before = text[max(0, span.start - _AROUND) : span.start]
    return QuotedWords(span.of(text), before, text[span.end : span.end + _AROUND])


def _without_picture(document: Document, number: int, sentence: FixedText) -> PrintedPage:
    label = document.page_label(number) if number <= len(document.page_labels) else None
    return PrintedPage(number, label or str(number), sentence=sentence)


def _shown(
    document: Document, picture: PagePicture, zoom: int, sentence: FixedText | None
) -> PrintedPage:
    number = picture.page
    block = _first_block(document, number)
    has_text = block < len(document.blocks) and document.blocks[block].page == number
    return PrintedPage(
        number,
        document.page_label(number) or str(number),
        zoom,
        picture.count,
        picture.width,
        picture.height,
        picture.marks,
        block if has_text else None,
        sentence,
    )
