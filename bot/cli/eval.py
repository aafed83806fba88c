"""`eval`: measures the replies to a file of questions with known quotes."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot.answering.evaluation import (
    Measures,
    QuestionOutcome,
    evaluate,
    read_questions,
    unknown_golds,
)
from bot.answering.service import AnsweringService
from bot.chat.identity import Scope
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.cli.output import write_sentence
from bot.cli.tables import write_table
from bot.core.replies import Confidence, Reply, Silence
from bot.platforms.streams import Output


async def evaluate_file(
    answering: AnsweringService, file: Path, scope: Scope, output: Output
) -> None:
    """Ask the questions of `file`; print the measures as a table, and what failed."""
    questions = await asyncio.to_thread(read_questions, file)
    loop = asyncio.get_running_loop()

    def ask(question: str) -> Reply:
        return asyncio.run_coroutine_threadsafe(answering.ask(question, scope), loop).result()

    outcomes = await asyncio.to_thread(evaluate, ask, questions)
    rows = [("questions", f"{len(questions):,}"), *Measures.of(outcomes).rows()]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        output.write(f"{name:<{width}}  {value}\n")
    _write_failed([outcome for outcome in outcomes if not outcome.met], output)
    corpus = answering.corpus.within(scope)
    unknown = await asyncio.to_thread(unknown_golds, questions, corpus)
    if unknown:
        output.write("\n")
        write_sentence(notice(Text.EVAL_UNKNOWN, count=len(unknown)), output)
        golds = [(question.id, gold.doc, gold.quote) for question, gold in unknown]
        write_table(("id", "document", "quote"), golds, output, ())


def _write_failed(outcomes: Sequence[QuestionOutcome], output: Output) -> None:
    if outcomes:
        output.write("\n")
        write_sentence(notice(Text.EVAL_FAILED, count=len(outcomes)), output)
        rows = [(each.question.id, each.question.question, _reply(each)) for each in outcomes]
        write_table(("id", "question", "met"), rows, output, ())


def _reply(outcome: QuestionOutcome) -> str:
    """The reply that a failed question met: silence, other quotes, or an answer where none is."""
    if isinstance(outcome.reply, Silence):
        return "silence"
    kind = "other quotes" if outcome.question.answerable else "an answer"
    return f"{kind}, close" if outcome.reply.confidence is Confidence.LOW else kind
