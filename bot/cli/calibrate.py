"""`calibrate`: the levels of the signal, measured on a curator's own questions."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.answering.evaluation import SILENT_KINDS, Question, read_questions, silence_questions
from bot.answering.service import AnsweringService
from bot.chat.texts.catalogue import Text, notice
from bot.cli.curator_tools import sentence
from bot.cli.explain import figure
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
class _Measured:
    """One question with its signal, and whether silence is right for it."""

    foreign: bool
    language: str
    signal: float


@dataclass(frozen=True, slots=True)
class _Tally:
    """How many of some questions meet each grade."""

    answered: int
    close: int
    silent: int

    @classmethod
    def of(cls, measured: Sequence[_Measured], thresholds: Thresholds) -> _Tally:
        """What `measured` questions meet at these levels."""
        met = Counter(thresholds.of(each.language).verdict(each.signal) for each in measured)
        return cls(met[MatchVerdict.ANSWER], met[MatchVerdict.CLOSE], met[MatchVerdict.SILENCE])

    def row(self, name: str) -> tuple[str, ...]:
        """A row of the table."""
        counts = (self.answered, self.close, self.silent)
        return (name, *(f"{count:,}" for count in (*counts, sum(counts))))


_Tallies = tuple[_Tally, _Tally]
"""Of the answerable questions, and of the foreign ones."""


async def compare_levels(
    answering: AnsweringService, questions: Path, scope: frozenset[str] | None, output: Output
) -> None:
    """Measure the present levels, and those that the file's foreign questions would set."""
    asked = await asyncio.to_thread(read_questions, questions)
    foreign = silence_questions(asked)
    searcher = await asyncio.to_thread(answering.searcher, scope)
    measured = await asyncio.to_thread(_measure, searcher, asked)
    present = _tallies(measured, searcher.thresholds)
    output.write(sentence(notice(Text.LEVELS_PRESENT)) + "\n")
    _write(present, searcher.thresholds, output)
    output.write("\n")
    if len(foreign) < FEWEST_QUESTIONS:
        few = notice(Text.FEW_FOREIGN, count=len(foreign), least=FEWEST_QUESTIONS)
        output.write(sentence(few) + "\n")
        return
    rate = searcher.options.false_answer_rate
    own = await asyncio.to_thread(calibrate, searcher.index, searcher.languages, rate, foreign)
    would_be = _tallies(measured, own)
    output.write(sentence(notice(Text.LEVELS_OWN)) + "\n")
    _write(would_be, own, output)
    output.write("\n")
    line = f"calibration = {json.dumps(str(questions), ensure_ascii=False)}"
    same = would_be == present
    said = notice(Text.LEVELS_ALIKE) if same else notice(Text.LEVELS_SET, line=line)
    output.write(sentence(said) + "\n")


def _measure(searcher: Searcher, questions: Sequence[Question]) -> tuple[_Measured, ...]:
    return tuple(
        _Measured(
            foreign=each.kind in SILENT_KINDS,
            language=question_language(words(each.question), searcher.languages),
            signal=match_strength(each.question, searcher.index, searcher.languages).value,
        )
        for each in questions
    )


def _tallies(measured: Sequence[_Measured], thresholds: Thresholds) -> _Tallies:
    answerable = [each for each in measured if not each.foreign]
    foreign = [each for each in measured if each.foreign]
    return _Tally.of(answerable, thresholds), _Tally.of(foreign, thresholds)


def _write(tallies: _Tallies, thresholds: Thresholds, output: Output) -> None:
    answerable, foreign = tallies
    for language, levels in thresholds.by_language.items():
        output.write(f"{language}: {_levels(levels)}\n")
    if not thresholds.by_language:
        output.write(f"{_levels(thresholds.others)}\n")
    write_table(_COLUMNS, [answerable.row("answerable"), foreign.row("foreign")], output)


def _levels(levels: ThresholdPair) -> str:
    return sentence(notice(Text.LEVELS, high=figure(levels.high), low=figure(levels.low)))
