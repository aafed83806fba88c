"""One connection to the state file, used by one task at a time, with a limit on time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import StaticPool

from bot.core.errors import StateError
from bot.state.errors import about, damaged, explained
from bot.state.models import Model
from bot.state.schema_upgrade import prepare, tune

DEFAULT_SECONDS = 10.0
"""No call lasts longer than about this, in seconds."""


_P = ParamSpec("_P")
_T = TypeVar("_T")


class Database:
    """The file and the turn to use it.

    One connection is enough for a chat, and tasks that queue for it in their order never
    meet a lock; what locks may come are those of other programs.
    """

    def __init__(self, path: Path, engine: AsyncEngine, seconds: float) -> None:
        self._path = path
        self._engine = engine
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._working: set[asyncio.Task[Any]] = set()
        self._closed = False

    @classmethod
    async def open(cls, path: Path, seconds: float = DEFAULT_SECONDS) -> Database:
        """The file at `path`, made or brought to our tables as needed.

        Raises StateError.
        """
        # SQLite gives up on a lock first, so that the reason is known and nothing hangs on.
        busy_ms = max(1, int(seconds * 500))
        try:
            async with asyncio.timeout(seconds):
                await asyncio.to_thread(prepare, path, busy_ms)
        except TimeoutError as fault:
            raise _too_slow(path, seconds) from fault
        engine = create_async_engine(
            URL.create("sqlite+aiosqlite", database=str(path)),
            pool_size=1,
            max_overflow=0,
            connect_args={"isolation_level": None},
        )
        tune(engine.sync_engine, busy_ms)
        return cls(path, engine, seconds)

    @classmethod
    async def in_memory(cls, seconds: float = DEFAULT_SECONDS) -> Database:
        """A database without a file, with our tables and nothing in them."""
        # One connection, for each would have a database of its own.
        engine = create_async_engine(
            "sqlite+aiosqlite://", poolclass=StaticPool, connect_args={"isolation_level": None}
        )
        tune(engine.sync_engine, busy_ms=0)
        async with engine.begin() as connection:
            await connection.run_sync(Model.metadata.create_all)
        return cls(Path(":memory:"), engine, seconds)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one state of the file; what it changes is not kept."""
        async with self._session("BEGIN") as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session whose changes are kept together when the body ends, or not at all."""
        # The lock is taken at once: one that reads first and then asks for it may be refused.
        async with self._session("BEGIN IMMEDIATE") as session:
            yield session
            await session.commit()

    async def tidy(self) -> None:
        """Empty the journal, so that what was deleted is in no file of ours.

        Another program that is reading may put this off; the next call makes up for it.
        """
        async with self._session(None) as session:
            connection = await session.connection()
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Wait for the turn of whoever is at it, and close the file; twice does no harm."""
        await self.within_limit(self._close())

    async def within_limit(self, work: Coroutine[Any, Any, _T]) -> _T:
        """The outcome of `work`, or StateError once the time is up.

        Work is never cancelled midway: the driver would wait for its thread all the same,
        and a thread that is stuck could then keep the program from ending. What was at
        its turn comes to its end, and is kept whole or not at all.
        """
        task = asyncio.create_task(work, name="state")
        self._working.add(task)
        task.add_done_callback(self._done)
        finished, _ = await asyncio.wait({task}, timeout=self._seconds)
        if not finished:
            raise _too_slow(self._path, self._seconds)
        return task.result()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._working.discard(task)
        if not task.cancelled():
            task.exception()  # seen, also where nobody waits for it any more

    async def _close(self) -> None:
        async with self._turn:
            self._closed = True
            await self._engine.dispose()

    @asynccontextmanager
    async def _session(self, begin: str | None) -> AsyncIterator[AsyncSession]:
        """Every fault that is not the caller's own becomes one sentence."""
        try:
            async with self._own_turn(), AsyncSession(self._engine) as session:
                await session.connection(execution_options={"begin": begin})
                yield session
        except DBAPIError as fault:
            raise explained(fault.orig or fault, self._path) from fault
        except StatementError as fault:
            # A value that our own columns refuse, such as a time without its zone.
            if isinstance(fault.orig, ValueError):
                raise fault.orig from None
            raise
        except ValueError as fault:
            # Records check themselves: what was read back is none.
            raise damaged(self._path) from fault

    @asynccontextmanager
    async def _own_turn(self) -> AsyncIterator[None]:
        try:
            # Whoever is told that it took too long is not served after all, later on.
            async with asyncio.timeout(self._seconds):
                await self._turn.acquire()
        except TimeoutError as fault:
            raise _too_slow(self._path, self._seconds) from fault
        try:
            if self._closed:
                raise about(self._path, "is closed already; start the program again")
            yield
        finally:
            self._turn.release()


def _too_slow(path: Path, seconds: float) -> StateError:
    return about(
        path,
        f"did not answer within {seconds:g} seconds; look whether its disk is healthy"
        " and whether another program holds it",
    )


class Concern:
    """What every part of the store has: the file it keeps things in."""

    def __init__(self, database: Database) -> None:
        self.database = database


_C = TypeVar("_C", bound=Concern)


def limited(
    method: Callable[Concatenate[_C, _P], Coroutine[Any, Any, _T]],
) -> Callable[Concatenate[_C, _P], Coroutine[Any, Any, _T]]:
    """A method that ends within the limit of its database, with StateError if need be."""

    @wraps(method)
    async def call(self: _C, /, *args: _P.args, **named: _P.kwargs) -> _T:
        return await self.database.within_limit(method(self, *args, **named))

    return call
