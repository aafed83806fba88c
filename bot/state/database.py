"""The database: one connection, used by one task at a time, every call with a time limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import StaticPool

from bot.core.errors import StateError
from bot.state.models import Model
from bot.state.schema_upgrade import prepare_file, set_pragmas
from bot.state.sqlite_codes import DAMAGED, sqlite_state_error, state_error

DEFAULT_SECONDS = 10.0
"""Default time limit of a call."""

_T = TypeVar("_T")


class Database:
    """The state file, and the lock that lets one task at a time use its connection.

    One connection is enough for a chat bot. As tasks queue for it, only other programs can
    make SQLite report that the file is locked.
    """

    def __init__(self, path: Path, engine: AsyncEngine, seconds: float) -> None:
        self._path = path
        self._engine = engine
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
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
        engine = create_async_engine(
            URL.create("sqlite+aiosqlite", database=str(path)),
            pool_size=1,
            max_overflow=0,
            connect_args={"isolation_level": None},
        )
        set_pragmas(engine.sync_engine, busy_ms)
        return cls(path, engine, seconds)

    @classmethod
    async def in_memory(cls, seconds: float = DEFAULT_SECONDS) -> Database:
        """A database without a file, with our tables and nothing in them."""
        # One connection, for each would have a database of its own.
        engine = create_async_engine(
            "sqlite+aiosqlite://", poolclass=StaticPool, connect_args={"isolation_level": None}
        )
        set_pragmas(engine.sync_engine, busy_ms=0)
        async with engine.begin() as connection:
            await connection.run_sync(Model.metadata.create_all)
        return cls(Path(":memory:"), engine, seconds)

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session in a read transaction; changes made in it are discarded."""
        return self._session("BEGIN")

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session in a write transaction, committed when the body ends without an error."""
        # IMMEDIATE: a transaction that reads first may be refused the write lock later.
        async with self._session("BEGIN IMMEDIATE") as session:
            yield session
            await session.commit()

    async def truncate_journal(self) -> None:
        """Empty the write-ahead log, so that deleted rows are in no file any more.

        Another program that is reading may prevent it; then the next call does it.
        """
        async with self._session(None) as session:
            connection = await session.connection()
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Wait for the running call and close the file; a second call does nothing."""
        await self.with_time_limit(self._close())

    async def with_time_limit(self, work: Coroutine[Any, Any, _T]) -> _T:
        """The result of `work`, or `StateError` after the time limit.

        `work` is not cancelled: the driver would wait for its thread all the same, and a
        stuck thread could then keep the program from ending. A call that holds the lock runs
        to its end, so its transaction is committed or rolled back as a whole.
        """
        task = asyncio.create_task(work, name="state")
        self._tasks.add(task)
        task.add_done_callback(self._done)
        finished, _ = await asyncio.wait({task}, timeout=self._seconds)
        if not finished:
            raise _too_slow(self._path, self._seconds)
        return task.result()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # Retrieved, or asyncio would log it as never retrieved.

    async def _close(self) -> None:
        async with self._lock:
            self._closed = True
            await self._engine.dispose()

    @asynccontextmanager
    async def _session(self, begin: str | None) -> AsyncIterator[AsyncSession]:
        """A session in a transaction begun with `begin`; database errors become `StateError`."""
        try:
            # A call that was reported as timed out must not run later.
            async with asyncio.timeout(self._seconds):
                await self._lock.acquire()
        except TimeoutError as error:
            raise _too_slow(self._path, self._seconds) from error
        try:
            if self._closed:
                raise state_error(self._path, "is closed already; start the program again")
            async with AsyncSession(self._engine) as session:
                await session.connection(execution_options={"begin": begin})
                yield session
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
        finally:
            self._lock.release()


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

    def __init_subclass__(cls) -> None:
        for name, method in list(vars(cls).items()):
            if iscoroutinefunction(method) and not name.startswith("_"):
                setattr(cls, name, _time_limited(method))


def _time_limited(
    method: Callable[..., Coroutine[Any, Any, _T]],
) -> Callable[..., Coroutine[Any, Any, _T]]:
    @wraps(method)
    async def call(self: Repository, *args: Any, **named: Any) -> _T:
        return await self.database.with_time_limit(method(self, *args, **named))

    return call
