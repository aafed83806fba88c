"""What was asked last, so that the next question may lean on it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.chat.commands import MOST_CHARACTERS
from bot.chat.texts.catalogue import Notice, Text, notice, shorten
from bot.retrieval.query.followups import StandaloneQuestion, language_of, standalone_question
from bot.retrieval.text.analysis import words

THREADS_REMEMBERED = 1_000
"""Threads of talk whose last question is kept; the oldest goes first."""

_PHRASE_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class _LastQuestion:
    """The question asked last, as it was read, when, and its language if that is known."""

    question: str
    at: float
    language: str | None


class FollowUps:
    """The last question of each thread of talk, for `seconds`; `clock` only goes on."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._asked: OrderedDict[str, _LastQuestion] = OrderedDict()
        self._last: tuple[str, str] | None = None

    def read(self, question: str, thread: str) -> StandaloneQuestion | None:
        """What `question` means after the one before, if it leans on it; remembers it.

        It is remembered before there is a reply: who asks on at once leans on this
        question, not on an older one.
        """
        borrowed = self.meaning(question, thread)
        self.remember(question if borrowed is None else borrowed.question, thread)
        return borrowed

    def meaning(self, question: str, thread: str) -> StandaloneQuestion | None:
        """As `read`, but remembers nothing."""
        before = self._asked.get(thread)
        if before is None or self._clock() - before.at >= self._seconds:
            return None
        found = list(words(question))
        # Most questions stand by themselves, and are remembered next as they are.
        self._last = question, language_of(found)
        borrowed = standalone_question(question, before.question, found, before.language)
        if borrowed is not None and len(borrowed.question) > MOST_CHARACTERS:
            return None
        return borrowed

    def remember(self, question: str, thread: str) -> None:
        """Let the next question of a thread of talk lean on this one."""
        last, self._last = self._last, None
        language = last[1] if last is not None and last[0] == question else None
        self._asked[thread] = _LastQuestion(question, self._clock(), language)
        self._asked.move_to_end(thread)
        while len(self._asked) > THREADS_REMEMBERED:
            self._asked.popitem(last=False)

    def forget(self, thread: str) -> None:
        """Drop what was asked last in a thread of talk."""
        self._asked.pop(thread, None)


def borrowed_notice(borrowed: StandaloneQuestion) -> Notice:
    """The words that came from the question before."""
    told = ", ".join(shorten(each, _PHRASE_CHARACTERS) for each in borrowed.words)
    return notice(Text.BORROWED, words=told)
