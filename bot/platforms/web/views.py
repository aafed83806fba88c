"""Views: what one request may see, by the link it came with or by what is open to everybody."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.answering.service import AnsweringService
from bot.chat.identity import Scope, scope_named
from bot.chat.saved_replies import ServedDocuments
from bot.core.documents import Document
from bot.platforms.web.document_keys import DocumentKeys
from bot.platforms.web.links import PageLinks
from bot.state.records import SavedReply
from bot.state.store import Store


@dataclass(frozen=True, slots=True)
class View:
    """The collections that a request sees, the path of its pages, and the reply of its link."""

    scope: Scope
    path: str
    reply: SavedReply | None = None


class Viewer:
    """Finds the view of a request; whatever it does not see is not found, as what is not there."""

    def __init__(
        self,
        answering: AnsweringService,
        store: Store,
        links: PageLinks | None,
        open_collections: frozenset[str],
    ) -> None:
        self._answering = answering
        self._store = store
        self._links = links
        self._open = scope_named(open_collections)
        self._keys = DocumentKeys(answering)

    async def view(self, request: web.Request) -> View:
        """The view of a request. Raises `HTTPNotFound` for a link that is wrong or has ended."""
        token = request.match_info.get("token")
        if token is None:
            return View(self._open, "")
        seen = None if self._links is None else self._links.view(token)
        reply = None if seen is None else await self._store.answers.reply(seen.reply)
        if seen is None or reply is None:
            raise web.HTTPNotFound
        return View(seen.scope(self._answering.corpus.collections), f"/a/{token}", reply)

    async def reply(self, request: web.Request) -> tuple[View, SavedReply]:
        """The view of a link, and its reply. Raises `HTTPNotFound`."""
        view = await self.view(request)
        if view.reply is None:
            raise web.HTTPNotFound
        return view, view.reply

    def served(self, view: View) -> ServedDocuments:
        """The documents that are served now, as far as the view sees them."""
        return ServedDocuments(self._answering.corpus, view.scope)

    def sees_any(self, view: View) -> bool:
        """Whether the view sees a document at all."""
        return any(map(self.served(view).sees, self._answering.corpus.collections))

    async def document(self, request: web.Request, view: View) -> Document:
        """The document that the path of a request names. Raises `HTTPNotFound`."""
        document = await self._keys.document(request.match_info["key"], view.scope)
        if document is None:
            raise web.HTTPNotFound
        return document
