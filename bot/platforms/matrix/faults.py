"""Keeps the bot on Matrix, as it is kept on any platform."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.core.errors import MatrixError
from bot.platforms import supervisor
from bot.platforms.matrix.api.port import CallError
from bot.platforms.supervisor import Sleep


async def stay(run: Callable[[], Awaitable[None]], *, sleep: Sleep = asyncio.sleep) -> None:
    """Keep `run` running until this is cancelled; each try is a new connection.

    Raises `MatrixError` where only a person can help. `sleep` is for tests.
    """
    await supervisor.stay("Matrix", run, _verdict, _named, sleep=sleep)


def _verdict(fault: Exception) -> MatrixError | None:
    return fault if isinstance(fault, MatrixError) else None


def _named(fault: Exception) -> str:
    """What went wrong, without any address or secret."""
    return str(fault) if isinstance(fault, CallError) else type(fault).__name__
