"""Pictures of pages of PDFs, drawn in sandboxed children, and the originals of documents.

Drawing is shared by all who ask for the same page, bounded in time, memory and number, and
remembered by the revision of the file, so that a picture can never be of another file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from cachetools import LRUCache, TTLCache

from bot.core.documents import Document
from bot.core.errors import DocumentError
from bot.ingest.formats import SUFFIXES, Limits
from bot.ingest.originals import original_bytes
from bot.ingest.page_picture import PagePicture, PictureRequest
from bot.ingest.readers.sandbox import ReadRequest, Sandbox
from bot.ingest.walk import suffix_of

CHILDREN = 2
"""Children that draw at one time; each is started when it is first needed."""

MOST_WAITING = 50
"""Most pictures and originals that are asked for at one time; further ones are refused."""

DRAWING_SECONDS = 8.0
DRAWING_BYTES = 600_000_000
"""The limits of drawing one page, where those of reading are not lower."""

REMEMBERED_BYTES = 50_000_000
PLACES_REMEMBERED = 2_000
FAULT_SECONDS = 300.0
"""A page that cannot be drawn is not tried again for this long, whatever is quoted on it."""

Result = TypeVar("Result")


class TooBusyError(Exception):
    """Too many pictures are asked for at one time."""


class PagePictures:
    """Draws pages and reads originals of the documents in the corpus folder."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = replace(
            limits,
            worker_seconds=min(limits.worker_seconds, DRAWING_SECONDS),
            worker_memory_bytes=min(limits.worker_memory_bytes, DRAWING_BYTES),
        )
        self._threads = ThreadPoolExecutor(CHILDREN, "pictures")
        self._sandboxes = tuple(Sandbox() for _ in range(CHILDREN))
        self._idle: SimpleQueue[Sandbox] = SimpleQueue()
        for sandbox in self._sandboxes:
            self._idle.put(sandbox)
        self._waiting = 0
        self._running: dict[tuple[str, PictureRequest], asyncio.Task[PagePicture]] = {}
        self._pictures: LRUCache[tuple[str, int, int], PagePicture] = LRUCache(
            REMEMBERED_BYTES, getsizeof=lambda picture: len(picture.png)
        )
        self._places: LRUCache[tuple[str, PictureRequest], PagePicture] = LRUCache(
            PLACES_REMEMBERED
        )
        self._faults: TTLCache[tuple[str, int, int], str] = TTLCache(1_000, FAULT_SECONDS)

    async def picture(self, document: Document, request: PictureRequest) -> PagePicture:
        """The page with its marks. Raises `DocumentError` or `TooBusyError`."""
        key = (document.revision, request)
        if (known := self._remembered(key)) is not None:
            return known
        fault = self._faults.get((document.revision, request.first, request.zoom))
        if fault is not None:
            raise DocumentError(fault)
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(self._drawn(document, request))
            self._running[key] = task
            task.add_done_callback(partial(self._end, key))
        # Others may wait for the same picture, and the next request finds it.
        return await asyncio.shield(task)

    async def original(self, document: Document) -> bytes:
        """The bytes of its file. Raises `DocumentError` if they are others now, `TooBusyError`."""
        return await self._in_thread(lambda: self._original(document))

    async def close(self) -> None:
        """End the children and what waits for them."""
        for task in self._running.values():
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)
        for sandbox in self._sandboxes:
            await asyncio.to_thread(sandbox.close)

    def _remembered(self, key: tuple[str, PictureRequest]) -> PagePicture | None:
        revision, request = key
        marked = self._places.get(key) if request.quotes else None
        if request.quotes and marked is None:
            return None
        page = request.first if marked is None else marked.page
        picture = self._pictures.get((revision, page, request.zoom))
        return picture if picture is None or marked is None else replace(marked, png=picture.png)

    async def _drawn(self, document: Document, request: PictureRequest) -> PagePicture:
        key = (document.revision, request)
        try:
            picture = await self._in_thread(lambda: self._draw(document, request))
        except DocumentError as fault:
            self._faults[document.revision, request.first, request.zoom] = str(fault)
            raise
        if len(picture.png) <= REMEMBERED_BYTES:
            place = (document.revision, picture.page, request.zoom)
            self._pictures[place] = replace(picture, marks=())
        if request.quotes:
            self._places[key] = replace(picture, png=b"")
        return picture

    def _end(self, key: tuple[str, PictureRequest], task: asyncio.Task[PagePicture]) -> None:
        del self._running[key]
        if not task.cancelled():
            task.exception()  # whoever asked may be gone, and then nobody else takes it

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        if self._waiting >= MOST_WAITING:
            raise TooBusyError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def _draw(self, document: Document, request: PictureRequest) -> PagePicture:
        data = self._original(document)
        sandbox = self._idle.get()
        try:
            reading = ReadRequest(kind="pdf", limits=self._limits, picture=request)
            return sandbox.draw(reading, data)
        finally:
            self._idle.put(sandbox)

    def _original(self, document: Document) -> bytes:
        return original_bytes(self._folder, document, self._limits.max_bytes)


def is_pdf(document: Document) -> bool:
    """Whether a document has pages that can be drawn."""
    return SUFFIXES.get(suffix_of(document.path)) == "pdf"
