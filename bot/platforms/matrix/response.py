"""What comes back from the chat, to be said in a room."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.message import Message


@dataclass(frozen=True, slots=True)
class Response:
    """What is to be said, and what it belongs to.

    `follows` is the first message of the reply that it is a further page of; `beside` that
    of the reply it only says something about. `removes` is the path of the document that it
    asks whether to take away.
    """

    message: Message
    follows: str | None = None
    beside: str | None = None
    removes: str | None = None
