"""The watch on the corpus folder: reports changes in batches, each once it has settled."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path, PurePath

from watchfiles import awatch

from bot.core.errors import SourcesSayError
from bot.ingest.display_names import display_name
from bot.ingest.walk import is_ignored, real_folder

QUIET_MS = 500
"""A batch has settled when nothing changed for this long, in milliseconds."""

MAX_BATCH_MS = 10_000
"""A batch lasts at most this long, in milliseconds, if the folder never comes to rest."""


def is_relevant(path: str) -> bool:
    """Whether a change at `path`, relative to the corpus folder, can change the corpus.

    Kubernetes replaces the link `..data` when a mounted volume gets new content.
    """
    parts = PurePath(path).parts
    return parts == ("..data",) or not any(is_ignored(part) for part in parts)


async def settled_changes(folder: Path) -> AsyncGenerator[tuple[str, ...], None]:
    """The changed paths of each settled batch, sorted, relative to `folder`.

    Raises `SourcesSayError` where the folder cannot be watched.
    """
    root = await asyncio.to_thread(real_folder, folder)

    def relative(path: str) -> str:
        return PurePath(path).relative_to(root).as_posix()

    try:
        async for changes in awatch(
            root,
            watch_filter=lambda _, path: is_relevant(relative(path)),
            debounce=MAX_BATCH_MS,
            step=QUIET_MS,
            # watchfiles would hide that a part of the folder cannot be watched.
            ignore_permission_denied=False,
        ):
            yield tuple(sorted({relative(path) for _, path in changes}))
    except (OSError, RuntimeError) as fault:
        raise SourcesSayError(
            f'The corpus folder "{display_name(str(folder))}" cannot be watched'
            f" ({display_name(str(fault)).rstrip('.')}): load by hand instead, with watching off."
        ) from None
