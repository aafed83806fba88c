"""Services of the program: one corpus and one state for all, and a chat service a platform.

`build_services` does the wiring for the program, the harnesses of the tests and the benchmarks.
"""

from __future__ import annotations

import asyncio
import stat
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import structlog

from bot.answering.build_job import BuildJob
from bot.answering.evaluation import read_questions, silence_questions
from bot.answering.reload import CorpusReloader
from bot.answering.service import AnsweringService
from bot.answering.store import IndexStore, name_for
from bot.chat.command_grammar import Syntax
from bot.chat.curation import CorpusFiles, Curation
from bot.chat.identity import Rights
from bot.chat.layout import ExcerptUrl, Layout
from bot.chat.operations import OperationTimeouts
from bot.chat.questions import ChatServiceOptions
from bot.chat.rate_limits import RateLimiter
from bot.chat.rendering.blocks import NoticeBlock
from bot.chat.rooms import RoomPolicies
from bot.chat.service import ChatService
from bot.chat.texts.notices import Notice
from bot.config.access import secret_file
from bot.config.settings import RetrievalSettings, Settings
from bot.core.errors import ModelError, QuestionsError, SettingsError
from bot.ingest.formats import Limits
from bot.ingest.report import LoadReport
from bot.meaning.about import (
    ANY_LANGUAGE,
    EncoderAbout,
    EncoderFolder,
    EncoderPackage,
    holds_encoder,
)
from bot.meaning.default_encoder import DEFAULT_FOLDER
from bot.meaning.endpoint_place import place_of
from bot.meaning.multilingual import installed_package
from bot.platforms.alerts import AlertQueue, load_alerts
from bot.platforms.connection_status import ConnectionMonitor, ConnectionStatus
from bot.platforms.profile import BotProfile, read_profile
from bot.platforms.web.links import PageLinks, signing_key
from bot.retrieval.answer.judge import Judge
from bot.retrieval.answer.searcher import AnswerOptions
from bot.retrieval.ranking.calibration import FEWEST_QUESTIONS

if TYPE_CHECKING:
    # The libraries of the store take long to import, and most commands do not need it.
    from bot.meaning.endpoint import Completions, Endpoint
    from bot.state.store import Store


class OnJoin(Protocol):
    """Called when the bot is online on a platform."""

    def __call__(self, name: str, places: int, *notes: Notice) -> None:
        """Its name there, the number of its servers or rooms, what the operator should read."""


_log = structlog.stdlib.get_logger(__name__)


def ignore_join(name: str, places: int, *notes: Notice) -> None:
    """An `OnJoin` that does nothing."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Clocks and time limits of the chat.

    `clock` is monotonic, in seconds; `now` returns the date and time with a time zone.
    """

    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    answer_seconds: float = 30.0
    operations: OperationTimeouts = field(default_factory=OperationTimeouts)


@dataclass(frozen=True, slots=True)
class PlatformServices:
    """The chat service of one platform, and the other objects that its adapter calls."""

    chat: ChatService
    rights: Rights
    rooms: RoomPolicies
    limiter: RateLimiter
    store: Store
    on_join: OnJoin
    layout: Layout
    alerts: AlertQueue
    profile: BotProfile
    connection: ConnectionStatus


