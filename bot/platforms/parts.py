"""The chat behind a platform: what its adapter hands everything to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.chat.curation import Curation
from bot.chat.identity import Rights
from bot.chat.rate_limits import RateLimiter
from bot.chat.rooms import RoomPolicies
from bot.chat.service import ChatService
from bot.chat.texts.catalogue import Language
from bot.chat.texts.english import ENGLISH
from bot.state.store import Store


@dataclass(frozen=True, slots=True)
class PlatformServices:
    """The chat of one platform; `joined` is told the bot's name there and its servers or rooms."""

    chat: ChatService
    curation: Curation
    rights: Rights
    rooms: RoomPolicies
    limiter: RateLimiter
    store: Store
    joined: Callable[[str, int], None] = lambda _name, _places: None
    language: Language = ENGLISH
