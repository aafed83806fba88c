"""Keeps the bot on Matrix: starts anew what broke, and stops where only a person can help."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from bot.platforms.matrix.port import CallError, MatrixError

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds between tries: doubled each time, with a random part."""

STEADY_SECONDS = 120.0
"""After so long a time on Matrix, the pauses begin small again."""

_log = logging.getLogger(__name__)


async def stay(
    run: Callable[[], Awaitable[None]],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Keep `run` running until this is cancelled; each try is a new connection.

    Raises `MatrixError` where only a person can help. `sleep` is for tests.
    """
    pause, loop = FIRST_PAUSE, asyncio.get_running_loop()
    while True:
        begun = loop.time()
        try:
            await run()
            _log.warning("Matrix came to an end by itself; joining again")
        except MatrixError:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever broke is started anew
            _log.warning("Matrix was lost: %s", _named(fault))
            _log.debug("Matrix was lost", exc_info=fault)
        if loop.time() - begun > STEADY_SECONDS:
            pause = FIRST_PAUSE
        await sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the tries
        pause = min(pause * 2, LONGEST_PAUSE)


def _named(fault: Exception) -> str:
    """What went wrong, without any address or secret."""
    return str(fault) if isinstance(fault, CallError) else type(fault).__name__
