"""`mcp`: the documents as tools of a language model, on standard input and output."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from bot.answering.cache import Pause
from bot.answering.service import AnsweringService
from bot.chat.identity import Scope, scope_named
from bot.cli.corpus_watch import watch_corpus
from bot.config.settings import Settings
from bot.platforms.web.api.corpus_reader import CorpusReader
from bot.platforms.web.mcp.tools import ToolCaller, mcp_server


@asynccontextmanager
async def _turn() -> AsyncIterator[Pause]:
    yield nullcontext


async def serve_tools(answering: AnsweringService, settings: Settings, scope: Scope) -> None:
    """Serve the tools until the input ends; nothing else is written to standard output."""
    opened = scope_named(settings.web.open_collections)
    reader = CorpusReader(answering, settings.web.public_url, opened)
    caller = ToolCaller(scope, _turn)
    corpus = settings.corpus
    async with watch_corpus(corpus.folder, answering, enabled=corpus.watch):
        await mcp_server(reader, lambda: caller).run_stdio_async()
