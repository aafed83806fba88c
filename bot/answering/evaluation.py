"""Evaluation of replies on questions with known quotes.

A question is met if a gold quote is inside a shown excerpt of its document (with
`all_required`: one quote of each document named). Questions of the kinds `silent` and
`offtopic` are met by silence. White space is collapsed before comparing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.corpus import Corpus
from bot.core.errors import QuestionsError
from bot.core.replies import ELLIPSIS, Answer, Confidence, Excerpt, Reply, Silence
from bot.retrieval.query.followups import LendingQuestion, lending_question, standalone_question

SILENT_KINDS = ("silent", "offtopic")


class Gold(BaseModel):
    """A quote that answers the question, and its document (path in the corpus folder)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    doc: str
    quote: Annotated[str, Field(min_length=1)]


class Question(BaseModel):
    """One line of a file of questions."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    question: Annotated[str, Field(min_length=1)]
    kind: str
    gold: tuple[Gold, ...] = ()
    all_required: bool = False
    before: tuple[str, ...] = ()
    """The questions that were asked before this one, which may follow them up."""

    @property
    def text(self) -> str:
        """The question as it is put to the documents, with the words it borrows."""
        lender: LendingQuestion | None = None
        text = ""
        for each in (*self.before, self.question):
            standalone = standalone_question(each, lender)
            text = each if standalone is None else standalone.question
            lender = lending_question(each, standalone, lender)
        return text

    @property
    def answerable(self) -> bool:
        """Whether the documents answer the question."""
        return self.kind not in SILENT_KINDS


def unknown_golds(
    questions: Iterable[Question], corpus: Corpus
) -> tuple[tuple[Question, Gold], ...]:
    """The quotes that stand in no document of `corpus` under that path, with their questions."""
    texts: dict[str, str] = {}
    unknown: list[tuple[Question, Gold]] = []
    for question in questions:
        for gold in question.gold:
            if gold.doc not in texts:
                document = corpus.document(gold.doc)
                texts[gold.doc] = "" if document is None else _collapsed(document.text)
            if _collapsed(gold.quote) not in texts[gold.doc]:
                unknown.append((question, gold))
    return tuple(unknown)


def silence_questions(questions: Iterable[Question]) -> tuple[str, ...]:
    """The questions that must meet silence."""
    return tuple(each.question for each in questions if not each.answerable)


@dataclass(frozen=True, slots=True)
class QuestionOutcome:
    """The reply to one question, and whether it was right, verbatim, and how long it took."""

    question: Question
    reply: Reply
    met: bool
    met_by_three: bool
    met_by_first: bool
    verbatim: bool
    seconds: float

    @property
    def sure(self) -> bool:
        """Whether it was answered, and not only as close."""
        return isinstance(self.reply, Answer) and self.reply.confidence is Confidence.HIGH


def read_questions(path: Path) -> tuple[Question, ...]:
    """The questions of a file of JSON lines; `QuestionsError` names an invalid line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsError(
            f"{path}: cannot be read as text: give a file with one question a line."
        ) from error
    questions: list[Question] = []
    for number, line in enumerate(lines, start=1):
        try:
            if line.strip():
                questions.append(Question.model_validate_json(line))
        except ValidationError as error:
            raise QuestionsError(
                f"{path}, line {number}: not a question; each line is a JSON object with id, "
                "question, kind and gold."
            ) from error
    if not questions:
        raise QuestionsError(f"{path}: it holds no question: put one on each line.")
    return tuple(questions)


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _meets(question: Question, excerpts: Sequence[Excerpt]) -> bool:
    def shown(gold: Gold) -> bool:
        return any(
            excerpt.passage.document.path == gold.doc
            and _collapsed(gold.quote) in _collapsed(excerpt.quote)
            for excerpt in excerpts
        )

    wanted = {gold.doc for gold in question.gold}
    met = {gold.doc for gold in question.gold if shown(gold)}
    return met == wanted if question.all_required else bool(met)


