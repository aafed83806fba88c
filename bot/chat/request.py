"""A request: the person, the place, and the context that the platform supplies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.chat.identity import Person, Place
from bot.chat.message import Message
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import Language
from bot.chat.texts.notices import Notice, notice

LARGEST_UPLOAD = 100_000_000
"""Largest file that is downloaded, in bytes; the limit of the corpus is lower."""


class FetchError(Exception):
    """The platform did not deliver a file."""


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of a message; `size` in bytes, None if unknown.

    `read` returns its content; raises FetchError.
    """

    name: str
    size: int | None
    read: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question that is shown above its reply; `about` is the link of its message, if any."""

    text: str
    about: str | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """The person and the place of a command, with its context.

    `thread` names the conversation from whose last question a new one may borrow; `begins`
    one that starts with this question, such as a thread below it. `message` is the message
    with the command, if any; `reply_to` the one that it replies to or whose button is
    pressed; `root` the question that opened its thread. `shown` is what was asked, to be shown
    above the reply, where no message shows it. Only the asker sees the answer to a
    `private` request. `hears_everything` is whether the platform delivers messages that do
    not mention the bot. `language` is that of the asker, `space_language` that of the space,
    where the platform names them. `attachment` finds the file of the request, and may raise
    FetchError; `progress` sends the asker a message while they wait. `sees_room` is whether the
    person may see another room, by its id.
    """

    place: Place
    person: Person
    thread: str = ""
    begins: str | None = None
    message: str | None = None
    reply_to: str | None = None
    root: str | None = None
    shown: ShownQuestion | None = None
    private: bool = False
    hears_everything: bool = True
    language: Language | None = None
    space_language: Language | None = None
    attachment: Callable[[], Awaitable[AttachedFile | None]] | None = None
    progress: Callable[[Message], Awaitable[None]] | None = None
    sees_room: Callable[[str], bool] = lambda _: False

    def privately(self, private: bool = True) -> ChatRequest:
        """A copy with another `private`."""
        return replace(self, private=private)


async def fetch_attachment(request: ChatRequest) -> tuple[str, bytes] | Notice:
    """The name and content of the file of a request, or the reason for none."""
    try:
        file = None if request.attachment is None else await request.attachment()
        if file is None:
            return notice(Text.NO_FILE)
        if file.size is not None and file.size > LARGEST_UPLOAD:
            return notice(Text.UPLOAD_TOO_LARGE, most=LARGEST_UPLOAD)
        return file.name, await file.read()
    except FetchError:
        return notice(Text.UPLOAD_FAILED)
