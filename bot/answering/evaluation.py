"""How good the replies are on questions whose right quotes are known.

A question is met if a gold quote stands inside a shown excerpt of its document (with
`all_required`: one quote of each document named). Questions of the kinds `silent` and
`offtopic` are met by silence. White space is compared collapsed, nothing else is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.errors import QuestionsError
from bot.core.replies import ELLIPSIS, Answer, Excerpt, Reply, Silence

SILENT_KINDS = ("silent", "offtopic")


class Gold(BaseModel):
    """A quote that answers, and the document it stands in (path below the corpus)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    doc: str
    quote: Annotated[str, Field(min_length=1)]


class Question(BaseModel):
    """One line of a question file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    question: Annotated[str, Field(min_length=1)]
    kind: str
    gold: tuple[Gold, ...] = ()
    all_required: bool = False


def silence_questions(questions: Iterable[Question]) -> tuple[str, ...]:
    """The questions that must meet silence."""
    return tuple(each.question for each in questions if each.kind in SILENT_KINDS)


@dataclass(frozen=True, slots=True)
class QuestionOutcome:
    """What one question met: whether rightly, within one excerpt, verbatim, in seconds."""

    question: Question
    reply: Reply
    met: bool
    met_by_first: bool
    verbatim: bool
    seconds: float

    @property
    def answerable(self) -> bool:
        """Whether the documents hold an answer."""
        return self.question.kind not in SILENT_KINDS

    @property
    def lost(self) -> bool:
        """Whether an answerable question met silence."""
        return self.answerable and isinstance(self.reply, Silence)


def read_questions(path: Path) -> tuple[Question, ...]:
    """The questions of a JSON-lines file; `QuestionsError` names the line that is wrong."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsError(
            f"{path}: cannot be read as text: give a file with one question a line."
        ) from error
    questions: list[Question] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            questions.append(Question.model_validate_json(line))
        except (ValidationError, json.JSONDecodeError) as error:
            raise QuestionsError(
                f"{path}, line {number}: not a question; each line is a JSON object with id, "
                "question, kind and gold."
            ) from error
    if not questions:
        raise QuestionsError(f"{path}: it holds no question: put one on each line.")
    return tuple(questions)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _meets(question: Question, excerpts: Sequence[Excerpt]) -> bool:
    def shown(gold: Gold) -> bool:
        return any(
            excerpt.passage.document.path == gold.doc
            and _plain(gold.quote) in _plain(excerpt.quote)
            for excerpt in excerpts
        )

    if question.all_required:
        documents = {gold.doc for gold in question.gold}
        return all(any(shown(g) for g in question.gold if g.doc == d) for d in documents)
    return any(shown(gold) for gold in question.gold)


def is_verbatim(excerpt: Excerpt) -> bool:
    """Whether each piece of the quote stands so in the document, in order."""
    text, place = excerpt.passage.document.text, 0
    for piece in excerpt.quote.split(ELLIPSIS):
        place = text.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return True


def judge(question: Question, reply: Reply, seconds: float) -> QuestionOutcome:
    """Whether `reply` is what `question` should have met."""
    shown = reply.excerpts if isinstance(reply, Answer) else ()
    nearest = (reply.nearest,) if isinstance(reply, Silence) and reply.nearest else ()
    silent = isinstance(reply, Silence)
    answerable = question.kind not in SILENT_KINDS
    return QuestionOutcome(
        question=question,
        reply=reply,
        met=_meets(question, shown) if answerable else silent,
        met_by_first=_meets(question, shown[:1]) if answerable else silent,
        verbatim=all(is_verbatim(excerpt) for excerpt in (*shown, *nearest)),
        seconds=seconds,
    )


def evaluate(
    ask: Callable[[str], Reply], questions: Iterable[Question]
) -> tuple[QuestionOutcome, ...]:
    """Put every question to `ask`, in order, and judge the replies."""
    outcomes: list[QuestionOutcome] = []
    for question in questions:
        started = time.perf_counter()
        reply = ask(question.question)
        outcomes.append(judge(question, reply, time.perf_counter() - started))
    return tuple(outcomes)


@dataclass(frozen=True, slots=True)
class Measures:
    """The figures of one run; counts of questions, and the median seconds of a reply."""

    answerable: int
    met: int
    met_by_first: int
    lost: int
    silent: int
    silent_met: int
    offtopic: int
    offtopic_met: int
    disagree: int
    disagree_met: int
    verbatim: bool
    seconds: float

    @classmethod
    def of(cls, outcomes: Sequence[QuestionOutcome]) -> Measures:
        """The figures of `outcomes`, which are not empty."""
        asked = [outcome for outcome in outcomes if outcome.answerable]
        by_kind = {
            kind: [o.met for o in outcomes if o.question.kind == kind]
            for kind in (*SILENT_KINDS, "disagree")
        }
        return cls(
            answerable=len(asked),
            met=sum(outcome.met for outcome in asked),
            met_by_first=sum(outcome.met_by_first for outcome in asked),
            lost=sum(outcome.lost for outcome in asked),
            silent=len(by_kind["silent"]),
            silent_met=sum(by_kind["silent"]),
            offtopic=len(by_kind["offtopic"]),
            offtopic_met=sum(by_kind["offtopic"]),
            disagree=len(by_kind["disagree"]),
            disagree_met=sum(by_kind["disagree"]),
            verbatim=all(outcome.verbatim for outcome in outcomes),
            seconds=median(outcome.seconds for outcome in outcomes),
        )

    def rows(self) -> tuple[tuple[str, str], ...]:
        """What is printed: a measure and its figure, a row each."""
        return (
            ("answered with a wanted quote, three excerpts", f"{self.met} of {self.answerable}"),
            (
                "answered with a wanted quote, first excerpt",
                f"{self.met_by_first} of {self.answerable}",
            ),
            ("all sides shown", f"{self.disagree_met} of {self.disagree}"),
            ("answerable, met by silence", f"{self.lost} of {self.answerable}"),
            ("foreign, met by silence", f"{self.offtopic_met} of {self.offtopic}"),
            (
                "on the topic without an answer, met by silence",
                f"{self.silent_met} of {self.silent}",
            ),
            ("every quote verbatim", "yes" if self.verbatim else "no"),
            ("median time of a reply", f"{self.seconds * 1000:.1f} ms"),
        )
