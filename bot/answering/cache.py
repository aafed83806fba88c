"""Cache of replies: the same question, over the same corpus and scope, is answered once.

A reply depends on nothing but question, corpus, scope and the pins of a space, so an entry never
becomes stale; each corpus has a cache of its own. Questions that arrive while the first one is
answered wait for its reply (single flight). No library answers "would this have to be computed?"
and a next waiter who tries again when the first one fails: async-lru hands one failure to all.

Neither keys nor values hold questions: a key is a keyed hash, and a reply is kept without its own.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from hashlib import blake2b

from cachetools import LRUCache

from bot.core.replies import Reply

MAX_REPLIES = 2_000
"""Replies that are kept; the least recently used are evicted."""

Scope = frozenset[str] | None

Pause = Callable[[], AbstractAsyncContextManager[None]]
"""Makes a context in which a question needs no turn, since it only waits."""

Compute = Callable[[], Awaitable[tuple[Reply, bool]]]
"""Computes a reply, and tells whether it stays so: a judge that fails may choose the next time."""


class ReplyCache:
    """The replies over one corpus. Used on one event loop."""

    def __init__(self, max_replies: int = MAX_REPLIES) -> None:
        self._replies: LRUCache[bytes, Reply] = LRUCache(max_replies)
        self._running: dict[bytes, asyncio.Event] = {}
        self._hash_key = secrets.token_bytes(16)

    def knows(self, question: str, scope: Scope, space: str | None = None) -> bool:
        """Whether the reply is cached, or is being computed for somebody else."""
        key = self._key(question, scope, space)
        return key in self._replies or key in self._running

    async def reply(
        self,
        question: str,
        scope: Scope,
        compute: Compute,
        pause: Pause = nullcontext,
        space: str | None = None,
    ) -> Reply:
        """The cached reply, or that of `compute`, which is then cached if it stays so.

        `scope` names the visible collections (None: all), `space` the one whose pins count, if it
        has any. If the caller that computes fails or is cancelled, or its reply does not stay,
        the next waiting one computes. One that waits for another's reply does so in a `pause`.
        """
        key = self._key(question, scope, space)
        while (reply := self._replies.get(key)) is None:
            running = self._running.get(key)
            if running is None:
                return await self._compute(key, compute)
            async with pause():
                await running.wait()
        return replace(reply, question=question)

    def _key(self, question: str, scope: Scope, space: str | None) -> bytes:
        # JSON escapes lone surrogates, which a question may hold.
        data = json.dumps([None if scope is None else sorted(scope), space, question]).encode()
        return blake2b(data, digest_size=16, key=self._hash_key).digest()

    async def _compute(self, key: bytes, compute: Compute) -> Reply:
        finished = self._running[key] = asyncio.Event()
        try:
            reply, stays = await compute()
            if stays:
                self._replies[key] = replace(reply, question="")
            return reply
        finally:
            del self._running[key]
            finished.set()
