"""Files in messages, as the chat takes them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.chat.request import LARGEST_UPLOAD, AttachedFile, FetchError
from bot.platforms.matrix.api.events import Attachment, MessageEvent
from bot.platforms.matrix.api.port import CallError, Port

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MatrixFile:
    """A file in the media store of a homeserver."""

    attachment: Attachment
    port: Port

    @property
    def name(self) -> str:
        """The name that the sender gave it."""
        return self.attachment.name

    @property
    def size(self) -> int | None:
        """Its size in bytes, as the sender tells it."""
        return self.attachment.size

    async def read(self) -> bytes:
        """All of it. Raises FetchError."""
        try:
            return await self.port.download(self.attachment, LARGEST_UPLOAD)
        except CallError as fault:
            raise _fetch_error(fault) from fault


def attachment_of(
    message: MessageEvent, port: Port
) -> Callable[[], Awaitable[AttachedFile | None]]:
    """Finds the file that a message is about: its own, or that of the message it answers."""

    async def find() -> AttachedFile | None:
        attachment = message.attachment
        if attachment is None and message.reply_to is not None:
            try:
                answered = await port.said(message.room, message.reply_to)
            except CallError as fault:
                raise _fetch_error(fault) from fault
            attachment = None if answered is None else answered.attachment
        return None if attachment is None else MatrixFile(attachment, port)

    return find


def _fetch_error(fault: CallError) -> FetchError:
    _log.warning("a file could not be fetched: %s", fault)
    return FetchError()