def is_verbatim(excerpt: Excerpt) -> bool:
    """Whether each part of the quote is in the document, in that order."""
    text, place = excerpt.passage.document.text, 0
    for piece in excerpt.quote.split(ELLIPSIS):
        place = text.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return True


def judge(question: Question, reply: Reply, seconds: float) -> QuestionOutcome:
    """The outcome of `question`, given the `reply` and the time it took."""
    shown = reply.excerpts if isinstance(reply, Answer) else ()
    nearest = reply.nearest if isinstance(reply, Silence) else ()
    silent = isinstance(reply, Silence)
    return QuestionOutcome(
        question=question,
        reply=reply,
        met=_meets(question, shown) if question.answerable else silent,
        met_by_three=_meets(question, list(shown)[:3]) if question.answerable else silent,
        met_by_first=_meets(question, shown[:1]) if question.answerable else silent,
        verbatim=all(is_verbatim(excerpt) for excerpt in (*shown, *nearest)),
        seconds=seconds,
    )


def evaluate(
    ask: Callable[[str], Reply], questions: Iterable[Question]
) -> tuple[QuestionOutcome, ...]:
    """Ask every question in order, and judge the replies."""
    outcomes: list[QuestionOutcome] = []
    for question in questions:
        started = time.perf_counter()
        reply = ask(question.text)
        outcomes.append(judge(question, reply, time.perf_counter() - started))
    return tuple(outcomes)


@dataclass(frozen=True, slots=True)
class Measures:
    """The counts of questions of one run, and the median seconds of a reply."""

    answerable: int
    met: int
    met_by_three: int
    met_by_first: int
    lost: int
    silent: int
    silent_met: int
    silent_sure: int
    offtopic: int
    offtopic_met: int
    offtopic_sure: int
    disagree: int
    disagree_met: int
    verbatim: bool
    seconds: float

    @classmethod
    def of(cls, outcomes: Sequence[QuestionOutcome]) -> Measures:
        """The measures of `outcomes`, of which there is at least one."""
        answerable = [each for each in outcomes if each.question.answerable]
        by_kind = {
            kind: [o.met for o in outcomes if o.question.kind == kind]
            for kind in (*SILENT_KINDS, "disagree")
        }
        return cls(
            answerable=len(answerable),
            met=sum(outcome.met for outcome in answerable),
            met_by_three=sum(outcome.met_by_three for outcome in answerable),
            met_by_first=sum(outcome.met_by_first for outcome in answerable),
            lost=sum(isinstance(each.reply, Silence) for each in answerable),
            silent=len(by_kind["silent"]),
            silent_met=sum(by_kind["silent"]),
            silent_sure=sum(each.sure for each in outcomes if each.question.kind == "silent"),
            offtopic=len(by_kind["offtopic"]),
            offtopic_met=sum(by_kind["offtopic"]),
            offtopic_sure=sum(each.sure for each in outcomes if each.question.kind == "offtopic"),
            disagree=len(by_kind["disagree"]),
            disagree_met=sum(by_kind["disagree"]),
            verbatim=all(outcome.verbatim for outcome in outcomes),
            seconds=median(outcome.seconds for outcome in outcomes),
        )

    def rows(self) -> tuple[tuple[str, str], ...]:
        """The rows of the printed table: name and value of each measure."""
        return (
            ("answered with a wanted quote", f"{self.met} of {self.answerable}"),
            ("among the first three excerpts", f"{self.met_by_three} of {self.answerable}"),
            ("in the first excerpt", f"{self.met_by_first} of {self.answerable}"),
            ("all sides shown", f"{self.disagree_met} of {self.disagree}"),
            ("answerable, met by silence", f"{self.lost} of {self.answerable}"),
            ("foreign, met by silence", f"{self.offtopic_met} of {self.offtopic}"),
            (
                "on the topic without an answer, met by silence",
                f"{self.silent_met} of {self.silent}",
            ),
            (
                "on the topic without an answer, called sure",
                f"{self.silent_sure} of {self.silent}",
            ),
            ("every quote verbatim", "yes" if self.verbatim else "no"),
            ("median time of a reply", f"{self.seconds * 1000:.1f} ms"),
        )
