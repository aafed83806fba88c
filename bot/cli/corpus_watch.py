"""The corpus loaded again whenever its folder changes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

from bot.answering.service import AnsweringService
from bot.cli.first_load import log_report
from bot.core.errors import SourcesSayError
from bot.ingest.report import LoadReport
from bot.ingest.watch import settled_changes

_log = structlog.stdlib.get_logger(__name__)


@asynccontextmanager
async def watching(
    folder: Path,
    answering: AnsweringService,
    *,
    wanted: bool,
    loaded: Callable[[LoadReport], None] = log_report,
) -> AsyncIterator[None]:
    """Keep `answering` in step with `folder` while the body runs, if that is `wanted`.

    `loaded` hears of each load. Nothing that fails here reaches the body: the log says it,
    the old corpus serves on.
    """
    if not wanted:
        yield
        return
    stop = asyncio.Event()
    task = asyncio.create_task(_supervised(folder, answering, stop, loaded), name="watching")
    try:
        yield
    finally:
        stop.set()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _supervised(
    folder: Path,
    answering: AnsweringService,
    stop: asyncio.Event,
    loaded: Callable[[LoadReport], None],
) -> None:
    try:
        await _watch(folder, answering, stop, loaded)
    except SourcesSayError as fault:
        _log.error("watching ended", reason=str(fault))
    except Exception as fault:  # noqa: BLE001 - the body goes on, whatever this was
        _log.error("watching ended by a fault of this program", fault=type(fault).__name__)
        _log.debug("where watching ended", exc_info=fault)


async def _watch(
    folder: Path,
    answering: AnsweringService,
    stop: asyncio.Event,
    loaded: Callable[[LoadReport], None],
) -> None:
    async for changed in settled_changes(folder, stop):
        _log.info("the corpus folder changed", files=len(changed))
        try:
            report = await answering.reload()
        except SourcesSayError as fault:
            _log.error("the corpus was not loaded, the old one serves", reason=str(fault))
            continue
        loaded(report)
        for failure in report.failed:
            _log.warning("not read", file=failure.path, reason=failure.reason)
