"""Changes in the corpus folder, told once they have settled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path, PurePath

from watchfiles import awatch

from bot.core.errors import SourcesSayError
from bot.ingest.labels import shown
from bot.ingest.walk import is_ignored, real_folder

QUIET_MS = 500
"""A batch has settled when nothing changed for this long, in milliseconds."""

MOST_MS = 10_000
"""A folder that never comes to rest is reported at least this often, in milliseconds."""


class _Stop(asyncio.Event):
    """Set when the caller's event is, or when watching is cancelled.

    watchfiles sets the event it was given when its task is cancelled; the caller's own
    may stop other things too, and is none of its business.
    """

    def __init__(self, outer: asyncio.Event) -> None:
        super().__init__()
        self._outer = outer

    def is_set(self) -> bool:
        """Whether either is set."""
        return super().is_set() or self._outer.is_set()


def is_relevant(path: str) -> bool:
    """Whether a change at `path`, relative to the corpus folder, can change the corpus.

    `..data` is what Kubernetes exchanges when a mounted volume gets new content.
    """
    parts = PurePath(path).parts
    return parts == ("..data",) or not any(is_ignored(part) for part in parts)


async def settled_changes(
    folder: Path, stop: asyncio.Event, quiet_ms: int = QUIET_MS, most_ms: int = MOST_MS
) -> AsyncGenerator[tuple[str, ...], None]:
    """The paths that changed, relative to `folder`, sorted; once for each settled batch.

    Ends within about `quiet_ms` of `stop` being set. Raises `SourcesSayError` where the
    folder cannot be watched.
    """
    root = await asyncio.to_thread(real_folder, folder)

    def relative(path: str) -> str:
        return PurePath(path).relative_to(root).as_posix()

    try:
        async for changes in awatch(
            root,
            watch_filter=lambda _, path: is_relevant(relative(path)),
            debounce=most_ms,
            step=quiet_ms,
            stop_event=_Stop(stop),
            # True would hide every reason why part of the folder goes unwatched.
            ignore_permission_denied=False,
        ):
            yield tuple(sorted({relative(path) for _, path in changes}))
    except (OSError, RuntimeError) as fault:
        raise SourcesSayError(
            f'The corpus folder "{shown(str(folder))}" cannot be watched'
            f" ({shown(str(fault)).rstrip('.')}): load by hand instead, with watching off."
        ) from None
