"""Replies that were given of late, for those who ask the same of the same documents.

A reply is made of nothing but the question and the corpus, and never changes: who asks in
the very same words may have the same one. Who asks while it is being made waits for that.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.core.replies import Reply

MOST_REPLIES = 500
"""Replies kept; the least used goes first. Each takes some ten thousand bytes, and all of them
ten milliseconds of the collector when it looks through everything, seldom as that is."""

MOST_CHARACTERS = 200_000
"""And characters of all their questions together."""

Key = tuple[frozenset[str] | None, str]
"""The part of the corpus that may be seen (None: all), and the question as it was asked."""


class Recent:
    """The replies over one corpus; it goes with that. Used on one event loop."""

    def __init__(self, most: int = MOST_REPLIES, characters: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._most_characters = characters
        self._characters = 0
        self._kept: OrderedDict[Key, Reply] = OrderedDict()
        self._making: dict[Key, asyncio.Future[None]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def knows(self, key: Key) -> bool:
        """Whether nothing more has to be done for a reply than is done already."""
        return key in self._kept or key in self._making

    async def reply(self, key: Key, make: Callable[[], Awaitable[Reply]]) -> Reply:
        """The reply that is kept, or what `make` gives, which is then kept.

        Where the one who makes it fails or gives up, the next who waits for it tries.
        """
        while True:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
            making = self._making.get(key)
            if making is None:
                return await self._made(key, make)
            # Another's wait is not ended with this one's.
            await asyncio.shield(making)

    async def _made(self, key: Key, make: Callable[[], Awaitable[Reply]]) -> Reply:
        done = self._making[key] = asyncio.get_running_loop().create_future()
        try:
            reply = await make()
            self._keep(key, reply)
            return reply
        finally:
            del self._making[key]
            done.set_result(None)

    def _keep(self, key: Key, reply: Reply) -> None:
        if len(key[1]) > self._most_characters:
            return
        self._kept[key] = reply
        self._characters += len(key[1])
        while len(self._kept) > self._most or self._characters > self._most_characters:
            (_, question), _ = self._kept.popitem(last=False)
            self._characters -= len(question)
