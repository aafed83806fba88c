"""Follow-up questions: what was asked last in a thread, so that the next may lean on it."""

from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache

from bot.chat.grammar import MOST_CHARACTERS
from bot.chat.texts.catalogue import Notice, Text, notice, shorten
from bot.retrieval.query.followups import StandaloneQuestion, standalone_question

THREADS_REMEMBERED = 1_000
"""Threads of talk whose last question is kept; the least recently used go first."""

_PHRASE_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class _LastQuestion:
    """The question asked last, as it was read, and when."""

    question: str
    at: float


class FollowUps:
    """The last question of each thread of talk, for `seconds`; `clock` only goes on."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._last: LRUCache[str, _LastQuestion] = LRUCache(THREADS_REMEMBERED)

    def meaning(self, question: str, thread: str) -> StandaloneQuestion | None:
        """The question with words of the one before; None where it stands by itself."""
        before = self._last.get(thread)
        if before is None or self._clock() - before.at >= self._seconds:
            return None
        borrowed = standalone_question(question, before.question)
        if borrowed is not None and len(borrowed.question) > MOST_CHARACTERS:
            return None
        return borrowed

    def remember(self, question: str, thread: str) -> None:
        """Let the next question of a thread of talk lean on this one."""
        self._last[thread] = _LastQuestion(question, self._clock())


def borrowed_notice(borrowed: StandaloneQuestion) -> Notice:
    """The words that came from the question before."""
    phrases = ", ".join(shorten(each, _PHRASE_CHARACTERS) for each in borrowed.words)
    return notice(Text.BORROWED, words=phrases)
