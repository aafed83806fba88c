"""`calibrate`: measures the thresholds of silence on a curator's own questions."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.answering.evaluation import SILENT_KINDS, Question, read_questions, silence_questions
from bot.answering.service import AnsweringService
from bot.chat.identity import Scope
from bot.chat.texts.catalogue import Text, notice
from bot.cli.explain import figure
from bot.cli.output import sentence, write_sentence
from bot.cli.tables import Column, write_table
from bot.platforms.streams import Output
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.query.query import question_language
from bot.retrieval.ranking.calibration import (
    FEWEST_QUESTIONS,
    MatchVerdict,
    ThresholdPair,
    Thresholds,
    calibrate,
)
from bot.retrieval.ranking.search import match_strength
from bot.retrieval.text.analysis import words

_COLUMNS = (
    Column("questions"),
    Column("answered", number=True),
    Column("close", number=True),
    Column("silence", number=True),
    Column("in all", number=True),
)


@dataclass(frozen=True, slots=True)
class _MeasuredQuestion:
    """A question with its match strength; silence is right for a `foreign` one."""

    foreign: bool
    language: str
    strength: float


@dataclass(frozen=True, slots=True)
class _Tally:
    """The number of questions with each verdict."""

    answered: int
    close: int
    silent: int

    @classmethod
    def of(cls, questions: Sequence[_MeasuredQuestion], thresholds: Thresholds) -> _Tally:
        """The verdicts on `questions` at these thresholds."""
        counts = Counter(thresholds.of(q.language).verdict(q.strength) for q in questions)
        return cls(
            counts[MatchVerdict.ANSWER], counts[MatchVerdict.CLOSE], counts[MatchVerdict.SILENCE]
        )

    def row(self, name: str) -> tuple[str, ...]:
        """The row of the table that begins with `name`."""
        counts = (self.answered, self.close, self.silent)
        return (name, *(f"{count:,}" for count in (*counts, sum(counts))))


_Tallies = tuple[_Tally, _Tally]
"""The tally of the answerable questions, and that of the foreign ones."""


async def compare_thresholds(
    answering: AnsweringService, file: Path, scope: Scope, output: Output
) -> None:
    """Measure the present thresholds, and those that the foreign questions of `file` would set."""
    questions = await asyncio.to_thread(read_questions, file)
    foreign = silence_questions(questions)
    searcher = await asyncio.to_thread(answering.searcher, scope)
    measured = await asyncio.to_thread(_measure, searcher, questions)
    present = _tallies(measured, searcher.thresholds)
    write_sentence(notice(Text.LEVELS_PRESENT), output)
    _write(present, searcher.thresholds, output)
    output.write("\n")
    if len(foreign) < FEWEST_QUESTIONS:
        few = notice(Text.FEW_FOREIGN, count=len(foreign), least=FEWEST_QUESTIONS)
        write_sentence(few, output)
        return
    rate = searcher.options.false_answer_rate
    own = await asyncio.to_thread(calibrate, searcher.index, rate, foreign)
    proposed = _tallies(measured, own)
    write_sentence(notice(Text.LEVELS_OWN), output)
    _write(proposed, own, output)
    output.write("\n")
    line = f"calibration = {json.dumps(str(file), ensure_ascii=False)}"
    alike = proposed == present
    write_sentence(
        notice(Text.LEVELS_ALIKE) if alike else notice(Text.LEVELS_SET, line=line), output
    )


def _measure(searcher: Searcher, questions: Sequence[Question]) -> tuple[_MeasuredQuestion, ...]:
    return tuple(
        _MeasuredQuestion(
            foreign=question.kind in SILENT_KINDS,
            language=question_language(words(question.question), searcher.index.languages),
            strength=match_strength(question.question, searcher.index).value,
        )
        for question in questions
    )


def _tallies(questions: Sequence[_MeasuredQuestion], thresholds: Thresholds) -> _Tallies:
    answerable = [question for question in questions if not question.foreign]
    foreign = [question for question in questions if question.foreign]
    return _Tally.of(answerable, thresholds), _Tally.of(foreign, thresholds)


def _write(tallies: _Tallies, thresholds: Thresholds, output: Output) -> None:
    answerable, foreign = tallies
    for language, pair in thresholds.by_language.items():
        output.write(f"{language}: {_in_words(pair)}\n")
    if not thresholds.by_language:
        output.write(f"{_in_words(thresholds.others)}\n")
    write_table(_COLUMNS, [answerable.row("answerable"), foreign.row("foreign")], output)


def _in_words(pair: ThresholdPair) -> str:
    return sentence(notice(Text.LEVELS, high=figure(pair.high), low=figure(pair.low)))
