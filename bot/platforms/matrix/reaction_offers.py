"""Reactions as buttons: the sign of each action, and the bot's own reactions below its replies.

Reactions count against a homeserver's rate limits as messages do. So the bot sends them slowly
enough that replies get through, holds them back while a reply is due in their room, and puts
them below the last few replies only.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import regex
from cachetools import FIFOCache

from bot.chat.buttons import Action, Verb
from bot.chat.message import TURNING, Message
from bot.core.errors import MatrixError
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.api.http import CallError

MORE, REMOVE = "➕", "❌"
YES = "✅"
"""Confirms the removal of a document, when the bot asks; `REMOVE` then keeps the document."""

VERBS: Mapping[str, Verb] = {
    MORE: Verb.MORE,
    "🔎": Verb.CONTEXT,
    "📄": Verb.SOURCE,
    "🔁": Verb.CHECK,
    "🧭": Verb.NEAREST,
    "👍": Verb.UP,
    "👎": Verb.DOWN,
    REMOVE: Verb.REMOVE,
}
"""Signs to actions, in the order in which messages offer them."""

_VARIANTS = regex.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")

AT_ONCE, SECONDS = 7, 7.0
"""Reactions that are sent together, and the pause before each further one."""

LAST_REPLIES = 3
"""Replies of a room that still get their reactions; older ones go without."""

_log = logging.getLogger(__name__)


def without_variants(key: str) -> str:
    """A sign without the variation selectors and skin tones that clients may add."""
    return _VARIANTS.sub("", key[:16])


def is_sign(key: str) -> bool:
    """Whether a sign is the key of a button."""
    return without_variants(key) in (*VERBS, YES)


def signs_for(message: Message) -> tuple[str, ...]:
    """The signs for the buttons of a message, each once."""
    confirmations = {Verb.DROP: YES, Verb.CANCEL: REMOVE}
    signs = {
        confirmations.get(button.does.verb, MORE if button.sign == TURNING[1] else button.sign)
        for button in message.buttons
        if isinstance(button.does, Action)
    }
    return tuple(sign for sign in (*VERBS, YES) if sign in signs)


def removal_key(message: Message) -> str | None:
    """The key of the document that a message asks whether to remove; None for any other."""
    return next((action.of for action in message.actions if action.verb is Verb.DROP), None)


class ReactionOffers:
    """A queue of reactions to the bot's own replies, worked off at the pace of a token bucket."""

    def __init__(self, port: HomeserverPort, *, enabled: bool = True) -> None:
        self._port, self._enabled = port, enabled
        self._queues: dict[str, FIFOCache[str, deque[str]]] = {}
        """Reactions to be sent, by room and event."""
        self._replies_due = Counter[str]()
        self._changed = asyncio.Event()
        self._paid_until = 0.0

    def offer(self, room: str, event: str, signs: tuple[str, ...]) -> None:
        """Queue the reactions `signs` to an event, in their order."""
        state = self._port.room(room)
        may_react = state is not None and state.may_send(self._port.user_id, "m.reaction")
        if self._enabled and may_react:
            queues = self._queues.setdefault(room, FIFOCache(LAST_REPLIES))
            queues[event] = deque(signs)
            self._changed.set()

    def withdraw(self, room: str, event: str) -> None:
        """Drop the reactions to an event that was redacted."""
        if room in self._queues:
            self._queues[room].pop(event, None)

    @contextmanager
    def reply_due(self, room: str) -> Iterator[None]:
        """Hold back the reactions in a room while the body makes a reply there."""
        self._replies_due[room] += 1
        try:
            yield
        finally:
            self._replies_due[room] -= 1
            self._changed.set()

    async def run(self) -> None:
        """Send reactions until cancelled."""
        while True:
            if self._next() is None:
                self._changed.clear()
                await self._changed.wait()
                continue
            await self._take_token()
            # Meanwhile a reply may have become due.
            if (reaction := self._next()) is None:
                continue
            room, event, sign = reaction
            self._queues[room][event].popleft()
            try:
                await self._port.react(room, event, sign, f"offer-{event}-{ord(sign[0]):x}")
            except (CallError, MatrixError) as fault:
                _log.info("a reaction could not be offered: %s", fault)
                self.withdraw(room, event)

    def _next(self) -> tuple[str, str, str] | None:
        """Room, event and sign of the next reaction: to the newest reply of a room not busy."""
        for room, queues in tuple(self._queues.items()):
            for event, signs in tuple(queues.items()):
                if not signs:
                    del queues[event]
            if not queues:
                del self._queues[room]
            elif not self._replies_due[room]:
                event = tuple(queues)[-1]
                return room, event, queues[event][0]
        return None

    async def _take_token(self) -> None:
        """Wait until the pace allows one more reaction."""
        now = asyncio.get_running_loop().time
        await asyncio.sleep(self._paid_until - (AT_ONCE - 1) * SECONDS - now())
        self._paid_until = max(self._paid_until, now()) + SECONDS
