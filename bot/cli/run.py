"""`run`: the bot on its chat platforms, or the console chat if none is configured."""

import os
import sys
from pathlib import Path

import structlog

from bot.answering.service import AnsweringService
from bot.chat.identity import Scope
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.cli.corpus_watch import watch_corpus
from bot.cli.output import sentence
from bot.config.access import access_of
from bot.config.settings import Settings
from bot.core.errors import SettingsError, UsageError, system_reason
from bot.ingest.report import LoadReport
from bot.platforms.console import Streams, run_console
from bot.platforms.services import corpus_files
from bot.platforms.streams import Output

HISTORY_BYTES = 500_000
"""A history of the console that has grown larger is cut to about half of this."""

_log = structlog.stdlib.get_logger(__name__)


async def run(
    answering: AnsweringService,
    settings: Settings,
    report: LoadReport,
    streams: Streams,
    scope: Scope,
) -> None:
    """Run until the console chat ends or the task is cancelled.

    `report` is that of the first load. Raises `UsageError` for a `scope` on chat platforms,
    where each room has its own.
    """
    access = access_of(settings)
    if access or settings.web.address:
        if scope is not None:
            raise UsageError(sentence(notice(Text.COLLECTION_BY_ROOM)))
        # Imported here, because the libraries of the platforms would delay the console chat.
        from bot.cli.serve import serve  # noqa: PLC0415

        errors = Output(sys.stderr)
        await serve(answering, settings, report, access, streams.output, errors)
        return

    def history() -> Path | None:
        try:
            return history_file(settings)
        except SettingsError as fault:
            _log.warning("what you type is not kept", reason=str(fault))
            return None

    async with watch_corpus(settings.corpus.folder, answering, enabled=settings.corpus.watch):
        await run_console(
            answering,
            corpus_files(settings),
            streams,
            scope=scope,
            emphasis=settings.answer.emphasis,
            history=history,
        )


def history_file(settings: Settings) -> Path:
    """The file of the lines typed at the console, created if missing, with mode 0600.

    Raises `SettingsError` if it cannot be written.
    """
    file = settings.state_folder() / "console_history"
    try:
        os.close(os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
        file.chmod(0o600)
        _drop_old_entries(file)
    except OSError as error:
        raise SettingsError(
            f'state.folder: "{file}" cannot be written ({system_reason(error)}); see to its'
            " permissions, or name another folder"
        ) from None
    return file


def _drop_old_entries(file: Path) -> None:
    if file.stat().st_size <= HISTORY_BYTES:
        return
    # Each entry begins with an empty line and a line "# time" (prompt_toolkit's FileHistory).
    _, mark, rest = file.read_bytes()[-HISTORY_BYTES // 2 :].partition(b"\n# ")
    file.write_bytes(mark + rest)
