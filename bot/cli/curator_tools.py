"""`show`, `check` and `eval`: what curators look at."""

import asyncio
import re
from pathlib import Path

from bot.answering.evaluation import Measures, evaluate, read_questions
from bot.answering.service import AnsweringService
from bot.chat.rendering.escape import visible, visible_line
from bot.chat.rendering.plain import PLAIN
from bot.chat.texts.catalogue import Notice, Text, notice
from bot.core.documents import Document, Span
from bot.core.errors import SourcesSayError, UsageError
from bot.ingest.report import LoadReport, lines
from bot.platforms.streams import Output

GOOD, PROBLEMS = 0, 1

MARKS = ("⟦", "⟧")
"""Around the span, where there is no reverse video."""

_REVERSED = ("\x1b[7m", "\x1b[27m")
_RANGE = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")


def sentence(said: Notice) -> str:
    """A fixed text as one line."""
    return PLAIN.notice(said)


def span_of(given: str | None) -> Span | None:
    """`START-END` as a span, in code points; raises `UsageError`."""
    if given is None:
        return None
    match = _RANGE.fullmatch(given)
    if match is None or int(match[1]) >= int(match[2]):
        raise UsageError(sentence(notice(Text.BAD_SPAN, given=given[:40])))
    return Span(int(match[1]), int(match[2]))


def shown_text(document: Document, span: Span | None, *, terminal: bool) -> str:
    """The document's text with `span` marked, and hostile characters made visible."""
    text = document.text
    if span is None:
        return visible(text)
    if span.end > len(text):
        raise UsageError(
            sentence(
                notice(
                    Text.SPAN_BEYOND,
                    title=document.source.title,
                    length=len(text),
                    span=f"{span.start}-{span.end}",
                )
            )
        )
    before, after = _REVERSED if terminal else MARKS
    parts = (text[: span.start], span.of(text), text[span.end :])
    first, marked, rest = map(visible, parts)
    return f"{first}{before}{marked}{after}{rest}"


async def show(
    answering: AnsweringService,
    name: str,
    span: Span | None,
    collections: frozenset[str] | None,
    output: Output,
) -> None:
    """Print the one document that `name` means."""
    found = await answering.find(name, collections)
    text = shown_text(found.document, span, terminal=output.is_terminal)
    output.write(text if text.endswith("\n") else text + "\n")


def check_report(report: LoadReport, output: Output) -> int:
    """Print what a curator must know of a load; 1 where a file failed."""
    for line in lines(report, max_lines=None):
        output.write(visible_line(line) + "\n")
    if report.failed:
        output.write(sentence(notice(Text.CHECK_BAD, count=len(report.failed))) + "\n")
        return PROBLEMS
    good = notice(
        Text.CHECK_GOOD,
        documents=report.documents,
        passages=report.passages,
        revision=report.revision[:12],
    )
    output.write(sentence(good) + "\n")
    return GOOD


def check_fault(fault: SourcesSayError, output: Output) -> int:
    """Print why nothing can be served at all."""
    output.write(f"failed: {visible_line(str(fault))}\n")
    output.write(sentence(notice(Text.CHECK_BAD, count=1)) + "\n")
    return PROBLEMS


async def measure(
    answering: AnsweringService, questions: Path, scope: frozenset[str] | None, output: Output
) -> None:
    """Put a file of questions to the corpus and print the measures as a table."""
    asked = await asyncio.to_thread(read_questions, questions)
    outcomes = await asyncio.to_thread(evaluate, lambda q: answering.reply(q, scope), asked)
    rows = [("questions", f"{len(asked):,}"), *Measures.of(outcomes).rows()]
    wide = max(len(name) for name, _ in rows)
    for name, figure in rows:
        output.write(f"{name:<{wide}}  {figure}\n")
