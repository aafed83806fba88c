"""Preparation of the state file: create it, check it, migrate its tables.

All functions block; the database runs them in a thread.
"""

import errno
import os
import sqlite3
import stat
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import URL, interfaces
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from bot.core.errors import system_reason
from bot.state.models import Model
from bot.state.sqlite_codes import (
    DAMAGED,
    FULL,
    READ_ONLY,
    sqlite_state_error,
    state_error,
)

CHECKED_BYTES = 64 * 1024 * 1024
"""Files up to this size are checked for damage as a whole at the start."""

_PAUSE = 0.01
"""Seconds between two attempts at what SQLite refuses at once instead of waiting."""

_OWNER_ONLY = stat.S_IRUSR | stat.S_IWUSR


def set_pragmas(engine: Engine, busy_ms: int) -> None:
    """Set the pragmas of every connection of `engine`, and let its option `begin` choose BEGIN.

    `busy_ms` is how long SQLite waits for another program's lock, in milliseconds.
    """

    @event.listens_for(engine, "connect")
    def pragmas(connection: interfaces.DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {busy_ms}",
            "foreign_keys = ON",
            # Deleted personal data is overwritten, not only unlinked.
            "secure_delete = ON",
            # An accepted question survives a loss of power.
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
    """Alembic's configuration to run the migrations on `connection`, without a file."""
    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def prepare_file(path: Path, busy_ms: int) -> None:
    """Create the file at `path` if it is missing, check it, and migrate its tables.

    Raises `StateError`, and then leaves the content of an existing file unchanged.
    """
    _create_or_check_file(path)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        # The driver begins no transactions, so that a migration runs in exactly one.
        connect_args={"isolation_level": None},
    )
    set_pragmas(engine, busy_ms)
    try:
        with engine.connect().execution_options(begin=None) as connection:
            _check_content(connection, path)
        with engine.begin() as connection:
            make_or_migrate(connection, path)
        # Last, because it writes to the file, which may belong to another program until then.
        with engine.connect().execution_options(begin=None) as connection:
            _enable_wal(connection, busy_ms)
    except DBAPIError as error:
        raise sqlite_state_error(error.orig or error, path) from error
    finally:
        engine.dispose()


def _enable_wal(connection: Connection, busy_ms: int) -> None:
    """Turn on write-ahead logging, which SQLite refuses at once while another program reads."""
    deadline = time.monotonic() + busy_ms / 1000
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except DBAPIError as error:
            code = getattr(error.orig, "sqlite_errorcode", None)
            if code != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _create_or_check_file(path: Path) -> None:
    """Create the file, or check the existing one, before SQLite opens it."""
    try:
        try:
            # SQLite would create the file readable for other users.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWNER_ONLY))
        except FileExistsError:
            _check_file(path)
    except OSError as error:
        predicate = (
            f"cannot be opened or made ({system_reason(error)}); look whether its folder is there"
        )
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            predicate = READ_ONLY
        elif error.errno in {errno.ENOSPC, errno.EDQUOT}:
            predicate = FULL
        raise state_error(path, predicate) from error


def _check_file(path: Path) -> None:
    """Check without opening it that it is a regular file, writable, and not emptied."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise state_error(path, "is not a file; move it away, or name another folder for the state")
    if stat.S_IMODE(status.st_mode) != _OWNER_ONLY:
        path.chmod(_OWNER_ONLY)
    effective = os.access in os.supports_effective_ids
    for place in (path, path.parent):
        if not os.access(place, os.R_OK | os.W_OK, effective_ids=effective):
            raise state_error(path, READ_ONLY)
    journal = path.with_name(path.name + "-wal")
    if status.st_size == 0 and journal.exists() and journal.stat().st_size:
        # SQLite would treat the file as new and delete the write-ahead log.
        raise state_error(path, DAMAGED)


def _check_content(connection: Connection, path: Path) -> None:
    """Raise the error for a damaged file, if SQLite's own check finds damage."""
    whole = path.stat().st_size <= CHECKED_BYTES
    pragma = "quick_check(1)" if whole else "schema_version"
    result = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
    if whole and result != "ok":
        raise state_error(path, DAMAGED)


def make_or_migrate(connection: Connection, path: Path) -> None:
    """Make the tables of the models in a new file; migrate those of an older version.

    Raises `StateError` for a file of a newer version or of another program.
    """
    config = alembic_config(connection)
    heads = MigrationContext.configure(connection).get_current_heads()
    if heads:
        try:
            command.upgrade(config, "head")
        except CommandError:  # it knows no such step
            number = ", ".join(sorted(heads))
            number = number if number.isalnum() and len(number) <= 40 else "unknown"
            raise state_error(
                path,
                f"was written by a newer version of this program (tables {number});"
                " start that version, or name another folder for the state",
            ) from None
    elif inspect(connection).get_table_names():
        raise state_error(
            path,
            "belongs to another program; move it away, or name another folder for the state",
        )
    else:
        Model.metadata.create_all(connection)
        command.stamp(config, "head")
