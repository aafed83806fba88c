"""Problems: every fault of the interface as JSON by RFC 9457, with one sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.chat.rendering.json import json_line
from bot.core.errors import BusyError, RequestError, SourcesSayError, UnknownDocumentError
from bot.platforms.web.api.callers import BUSY_SECONDS

CONTENT_TYPE = "application/problem+json"

DETAILS: Mapping[int, str] = {
    400: "The request cannot be read: see the description at openapi.json.",
    401: "This needs a token, as in the header Authorization: Bearer say_…; this one is none.",
    403: "The token may read only; this needs one with the right curate.",
    404: "There is nothing here, or the token does not show it.",
    405: "The method is not one of this path; the header Allow lists them.",
    409: "The documents could not be loaded, and those before are served; the log says why.",
    413: "The body is too large.",
    415: "The body has to be JSON, with the content type application/json.",
    429: "Too many requests: wait as many seconds as the header Retry-After says.",
    500: "The program has a fault; its log says more.",
    503: "Too many questions wait: try again after the seconds that the header Retry-After says.",
}
"""A sentence for each status."""

_KEPT = ("Allow", "Retry-After", "WWW-Authenticate")
_REFUSALS = 400

_log = structlog.stdlib.get_logger(__name__)


def problem(
    status: int, detail: str = "", headers: Mapping[str, str] | None = None
) -> web.Response:
    """A response that says what is wrong."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or DETAILS.get(status, DETAILS[400]),
    }
    return web.Response(
        text=json_line(content), status=status, content_type=CONTENT_TYPE, headers=headers
    )


def with_problems(seconds: float) -> Middleware:
    """A middleware that makes a problem of each fault, also of one that takes too long."""

    @web.middleware
    async def handle(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            async with asyncio.timeout(seconds):
                return await handler(request)
        except web.HTTPException as fault:
            if fault.status < _REFUSALS:
                raise
            kept = {name: fault.headers[name] for name in _KEPT if name in fault.headers}
            return problem(fault.status, headers=kept)
        except (TimeoutError, BusyError):
            return problem(503, headers={"Retry-After": str(BUSY_SECONDS)})
        except RequestError as fault:
            return problem(400, str(fault))
        except UnknownDocumentError:
            return problem(404)
        except SourcesSayError as fault:
            # It may name files of this machine.
            _log.error("a request failed", path=request.path, reason=str(fault))
            return problem(500)
        except Exception as fault:  # noqa: BLE001 - every fault becomes a problem
            _log.exception("a request failed", path=request.path, exc_info=fault)
            return problem(500)

    return handle
