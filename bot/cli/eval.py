"""`eval`: measures the replies to a file of questions with known quotes."""

import asyncio
from pathlib import Path

from bot.answering.evaluation import Measures, evaluate, read_questions
from bot.answering.service import AnsweringService
from bot.chat.identity import Scope
from bot.platforms.streams import Output


async def evaluate_file(
    answering: AnsweringService, file: Path, scope: Scope, output: Output
) -> None:
    """Ask the questions of `file` and print the measures as a table."""
    questions = await asyncio.to_thread(read_questions, file)
    searcher = await asyncio.to_thread(answering.searcher, scope)
    outcomes = await asyncio.to_thread(evaluate, searcher.reply, questions)
    rows = [("questions", f"{len(questions):,}"), *Measures.of(outcomes).rows()]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        output.write(f"{name:<{width}}  {value}\n")
