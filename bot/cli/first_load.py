"""The first load of the corpus, as the person who waits for it sees it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.answering.service import AnsweringService
from bot.chat.rendering.plain import PLAIN
from bot.chat.texts.catalogue import Text, notice
from bot.ingest.display_names import display_name
from bot.ingest.report import LoadReport, sentence
from bot.platforms.streams import Output

PATIENCE = 0.5
"""Seconds before a bar appears: less is over before it is seen."""

FAILURES_SHOWN = 5
"""Files that failed and get a line each; the rest is counted."""

_log = structlog.stdlib.get_logger(__name__)


async def load(answering: AnsweringService, errors: Output) -> LoadReport:
    """Load the corpus; progress and failed files are told on `errors`.

    Raises `SourcesSayError` where nothing can be served.
    """
    report = await load_quietly(answering, errors)
    for failure in report.failed[:FAILURES_SHOWN]:
        errors.write(f"Not read: {display_name(failure.path)}: {sentence(failure.reason)}\n")
    if (more := len(report.failed) - FAILURES_SHOWN) > 0:
        errors.write(f"Not read: {more:,} more; the command check lists them.\n")
    return report


async def load_quietly(answering: AnsweringService, errors: Output) -> LoadReport:
    """As `load`, for those who tell of failed files themselves."""
    done: list[int] = [0, 0]

    def progress(files: int, of: int) -> None:
        done[:] = files, of

    async with _bar(done, shows=errors.is_terminal):
        report = await answering.reload(progress)
    log_report(report)
    return report


def log_report(report: LoadReport) -> None:
    """What was loaded, as one line of the log."""
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


@asynccontextmanager
async def _bar(done: list[int], *, shows: bool) -> AsyncIterator[None]:
    """A bar on standard error while the body runs, if that takes long enough to be seen."""
    if not shows:
        yield
        return
    task = asyncio.create_task(_show(done))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _show(done: list[int]) -> None:
    await asyncio.sleep(PATIENCE)
    what = PLAIN.notice(notice(Text.LOADING))
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        files = bar.add_task("files", total=None)
        while True:
            bar.update(files, completed=done[0], total=done[1] or None)
            await asyncio.sleep(0.1)
