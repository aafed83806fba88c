"""Replies that were given of late, for those who ask the same of the same documents.

A reply is made of nothing but the question and the corpus, and never changes: who asks in
the very same words may have the same one. Who asks while it is being made waits for that.

What is kept are numbers, as they cross between processes, and of the question a digest: no
more of its words than the reply tells. So many replies take little memory, and nothing of
the time in which the collector looks through objects.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import blake2b

from bot.core.corpus import Corpus
from bot.core.replies import Reply
from bot.core.reply_codec import as_bytes, packed, unpacked

MOST_BYTES = 16_000_000
"""What all replies that are kept may take, some 20,000 of them; the least used go first."""

_BESIDE = 250
"""Bytes that keeping a reply takes besides its numbers."""

Scope = frozenset[str] | None


class ReplyCache:
    """The replies over one corpus; it goes with that. Used on one event loop."""

    def __init__(self, corpus: Corpus, most: int = MOST_BYTES) -> None:
        self._corpus = corpus
        self._most = most
        self._bytes = 0
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._making: dict[bytes, asyncio.Future[None]] = {}
        self._secret = secrets.token_bytes(16)

    def __len__(self) -> int:
        return len(self._kept)

    def knows(self, question: str, scope: Scope) -> bool:
        """Whether nothing more has to be done for a reply than is done already."""
        key = self._key(question, scope)
        return key in self._kept or key in self._making

    async def reply(
        self, question: str, scope: Scope, make: Callable[[], Awaitable[Reply]]
    ) -> Reply:
        """The reply that is kept, or what `make` gives, which is then kept.

        `scope` is the part of the corpus that may be seen (None: all). Where the one who
        makes it fails or gives up, the next who waits for it tries.
        """
        key = self._key(question, scope)
        while True:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return unpacked(json.loads(kept), question, self._corpus, scope)
            making = self._making.get(key)
            if making is None:
                return await self._made(key, make)
            # Another's wait is not ended with this one's.
            await asyncio.shield(making)

    def _key(self, question: str, scope: Scope) -> bytes:
        data = as_bytes([None if scope is None else sorted(scope), question])
        return blake2b(data, digest_size=16, key=self._secret).digest()

    async def _made(self, key: bytes, make: Callable[[], Awaitable[Reply]]) -> Reply:
        done = self._making[key] = asyncio.get_running_loop().create_future()
        try:
            reply = await make()
            self._keep(key, as_bytes(packed(reply, self._corpus.passages)))
            return reply
        finally:
            del self._making[key]
            done.set_result(None)

    def _keep(self, key: bytes, data: bytes) -> None:
        self._kept[key] = data
        self._bytes += len(data) + _BESIDE
        while self._bytes > self._most:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= len(gone) + _BESIDE
