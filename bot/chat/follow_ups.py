"""Follow-up questions: each borrows words from the last question of its thread."""

from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache

from bot.chat.command_grammar import MOST_CHARACTERS
from bot.chat.texts.catalogue import Notice, Text, notice, shorten
from bot.retrieval.query.followups import StandaloneQuestion, standalone_question

THREADS_REMEMBERED = 1_000
"""Threads whose last question is remembered; the least recently used are dropped."""

_PHRASE_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class _LastQuestion:
    """The last question, with the words that it borrowed, and its time."""

    question: str
    at: float


class FollowUps:
    """Remembers the last question of each thread for `seconds`; `clock` is monotonic."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._last: LRUCache[str, _LastQuestion] = LRUCache(THREADS_REMEMBERED)

    def standalone(self, question: str, thread: str) -> StandaloneQuestion | None:
        """`question` with words of the one before; None if it needs none."""
        before = self._last.get(thread)
        if before is None or self._clock() - before.at >= self._seconds:
            return None
        standalone = standalone_question(question, before.question)
        if standalone is not None and len(standalone.question) > MOST_CHARACTERS:
            return None
        return standalone

    def remember(self, question: str, thread: str) -> None:
        """Make this the last question of a thread."""
        self._last[thread] = _LastQuestion(question, self._clock())


def borrowed_notice(standalone: StandaloneQuestion) -> Notice:
    """The notice that names the borrowed words."""
    phrases = ", ".join(shorten(each, _PHRASE_CHARACTERS) for each in standalone.words)
    return notice(Text.BORROWED, words=phrases)
