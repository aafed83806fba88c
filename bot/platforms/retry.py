"""Retries with back-off, by the library stamina: `CALLER(on, call, *arguments)`.

`on` says which exceptions are worth another try: a class, a tuple of classes, or a function of
the exception that returns whether to try again, or the pause before it in seconds.
"""

import logging
from collections.abc import Callable

from stamina import AsyncRetryingCaller
from stamina.instrumentation import set_on_retry_hooks

# stamina would log the text of every exception, which may hold an address or a secret. So its
# hook is removed here, callers log failures themselves, and no other module imports stamina.
set_on_retry_hooks(())

TWO_TRIES = AsyncRetryingCaller(attempts=2, timeout=None, wait_initial=0.0, wait_jitter=0.0)
"""No pause."""

FOUR_TRIES = AsyncRetryingCaller(
    attempts=4, timeout=None, wait_initial=1.0, wait_exp_base=5.0, wait_max=20.0, wait_jitter=0.0
)
"""Pauses of 1, 5 and 20 seconds."""

UNTIL_DONE = AsyncRetryingCaller(
    attempts=None, timeout=None, wait_initial=0.5, wait_max=60.0, wait_jitter=0.5
)
"""No last try; pauses of half a second to a second, then about twice as long, up to a minute."""


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
