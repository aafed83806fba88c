"""What is known only while the program runs, and can be done without after a restart."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.chat.buttons import Action
from bot.state.records import Verdict

MOST = 2_000
"""Entries of each kind; the one that was not looked at for longest goes first."""

K = TypeVar("K")
V = TypeVar("V")


class RecentItems(Generic[K, V]):
    """The last `most` entries that were set or looked at."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[K, V] = OrderedDict()

    def set(self, key: K, value: V) -> None:
        """Remember a value, over whatever there was."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def get(self, key: K) -> V | None:
        """The value; None where there is none."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def pop(self, key: K) -> V | None:
        """The value, which is forgotten."""
        return self._kept.pop(key, None)


@dataclass(frozen=True, slots=True)
class Vote:
    """A verdict that was given by a reaction."""

    person: str
    reply: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Memory:
    """What the bot said, by event, and what may be done about it.

    `roots`: our message to the root of its thread; `talks`: a talk to the first message of
    its last reply; `turns`: a talk or a message to what its next page is; `removals`: a
    question whether to take a document away, to its path; `beside`: the first message of
    a reply to what else was said of it; `votes`: a reaction to the verdict it gave, and
    `verdicts` who gave which last.
    """

    roots: RecentItems[str, str] = field(default_factory=RecentItems)
    talks: RecentItems[str, str] = field(default_factory=RecentItems)
    turns: RecentItems[str, Action] = field(default_factory=RecentItems)
    removals: RecentItems[str, str] = field(default_factory=RecentItems)
    beside: RecentItems[str, tuple[str, ...]] = field(default_factory=RecentItems)
    votes: RecentItems[str, Vote] = field(default_factory=RecentItems)
    verdicts: RecentItems[tuple[str, str], Verdict] = field(default_factory=RecentItems)
