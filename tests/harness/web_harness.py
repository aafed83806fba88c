"""The bot with its web server and nothing else, wired as the program wires it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from bot.answering.service import AnsweringService
from bot.chat.buttons import key_of
from bot.chat.identity import Scope
from bot.chat.saved_replies import saved_reply
from bot.config.settings import (
    CorpusSettings,
    LimitSettings,
    RetrievalSettings,
    Settings,
    StateSettings,
    WebSettings,
)
from bot.core.replies import Answer
from bot.platforms.services import SharedServices, build_services
from bot.platforms.web.links import PageLinks
from tests.harness.bot_harness import BotHarness
from tests.harness.index_jobs import reloader
from tests.harness.web_server import web_server, web_settings


@dataclass
class WebPage:
    """What the server answered: the status, the headers, and the page."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def html(self) -> HTMLParser:
        """The page, parsed as a browser does."""
        return HTMLParser(self.text)

    def texts(self, selector: str) -> list[str]:
        """The texts of the elements that a selector names, blanks as one."""
        return [" ".join(node.text().split()) for node in self.html.css(selector)]

    def links(self, selector: str) -> list[str]:
        """The targets of links."""
        return [node.attributes.get("href") or "" for node in self.html.css(selector)]


@dataclass(eq=False)
class WebHarness(BotHarness):
    """The server on a folder of documents; `address` is that of the pages, without a slash."""

    corpus: Path
    state: Path
    web: WebSettings
    keep_questions: bool = False
    per_person: int = 1_000
    services: SharedServices = field(init=False)
    session: aiohttp.ClientSession = field(init=False)
    address: str = ""
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve what lies in the folder."""
        settings = Settings(
            corpus=CorpusSettings(folder=self.corpus),
            retrieval=RetrievalSettings(encoder="none"),
            state=StateSettings(folder=self.state, keep_questions=self.keep_questions),
            limits=LimitSettings(per_person=self.per_person, per_room=10_000),
            web=self.web,
        )
        answering = AnsweringService(reloader(self.corpus))
        self.services = await self.stack.enter_async_context(build_services(settings, answering))
        await self.reload()
        self.address = await self.stack.enter_async_context(web_server(self.services))
        self.session = await self.stack.enter_async_context(aiohttp.ClientSession())

    async def close(self) -> None:
        """End the server."""
        await self.stack.aclose()

    @property
    def links(self) -> PageLinks:
        """The links that replies have."""
        assert self.services.links is not None
        return self.services.links

    async def ask(
        self, question: str, scope: Scope = None, *, keep_question: bool = False
    ) -> tuple[Answer, str]:
        """An answer that is kept as the chat keeps it, and the address of its page."""
        reply = await self.services.answering.ask(question, scope)
        assert isinstance(reply, Answer)
        saved = saved_reply(reply, question if keep_question else None, scope)
        await self.store.answers.save_reply(saved, datetime.now(UTC))
        return reply, self.links.answer(reply.id, scope)

    async def get(self, place: str, method: str = "GET", **others: object) -> WebPage:
        """The page at an address, or at a path below that of the server."""
        url = place if place.startswith("http") else self.address + place
        others.setdefault("allow_redirects", False)
        async with self.session.request(method, url, **others) as response:  # type: ignore[arg-type]
            text = await response.text()
            return WebPage(response.status, dict(response.headers), text)

    async def post(self, place: str, **fields: str) -> WebPage:
        """The page that a form brings."""
        return await self.get(place, "POST", data=fields)


def page_of(path: str) -> str:
    """The path of the page of a document."""
    return f"/d/{key_of(path)}"


@asynccontextmanager
async def serving(
    folder: Path,
    documents: dict[str, str],
    *,
    path: str = "",
    per_person: int = 1_000,
    **web: object,
) -> AsyncIterator[WebHarness]:
    """The server over some documents, while the body runs; `path` is that of a proxy."""
    settings = web_settings(path, **web)
    harness = WebHarness(folder / "corpus", folder / "state", settings, per_person=per_person)
    for name, text in documents.items():
        harness.write(name, text)
    try:
        await harness.start()
        yield harness
    finally:
        await harness.close()
