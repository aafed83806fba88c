"""The load of the corpus at the start of a command, with a progress bar."""

import asyncio
from contextlib import nullcontext

import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from bot.answering.service import AnsweringService
from bot.chat.rendering.plain import PLAIN
from bot.chat.texts.catalogue import Text, notice
from bot.cli.background import background
from bot.ingest.display_names import display_name
from bot.ingest.report import LoadReport, sentence
from bot.platforms.streams import Output

BAR_DELAY = 0.5
"""Seconds before the progress bar appears; a short load shows none."""

FAILURES_SHOWN = 5
"""Failed files that get a line each; further ones are counted."""

_log = structlog.stdlib.get_logger(__name__)


async def load(answering: AnsweringService, errors: Output) -> LoadReport:
    """Load the corpus; progress and failed files are shown on `errors`.

    Raises `SourcesSayError` if no document can be served.
    """
    report = await load_quietly(answering, errors)
    for failure in report.failed[:FAILURES_SHOWN]:
        errors.write(f"Not read: {display_name(failure.path)}: {sentence(failure.reason)}\n")
    if (more := len(report.failed) - FAILURES_SHOWN) > 0:
        errors.write(f"Not read: {more:,} more; the command check lists them.\n")
    return report


async def load_quietly(answering: AnsweringService, errors: Output) -> LoadReport:
    """Load the corpus as `load` does, but leave the failed files to the caller."""
    counts = [0, 0]
    """The work that is done, and all there is to do; the loading thread writes them."""

    def progress(done: int, total: int) -> None:
        counts[:] = done, total

    async with background(_draw_bar(counts), "bar") if errors.is_terminal else nullcontext():
        report = await answering.reload(progress)
    log_report(report)
    return report


def log_report(report: LoadReport) -> None:
    """Log the figures of a load in one line."""
    _log.info(
        "corpus loaded",
        documents=report.documents,
        passages=report.passages,
        added=len(report.added),
        changed=len(report.changed),
        removed=len(report.removed),
        failed=len(report.failed),
        seconds=round(report.seconds, 3),
        revision=report.revision[:12],
    )


async def _draw_bar(counts: list[int]) -> None:
    """Show a progress bar on standard error, after `BAR_DELAY`, until cancelled."""
    await asyncio.sleep(BAR_DELAY)
    label = PLAIN.notice(notice(Text.LOADING))
    columns = (TextColumn(label), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        work = bar.add_task("", total=None)
        while True:
            done, total = counts
            bar.update(work, completed=done, total=total or None)
            await asyncio.sleep(0.1)
