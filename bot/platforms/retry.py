"""Retries with exponential back-off and jitter, by the library stamina.

The first pause lasts half a second to a second; each further one is twice as long, up to a
minute. `UNTIL_DONE(on, call)` has no last try: `on` is an exception class, or a function that
looks at an exception and says whether trying again may help.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import stamina
from stamina.instrumentation import set_on_retry_hooks

UNTIL_DONE = stamina.AsyncRetryingCaller(
    attempts=None, timeout=None, wait_initial=0.5, wait_max=60.0, wait_jitter=0.5
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


# stamina would log the text of every exception, which may hold an address or a secret.
# The callers log failures themselves, without either.
set_on_retry_hooks(())
