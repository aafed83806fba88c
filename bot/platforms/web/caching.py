"""Caching of pages: those of links nowhere, open ones by a revision that the browser asks again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hashlib import sha256

from aiohttp import ETag, web

from bot.chat.texts.languages import current_language

NOWHERE = "private, no-store"
"""For what one person may see, for faults, and for replies."""

ASKED_AGAIN = "no-cache"
"""For open pages: a copy may be kept, but is shown only if it is still the same."""


async def cached_page(
    request: web.Request, identity: object, page: Callable[[], web.Response]
) -> web.Response:
    """The page, made in a thread, unless the browser has it.

    `identity` is all that an open page depends on besides its address and its language.
    """
    if "token" in request.match_info:
        return await asyncio.to_thread(page)
    content = repr((request.path_qs, current_language(), identity))
    tag = ETag(sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    headers = {"Cache-Control": ASKED_AGAIN, "Vary": "Accept-Language"}
    if tag in (request.if_none_match or ()):
        response = web.Response(status=304, headers=headers)
    else:
        response = await asyncio.to_thread(page)
        response.headers.update(headers)
    response.etag = tag
    return response