class SharedServices:
    """The corpus and the state that all platforms share; made by `build_services`.

    `links` signs and reads the links of the web server, None where there is none.
    """

    def __init__(
        self,
        settings: Settings,
        answering: AnsweringService,
        store: Store,
        timing: Timing,
        profile: BotProfile,
        links: PageLinks | None = None,
    ) -> None:
        self.settings = settings
        self.profile = profile
        self.answering = answering
        self.store = store
        self.links = links
        self._timing = timing
        self._curations: list[Curation] = []
        self._report: LoadReport | None = None
        self.connections = ConnectionMonitor(settings.alerts.lost_minutes, timing.clock)

    @property
    def excerpt_url(self) -> ExcerptUrl | None:
        """The address of the page of an excerpt; None where members reach no web server."""
        if self.links is None or not self.settings.web.public_url:
            return None
        return self.links.excerpt

    @property
    def report(self) -> LoadReport | None:
        """The report of the last load."""
        return self._report

    def alert(self, alert: NoticeBlock) -> None:
        """Have an alert sent to the rooms for alerts."""
        for each in self.connections.statuses:
            each.alerts.add(alert)

    def loaded(self, report: LoadReport) -> None:
        """Show the report of a load to curators of all platforms, when none of them began it."""
        for alert in load_alerts(report, self._report):
            self.alert(alert)
        self._report = report
        for curation in self._curations:
            curation.loaded(report)

    def for_platform(
        self,
        name: str,
        rights: Rights,
        direct_collections: Iterable[str],
        layout: Layout,
        syntax: Syntax,
        on_join: OnJoin,
    ) -> PlatformServices:
        """The services of the platform `name`, where commands have the syntax `syntax`.

        `direct_collections` are those that conversations with one person see; empty: all.
        """
        store = self.store
        rooms = RoomPolicies(
            store,
            lambda: self.answering.corpus.collections,
            direct=frozenset(direct_collections) or None,
        )
        limiter = self.limiter()
        chat = self._chat(rights, rooms, layout, syntax, limiter)
        connection = self.connections.add(name)
        if self._report is not None:
            for alert in load_alerts(self._report):
                connection.alerts.add(alert)
        return PlatformServices(
            chat,
            rights,
            rooms,
            limiter,
            store,
            on_join,
            layout,
            connection.alerts,
            self.profile,
            connection,
        )

    def web_chat(self, layout: Layout, syntax: Syntax) -> ChatService:
        """The chat service of web pages, where nobody has rights and each place has its scope."""
        rooms = RoomPolicies(self.store, lambda: self.answering.corpus.collections)
        return self._chat(Rights(), rooms, layout, syntax, self.limiter())

    def _chat(
        self,
        rights: Rights,
        rooms: RoomPolicies,
        layout: Layout,
        syntax: Syntax,
        limiter: RateLimiter,
    ) -> ChatService:
        settings, timing, store = self.settings, self._timing, self.store
        now, files = timing.now, corpus_files(settings)
        curation = Curation(self.answering, store, rights, rooms, files, now, timing.operations)
        if self._report is not None:
            curation.loaded(self._report)
        self._curations.append(curation)
        options = ChatServiceOptions(
            syntax,
            answer_seconds=timing.answer_seconds,
            keep_questions=settings.state.keep_questions,
            reader_at=place_of(settings.reader.url).value if settings.reader.url else "",
            clock=timing.clock,
            now=timing.now,
        )
        return ChatService(self.answering, store, rooms, curation, layout, options, limiter)

    def limiter(self, *, per_person: int | None = None) -> RateLimiter:
        """The limits of one platform, by the settings but for those that are given."""
        limits = self.settings.limits
        return RateLimiter(
            per_person=per_person or limits.per_person,
            per_room=limits.per_room,
            seconds=limits.seconds,
            waiting=limits.waiting,
            at_once=limits.at_once,
            clock=self._timing.clock,
        )

    async def close(self) -> None:
        """Wait a moment for curators' operations; each takes effect as a whole or not at all."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1.5):
                await asyncio.gather(*(curation.close() for curation in self._curations))


@asynccontextmanager
async def build_services(
    settings: Settings, answering: AnsweringService, timing: Timing | None = None
) -> AsyncIterator[SharedServices]:
    """The services that platforms share, while the body runs. Opens and closes the state.

    `answering` comes from `build_answering`. Raises `SettingsError` or `StateError` where the
    folder of the state cannot be used, and `SettingsError` for an avatar that is none.
    """
    from bot.state.store import Store  # noqa: PLC0415 - see above

    profile = await asyncio.to_thread(read_profile, settings.chat.name, settings.chat.avatar)
    folder = await asyncio.to_thread(settings.state_folder)
    async with await Store.open(folder) as store:
        answering.keep_choices_in(store.choices)
        links = None
        if settings.web.address:
            key = await asyncio.to_thread(signing_key, folder)
            links = PageLinks(key, settings.web.public_url, settings.web.link_days)
        services = SharedServices(settings, answering, store, timing or Timing(), profile, links)
        try:
            yield services
        finally:
            await services.close()


def build_answering(
    settings: Settings, *, in_child: bool = False, completions: Completions | None = None
) -> AnsweringService:
    """The answering service for the corpus folder; nothing is loaded yet.

    With `in_child`, for programs that go on answering, the index is built by a child process. A
    reader asks `completions`, where they are given, in place of the endpoint that is set.
    Raises `SettingsError` where the questions to calibrate on, or a model, cannot be used.
    """
    options = AnswerOptions(
        max_excerpts=settings.answer.max_excerpts,
        excerpt_chars=settings.answer.excerpt_chars,
        false_answer_rate=settings.answer.false_answer_rate,
        calibration=_calibration_questions(settings.answer.calibration),
    )
    corpus = settings.corpus
    limits = reading_limits(settings)
    store = IndexStore(
        settings.state.folder / name_for(corpus.folder),
        f"{corpus.folder.absolute()} {limits}",
        settings.state_folder,
    )
    encoder = _encoder_folder(settings.retrieval.encoder)
    job = BuildJob(
        corpus.folder,
        limits,
        corpus.trust_times,
        options,
        store,
        encoder=encoder,
        across=_across_package(settings.retrieval, encoder),
    )
    reloader = CorpusReloader(job, in_child=in_child)
    return AnsweringService(reloader, _judge(settings, completions))


def build_endpoint(settings: Settings) -> Endpoint | None:
    """The endpoint of the reader; None where none is set. `SettingsError` for a bad key file."""
    reader = settings.reader
    if not reader.url:
        return None
    # The library for HTTP takes long to import, and most programs have no reader.
    from bot.meaning.endpoint import Endpoint, EndpointOptions  # noqa: PLC0415

    return Endpoint(
        EndpointOptions(
            url=reader.url,
            model=reader.model,
            key=_reader_key(reader.key_file),
            seconds=reader.seconds,
            at_once=reader.at_once,
            per_minute=reader.per_minute,
            per_day=reader.per_day,
        )
    )


def corpus_files(settings: Settings) -> CorpusFiles:
    """The corpus folder that curators change, its limits, and the trash for removed files."""
    trash = settings.state.folder / "removed"
    return CorpusFiles(settings.corpus.folder, reading_limits(settings), trash)


def reading_limits(settings: Settings) -> Limits:
    """The limits within which a file of the corpus is read."""
    return Limits(
        max_bytes=settings.corpus.max_file_mb * 1_000_000,
        worker_seconds=settings.corpus.worker_seconds,
        worker_memory_bytes=settings.corpus.worker_memory_mb * 1_000_000,
        recognition_languages=settings.corpus.recognition_languages,
    )


def _encoder_folder(name: str) -> EncoderFolder | None:
    """The encoder of that name; None where words alone are searched.

    Raises `SettingsError` for a folder that is no encoder.
    """
    if name == "none":
        return None
    if name == "default" and not holds_encoder(DEFAULT_FOLDER):
        _log.info("the default encoder is not set up, words alone are searched")
        return None
    try:
        return EncoderFolder.of(DEFAULT_FOLDER if name == "default" else Path(name))
    except ModelError as fault:
        raise SettingsError(str(fault)) from None


def _judge(settings: Settings, completions: Completions | None) -> Judge | None:
    """The reader or the cross-encoder that is set; `SettingsError` if it cannot be used."""
    completions = completions or build_endpoint(settings)
    folder = settings.retrieval.judge
    if completions is not None:
        if folder != "none":
            raise SettingsError(
                "reader.url and retrieval.judge are both set, but only one can choose; leave the"
                ' address empty, or set the judge to "none"'
            )
        from bot.meaning.reader import Reader  # noqa: PLC0415 - see `build_endpoint`

        reader = settings.reader
        return Reader(
            completions,
            reader.model or reader.url,
            seconds=reader.seconds,
            only_unsure=reader.when == "unsure",
        )
    if folder == "none":
        return None
    # The libraries of a judge take long to import, and most programs have none.
    from bot.meaning.cross_encoder import CrossEncoder  # noqa: PLC0415

    try:
        return CrossEncoder(Path(folder))
    except ModelError as fault:
        raise SettingsError(str(fault)) from None


def _reader_key(name: str) -> str:
    """The key in the file `name`; empty where no file is set."""
    if not name:
        return ""
    file = Path(name)
    key = secret_file("reader.key_file", file).get_secret_value()
    if file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        _log.warning("reader.key_file: others can read this file; close it with chmod 600")
    return key


def _across_package(
    settings: RetrievalSettings, encoder: EncoderFolder | None
) -> EncoderPackage | None:
    """The encoder for questions in a language that the documents lack, if one is needed."""
    if settings.encoder == "none" or not settings.across_languages:
        return None
    if encoder is not None and ANY_LANGUAGE in EncoderAbout.of(encoder.path).languages:
        return None  # that one reads them all
    package = installed_package()
    if package is None:
        _log.info(
            "the multilingual encoder is not installed, questions in a language that the"
            " documents lack are answered by words alone"
        )
    return package


def _calibration_questions(name: str) -> tuple[str, ...]:
    """The questions in the file `name` that must get no answer; none where no file is set."""
    if not name:
        return ()
    try:
        foreign = silence_questions(read_questions(Path(name)))
    except QuestionsError as fault:
        raise SettingsError(f"answer.calibration: {fault}") from None
    if len(foreign) < FEWEST_QUESTIONS:
        raise SettingsError(
            f'answer.calibration: "{name}" holds {len(foreign)} of the at least'
            f" {FEWEST_QUESTIONS} questions of the kinds silent and offtopic that are needed;"
            " write more, or leave the setting empty"
        )
    return foreign
