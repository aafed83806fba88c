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

    With `decides` no other passage answers the question, and without picks none does; else the
    picks come first, and the thresholds decide.
    """

    picks: tuple[Pick, ...]
    decides: bool = False

    def __post_init__(self) -> None:
        if not self.picks and not self.decides:
            raise ValueError("a judge that does not decide chooses something")
        if len(self.picks) > MOST_PICKS:
            raise ValueError("a judge chooses few passages")
        if len({pick.place for pick in self.picks}) < len(self.picks):
            raise ValueError("a judge chooses a passage once")


@dataclass(frozen=True, slots=True)
class SearchWords:
    """Other words for a question, by which it is searched a second time; they are never shown.

    A question that is `small_talk` needs no choice.
    """

    words: tuple[str, ...] = ()
    small_talk: bool = False


NO_WORDS = SearchWords()


class Judge(Protocol):
    """A model that the answering service asks for a choice.

    Each call raises `SourcesSayError` if the judge cannot answer; the caller limits their time to
    `seconds` in all.
    """

    @property
    def fingerprint(self) -> str:
        """Names the model and all that its choices depend on."""
        ...

    @property
    def seconds(self) -> float:
        """The time for a choice; after it words and meaning decide alone."""
        ...

    @property
    def sends(self) -> bool:
        """Whether passages leave this program, which a collection may forbid."""
        ...

    def judges(self, language: str, *, is_sure: bool) -> bool:
        """Whether it judges questions in `language` (ISO 639-1) that words are sure of, or not."""
        ...

    async def search_words(self, question: str, headings: Sequence[str]) -> SearchWords:
        """Other words for the question; `headings` are titles and headings of the documents."""
        ...

    async def choose(self, question: str, passages: Sequence[Passage]) -> Choice:
        """The choice among `passages`, at least one, best first by words and meaning."""
        ...

    async def close(self) -> None:
        """Let go of what it holds."""
        ...
