"""Keeps the bot on a platform: starts anew what broke, and stops where only a person can help."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from bot.core.errors import SourcesSayError

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds between tries: doubled each time, with a random part."""

STEADY_SECONDS = 120.0
"""After so long a time on the platform, the pauses begin small again."""

Sleep = Callable[[float], Awaitable[None]]

_log = logging.getLogger(__name__)


async def stay(
    platform: str,
    attempt: Callable[[], Awaitable[None]],
    verdict: Callable[[Exception], SourcesSayError | None],
    named: Callable[[Exception], str],
    *,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Make `attempt` after `attempt`, each a connection of its own, until this is cancelled.

    `verdict` tells what a person has to do about a fault, and that is raised; None where
    trying again may help. `named` says what went wrong without any address or secret.
    `sleep` is for tests.
    """
    pause, loop = FIRST_PAUSE, asyncio.get_running_loop()
    while True:
        begun = loop.time()
        try:
            await attempt()
            _log.warning("%s came to an end by itself; joining again", platform)
        except Exception as fault:  # noqa: BLE001 - whatever broke is started anew
            told = verdict(fault)
            if told is not None:
                raise told from None
            _log.warning("%s was lost: %s", platform, named(fault))
            _log.debug("%s was lost", platform, exc_info=fault)
        if loop.time() - begun > STEADY_SECONDS:
            pause = FIRST_PAUSE
        await sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the tries
        pause = min(pause * 2, LONGEST_PAUSE)
