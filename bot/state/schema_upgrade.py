"""The file made ready before it is used: made, looked over, brought to our tables.

All of it blocks, and is run in a thread.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import threading
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import URL, interfaces
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from bot.state.errors import about, damaged, explained, full, locked, read_only

CHECKED_BYTES = 64 * 1024 * 1024
"""A file up to this size is read whole at the start to see whether it is damaged."""

_PAUSE = 0.01
"""Seconds between two tries where SQLite itself does not wait for a lock."""

_ONE_AT_A_TIME = threading.Lock()
# Closing a file takes away every lock that its process has on it, so nobody here may have
# the file open already when it is made.

_OWN = stat.S_IRUSR | stat.S_IWUSR


def tune(engine: Engine, busy_ms: int) -> None:
    """Give every connection of `engine` our pragmas, and leave BEGIN to `begin`.

    `busy_ms` is how long SQLite waits for another's lock, in milliseconds.
    """

    @event.listens_for(engine, "connect")
    def pragmas(connection: interfaces.DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {busy_ms}",
            "foreign_keys = ON",
            # What a person wants forgotten is overwritten, not only unlinked.
            "secure_delete = ON",
            # A question that was taken stays taken when the power goes.
            "synchronous = FULL",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        statement = connection.get_execution_options().get("begin", "BEGIN IMMEDIATE")
        if statement is not None:
            connection.exec_driver_sql(statement)


def alembic_config(connection: Connection) -> Config:
    """What Alembic needs to run our steps on `connection`; it reads no file."""
    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def prepare(path: Path, busy_ms: int) -> None:
    """Make the file at `path` if it is not there, and bring it to our tables.

    Raises StateError, and then has changed nothing in a file that was there.
    """
    if not _ONE_AT_A_TIME.acquire(timeout=busy_ms / 1000):
        raise locked(path)
    try:
        _own_file(path)
        _make_ready(path, busy_ms)
    finally:
        _ONE_AT_A_TIME.release()


def _make_ready(path: Path, busy_ms: int) -> None:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        # The driver begins no transaction of its own: a migration is one, or none.
        connect_args={"isolation_level": None},
    )
    tune(engine, busy_ms)
    try:
        with engine.connect().execution_options(begin=None) as connection:
            _look_over(connection, path)
        with engine.begin() as connection:
            _migrate(connection, path)
        # Last, because it writes to the file: readers and the writer share it from now on.
        with engine.connect().execution_options(begin=None) as connection:
            _share(connection, busy_ms)
    except DBAPIError as fault:
        raise explained(fault.orig or fault, path) from fault
    finally:
        engine.dispose()


def _share(connection: Connection, busy_ms: int) -> None:
    """Turn write-ahead logging on, which SQLite refuses at once while another reads."""
    until = time.monotonic() + busy_ms / 1000
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except DBAPIError as fault:
            code = getattr(fault.orig, "sqlite_errorcode", None)
            if code != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _own_file(path: Path) -> None:
    """Make the file, or look at the one that is there, before SQLite opens it."""
    try:
        try:
            # With these bits from the first moment on: SQLite would make it open to others.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWN))
        except FileExistsError:
            _look_at(path)
    except PermissionError as fault:
        raise read_only(path) from fault
    except OSError as fault:
        if fault.errno == errno.EROFS:
            raise read_only(path) from fault
        if fault.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise full(path) from fault
        reason = (fault.strerror or type(fault).__name__).lower()
        raise about(
            path, f"cannot be opened or made ({reason}); look whether its folder is there"
        ) from fault


def _look_at(path: Path) -> None:
    """See, without opening it, that the file is one, ours to write, and not emptied."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise about(path, "is not a file; move it away, or name another folder for the state")
    if stat.S_IMODE(found.st_mode) != _OWN:
        path.chmod(_OWN)
    effective = os.access in os.supports_effective_ids
    for place in (path, path.parent):
        if not os.access(place, os.R_OK | os.W_OK, effective_ids=effective):
            raise read_only(path)
    journal = path.with_name(path.name + "-wal")
    if found.st_size == 0 and journal.exists() and journal.stat().st_size:
        # SQLite would take the file as new, and throw the journal away.
        raise damaged(path)


def _look_over(connection: Connection, path: Path) -> None:
    whole = path.stat().st_size <= CHECKED_BYTES
    pragma = "quick_check(1)" if whole else "schema_version"
    found = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
    if whole and found != "ok":
        raise damaged(path)


def _migrate(connection: Connection, path: Path) -> None:
    config = alembic_config(connection)
    steps = ScriptDirectory.from_config(config)
    heads = set(MigrationContext.configure(connection).get_current_heads())
    if heads == set(steps.get_heads()):
        return
    unknown = heads - {step.revision for step in steps.walk_revisions()}
    if unknown:
        number = ", ".join(sorted(unknown))
        number = number if number.isalnum() and len(number) <= 40 else "unknown"
        raise about(
            path,
            f"was written by a newer version of this program (tables {number});"
            " start that version, or name another folder for the state",
        )
    if not heads and inspect(connection).get_table_names():
        raise about(
            path,
            "belongs to another program; move it away, or name another folder for the state",
        )
    command.upgrade(config, "head")
