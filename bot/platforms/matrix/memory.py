"""Memory: facts about sent messages that are lost at a restart, and can be done without."""

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
    """Messages of the bot by event, and what can be done about them.

    `roots`: a message to the root of its thread; `turns`: a page of a list to the action
    that turns to the next; `removals`: a question whether to remove a document to the key
    of its path; `beside`: the first message of a reply to the remarks about it; `votes`: a
    reaction to its vote; `verdicts`: a person and a reply to the verdict in force.
    """

    roots: LRUCache[str, str] = field(default_factory=_recent)
    turns: LRUCache[str, Action] = field(default_factory=_recent)
    removals: LRUCache[str, str] = field(default_factory=_recent)
    beside: LRUCache[str, tuple[str, ...]] = field(default_factory=_recent)
    votes: LRUCache[str, Vote] = field(default_factory=_recent)
    verdicts: LRUCache[tuple[str, str], Verdict] = field(default_factory=_recent)
