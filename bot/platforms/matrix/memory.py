"""Memory: facts about sent messages. A restart loses them, and the bot works without them."""

from dataclasses import dataclass, field
from typing import TypeVar

from cachetools import LRUCache

from bot.chat.buttons import Action
from bot.state.records import Verdict

MOST = 2_000
"""Entries of each kind; the least recently used go first."""

K = TypeVar("K")
V = TypeVar("V")


def _recent() -> LRUCache[K, V]:
    return LRUCache(MOST)


@dataclass(frozen=True, slots=True)
class Vote:
    """A verdict that was given by a reaction."""

    person: str
    reply: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Memory:
    """Bounded maps from messages of the bot, by event id, to facts about them.

    `roots` maps a message to the root of its thread; `next_pages` a page of a list to the action
    that shows the next page; `removals` a question whether to remove a document to the key of
    the document's path; `remarks` a message to the bot's messages about it that are no replies;
    `votes` a reaction to its vote; `verdicts` a person and a reply to the verdict in force.
    """

    roots: LRUCache[str, str] = field(default_factory=_recent)
    next_pages: LRUCache[str, Action] = field(default_factory=_recent)
    removals: LRUCache[str, str] = field(default_factory=_recent)
    remarks: LRUCache[str, tuple[str, ...]] = field(default_factory=_recent)
    votes: LRUCache[str, Vote] = field(default_factory=_recent)
    verdicts: LRUCache[tuple[str, str], Verdict] = field(default_factory=_recent)
