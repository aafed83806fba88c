"""A request: who asks for something, where, and what their platform brings along."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.chat.identity import Person, Place
from bot.chat.message import Message
from bot.chat.texts.catalogue import Notice, Text, notice

LARGEST_UPLOAD = 100_000_000
"""Bytes of a file that are fetched at all; the corpus has its own limit below."""


class FetchError(Exception):
    """A platform did not hand over a file."""


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that somebody sent; `size` in bytes, None where the platform does not tell.

    `read` gives all of it, and raises FetchError.
    """

    name: str
    size: int | None
    read: Callable[[], Awaitable[bytes]]


async def no_file() -> AttachedFile | None:
    """No file comes with a request."""
    return None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Where and by whom something is asked for.

    `thread` names the talk whose last question a new one may lean on; `begins` a talk that
    goes on from it, such as a thread below a question. `message` is the message that asks,
    None for none; `reply_to` the one it answers or whose button is pressed; `root` the
    question that opened its thread. What is `private` is for the asker's eyes only.
    `hears_everything` is whether the platform hands over messages that do not mention the
    bot. `attachment` finds the file that the request is about, and may raise FetchError;
    `progress` tells the asker something while they wait.
    """

    place: Place
    person: Person
    thread: str = ""
    begins: str | None = None
    message: str | None = None
    reply_to: str | None = None
    root: str | None = None
    private: bool = False
    hears_everything: bool = True
    attachment: Callable[[], Awaitable[AttachedFile | None]] = no_file
    progress: Callable[[Message], Awaitable[None]] | None = None

    def privately(self, private: bool = True) -> ChatRequest:
        """The same request, for the asker's eyes only."""
        return replace(self, private=private)


async def fetch_attachment(request: ChatRequest) -> tuple[str, bytes] | Notice:
    """The name of the file that a request is about and what it holds; why there is none."""
    try:
        file = await request.attachment()
        if file is None:
            return notice(Text.NO_FILE)
        if file.size is not None and file.size > LARGEST_UPLOAD:
            return notice(Text.UPLOAD_TOO_LARGE, most=LARGEST_UPLOAD)
        return file.name, await file.read()
    except FetchError:
        return notice(Text.UPLOAD_FAILED)
