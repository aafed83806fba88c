"""Error messages: each fault becomes a sentence for the person and a line in the log."""

import asyncio
import logging
import secrets
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import PurePath

from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import Notice, notice
from bot.core.errors import SourcesSayError

_log = logging.getLogger(__name__)


class TookTooLongError(Exception):
    """Something took longer than the `seconds` it had."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"longer than {seconds} seconds")
        self.seconds = seconds


@asynccontextmanager
async def time_limit(seconds: float) -> AsyncIterator[None]:
    """Raise TookTooLongError if the body takes longer than `seconds`.

    A TimeoutError that the body raises itself passes through.
    """
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except TimeoutError:
        if limit.expired():
            raise TookTooLongError(seconds) from None
        raise


def error_notice(fault: Exception, doing: str) -> Notice:
    """Log `fault` and return the notice for the person; `doing` names the activity in the log."""
    if isinstance(fault, TookTooLongError):
        _log.warning("%s took longer than %s s", doing, fault.seconds)
        return notice(Text.TOOK_TOO_LONG, seconds=fault.seconds)
    if isinstance(fault, SourcesSayError):
        return notice(Text.WORDS, words=str(fault))
    number = secrets.token_hex(3)
    _log.error("fault %s in %s: %s at %s", number, doing, type(fault).__name__, _location(fault))
    # The traceback is logged at level debug, because the console shows the log on the screen.
    _log.debug("fault %s", number, exc_info=fault)
    return notice(Text.FAULT, number=number)


def _location(fault: Exception) -> str:
    """The file name and line that raised `fault`, without the folder."""
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
