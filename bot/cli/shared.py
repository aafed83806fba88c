"""What every platform of one process has in common: one corpus, one state."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.answering.service import AnsweringService
from bot.chat.curation import Curation
from bot.chat.grammar import Syntax
from bot.chat.identity import Rights
from bot.chat.layout import Layout
from bot.chat.options import ChatServiceOptions
from bot.chat.rate_limits import RateLimiter
from bot.chat.rooms import RoomPolicies
from bot.chat.service import ChatService
from bot.cli.setup import corpus_files
from bot.config.settings import Settings
from bot.ingest.loader import LoadReport
from bot.platforms.parts import PlatformServices
from bot.platforms.streams import Output
from bot.state.store import Store


@dataclass(frozen=True, slots=True)
class SharedServices:
    """What platforms are built on; `folder` is that of the state, `report` of the first load."""

    answering: AnsweringService
    settings: Settings
    store: Store
    folder: Path
    report: LoadReport
    output: Output
    curating: list[Curation] = field(default_factory=list)

    def loaded(self, report: LoadReport) -> None:
        """Let all who tell of loads know of one that nobody asked for."""
        for each in self.curating:
            each.loaded(report)

    def rooms(self, direct: Iterable[str]) -> RoomPolicies:
        """The settings of rooms; `direct` is what direct messages see, empty for all."""
        known: Callable[[], frozenset[str]] = lambda: self.answering.corpus.collections  # noqa: E731
        return RoomPolicies(self.store, known, direct=frozenset(direct) or None)

    def curators(self, rights: Rights, rooms: RoomPolicies) -> Curation:
        """What curators do on one platform."""
        made = Curation(
            self.answering,
            self.store,
            rights,
            rooms,
            corpus_files(self.settings),
            lambda: datetime.now(UTC),
        )
        made.loaded(self.report)
        self.curating.append(made)
        return made

    def platform(
        self,
        rights: Rights,
        rooms: RoomPolicies,
        layout: Layout,
        syntax: Syntax,
        joined: Callable[[str, int], None],
    ) -> PlatformServices:
        """The chat of one platform, where commands are typed in `syntax`."""
        curation, limiter = self.curators(rights, rooms), self.limiter()
        options = ChatServiceOptions(syntax, keep_questions=self.settings.state.keep_questions)
        chat = ChatService(self.answering, self.store, rooms, curation, layout, options, limiter)
        return PlatformServices(chat, curation, rights, rooms, limiter, self.store, joined)

    def limiter(self) -> RateLimiter:
        """The limits on questions of one platform."""
        limits = self.settings.limits
        return RateLimiter(
            limits.per_person,
            limits.per_room,
            limits.seconds,
            limits.waiting,
            limits.at_once,
            time.monotonic,
        )
