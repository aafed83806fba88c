"""SQLite's result codes as `StateError`: one sentence for a person with the remedy."""

import sqlite3
from pathlib import Path

from bot.core.errors import StateError

LOCKED = (
    "is in use by another program and was not let go of in time;"
    " stop that program, or name another folder for the state"
)
READ_ONLY = (
    "cannot be written; give this user the right to write to the file and its folder,"
    " or name another folder for the state"
)
DAMAGED = (
    "is damaged and was left as it is; move it away to begin anew, or put a copy of it"
    " from before in its place"
)
FULL = "cannot grow because the disk is full; make room on it and try again"

_MEANINGS = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_PROTOCOL: LOCKED,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_FORMAT: DAMAGED,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened; look whether its folder is there and open to this user,"
        " or name another folder for the state"
    ),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written because the disk reports a fault;"
        " look whether the disk is healthy and has room"
    ),
}


def state_error(path: Path, predicate: str) -> StateError:
    """The error whose sentence has the file at `path` as subject, and `predicate`."""
    # A file name may hold line breaks or bytes that are not UTF-8.
    name = str(path).encode("utf-8", "replace").decode()
    name = "".join(character if character.isprintable() else "?" for character in name)
    return StateError(f'The state file "{name}" {predicate}.')


def sqlite_state_error(error: BaseException, path: Path) -> StateError:
    """The error for an exception of SQLite about the file at `path`."""
    code = getattr(error, "sqlite_errorcode", None)
    # The low byte is the primary result code; the other bytes refine it.
    meaning = _MEANINGS.get(code & 0xFF) if isinstance(code, int) else None
    if meaning is None:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        meaning = f"cannot be used ({reason}); look whether another program changed it"
    return state_error(path, meaning)
