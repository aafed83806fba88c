"""Attachments of messages on Matrix as attached files of the chat."""

import logging
from collections.abc import Awaitable
from functools import partial
from typing import TypeVar

from bot.chat.request import LARGEST_UPLOAD, AttachedFile, FetchError
from bot.platforms.matrix.api.events import MessageEvent
from bot.platforms.matrix.api.port import CallError, Port

T = TypeVar("T")

_log = logging.getLogger(__name__)


async def attachment_of(message: MessageEvent, port: Port) -> AttachedFile | None:
    """The file that a message is about: its own, or that of the message it answers.

    Raises FetchError.
    """
    file = message.attachment
    if file is None and message.reply_to is not None:
        original = await _fetch(port.message(message.room, message.reply_to))
        file = None if original is None else original.attachment
    if file is None:
        return None
    download = partial(port.download, file, LARGEST_UPLOAD)
    return AttachedFile(file.name, file.size, lambda: _fetch(download()))


async def _fetch(call: Awaitable[T]) -> T:
    """Await a call of the port; a failure is logged and becomes a FetchError."""
    try:
        return await call
    except CallError as fault:
        _log.warning("a file could not be fetched: %s", fault)
        raise FetchError from fault
