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
from bot.cli.tables import Row, write_table
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

_NUMBERS = ("answered", "close", "silence", "in all")


@dataclass(frozen=True, slots=True)
class _MeasuredQuestion:
    """A question with its match strength; silence is right for a `foreign` one."""

    foreign: bool
    language: str
    strength: float


async def compare_thresholds(
    answering: AnsweringService, file: Path, scope: Scope, output: Output
) -> None:
    """Measure the present thresholds, and those that the foreign questions of `file` would set."""
    questions = await asyncio.to_thread(read_questions, file)
    foreign = silence_questions(questions)
    searcher = await asyncio.to_thread(answering.searcher, scope)
    measured = await asyncio.to_thread(_measure, searcher, questions)
    present = _rows(measured, searcher.thresholds)
    write_sentence(notice(Text.LEVELS_PRESENT), output)
    _write(present, searcher.thresholds, output)
    output.write("\n")
    if len(foreign) < FEWEST_QUESTIONS:
        few = notice(Text.FEW_FOREIGN, count=len(foreign), least=FEWEST_QUESTIONS)
        write_sentence(few, output)
        return
    rate = searcher.options.false_answer_rate
    own = await asyncio.to_thread(calibrate, searcher.index, rate, foreign)
    proposed = _rows(measured, own)
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


def _rows(questions: Sequence[_MeasuredQuestion], thresholds: Thresholds) -> list[Row]:
    """How many questions met each verdict: a row of the answerable, and one of the foreign."""
    rows = []
    for name, foreign in (("answerable", False), ("foreign", True)):
        counts = Counter(
            thresholds.of(each.language).verdict(each.strength)
            for each in questions
            if each.foreign is foreign
        )
        verdicts = (MatchVerdict.ANSWER, MatchVerdict.CLOSE, MatchVerdict.SILENCE)
        numbers = (*(counts[verdict] for verdict in verdicts), counts.total())
        rows.append((name, *(f"{number:,}" for number in numbers)))
    return rows


def _write(rows: list[Row], thresholds: Thresholds, output: Output) -> None:
    for language, pair in thresholds.by_language.items():
        output.write(f"{language}: {_in_words(pair)}\n")
    if not thresholds.by_language:
        output.write(f"{_in_words(thresholds.others)}\n")
    write_table(("questions", *_NUMBERS), rows, output, _NUMBERS)


def _in_words(pair: ThresholdPair) -> str:
    return sentence(notice(Text.LEVELS, high=figure(pair.high), low=figure(pair.low)))
