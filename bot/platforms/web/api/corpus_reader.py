"""Questions of programs and models to the corpus, within a scope: one way in for HTTP and MCP."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.answering.cache import Pause
from bot.answering.pin_search import QuotePlace, nearest_words
from bot.answering.service import AnsweringService, DocumentInfo
from bot.chat.buttons import key_of
from bot.chat.command_grammar import question as parse_question
from bot.chat.commands import Ask, Empty, Malformed
from bot.chat.help import small_talk_notices
from bot.chat.identity import Scope
from bot.chat.rendering.json import VERSION, JsonObject, excerpt_contents, reply_contents
from bot.chat.saved_replies import ServedDocuments, saved_reply
from bot.core.documents import Document, Span
from bot.core.errors import RequestError, StateError, UnknownDocumentError
from bot.core.replies import Excerpt, Reply, Silence
from bot.platforms.web.api.callers import PLATFORM
from bot.platforms.web.api.document_text import document_text
from bot.platforms.web.api.models import MOST_TEXT
from bot.platforms.web.document_keys import DocumentKeys
from bot.platforms.web.links import PageLinks
from bot.state.records import ReplyKind

if TYPE_CHECKING:
    from bot.state.store import Store

_PLACES_SOUGHT, _PLACES_SHOWN = 200, 10
"""Places of a quote that are looked at, since those that are exact come first, and shown."""

_NEAREST_SOUGHT = 5
"""Passages among which the words nearest to a quote are looked for."""

_log = structlog.stdlib.get_logger(__name__)


class CorpusReader:
    """Questions, searches and reading for programs; nothing outside of a scope leaves a trace.

    Replies are saved in `store`, where there is one, so that they can be asked for again and their
    `links` work. Documents of the collections in `opened` (None: all) have pages for everybody at
    `public_url`. Raises `RequestError` and `UnknownDocumentError`.
    """

    def __init__(
        self,
        answering: AnsweringService,
        public_url: str,
        opened: Scope,
        store: Store | None = None,
        links: PageLinks | None = None,
    ) -> None:
        self._answering = answering
        self._url = public_url.rstrip("/")
        self._opened = opened
        self._store = store
        self._links = links if public_url else None
        self._keys = DocumentKeys(answering)

    async def revision(self, scope: Scope) -> str:
        """The revision of what the scope sees."""
        return await self._answering.revision(scope)

    async def ask(
        self, text: str, scope: Scope, pause: Pause, *, is_listed: bool = False
    ) -> JsonObject:
        """The reply to a question; `pause` as in `AnsweringService.ask`.

        One that meets silence is listed for curators if `is_listed`. A reply that cannot be saved
        comes without links.
        """
        started = time.perf_counter()
        match parse_question(text):
            case Ask(words):
                reply = await self._answering.ask(words, scope, pause)
            case Malformed(reason):
                raise RequestError(reason.plain())
            case Empty():
                raise RequestError("The question has no words.")
            case talk:
                silence = Silence(text.strip(), await self.revision(scope), 0)
                sentences = " ".join(each.plain() for each in small_talk_notices(talk))
                return reply_contents(silence, silence.question, 0.0) | {"notice": sentences}
        is_saved = await self._save(reply, words if is_listed else None, scope)

        def added(number: int, excerpt: Excerpt) -> JsonObject:
            link = self._reply_link(reply.id, scope, number) if is_saved else None
            return self._added(excerpt, link)

        return reply_contents(reply, words, time.perf_counter() - started, added)

    async def _save(self, reply: Reply, question: str | None, scope: Scope) -> bool:
        """Save a reply, and list its `question` if it met silence; whether that succeeded."""
        if self._store is None:
            return False
        now = datetime.now(UTC)
        try:
            await self._store.answers.save_reply(saved_reply(reply, None, scope), now)
            if question is not None and isinstance(reply, Silence):
                await self._store.unanswered.count(PLATFORM, PLATFORM, question, now)
        except StateError as fault:
            _log.error("a reply could not be kept", reason=str(fault))
            return False
        return True

    async def answer(self, reply_id: str, scope: Scope) -> JsonObject | None:
        """A reply given within the scope, with what stands still; None if there is none."""
        if self._store is None:
            return None
        corpus, answers = self._answering.corpus, self._store.answers
        if scope is None:
            saved = await answers.reply(reply_id)
        else:
            is_whole = corpus.collections <= scope
            saved = await answers.reply_within(reply_id, scope, is_whole=is_whole)
        if saved is None or saved.kind is ReplyKind.NEAREST:
            return None
        served = ServedDocuments(corpus, scope)
        shown = saved.excerpts[: saved.shown]
        standing = await self._answering.run_in_thread(
            lambda: [(n, served.excerpt(each)) for n, each in enumerate(shown, 1)]
        )
        link = partial(self._reply_link, saved.reply_id, scope)
        excerpts = [self._excerpt(each, link(n)) for n, each in standing if each is not None]
        return {
            "version": VERSION,
            "reply": saved.kind.value,
            "id": saved.reply_id,
            "revision": saved.revision,
            "excerpts": excerpts,
            "lost": len(shown) - len(excerpts),
        }

    async def search(self, words: str, scope: Scope, count: int) -> JsonObject:
        """The `count` excerpts nearest to some words."""
        revision = await self.revision(scope)
        found = await self._answering.candidates(_with_words(words), scope, count)
        excerpts = [self._excerpt(each, self._page_of_excerpt(each)) for each in found]
        return {"version": VERSION, "revision": revision, "excerpts": excerpts}

    async def sources(self, scope: Scope) -> JsonObject:
        """The documents that the scope sees."""
        infos = await self._answering.documents(scope)
        documents = await self._answering.run_in_thread(lambda: [*map(self._source, infos)])
        revision = await self.revision(scope)
        return {"version": VERSION, "revision": revision, "documents": documents}

    async def document_by_key(self, key: str, scope: Scope) -> Document | None:
        """The document with that key; None if the scope sees none."""
        return await self._keys.document(key, scope)

    async def document(self, name: str, scope: Scope) -> Document:
        """The document with that key, path or title, or a part of these."""
        by_key = await self._keys.document(name, scope)
        return by_key or (await self._answering.find(name, scope)).document

    async def text(
        self, document: Document, start: int, end: int | None, around: int
    ) -> JsonObject:
        """The text of a document from `start` to `end`, with `around` passages on either side."""
        end = start + MOST_TEXT if end is None else end
        corpus = self._answering.corpus
        if corpus.document(document.path) is not document:
            # A reload came between; the next request sees the new text.
            raise UnknownDocumentError("The documents were just reloaded: ask again.")
        passages = corpus.passages_of(document)
        contents = await self._answering.run_in_thread(
            document_text, document, passages, start, end, around
        )
        source = self._source(DocumentInfo(document, len(passages)))
        return {"version": VERSION, "source": source} | contents

    async def check_quote(self, words: str, scope: Scope) -> JsonObject:
        """The places of words in the documents, or the words nearest to them if they have none."""
        words, revision = _with_words(words), await self.revision(scope)
        found = await self._answering.find_quote(words, scope, _PLACES_SOUGHT)
        found = tuple(sorted(found, key=lambda place: place.exact.quote != words))
        nearest = None
        if not found:
            candidates = await self._answering.candidates(words, scope, _NEAREST_SOUGHT)
            # Not in the thread of the questions, which others wait for.
            nearest = await asyncio.to_thread(nearest_words, words, candidates)
        is_exact = bool(found) and found[0].exact.quote == words
        return {
            "version": VERSION,
            "revision": revision,
            "stands": "exactly" if is_exact else "almost" if found else "nowhere",
            "places": [self._place(each, words) for each in found[:_PLACES_SHOWN]],
            "nearest": nearest and self._excerpt(nearest, self._page_of_excerpt(nearest)),
        }

    def _place(self, place: QuotePlace, words: str) -> JsonObject:
        exact = place.exact
        excerpt = self._excerpt(exact, self._page_of_excerpt(exact))
        return {"exact": exact.quote == words, "excerpt": excerpt}

    def _source(self, info: DocumentInfo) -> JsonObject:
        document = info.document
        return {
            "key": key_of(document.path),
            "document": document.path,
            "collection": document.collection,
            **asdict(document.source),
            "revision": document.revision,
            "passages": info.passages,
            "link": self._page(document),
        }

    def _excerpt(self, excerpt: Excerpt, link: str | None) -> JsonObject:
        return excerpt_contents(excerpt) | self._added(excerpt, link)

    def _added(self, excerpt: Excerpt, link: str | None) -> JsonObject:
        document = excerpt.passage.document
        return {"key": key_of(document.path), "revision": document.revision, "link": link}

    def _reply_link(self, reply_id: str, scope: Scope, number: int) -> str | None:
        if self._links is None or self._store is None:
            return None
        return self._links.excerpt(reply_id, scope, number)

    def _page_of_excerpt(self, excerpt: Excerpt) -> str | None:
        return self._page(excerpt.passage.document, excerpt.span)

    def _page(self, document: Document, span: Span | None = None) -> str | None:
        """The page of a document with a span marked, if everybody may read it."""
        if not self._url or not (self._opened is None or document.collection in self._opened):
            return None
        mark = "" if span is None else f"?at={span.start}-{span.end}"
        return f"{self._url}/d/{key_of(document.path)}{mark}"


def _with_words(text: str) -> str:
    words = text.strip()
    if not words:
        raise RequestError("There are no words to look for.")
    return words
