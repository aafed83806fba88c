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
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.cli.explain import figure
from bot.cli.output import sentence, write_sentence
from bot.cli.tables import Row, write_table
from bot.platforms.streams import Output
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.ranking.calibration import (
    FEWEST_QUESTIONS,
    MatchVerdict,
    StrengthLevels,
    Thresholds,
    calibrate,
)

_NUMBERS = ("answered", "close", "silence", "in all")


@dataclass(frozen=True, slots=True)
class _MeasuredQuestion:
    """A question with its match strength; silence is right for a `foreign` one.

    `may_be_sure` is whether the best passage covers enough of it for a sure answer. `across` are
    the thresholds of its language where the documents lack that one: they are not calibrated here.
    """

    text: str
    foreign: bool
    language: str
    strength: float
    may_be_sure: bool
    across: StrengthLevels | None

    def verdict(self, thresholds: Thresholds) -> MatchVerdict:
        """The kind of reply with these thresholds."""
        levels = self.across or thresholds.of(self.language)
        return levels.verdict(self.strength, may_be_sure=self.may_be_sure)


async def compare_thresholds(
    answering: AnsweringService, file: Path, scope: Scope, output: Output
) -> None:
    """Measure the present thresholds, and those that the foreign questions of `file` would set."""
    questions = await asyncio.to_thread(read_questions, file)
    foreign = silence_questions(questions)
    searcher = await asyncio.to_thread(answering.searcher, scope)
    measured = await asyncio.to_thread(_measure, searcher, questions)
    answerable = len(questions) - len(foreign)
    if answerable < FEWEST_QUESTIONS:
        few = notice(Text.FEW_ANSWERABLE, count=answerable, least=FEWEST_QUESTIONS)
        write_sentence(few, output)
        output.write("\n")
    write_sentence(notice(Text.LEVELS_PRESENT), output)
    present = _write(measured, searcher.thresholds, output)
    if len(foreign) < FEWEST_QUESTIONS:
        few = notice(Text.FEW_FOREIGN, count=len(foreign), least=FEWEST_QUESTIONS)
        write_sentence(few, output)
        return
    rate = searcher.options.false_answer_rate
    own = await asyncio.to_thread(calibrate, searcher.index, rate, foreign)
    write_sentence(notice(Text.LEVELS_OWN), output)
    proposed = _write(measured, own, output)
    line = f"calibration = {json.dumps(str(file), ensure_ascii=False)}"
    alike = proposed == present
    write_sentence(
        notice(Text.LEVELS_ALIKE) if alike else notice(Text.LEVELS_SET, line=line), output
    )


def _measure(searcher: Searcher, questions: Sequence[Question]) -> tuple[_MeasuredQuestion, ...]:
    results = ((question, searcher.search(question.text)) for question in questions)
    return tuple(
        _MeasuredQuestion(
            text=question.question,
            foreign=question.kind in SILENT_KINDS,
            language=result.query.language,
            strength=result.match_strength,
            may_be_sure=result.may_be_sure,
            across=searcher.thresholds_of(result.query) if result.query.is_across else None,
        )
        for question, result in results
    )


def _rows(questions: Sequence[_MeasuredQuestion], thresholds: Thresholds) -> list[Row]:
    """How many questions met each verdict: a row of the answerable, and one of the foreign."""
    rows = []
    for name, foreign in (("answerable", False), ("foreign", True)):
        counts = Counter(each.verdict(thresholds) for each in questions if each.foreign is foreign)
        verdicts = (MatchVerdict.ANSWER, MatchVerdict.CLOSE, MatchVerdict.SILENCE)
        numbers = (*(counts[verdict] for verdict in verdicts), counts.total())
        rows.append((name, *(f"{number:,}" for number in numbers)))
    return rows


def _write(
    questions: Sequence[_MeasuredQuestion], thresholds: Thresholds, output: Output
) -> list[Row]:
    """Write what the thresholds make of the questions; returns the rows of the table."""
    for language, levels in thresholds.by_language.items():
        output.write(f"{language}: {_in_words(levels)}\n")
    if not thresholds.by_language:
        output.write(f"{_in_words(thresholds.others)}\n")
    rows = _rows(questions, thresholds)
    write_table(("questions", *_NUMBERS), rows, output, _NUMBERS)
    output.write("\n")
    silenced = [
        (figure(each.strength), each.text)
        for each in questions
        if not each.foreign and each.verdict(thresholds) is MatchVerdict.SILENCE
    ]
    if silenced:
        write_sentence(notice(Text.LEVELS_SILENCE, count=len(silenced)), output)
        write_table(("signal", "question"), silenced, output, ("signal",))
        output.write("\n")
    return rows


def _in_words(levels: StrengthLevels) -> str:
    high, low, near = map(figure, (levels.high, levels.low, levels.near))
    return sentence(notice(Text.LEVELS, high=high, low=low, near=near))
