"""Handlers of the HTTP interface: each answers one kind of request within the caller's scope."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from aiohttp import ETag, web
from pydantic import BaseModel, ValidationError

from bot.answering.service import AnsweringService
from bot.chat.identity import Scope
from bot.chat.rendering.json import JsonObject, json_line
from bot.core.corpus import collection_of
from bot.core.errors import RequestError
from bot.ingest.report import LoadReport
from bot.platforms.web.api.callers import Caller, CallerGate
from bot.platforms.web.api.corpus_reader import CorpusReader
from bot.platforms.web.api.corpus_reload import CorpusReload
from bot.platforms.web.api.models import (
    NoQuery,
    QuestionJson,
    QuestionQuery,
    RangeQuery,
    SearchQuery,
)

ApiHandler = Callable[[web.Request], Awaitable[web.Response]]

RELOAD_SECONDS = 10.0
"""A reload that takes longer goes on after the response."""

_CACHING = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
_JSON = "application/json"

_Query = TypeVar("_Query", bound=BaseModel)


class ApiHandlers:
    """The handlers by method and path, below the path of the interface."""

    def __init__(
        self,
        answering: AnsweringService,
        reader: CorpusReader,
        gate: CallerGate,
        reloading: CorpusReload,
        report: Callable[[], LoadReport | None],
        description: JsonObject,
    ) -> None:
        self._answering = answering
        self._reader = reader
        self._gate = gate
        self._reloading = reloading
        self._report = report
        self._description = description

    def routes(self) -> Mapping[tuple[str, str], ApiHandler]:
        """The handler of each method and path."""
        return {
            ("GET", "/openapi.json"): self.openapi,
            ("GET", "/ask"): self.ask,
            ("POST", "/ask"): self.ask_by_post,
            ("GET", "/answers/{id}"): self.answer,
            ("GET", "/sources"): self.sources,
            ("GET", "/documents/{key}"): self.document,
            ("GET", "/search"): self.search,
            ("GET", "/status"): self.status,
            ("POST", "/reload"): self.reload,
        }

    async def openapi(self, _request: web.Request) -> web.Response:
        """The description of the interface."""
        return _json(self._description)

    async def ask(self, request: web.Request) -> web.Response:
        """The reply to the question in the query."""
        caller = await self._gate.caller(request)
        asked = _query(request, QuestionQuery)
        scope = self._scope(caller, asked.collection)
        if (known := await self._unchanged(request, scope)) is not None:
            return known
        return await self._ask(request, caller, asked, scope, is_listed=True)

    async def ask_by_post(self, request: web.Request) -> web.Response:
        """The reply to the question in the body."""
        caller = await self._gate.caller(request)
        if request.content_type != _JSON:
            raise web.HTTPUnsupportedMediaType
        try:
            asked = QuestionJson.model_validate_json(await request.read())
        except ValidationError as error:
            raise _invalid(error) from None
        scope = self._scope(caller, asked.collection)
        return await self._ask(request, caller, asked, scope, is_listed=not asked.private)

    async def _ask(
        self,
        request: web.Request,
        caller: Caller,
        asked: QuestionJson | QuestionQuery,
        scope: Scope,
        *,
        is_listed: bool,
    ) -> web.Response:
        # Strangers could fill the curators' list with words of their own.
        is_listed = is_listed and caller.name is not None
        async with self._gate.turn(caller) as pause:
            reply = await self._reader.ask(asked.question, scope, pause, is_listed=is_listed)
        return _json(reply, reply["revision"] if request.method == "GET" else None)

    async def answer(self, request: web.Request) -> web.Response:
        """A reply that was given, by its id."""
        caller = await self._gate.caller(request)
        _query(request, NoQuery)
        reply = await self._reader.answer(request.match_info["id"], caller.scope)
        if reply is None:
            raise web.HTTPNotFound
        # The reply says which of its words still stand, so its ETag changes with the documents.
        revision = await self._reader.revision(caller.scope)
        return await self._unchanged(request, caller.scope) or _json(reply, revision)

    async def sources(self, request: web.Request) -> web.Response:
        """The documents that are seen."""
        caller = await self._gate.caller(request)
        _query(request, NoQuery)
        if (known := await self._unchanged(request, caller.scope)) is not None:
            return known
        sources = await self._reader.sources(caller.scope)
        return _json(sources, sources["revision"])

    async def document(self, request: web.Request) -> web.Response:
        """A range of the text of a document."""
        caller = await self._gate.caller(request)
        query = _query(request, RangeQuery)
        revision = await self._reader.revision(caller.scope)
        document = await self._reader.document_by_key(request.match_info["key"], caller.scope)
        if document is None:
            raise web.HTTPNotFound
        text = await self._reader.text(document, query.start, query.end, query.around)
        return await self._unchanged(request, caller.scope) or _json(text, revision)

    async def search(self, request: web.Request) -> web.Response:
        """The excerpts nearest to some words."""
        caller = await self._gate.caller(request)
        query = _query(request, SearchQuery)
        scope = self._scope(caller, query.collection)
        if (known := await self._unchanged(request, scope)) is not None:
            return known
        async with self._gate.turn(caller):
            found = await self._reader.search(query.words, scope, query.count)
        return _json(found, found["revision"])

    async def status(self, request: web.Request) -> web.Response:
        """The documents that are served, in numbers, and those that failed in the last load."""
        caller = await self._curator(request)
        return _json(await self._status(caller.scope))

    async def reload(self, request: web.Request) -> web.Response:
        """Load the documents again; if that takes long, it goes on after the response."""
        caller = await self._curator(request)
        is_done = await self._reloading.run(caller.name or "", RELOAD_SECONDS)
        if is_done and self._reloading.has_failed:
            raise web.HTTPConflict
        response = _json(await self._status(caller.scope))
        if not is_done:
            response.set_status(202)
            response.headers["Retry-After"] = str(int(RELOAD_SECONDS))
        return response

    async def _curator(self, request: web.Request) -> Caller:
        caller = await self._gate.caller(request)
        if caller.name is None:
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        if not caller.curates:
            raise web.HTTPForbidden
        _query(request, NoQuery)
        return caller

    async def _status(self, scope: Scope) -> JsonObject:
        infos = await self._answering.documents(scope)
        report = self._report()
        failed = () if report is None else report.failed
        return {
            "version": 1,
            "revision": await self._reader.revision(scope),
            "collections": sorted({each.document.collection for each in infos}),
            "documents": len(infos),
            "passages": sum(each.passages for each in infos),
            "failed": [
                {"document": each.path, "reason": each.reason}
                for each in failed
                if scope is None or collection_of(each.path) in scope
            ],
            "reloading": self._reloading.is_running,
        }

    def _scope(self, caller: Caller, collection: str | None) -> Scope:
        """The scope of a caller, or of one collection in it. Raises `HTTPNotFound`."""
        if collection is None:
            return caller.scope
        is_seen = caller.scope is None or collection in caller.scope
        if not is_seen or collection not in self._answering.corpus.collections:
            raise web.HTTPNotFound
        return frozenset((collection,))

    async def _unchanged(self, request: web.Request, scope: Scope) -> web.Response | None:
        """The response to a caller who has that of this revision already: nothing is computed."""
        if not request.if_none_match:
            return None
        tag = ETag(await self._reader.revision(scope), is_weak=True)
        if tag not in request.if_none_match:
            return None
        response = web.Response(status=304, headers=_CACHING)
        response.etag = tag
        return response


def _query(request: web.Request, model: type[_Query]) -> _Query:
    """The parameters of the query, each given once. Raises `RequestError`."""
    if len(set(request.query)) < len(request.query):
        raise RequestError("Each parameter may be given once.")
    try:
        return model.model_validate(dict(request.query))
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> RequestError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return RequestError(f"{place or 'The request'}: {first['msg']}.")


def _json(content: JsonObject, revision: object = None) -> web.Response:
    response = web.Response(text=json_line(content), content_type=_JSON, headers=_CACHING)
    if revision is not None:
        # Weak, since the seconds of a reply and its links differ from one time to the next.
        response.etag = ETag(str(revision), is_weak=True)
    return response
