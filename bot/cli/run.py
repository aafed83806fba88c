"""The bot on its platforms: put together, kept apart from each other's faults, taken down."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pydantic import SecretStr

from bot.answering.service import AnsweringService
from bot.chat.texts.catalogue import Text, notice
from bot.cli.corpus_watch import watching
from bot.cli.curator_tools import sentence
from bot.cli.first_load import log_report
from bot.config.access import Access, MatrixAccess
from bot.config.settings import Settings
from bot.core.errors import SourcesSayError, StateError
from bot.ingest.loader import LoadReport
from bot.platforms.services import Services, build_services
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
    async with (
        build_services(settings, answering) as services,
        _pruned(services.store, settings),
    ):
        services.loaded(report)

        def loaded(report: LoadReport) -> None:
            log_report(report)
            services.loaded(report)

        watched = watching(
            settings.corpus.folder, answering, wanted=settings.corpus.watch, loaded=loaded
        )
        async with watched:
            await together(_platforms(services, access, output), errors)


def _platforms(services: Services, access: Access, output: Output) -> Works:
    works: dict[str, Coroutine[Any, Any, None]] = {}
    if access.discord is not None:
        works["Discord"] = _discord(services, access.discord, output)
    if access.matrix is not None:
        works["Matrix"] = _matrix(services, access.matrix, output)
    return works


# Each platform brings a library of its own, which costs time and memory: imported if wanted.


async def _discord(services: Services, token: SecretStr, output: Output) -> None:
    from bot.platforms.discord import run  # noqa: PLC0415

    def joined(name: str, servers: int) -> None:
        output.write(sentence(notice(Text.JOINED, name=name, servers=servers)) + "\n")

    connection = run.discord_connection(services.settings, token)
    await run.run_discord(run.discord_services(services, joined), connection)


async def _matrix(services: Services, access: MatrixAccess, output: Output) -> None:
    from bot.platforms.matrix import run  # noqa: PLC0415

    def joined(name: str, rooms: int) -> None:
        output.write(sentence(notice(Text.JOINED_MATRIX, name=name, rooms=rooms)) + "\n")

    connection = run.matrix_connection(services.settings, access)
    await run.run_matrix(run.matrix_services(services, joined), connection)


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
