"""What every platform of one process has in common: one corpus, one state."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.answering.service import Answering
from bot.chat.curation import Curating, Files
from bot.chat.identity import Rights
from bot.chat.layout import Showing
from bot.chat.rate_limits import Turnstile
from bot.chat.rendering.dialects import Dialect
from bot.chat.rooms import RoomKeeper
from bot.chat.service import Desk, DeskManners
from bot.chat.texts.english import ENGLISH
from bot.cli.setup import limits_of
from bot.config.settings import Settings
from bot.ingest.loader import LoadReport
from bot.platforms.streams import Output
from bot.state.store import Store


@dataclass(frozen=True, slots=True)
class Shared:
    """What platforms are built on; `folder` is that of the state, `report` of the first load."""

    answering: Answering
    settings: Settings
    store: Store
    folder: Path
    report: LoadReport
    output: Output
    curating: list[Curating] = field(default_factory=list)

    def loaded(self, report: LoadReport) -> None:
        """Let all who tell of loads know of one that nobody asked for."""
        for each in self.curating:
            each.loaded(report)

    def rooms(self, direct: Iterable[str]) -> RoomKeeper:
        """The settings of rooms; `direct` is what direct messages see, empty for all."""
        known: Callable[[], frozenset[str]] = lambda: self.answering.corpus.collections  # noqa: E731
        return RoomKeeper(self.store, known, direct=frozenset(direct) or None)

    def curators(self, rights: Rights, rooms: RoomKeeper) -> Curating:
        """What curators do on one platform."""
        made = Curating(
            self.answering,
            self.store,
            rights,
            rooms,
            Files(self.settings.corpus.folder, limits_of(self.settings), self.folder / "removed"),
            lambda: datetime.now(UTC),
        )
        made.loaded(self.report)
        self.curating.append(made)
        return made

    def desk(self, rights: Rights, rooms: RoomKeeper, dialect: Dialect, limit: int) -> Desk:
        """What answers on one platform, in messages of at most `limit`."""
        manners = DeskManners(keep_questions=self.settings.state.keep_questions)
        showing = Showing(dialect, limit, ENGLISH)
        return Desk(self.answering, self.store, rooms, rights, showing, manners)

    def turnstile(self) -> Turnstile:
        """How many questions are taken on one platform."""
        limits = self.settings.limits
        return Turnstile(
            limits.per_person,
            limits.per_room,
            limits.seconds,
            limits.waiting,
            limits.at_once,
            time.monotonic,
        )
