"""What the adapter hands everything to, and what comes back from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.chat.curating import Curating
from bot.chat.desk import Desk
from bot.chat.english import ENGLISH
from bot.chat.limits import Turnstile
from bot.chat.messages import Message
from bot.chat.people import Rights
from bot.chat.rooms import RoomKeeper
from bot.chat.texts import Language
from bot.state.store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """The chat behind the adapter; `joined` is told the bot's id and how many rooms it is in."""

    desk: Desk
    curating: Curating
    rights: Rights
    rooms: RoomKeeper
    turnstile: Turnstile
    store: Store
    joined: Callable[[str, int], None] = lambda _name, _rooms: None
    language: Language = ENGLISH


@dataclass(frozen=True, slots=True)
class Given:
    """What is to be said, and what it belongs to.

    `follows` is the first message of the reply that it is a further page of; `beside` that
    of the reply it only says something about. `removes` is the path of the document that it
    asks whether to take away.
    """

    message: Message
    follows: str | None = None
    beside: str | None = None
    removes: str | None = None
