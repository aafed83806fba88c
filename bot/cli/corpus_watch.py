"""Corpus watch: reloads the corpus when a file of its folder changes."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path

import structlog

from bot.answering.service import AnsweringService
from bot.cli.background import background
from bot.cli.corpus_load import log_report
from bot.core.errors import SourcesSayError
from bot.ingest.report import LoadReport
from bot.ingest.watch import settled_changes

_log = structlog.stdlib.get_logger(__name__)


def watch_corpus(
    folder: Path,
    answering: AnsweringService,
    *,
    enabled: bool,
    on_load: Callable[[LoadReport], None] = log_report,
) -> AbstractAsyncContextManager[None]:
    """Reload `answering` after changes in `folder` while the body runs, if `enabled`.

    `on_load` gets the report of each load. A fault is logged and does not reach the body; the
    corpus before is still served.
    """
    return background(_watch(folder, answering, on_load), "watching") if enabled else nullcontext()


async def _watch(
    folder: Path, answering: AnsweringService, on_load: Callable[[LoadReport], None]
) -> None:
    try:
        async for changes in settled_changes(folder):
            _log.info("the corpus folder changed", files=len(changes))
            try:
                report = await answering.reload()
            except SourcesSayError as fault:
                _log.error("the corpus was not loaded, the old one serves", reason=str(fault))
                continue
            on_load(report)
            for failure in report.failed:
                _log.warning("not read", file=failure.path, reason=failure.reason)
    except SourcesSayError as fault:
        _log.error("watching ended", reason=str(fault))
    except Exception as fault:  # noqa: BLE001 - no fault of the watch may end the chat
        _log.error("watching ended by a fault of this program", fault=type(fault).__name__)
        _log.debug("where watching ended", exc_info=fault)
