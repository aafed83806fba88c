"""The database: one connection, used by one thread, every call with a time limit.

A transaction is one call in that thread: SQLAlchemy's asynchronous sessions, which hand every
statement over by itself, took three times the processor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from bot.core.errors import StateError
from bot.state.models import Model
from bot.state.schema_upgrade import prepare_file, set_pragmas
from bot.state.sqlite_codes import DAMAGED, sqlite_state_error, state_error

DEFAULT_SECONDS = 10.0
"""Default time limit of a call."""

_T = TypeVar("_T")
_P = ParamSpec("_P")


class Database:
    """The state file, and the thread that uses its connection.

    One connection is enough for a chat bot. As calls queue for its thread, only other programs
    can make SQLite report that the file is locked.
    """

    def __init__(self, path: Path, engine: Engine, seconds: float) -> None:
        self._path = path
        self._engine = engine
        self._seconds = seconds
        self._thread = ThreadPoolExecutor(1, "state")
        self._closed = False

    @classmethod
    async def open(cls, path: Path, seconds: float = DEFAULT_SECONDS) -> Database:
        """Open the file at `path`, creating or migrating it as needed; raises `StateError`."""
        # SQLite gives up on a lock at half the limit, so that its own reason is reported.
        busy_ms = max(1, int(seconds * 500))
        try:
            async with asyncio.timeout(seconds):
                await asyncio.to_thread(prepare_file, path, busy_ms)
        except TimeoutError as error:
            raise _too_slow(path, seconds) from error
        return cls(path, _engine(str(path), busy_ms), seconds)

    @classmethod
    async def in_memory(cls, seconds: float = DEFAULT_SECONDS) -> Database:
        """A database without a file, with our tables and nothing in them."""
        database = cls(Path(":memory:"), _engine(None, busy_ms=0), seconds)
        await database.write(lambda session: Model.metadata.create_all(session.connection()))
        return database

    async def read(self, work: Callable[[Session], _T]) -> _T:
        """The result of `work` in a read transaction; changes made in it are discarded."""
        return await self._call(lambda: self._transaction("BEGIN", work))

    async def write(self, work: Callable[[Session], _T]) -> _T:
        """The result of `work` in a write transaction, committed unless it raises."""

        def commit(session: Session) -> _T:
            result = work(session)
            session.commit()
            return result

        # IMMEDIATE: a transaction that reads first may be refused the write lock later.
        return await self._call(lambda: self._transaction("BEGIN IMMEDIATE", commit))

    async def truncate_journal(self) -> None:
        """Empty the write-ahead log, so that deleted rows are in no file any more.

        Another program that is reading may prevent it; then the next call does it.
        """

        def truncate(session: Session) -> None:
            session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

        await self._call(lambda: self._transaction(None, truncate))

    async def close(self) -> None:
        """Wait for the running call and close the file; a second call does nothing."""
        if not self._closed:
            await self._call(self._close)
            self._thread.shutdown(wait=False)

    async def with_time_limit(self, work: Awaitable[_T]) -> _T:
        """The result of `work`, or `StateError` after the time limit.

        A call that waits for the thread then never runs. One that runs goes on to its end, so
        its transaction is committed or rolled back as a whole; so does one whose caller is
        cancelled.
        """
        future = asyncio.ensure_future(work)
        future.add_done_callback(_retrieve)
        finished, _ = await asyncio.wait({future}, timeout=self._seconds)
        if not finished:
            future.cancel()
            raise _too_slow(self._path, self._seconds)
        return future.result()

    async def _call(self, work: Callable[[], _T]) -> _T:
        """The result of `work`, called in the thread."""
        if self._closed:
            raise self._closed_error()
        loop = asyncio.get_running_loop()
        return await self.with_time_limit(loop.run_in_executor(self._thread, work))

    def _close(self) -> None:
        self._closed = True
        self._engine.dispose()

    def _closed_error(self) -> StateError:
        return state_error(self._path, "is closed already; start the program again")

    def _transaction(self, begin: str | None, work: Callable[[Session], _T]) -> _T:
        """The result of `work` in a transaction begun with `begin`; runs in the thread.

        Database errors become `StateError`.
        """
        if self._closed:  # this call was queued behind the one that closed the file
            raise self._closed_error()
        try:
            with Session(self._engine) as session:
                session.connection(execution_options={"begin": begin})
                return work(session)
        except DBAPIError as error:
            raise sqlite_state_error(error.orig or error, self._path) from error
        except StatementError as error:
            # A column type rejected a value, such as a time without its zone.
            if isinstance(error.orig, ValueError):
                raise error.orig from None
            raise
        except ValueError as error:
            # A record rejected what was read back.
            raise state_error(self._path, DAMAGED) from error


def _engine(file: str | None, busy_ms: int) -> Engine:
    """An engine with one connection to `file`, or to a database in memory."""
    engine = create_engine(
        URL.create("sqlite", database=file),
        poolclass=StaticPool,
        connect_args={"isolation_level": None, "check_same_thread": False},
    )
    set_pragmas(engine, busy_ms)
    return engine


def _retrieve(future: asyncio.Future[Any]) -> None:
    # Else asyncio would log an error that nobody waits for any more as never retrieved.
    if not future.cancelled():
        future.exception()


def _too_slow(path: Path, seconds: float) -> StateError:
    return state_error(
        path,
        f"did not answer within {seconds:g} seconds; look whether its disk is healthy"
        " and whether another program holds it",
    )


class Repository:
    """Base class of the repositories, which share one database.

    Each public method raises `StateError` after the database's time limit.
    """

    def __init__(self, database: Database) -> None:
        self.database = database


_R = TypeVar("_R", bound=Repository)


def read_transaction(
    method: Callable[Concatenate[_R, Session, _P], _T],
) -> Callable[Concatenate[_R, _P], Coroutine[Any, Any, _T]]:
    """A method of a repository that is awaited, of one that reads with a session."""

    @wraps(method)
    async def call(self: _R, /, *args: _P.args, **named: _P.kwargs) -> _T:
        return await self.database.read(lambda session: method(self, session, *args, **named))

    return call


def write_transaction(
    method: Callable[Concatenate[_R, Session, _P], _T],
) -> Callable[Concatenate[_R, _P], Coroutine[Any, Any, _T]]:
    """A method of a repository that is awaited, of one that writes with a session."""

    @wraps(method)
    async def call(self: _R, /, *args: _P.args, **named: _P.kwargs) -> _T:
        return await self.database.write(lambda session: method(self, session, *args, **named))

    return call
