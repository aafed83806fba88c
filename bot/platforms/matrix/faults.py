"""Supervision of the bot on Matrix: which faults end it, and how the others are logged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.port import CallError
from bot.platforms.supervisor import Sleep, supervise


async def stay_on_matrix(
    connect: Callable[[], Awaitable[None]], *, sleep: Sleep = asyncio.sleep
) -> None:
    """Keep a connection until cancelled; `connect` makes one and returns when it ends.

    Raises `MatrixError` where only a person can help.
    """
    await supervise("Matrix", connect, _fatal_error, _describe, sleep=sleep)


def _fatal_error(fault: Exception) -> MatrixError | None:
    return fault if isinstance(fault, MatrixError) else None


def _describe(fault: Exception) -> str:
    """The fault for the log, without any address or secret."""
    return str(fault) if isinstance(fault, CallError) else type(fault).__name__
