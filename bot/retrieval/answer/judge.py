"""Judge: a model that chooses among the passages that were found. It points, and never writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.documents import Passage

MOST_JUDGED = 30
"""Passages that a judge is given."""

MOST_PICKS = 4
"""Passages that a judge may choose."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A passage, by its place in the list that the judge was given.

    `sentences` are the numbers of those that answer, best first; empty if the judge tells none.
    """

    place: int
    sentences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """The passages that a judge chose, best first.

    `judge` is its fingerprint. With `decides` no other passage answers the question, and without
    picks none does; else the picks come first, and the thresholds decide.
    """

    judge: str
    picks: tuple[Pick, ...]
    decides: bool = False

    def __post_init__(self) -> None:
        if not self.picks and not self.decides:
            raise ValueError("a judge that does not decide chooses something")
        if len(self.picks) > MOST_PICKS:
            raise ValueError("a judge chooses few passages")
        if len({pick.place for pick in self.picks}) < len(self.picks):
            raise ValueError("a judge chooses a passage once")


class Judge(Protocol):
    """What the answering service asks for a choice."""

    @property
    def fingerprint(self) -> str:
        """Names the model and all that its choices depend on."""
        ...

    def judges(self, language: str) -> bool:
        """Whether it can judge questions in `language` (ISO 639-1)."""
        ...

    async def choose(self, question: str, passages: Sequence[Passage]) -> Choice | None:
        """The choice among `passages`, at most `MOST_JUDGED`, best first by words and meaning.

        None if it cannot choose now, which it logs; it returns within a time of its own.
        """
        ...
