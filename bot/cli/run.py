"""The bot on its platforms: put together, kept apart from each other's faults, taken down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.answering.service import AnsweringService
from bot.cli.corpus_watch import watching
from bot.cli.first_load import log_report
from bot.cli.shared import SharedServices
from bot.config.access import Access
from bot.config.settings import Settings
from bot.core.errors import SourcesSayError, StateError
from bot.ingest.loader import LoadReport
from bot.platforms.streams import Output
from bot.state.store import Store

PRUNING_SECONDS = 6 * 3_600.0
"""How often what is too old is deleted."""

CLOSING_SECONDS = 1.5
"""Longest wait at the end for what curators have begun."""

JOBS_KEPT = timedelta(days=2)
"""For how long a question is known to have been taken."""

Works = Mapping[str, Coroutine[Any, Any, None]]

_log = structlog.stdlib.get_logger(__name__)


async def serve(
    answering: AnsweringService,
    settings: Settings,
    report: LoadReport,
    access: Access,
    output: Output,
    errors: Output,
) -> None:
    """Be on all platforms there is access to, until cancelled.

    Raises `SourcesSayError` where none of them will have the bot.
    """
    folder = await asyncio.to_thread(settings.state_folder)
    async with await Store.open(folder) as store, _pruned(store, settings):
        shared = SharedServices(answering, settings, store, folder, report, output)

        def loaded(report: LoadReport) -> None:
            log_report(report)
            shared.loaded(report)

        watched = watching(
            settings.corpus.folder, answering, wanted=settings.corpus.watch, loaded=loaded
        )
        try:
            async with watched:
                await together(_works(shared, access), errors)
        finally:
            # What was begun ends whole or not at all, also where this is too short for it.
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSING_SECONDS):
                    await asyncio.gather(*(each.close() for each in shared.curating))


def _works(shared: SharedServices, access: Access) -> Works:
    # Each brings a library of its own, which takes a while and memory: only if it is wanted.
    works: dict[str, Coroutine[Any, Any, None]] = {}
    if access.discord is not None:
        from bot.cli.discord import on_discord  # noqa: PLC0415

        works["Discord"] = on_discord(shared, access.discord)
    if access.matrix is not None:
        from bot.cli.matrix import on_matrix  # noqa: PLC0415

        works["Matrix"] = on_matrix(shared, access.matrix)
    return works


async def together(works: Works, errors: Output) -> None:
    """Run all of them until cancelled; one that fails is told, and the others go on.

    Raises the fault of the one that failed last, where none is left.
    """
    tasks = {asyncio.create_task(work, name=name) for name, work in works.items()}
    fault: BaseException | None = None
    try:
        while tasks:
            done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for number, task in enumerate(done, 1):
                fault = task.exception() or fault
                if not tasks and number == len(done):
                    # The last of all: whoever started them tells of it.
                    break
                if isinstance(task.exception(), SourcesSayError):
                    errors.write(f"{task.exception()}\n")
                else:
                    name = task.get_name()
                    _log.error("a platform ended", platform=name, exc_info=task.exception())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if fault is not None:
        raise fault


@asynccontextmanager
async def _pruned(store: Store, settings: Settings) -> AsyncIterator[None]:
    """What is too old is deleted, at once and from time to time, while the body runs."""
    task = asyncio.create_task(_prune(store, settings), name="pruning")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _prune(store: Store, settings: Settings) -> None:
    while True:
        now = datetime.now(UTC)
        try:
            gone = await store.retention.prune(
                now,
                answers_days=settings.state.answers_days,
                unanswered_days=settings.state.unanswered_days,
                audit_days=settings.state.audit_days,
            )
            await store.jobs.prune(now - JOBS_KEPT)
            _log.info("old entries deleted", replies=gone.replies, posts=gone.posts)
        except StateError as fault:
            _log.error("old entries were not deleted", reason=str(fault))
        await asyncio.sleep(PRUNING_SECONDS)
