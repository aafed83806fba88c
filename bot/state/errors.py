"""The one fault of this package, and what SQLite's codes mean to a person."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bot.core.errors import StateError

_LOCKED = (
    "is in use by another program and was not let go of in time;"
    " stop that program, or name another folder for the state"
)
_READ_ONLY = (
    "cannot be written; give this user the right to write to the file and its folder,"
    " or name another folder for the state"
)
_DAMAGED = (
    "is damaged and was left as it is; move it away to begin anew, or put a copy of it"
    " from before in its place"
)

_FULL = "cannot grow because the disk is full; make room on it and try again"

_MEANINGS = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_PROTOCOL: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_FORMAT: _DAMAGED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened; look whether its folder is there and open to this user,"
        " or name another folder for the state"
    ),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written because the disk reports a fault;"
        " look whether the disk is healthy and has room"
    ),
}


def about(path: Path, what: str) -> StateError:
    """The sentence on the file at `path`."""
    # A name may hold bytes or line breaks that would make two sentences of one.
    name = str(path).encode("utf-8", "replace").decode()
    name = "".join(character if character.isprintable() else "?" for character in name)
    return StateError(f'The state file "{name}" {what}.')


def damaged(path: Path) -> StateError:
    """The sentence on a file whose content makes no sense."""
    return about(path, _DAMAGED)


def read_only(path: Path) -> StateError:
    """The sentence on a file or folder this user may not write to."""
    return about(path, _READ_ONLY)


def locked(path: Path) -> StateError:
    """The sentence on a file that another holds."""
    return about(path, _LOCKED)


def full(path: Path) -> StateError:
    """The sentence on a file there is no room for."""
    return about(path, _FULL)


def explained(fault: BaseException, path: Path) -> StateError:
    """What SQLite's complaint about the file at `path` means, as a sentence."""
    code = getattr(fault, "sqlite_errorcode", None)
    # The low byte is the kind of error, the rest its finer shade.
    meaning = _MEANINGS.get(code & 0xFF) if isinstance(code, int) else None
    if meaning is None:
        reason = " ".join(str(fault).split()).rstrip(".") or type(fault).__name__
        meaning = f"cannot be used ({reason}); look whether another program changed it"
    return about(path, meaning)
