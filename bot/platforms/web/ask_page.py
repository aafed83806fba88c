"""The ask page: a box for a question, and the reply as the chat gives it."""

from __future__ import annotations

import json
import sys

from aiohttp import web

from bot.chat.command_grammar import MOST_CHARACTERS, Surface, Syntax, question
from bot.chat.identity import Person, Place, Scope
from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.rendering.plain import PLAIN
from bot.chat.request import ChatRequest
from bot.chat.texts.languages import current_language
from bot.platforms.services import SharedServices
from bot.platforms.web.api.callers import PLATFORM
from bot.platforms.web.client_address import CLIENT
from bot.platforms.web.links import PageLinks
from bot.platforms.web.page_maker import PageMaker
from bot.platforms.web.quote_view import block_view, names_excerpt
from bot.platforms.web.templates import Templates
from bot.platforms.web.views import View, Viewer

SYNTAX = Syntax("/", Surface.SLASH, Surface.SLASH)
"""Nothing but a question is typed here; commands have pages."""


class AskPage:
    """The handlers of the ask page; `links` are those of the replies that it shows."""

    def __init__(
        self,
        services: SharedServices,
        viewer: Viewer,
        templates: Templates,
        links: PageLinks,
        maker: PageMaker,
    ) -> None:
        self._maker = maker
        self._viewer = viewer
        self._templates = templates
        self._links = links
        self._chat = services.web_chat(Layout(PLAIN, sys.maxsize, links.excerpt), SYNTAX)

    async def form(self, request: web.Request) -> web.StreamResponse:
        """The box; not found where no document is seen."""
        view = await self._view(request)
        return await self._page(request, view, "", self._links.new_thread(), None)

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """The reply to a question; a short one may lean on the one before in the same tab."""
        view = await self._view(request)
        fields = await request.post()
        typed, thread = (str(fields.get(name, "")) for name in ("question", "thread"))
        typed = typed.replace("\r\n", "\n")
        if not self._links.is_thread(thread):
            thread = self._links.new_thread()
        asked = ChatRequest(
            place=_place(view.scope),
            person=Person(PLATFORM, request[CLIENT]),
            # A thread stays within its view, whose words another one may not see.
            thread=f"{PLATFORM}:{view.path}:{thread}",
            language=current_language(),
        )
        message = await self._chat.handle(question(typed), asked)
        return await self._page(request, view, typed[:MOST_CHARACTERS], thread, message)

    async def _view(self, request: web.Request) -> View:
        view = await self._viewer.view(request)
        if not self._viewer.sees_any(view):
            raise web.HTTPNotFound
        return view

    async def _page(
        self, request: web.Request, view: View, typed: str, thread: str, message: Message | None
    ) -> web.Response:
        reply = None if message is None else message.reply

        def page() -> web.Response:
            blocks = [] if message is None else [*map(block_view, message.page.blocks)]
            return self._templates.page(
                "ask.html",
                view=view,
                here=request.path,
                typed=typed,
                most=MOST_CHARACTERS,
                thread=thread,
                blocks=blocks,
                has_excerpts=any(map(names_excerpt, blocks)),
                reply_url="" if reply is None else self._links.answer(reply, view.scope),
            )

        return await self._maker.run(page)


def _place(scope: Scope) -> Place:
    """A conversation with one person, who sees the scope; its limits are those of a room."""
    name = "*" if scope is None else json.dumps(sorted(scope))
    return Place(PLATFORM, PLATFORM, name, direct=True, collections=scope)
