"""Maker of pages: a thread for templates, a cache of pages, and headers for those of browsers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from hashlib import sha256
from typing import ParamSpec, TypeVar

from aiohttp import ETag, web
from cachetools import LRUCache

from bot.chat.texts.languages import current_language

NO_STORE = "private, no-store"
"""For what one person may see, for faults, and for replies."""

NO_CACHE = "no-cache"
"""For open pages: a copy may be kept, but is shown only if it is still the same."""

MOST_BYTES = 30_000_000
"""Most bytes of pages that are remembered; the least recently used are dropped."""

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


class PageMaker:
    """Makes pages in one thread, beside that of questions, and remembers them.

    Several threads would take most of the interpreter's time from the one that answers.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "pages")
        self._pages: LRUCache[str, bytes] = LRUCache(MOST_BYTES, getsizeof=len)

    async def run(
        self,
        work: Callable[Arguments, Result],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Result:
        """The result of `work`, which is done in the thread of pages."""
        context = copy_context()  # the language, which a thread does not have
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: context.run(work, *arguments, **named)
        )

    async def page(
        self, request: web.Request, identity: object, make: Callable[[], web.Response]
    ) -> web.Response:
        """The page, unless the browser has it.

        `identity` is all that it depends on besides its address and its language.
        """
        content = repr((request.path_qs, current_language(), identity))
        key = sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        is_open = "token" not in request.match_info
        headers = {"Cache-Control": NO_CACHE, "Vary": "Accept-Language"} if is_open else {}
        tag = ETag(key)
        if is_open and tag in (request.if_none_match or ()):
            response = web.Response(status=304, headers=headers)
        else:
            body = await self._body(key, make)
            response = web.Response(
                body=body, content_type="text/html", charset="utf-8", headers=headers
            )
        if is_open:
            response.etag = tag
        return response

    async def _body(self, key: str, make: Callable[[], web.Response]) -> bytes:
        body = self._pages.get(key)
        if body is None:
            response = await self.run(make)
            body = response.body if isinstance(response.body, bytes) else b""
            if len(body) < MOST_BYTES:
                self._pages[key] = body
        return body
