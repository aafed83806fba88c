"""The chat behind a platform: what its adapter hands everything to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.chat.curation import Curating
from bot.chat.identity import Rights
from bot.chat.rate_limits import Turnstile
from bot.chat.rooms import RoomKeeper
from bot.chat.service import Desk
from bot.chat.texts.catalogue import Language
from bot.chat.texts.english import ENGLISH
from bot.state.store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """The chat of one platform; `joined` is told the bot's name there and its servers or rooms."""

    desk: Desk
    curating: Curating
    rights: Rights
    rooms: RoomKeeper
    turnstile: Turnstile
    store: Store
    joined: Callable[[str, int], None] = lambda _name, _places: None
    language: Language = ENGLISH
