"""The bot on its platforms: state, chat and connections, put together and taken apart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import structlog
from pydantic import SecretStr

from bot.answering import Answering
from bot.chat.curating import Curating, Files
from bot.chat.desk import Desk, DeskManners
from bot.chat.english import ENGLISH
from bot.chat.limits import Turnstile
from bot.chat.people import Rights
from bot.chat.rendering.discord import DISCORD
from bot.chat.rooms import RoomKeeper
from bot.chat.showing import Showing
from bot.chat.texts import Text, notice
from bot.cli.documents import sentence
from bot.cli.loading import log_report
from bot.cli.watching import watching
from bot.cli.wiring import limits_of
from bot.core.errors import SettingsError
from bot.ingest.loading import LoadReport
from bot.platforms.discord.client import Parts, Shards
from bot.platforms.discord.running import Joining, take_part
from bot.platforms.discord.views import LIMIT
from bot.platforms.streams import Output
from bot.settings import Settings
from bot.state.errors import StateError
from bot.state.store import Store

PRUNING_SECONDS = 6 * 3_600.0
"""How often what is too old is deleted."""

CLOSING_SECONDS = 1.5
"""Longest wait at the end for what curators have begun."""

JOBS_KEPT = timedelta(days=2)
"""For how long a question is known to have been taken."""

_log = structlog.stdlib.get_logger(__name__)


async def serve(
    answering: Answering, settings: Settings, report: LoadReport, token: SecretStr, output: Output
) -> None:
    """Be on Discord until cancelled. Raises `SourcesSayError` where it cannot be."""
    folder = await asyncio.to_thread(settings.state_folder)
    async with await Store.open(folder) as store, _pruned(store, settings):
        rights = Rights(
            frozenset(settings.discord.curator_users),
            frozenset(settings.discord.curator_roles),
            frozenset(settings.discord.manager_roles),
        )
        direct = frozenset(settings.discord.direct_collections) or None
        rooms = RoomKeeper(store, lambda: answering.corpus.collections, direct=direct)
        curating = Curating(
            answering,
            store,
            rights,
            rooms,
            Files(settings.corpus.folder, limits_of(settings), folder / "removed"),
            lambda: datetime.now(UTC),
        )
        curating.loaded(report)
        manners = DeskManners(keep_questions=settings.state.keep_questions)
        showing = Showing(DISCORD, LIMIT, ENGLISH)
        desk = Desk(answering, store, rooms, rights, showing, manners)
        limits = settings.limits
        turnstile = Turnstile(
            limits.per_person,
            limits.per_room,
            limits.seconds,
            limits.waiting,
            limits.at_once,
            time.monotonic,
        )

        def joined(name: str, servers: int) -> None:
            output.write(sentence(notice(Text.JOINED, name=name, servers=servers)) + "\n")

        parts = Parts(desk, curating, rights, rooms, turnstile, store, joined)

        def loaded(report: LoadReport) -> None:
            log_report(report)
            curating.loaded(report)

        watched = watching(
            settings.corpus.folder, answering, wanted=settings.corpus.watch, loaded=loaded
        )
        try:
            async with watched:
                await take_part(parts, joining_of(settings, token))
        finally:
            # What was begun ends whole or not at all, also where this is too short for it.
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSING_SECONDS):
                    await curating.close()


def joining_of(settings: Settings, token: SecretStr) -> Joining:
    """How Discord is joined; raises `SettingsError` for settings that do not go together."""
    discord = settings.discord
    if discord.shard_ids and not discord.shard_count:
        raise SettingsError(
            "discord.shard_ids: these are numbers out of discord.shard_count, which is 0; set"
            " that to the number of shards in all"
        )
    shards = Shards(discord.shard_count or None, tuple(map(int, discord.shard_ids)))
    return Joining(
        token=token.get_secret_value(),
        message_content=discord.message_content,
        api_url=discord.api_url,
        gateway_url=discord.gateway_url,
        shards=shards,
        command_servers=discord.command_servers,
    )


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
