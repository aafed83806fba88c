"""Service of the chat platforms side by side; a fault of one does not end the others."""

import asyncio
import gc
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pydantic import SecretStr

from bot.answering.service import AnsweringService
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import Notice, notice
from bot.cli.background import background
from bot.cli.corpus_load import log_report
from bot.cli.corpus_watch import watch_corpus
from bot.cli.output import write_sentence
from bot.config.access import Access, MatrixAccess
from bot.config.settings import Settings
from bot.core.errors import SourcesSayError, StateError
from bot.ingest.report import LoadReport
from bot.platforms.alerts import silence_alert
from bot.platforms.services import SharedServices, build_services
from bot.platforms.streams import Output
from bot.state.store import Store

PRUNING_SECONDS = 6 * 3_600.0
"""Pause between two deletions of old entries."""

SILENCE_SECONDS = 3_600.0
"""Pause between two looks whether a week has passed."""

CONNECTION_SECONDS = 15.0
"""Pause between two looks whether a platform is lost."""

JOBS_KEPT = timedelta(days=2)
"""Age at which the id of a finished job is deleted; until then the event is recognized."""

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
    """Serve every platform that `access` names, until cancelled.

    `report` is that of the first load. Raises `SourcesSayError` if no platform is left.
    """
    async with (
        build_services(settings, answering) as services,
        background(_prune(services.store, settings), "pruning"),
        background(_tell_of_silence(services), "alerts"),
        background(_tell_of_lost_platforms(services), "connections"),
    ):
        services.loaded(report)

        def on_load(report: LoadReport) -> None:
            log_report(report)
            services.loaded(report)

        folder, watch = settings.corpus.folder, settings.corpus.watch
        async with watch_corpus(folder, answering, enabled=watch, on_load=on_load):
            await run_together(_platforms(services, access, output), errors)


def _platforms(services: SharedServices, access: Access, output: Output) -> Works:
    works: dict[str, Coroutine[Any, Any, None]] = {}
    if access.discord is not None:
        works["Discord"] = _discord(services, access.discord, output)
    if access.matrix is not None:
        works["Matrix"] = _matrix(services, access.matrix, output)
    if services.settings.web.address:
        works["Web"] = _web(services, output)
    return works


# The library of a platform costs time and memory, so it is imported with the platform.


async def _discord(services: SharedServices, token: SecretStr, output: Output) -> None:
    from bot.platforms.discord import run  # noqa: PLC0415

    told: set[Notice] = set()

    def joined(name: str, places: int, *notes: Notice) -> None:
        write_sentence(notice(Text.JOINED, name=name, servers=places), output)
        for note in notes:
            if note not in told:
                write_sentence(note, output)
        told.update(notes)

    connection = run.discord_connection(services.settings, token)
    on_discord = run.discord_services(services, joined, connection.command_ids)
    await run.run_discord(on_discord, connection)


async def _matrix(services: SharedServices, access: MatrixAccess, output: Output) -> None:
    from bot.platforms.matrix import run  # noqa: PLC0415

    def joined(name: str, places: int, *_notes: Notice) -> None:
        write_sentence(notice(Text.JOINED_MATRIX, name=name, rooms=places), output)

    connection = run.matrix_connection(services.settings, access)
    await run.run_matrix(run.matrix_services(services, joined), connection)


async def _web(services: SharedServices, output: Output) -> None:
    from bot.platforms.web import server  # noqa: PLC0415

    def listens(address: str) -> None:
        # A full garbage collection halts every thread, 120 ms long beside the libraries of the
        # pages. They and all others are there now and stay, so collections leave them out.
        gc.freeze()
        write_sentence(notice(Text.WEB_LISTENS, address=address), output)

    await server.run_web(services, listens)


async def run_together(works: Works, errors: Output) -> None:
    """Run the coroutines, by name of their platform, until cancelled.

    The fault of one is written to `errors` and the others go on. When the last one fails,
    its fault is raised.
    """
    tasks = {asyncio.create_task(work, name=name) for name, work in works.items()}
    fault: BaseException | None = None
    try:
        while tasks:
            done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for number, task in enumerate(done, 1):
                fault = task.exception() or fault
                if not tasks and number == len(done):
                    # No platform is left: the caller reports this fault.
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


async def _tell_of_silence(services: SharedServices) -> None:
    """Send the questions of each week that met silence to the rooms for alerts."""
    while True:
        try:
            alert = await silence_alert(services.store, datetime.now(UTC))
            if alert is not None:
                services.alert(alert)
        except StateError as fault:
            _log.error("the questions of the week could not be read", reason=str(fault))
        await asyncio.sleep(SILENCE_SECONDS)


async def _tell_of_lost_platforms(services: SharedServices) -> None:
    """Have the rooms for alerts told which other platform is lost for long, and when it is back."""
    while True:
        services.connections.check()
        await asyncio.sleep(CONNECTION_SECONDS)


async def _prune(store: Store, settings: Settings) -> None:
    """Delete old entries at once and every `PRUNING_SECONDS`, until cancelled."""
    while True:
        now = datetime.now(UTC)
        try:
            counts = await store.retention.prune(
                now,
                answers_days=settings.state.answers_days,
                unanswered_days=settings.state.unanswered_days,
                audit_days=settings.state.audit_days,
            )
            await store.jobs.prune(now - JOBS_KEPT)
            _log.info("old entries deleted", **counts)
        except StateError as fault:
            _log.error("old entries were not deleted", reason=str(fault))
        await asyncio.sleep(PRUNING_SECONDS)
