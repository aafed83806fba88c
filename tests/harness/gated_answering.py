"""Answering that holds each question before it answers, for tests of what happens meanwhile."""

import asyncio
from contextlib import nullcontext

from bot.answering.cache import Pause
from bot.answering.reload import CorpusReloader
from bot.answering.service import AnsweringService
from bot.chat.identity import Scope
from bot.core.replies import Reply


class GatedAnswering(AnsweringService):
    """Answers as ever, but while `gate` is closed each question waits at it."""

    def __init__(self, reloader: CorpusReloader, gate: asyncio.Event | None = None) -> None:
        super().__init__(reloader)
        if gate is None:
            gate = asyncio.Event()
            gate.set()
        self.gate = gate

    async def ask(
        self,
        question: str,
        collections: Scope = None,
        pause: Pause = nullcontext,
        *,
        space: str | None = None,
    ) -> Reply:
        await self.hold(question, collections)
        return await super().ask(question, collections, pause, space=space)

    async def hold(self, question: str, collections: Scope) -> None:
        """Wait until the question may be answered; it may also raise in place of an answer."""
        del question, collections
        await self.gate.wait()
