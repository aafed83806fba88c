"""Memory: facts about sent messages. A restart loses them, and the bot works without them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from cachetools import FIFOCache, LRUCache

from bot.chat.buttons import Action
from bot.chat.identity import Person
from bot.platforms.matrix.mapping import PLATFORM
from bot.state.records import Verdict
from bot.state.store import Store

MOST = 2_000
"""Entries of each kind; the least recently used go first."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bounded maps from messages of the bot, by event id, to facts about them.

    `roots` maps a message to the root of its thread; `next_pages` a page of a list to the action
    that shows the next page; `removals` a question whether to remove a document to the key of
    the document's path; `remarks` a message to the bot's messages about it that are no replies;
    `signs` a message to the reactions that work below it.
    """

    roots: LRUCache[str, str] = field(default_factory=lambda: LRUCache(MOST))
    next_pages: LRUCache[str, Action] = field(default_factory=lambda: LRUCache(MOST))
    removals: LRUCache[str, str] = field(default_factory=lambda: LRUCache(MOST))
    remarks: LRUCache[str, tuple[str, ...]] = field(default_factory=lambda: LRUCache(MOST))
    signs: LRUCache[str, tuple[str, ...]] = field(default_factory=lambda: LRUCache(MOST))


class ReactionVotes:
    """Votes by reaction: a verdict is in force for as long as its reaction is there."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._votes: FIFOCache[tuple[str, str], tuple[str, Verdict]] = FIFOCache(MOST)
        """The reaction and the verdict in force, by person and reply."""

    async def vote(self, event: str, person: Person, reply: str, verdict: Verdict) -> None:
        """Give the verdict of the reaction `event`."""
        await self._set(person.id, reply, verdict, verdict)
        self._votes[person.id, reply] = (event, verdict)

    async def withdraw(self, event: str) -> None:
        """Take back the verdict of a reaction, where it is still the one in force."""
        for (person, reply), (reaction, verdict) in tuple(self._votes.items()):
            if reaction == event:
                del self._votes[person, reply]
                await self._set(person, reply, verdict, None)

    async def _set(
        self, person: str, reply: str, pressed: Verdict, verdict: Verdict | None
    ) -> None:
        """Press until `verdict` is in force; pressing the same again withdraws it."""
        press, now = self._store.feedback.press, datetime.now(UTC)
        if await press(PLATFORM, person, reply, pressed, now) != verdict:
            await press(PLATFORM, person, reply, pressed, now)
