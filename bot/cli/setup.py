"""From a command line and settings to the parts that do the work."""

import os
from pathlib import Path

import structlog

from bot.cli.arguments import Arguments
from bot.config import logs
from bot.config.settings import Settings, load_settings
from bot.core.errors import SettingsError

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
