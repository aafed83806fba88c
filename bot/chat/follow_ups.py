"""What was asked last, so that the next question may lean on it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.chat.commands import MOST_CHARACTERS
from bot.chat.texts.catalogue import Notice, Text, notice, shorten
from bot.retrieval.query.followups import StandaloneQuestion, standalone_question

THREADS_REMEMBERED = 1_000
"""Threads of talk whose last question is kept; the oldest goes first."""

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
        self._asked: OrderedDict[str, _LastQuestion] = OrderedDict()

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
        borrowed = standalone_question(question, before.question)
        if borrowed is not None and len(borrowed.question) > MOST_CHARACTERS:
            return None
        return borrowed

    def remember(self, question: str, thread: str) -> None:
        """Let the next question of a thread of talk lean on this one."""
        self._asked[thread] = _LastQuestion(question, self._clock())
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
