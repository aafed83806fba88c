"""Undo of a change to one file of the corpus folder, for a change that cannot be served."""

import logging
import shutil
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

_log = logging.getLogger(__name__)


class FileUndo:
    """Restores the file at `path` from its copy `kept`, or deletes it if there was none before.

    Build it right after the change: it leaves a file alone that was changed later. A folder
    that was made for the file (`made_folder`) is deleted with it.
    """

    def __init__(
        self, folder: Path, path: str, kept: Path | None, made_folder: bool = False
    ) -> None:
        self._file = folder / path
        self._kept = kept
        self._made_folder = made_folder
        self._changed = _fingerprint(self._file)

    def __call__(self) -> None:
        """Undo the change; blocks. Raises OSError if the folder cannot be written."""
        if _fingerprint(self._file) != self._changed:
            _log.warning("a file that could not be served was changed meanwhile and stays")
            return
        if self._kept is not None:
            self._put_back(self._kept)
            return
        self._file.unlink(missing_ok=True)
        if self._made_folder:
            # The folder is not empty if somebody else has put a file there.
            with suppress(OSError):
                self._file.parent.rmdir()

    def _put_back(self, kept: Path) -> None:
        # The loader ignores files of this name, so it never reads half a copy.
        copy = self._file.with_name(f".adding-{token_hex(8)}.part")
        try:
            shutil.copy2(kept, copy)
            copy.replace(self._file)
        finally:
            copy.unlink(missing_ok=True)
        kept.unlink(missing_ok=True)


def _fingerprint(file: Path) -> tuple[int, int, int] | None:
    """Inode, time and size of a file, to recognize a change; None if there is no file."""
    try:
        status = file.lstat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
