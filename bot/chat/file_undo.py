"""A file of the corpus folder put back as it was, where it could not be served."""

import logging
import shutil
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

_log = logging.getLogger(__name__)


class Undo:
    """Puts one file of the corpus folder back as it was: the `kept` one, or none; blocks.

    It is made right after the change, and leaves a file alone that was changed since.
    `names` are those in the folder before the change, None where no folder can be new.
    """

    def __init__(
        self, folder: Path, path: str, kept: Path | None, names: frozenset[str] | None = None
    ) -> None:
        self._place = folder / path
        self._kept = kept
        top = path.partition("/")[0] if "/" in path else None
        self._made = None if names is None or top is None or top in names else folder / top
        self._after = _look(self._place)

    def __call__(self) -> None:
        """Do it; raises OSError where the folder cannot be written."""
        if _look(self._place) != self._after:
            _log.warning("a file that could not be served was changed meanwhile and stays")
            return
        if self._kept is not None:
            self._put_back(self._kept)
            return
        self._place.unlink(missing_ok=True)
        if self._made is not None:
            # Where it is not empty, somebody else put something there.
            with suppress(OSError):
                self._made.rmdir()

    def _put_back(self, kept: Path) -> None:
        # The name is one that no load takes up, until the copy is whole.
        copy = self._place.with_name(f".adding-{token_hex(8)}.part")
        try:
            shutil.copy2(kept, copy)
            copy.replace(self._place)
        finally:
            copy.unlink(missing_ok=True)
        kept.unlink(missing_ok=True)


def _look(place: Path) -> tuple[int, int, int] | None:
    """Inode, time and size, by which a file is known to be the same; None where there is none."""
    try:
        seen = place.lstat()
    except FileNotFoundError:
        return None
    return seen.st_ino, seen.st_mtime_ns, seen.st_size


def names_in(folder: Path) -> frozenset[str]:
    """The names that stand in a folder now; none where it cannot be read."""
    try:
        return frozenset(entry.name for entry in folder.iterdir())
    except OSError:
        return frozenset()  # whoever adds to it says what is wrong with it
