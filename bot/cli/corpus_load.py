"""The load of the corpus at the start of a command, with a progress bar."""

import asyncio
from contextlib import AsyncExitStack

import structlog
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from bot.answering.service import AnsweringService
from bot.chat.rendering.plain import PLAIN
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.cli.background import background
from bot.cli.keyboard import without_echo
from bot.ingest.display_names import display_name
from bot.ingest.report import LoadReport, sentence
from bot.platforms.streams import Output

BAR_DELAY = 0.5
"""Seconds before the progress bar appears; a short load shows none."""

_PACE_SECONDS = 60.0
"""The pace of this time gives the time that is left."""

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
    latest = [(0, 0, "")]
    """The work that is done, all there is to do, and the file in hand; other threads write them."""

    def progress(done: int, total: int, path: str) -> None:
        latest[0] = done, total, path

    async with AsyncExitStack() as shown:
        if errors.is_terminal:
            shown.enter_context(without_echo())
            await shown.enter_async_context(background(_draw_bar(latest), "bar"))
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


async def _draw_bar(latest: list[tuple[int, int, str]]) -> None:
    """Show a progress bar on standard error, after `BAR_DELAY`, until cancelled.

    Behind it stand the time that is left, by the pace of the last minute, and the file in hand.
    """
    await asyncio.sleep(BAR_DELAY)
    label = PLAIN.notice(notice(Text.LOADING))
    left = PLAIN.notice(notice(Text.LOADING_LEFT))
    name = Column(no_wrap=True, overflow="ellipsis", ratio=1)
    columns = (
        TextColumn(label),
        BarColumn(20),
        TaskProgressColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn(left),
        TextColumn("{task.fields[name]}", markup=False, table_column=name),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, expand=True, speed_estimate_period=_PACE_SECONDS
    ) as bar:
        work = bar.add_task("", total=None, name="")
        while True:
            done, total, path = latest[0]
            bar.update(work, completed=done, total=total or None, name=display_name(path))
            await asyncio.sleep(0.1)
