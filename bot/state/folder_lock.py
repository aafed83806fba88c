"""The lock of a state folder: one program at a time uses it, as flock(2) holds it."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.core.errors import StateError, system_reason

if sys.platform != "win32":
    import fcntl

FILE_NAME = "lock"

_log = logging.getLogger(__name__)


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder`, which must exist, while the body runs.

    The kernel drops it when the process ends, however it ends; the file stays. Raises
    `StateError` if another program holds it. Without effect on Windows, and where the file
    system has no locks, which the log tells.
    """
    if sys.platform == "win32":
        yield
        return
    try:
        descriptor = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StateError(
            f'The state folder "{folder}" cannot be locked ({system_reason(error)}); see to its'
            " permissions, or name another with state.folder."
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(
                f'The state folder "{folder}" is in use by another program; stop that one, or name'
                " another folder with state.folder."
            ) from None
        except OSError as error:
            # Some network file systems have no locks.
            _log.warning(
                'the state folder "%s" cannot be locked (%s); see to it that no other program'
                " uses it",
                folder,
                system_reason(error),
            )
        yield
    finally:
        os.close(descriptor)
