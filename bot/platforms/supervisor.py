"""Supervisor of a platform's connection: restarts it with back-off, unless a person must help.

stamina does not fit here: it would go on lengthening the pauses after a connection that lasted
for hours.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from bot.core.errors import SourcesSayError

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds between tries: doubled each time, less a random part of up to a half."""

STEADY_SECONDS = 120.0
"""After a connection that lasted longer, the pauses begin at the first one again."""

Sleep = Callable[[float], Awaitable[None]]

_log = logging.getLogger(__name__)


async def supervise(
    platform: str,
    connect: Callable[[], Awaitable[None]],
    fatal_error: Callable[[Exception], SourcesSayError | None],
    describe: Callable[[Exception], str],
    *,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Call `connect` again and again until cancelled; it returns or raises when a connection ends.

    `fatal_error` turns a fault that only a person can mend into the error that is raised, and
    gives None for any other. `describe` puts a fault into words without address or secret.
    """
    pause, loop = FIRST_PAUSE, asyncio.get_running_loop()
    while True:
        started = loop.time()
        try:
            await connect()
            _log.warning("%s came to an end by itself; joining again", platform)
        except Exception as fault:  # noqa: BLE001 - every fault ends this connection only
            error = fatal_error(fault)
            if error is not None:
                raise error from None
            _log.warning("%s was lost: %s", platform, describe(fault))
            _log.debug("%s was lost", platform, exc_info=fault)
        if loop.time() - started > STEADY_SECONDS:
            pause = FIRST_PAUSE
        await sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the tries
        pause = min(pause * 2, LONGEST_PAUSE)
