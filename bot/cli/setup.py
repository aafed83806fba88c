"""From a command line and settings to the parts that do the work."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import structlog

from bot.answering.evaluation import read_questions
from bot.answering.rebuild import IndexRebuild
from bot.answering.service import AnsweringService
from bot.answering.snapshot import Snapshots, name_for
from bot.answering.worker_pool import WorkerPool, WorkerTask, possible
from bot.chat.curation import CorpusFiles
from bot.cli.arguments import Arguments
from bot.cli.calibrate import foreign_of
from bot.config import logs
from bot.config.settings import Settings, load_settings
from bot.core.errors import QuestionsError, SettingsError
from bot.ingest.loader import Loader
from bot.ingest.readers import Limits
from bot.retrieval.answer.searcher import Options as AnswerOptions
from bot.retrieval.ranking.calibration import FEWEST_QUESTIONS

MEGABYTE = 1_000_000

_log = structlog.stdlib.get_logger(__name__)

HISTORY_BYTES = 500_000
"""The history of the console is cut to about half of this when it has grown larger."""


def settings_of(arguments: Arguments) -> Settings:
    """The settings in force, and the logs set up by them; raises `SettingsError`."""
    given: dict[str, object] = {}
    if arguments.corpus is not None:
        given["corpus.folder"] = arguments.corpus
    if arguments.log_level is not None:
        given["log.level"] = arguments.log_level
    settings = load_settings(arguments.config, given)
    logs.configure(settings.log.level, settings.log.format)
    return settings


def limits_of(settings: Settings) -> Limits:
    """The limits within which a file is read."""
    return Limits(
        max_bytes=settings.corpus.max_file_mb * MEGABYTE,
        worker_seconds=settings.corpus.worker_seconds,
        worker_memory_bytes=settings.corpus.worker_memory_mb * MEGABYTE,
    )


def corpus_files(settings: Settings) -> CorpusFiles:
    """The corpus folder, as curators change it."""
    trash = settings.state.folder / "removed"
    return CorpusFiles(settings.corpus.folder, limits_of(settings), trash)


def answering_of(settings: Settings) -> AnsweringService:
    """What answers from the corpus folder; nothing is loaded yet.

    Raises `SettingsError` where the questions to calibrate on cannot be used.
    """
    options = AnswerOptions(
        max_excerpts=settings.answer.max_excerpts,
        excerpt_chars=settings.answer.excerpt_chars,
        false_answer_rate=settings.answer.false_answer_rate,
        calibration=_own_questions(settings.answer.calibration),
    )
    corpus = settings.corpus
    limits = limits_of(settings)
    loader = Loader(corpus.folder, limits, trust_times=corpus.trust_times)
    read_with = f"{corpus.folder.absolute()} {limits}"
    snapshots = Snapshots(
        settings.state.folder / name_for(corpus.folder), read_with, settings.state_folder
    )
    preparing = IndexRebuild(corpus.folder, limits, corpus.trust_times, options, snapshots)
    waiting = settings.limits.waiting
    crew = _crew_of(settings.answer.processes, WorkerTask(snapshots, options), waiting)
    if crew is not None:
        # Whatever the size: they have the corpus from there.
        preparing = replace(preparing, fewest_passages=0)
    return AnsweringService(loader, options, waiting=waiting, preparing=preparing, crew=crew)


def _crew_of(processes: int, task: WorkerTask, waiting: int) -> WorkerPool | None:
    """The processes that are to answer; none where the system does not have what it takes."""
    if not processes:
        return None
    if not possible():
        _log.warning("answer.processes has no effect here", system=sys.platform)
        return None
    return WorkerPool(task, processes, waiting)


def _own_questions(name: str) -> tuple[str, ...]:
    """The curator's questions that must meet silence; none where no file is set."""
    if not name:
        return ()
    try:
        foreign = foreign_of(read_questions(Path(name)))
    except QuestionsError as fault:
        raise SettingsError(f"answer.calibration: {fault}") from None
    if len(foreign) < FEWEST_QUESTIONS:
        raise SettingsError(
            f'answer.calibration: "{name}" holds {len(foreign)} of the at least'
            f" {FEWEST_QUESTIONS} questions of the kinds silent and offtopic that are needed;"
            " write more, or leave the setting empty"
        )
    return foreign


def history_file(settings: Settings) -> Path:
    """Where the console keeps what was typed, closed to other users (mode 0600).

    Raises `SettingsError` where it cannot be kept.
    """
    file = settings.state_folder() / "console_history"
    try:
        os.close(os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
        file.chmod(0o600)
        _cut(file)
    except OSError as fault:
        why = (fault.strerror or "unknown reason").lower()
        raise SettingsError(
            f'state.folder: "{file}" cannot be written ({why}); see to its permissions,'
            " or name another folder"
        ) from None
    return file


def _cut(file: Path) -> None:
    """Drop the older part of a history that has grown too large."""
    if file.stat().st_size <= HISTORY_BYTES:
        return
    # An entry begins with an empty line and the time it was made.
    _, mark, rest = file.read_bytes()[-HISTORY_BYTES // 2 :].partition(b"\n# ")
    file.write_bytes(mark + rest)
