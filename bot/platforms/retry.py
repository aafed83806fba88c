"""Retries with back-off, by the library stamina: `CALLER(on, call, *arguments)`.

`on` says which exceptions are worth another try: a class, a tuple of classes, or a function of
the exception that returns whether to try again, or the pause before it in seconds.

`supervise` restarts the connection of a platform. stamina does not fit there: it would go on
lengthening the pauses after a connection that lasted for hours.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from stamina import AsyncRetryingCaller
from stamina.instrumentation import set_on_retry_hooks

from bot.core.errors import SourcesSayError

# stamina would log the text of every exception, which may hold an address or a secret. So its
# hook is removed here, callers log failures themselves, and no other module imports stamina.
set_on_retry_hooks(())

UNTIL_DONE = AsyncRetryingCaller(
    attempts=None, timeout=None, wait_initial=0.5, wait_max=60.0, wait_jitter=0.5
)
"""No last try; pauses of half a second to a second, then about twice as long, up to a minute."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds between tries: doubled each time, less a random part of up to a half."""

STEADY_SECONDS = 120.0
"""After a connection that lasted longer, the pauses begin at the first one again."""

FIRST_RETRY, LONGEST_RETRY = 1.0, 120.0
"""Seconds between the tries of `tries_for`: about twice as long each time, up to the longest."""

Sleep = Callable[[float], Awaitable[None]]

_log = logging.getLogger(__name__)


def tries_for(seconds: float) -> AsyncRetryingCaller:
    """Tries with ever longer pauses; a failure after `seconds` is the last one."""
    return AsyncRetryingCaller(
        attempts=None,
        timeout=max(seconds, FIRST_RETRY),
        wait_initial=FIRST_RETRY,
        wait_max=LONGEST_RETRY,
        wait_jitter=FIRST_RETRY,
    )


def quick_tries_for(seconds: float) -> AsyncRetryingCaller:
    """Tries a tenth of a second apart; a failure after `seconds` is the last one."""
    return AsyncRetryingCaller(
        attempts=None, timeout=max(seconds, 0.01), wait_initial=0.1, wait_max=0.1, wait_jitter=0.0
    )


def retry_on(
    log: logging.Logger,
    message: str,
    *types: type[Exception],
    never: tuple[type[Exception], ...] = (),
) -> Callable[[Exception], bool]:
    """An `on` for exceptions of these types but not of `never`, each logged by the message."""

    def may_retry(fault: Exception) -> bool:
        if not isinstance(fault, types) or isinstance(fault, never):
            return False
        log.warning(message, fault)
        return True

    return may_retry


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
