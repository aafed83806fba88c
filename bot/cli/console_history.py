"""The history file of the console: the lines typed at its prompt."""

import os
from pathlib import Path

from bot.config.settings import Settings
from bot.core.errors import SettingsError

HISTORY_BYTES = 500_000
"""A history that has grown larger is cut to about half of this."""


def history_file(settings: Settings) -> Path:
    """The history file, created if missing and closed to other users (mode 0600).

    Raises `SettingsError` if it cannot be written.
    """
    file = settings.state_folder() / "console_history"
    try:
        os.close(os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
        file.chmod(0o600)
        _drop_old_entries(file)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise SettingsError(
            f'state.folder: "{file}" cannot be written ({reason}); see to its permissions,'
            " or name another folder"
        ) from None
    return file


def _drop_old_entries(file: Path) -> None:
    if file.stat().st_size <= HISTORY_BYTES:
        return
    # Each entry begins with an empty line and a line "# time" (prompt_toolkit's FileHistory).
    _, mark, rest = file.read_bytes()[-HISTORY_BYTES // 2 :].partition(b"\n# ")
    file.write_bytes(mark + rest)
