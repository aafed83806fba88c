"""Cache of replies: the same question, over the same corpus and scope, is answered once.

A reply depends on nothing but question, corpus and scope, so an entry never becomes stale;
each corpus has a cache of its own. Questions that arrive while the first one is answered wait
for its reply (single flight). No library does that with a bound in bytes, an answer to "would
this have to be computed?" and a next waiter who tries again when the first one fails:
async-lru counts entries and hands one failure to all waiters.

Entries are encoded replies (`core.reply_codec`) under a keyed hash of the question, so they
take little memory and hold no text of a question beyond the reply's own.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from hashlib import blake2b

from cachetools import LRUCache

from bot.core.corpus import Corpus
from bot.core.replies import Reply
from bot.core.reply_codec import decode_reply, encode_reply, json_bytes

MAX_BYTES = 16_000_000
"""Size of the cache, enough for some 20,000 replies; the least recently used are evicted."""

_ENTRY_OVERHEAD = 250
"""Bytes that an entry takes besides its encoded reply."""

Scope = frozenset[str] | None


class ReplyCache:
    """The replies over one corpus. Used on one event loop."""

    def __init__(self, corpus: Corpus, max_bytes: int = MAX_BYTES) -> None:
        self._corpus = corpus
        self._entries: LRUCache[bytes, bytes] = LRUCache(
            max_bytes, getsizeof=lambda encoded: len(encoded) + _ENTRY_OVERHEAD
        )
        self._running: dict[bytes, asyncio.Event] = {}
        self._hash_key = secrets.token_bytes(16)

    def knows(self, question: str, scope: Scope) -> bool:
        """Whether the reply is cached, or is being computed for somebody else."""
        key = self._key(question, scope)
        return key in self._entries or key in self._running

    async def reply(
        self, question: str, scope: Scope, compute: Callable[[], Awaitable[Reply]]
    ) -> Reply:
        """The cached reply, or the result of `compute`, which is then cached.

        `scope` names the visible collections (None: all). If the caller that computes fails or
        is cancelled, the next waiting one computes.
        """
        key = self._key(question, scope)
        while (encoded := self._entries.get(key)) is None:
            running = self._running.get(key)
            if running is None:
                return await self._compute(key, compute)
            await running.wait()
        return decode_reply(json.loads(encoded), question, self._corpus, scope)

    def _key(self, question: str, scope: Scope) -> bytes:
        data = json_bytes([None if scope is None else sorted(scope), question])
        return blake2b(data, digest_size=16, key=self._hash_key).digest()

    async def _compute(self, key: bytes, compute: Callable[[], Awaitable[Reply]]) -> Reply:
        finished = self._running[key] = asyncio.Event()
        try:
            reply = await compute()
            encoded = json_bytes(encode_reply(reply, self._corpus.passages))
            # An entry larger than the whole cache cannot be stored, and is a ValueError.
            if len(encoded) + _ENTRY_OVERHEAD <= self._entries.maxsize:
                self._entries[key] = encoded
            return reply
        finally:
            del self._running[key]
            finished.set()
