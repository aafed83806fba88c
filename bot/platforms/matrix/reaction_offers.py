"""Reactions as buttons: the sign of each action, and the bot's own reactions below its replies.

Reactions count against a homeserver's rate limits as messages do. So below a reply stands one
sign, which shows the others when it is pressed. Messages of all rooms go before any reaction,
and reactions leave a reserve of events for the next replies.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

import regex
from cachetools import FIFOCache

from bot.chat.buttons import Action, Verb
from bot.chat.layout import NUMBERS
from bot.chat.message import TURNING, Message
from bot.core.errors import MatrixError
from bot.platforms.matrix.api.event_budget import RESERVE
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.api.http import CallError, RateLimitedError
from bot.state.records import ReplyKind, SavedReply

Signs = Literal["one", "all", "none"]
"""The signs that the bot puts below a reply."""

MORE, REMOVE = "➕", "❌"
OPEN = "❓"
"""Shows the other signs of a message."""
YES = "✅"
"""Confirms the removal of a document, when the bot asks; `REMOVE` then keeps the document."""

_VARIANTS = regex.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


def without_variants(key: str) -> str:
    """A sign without the variation selectors and skin tones that clients may add."""
    return _VARIANTS.sub("", key[:16])


CHOICES: Mapping[str, int] = {
    without_variants(sign): number for number, sign in enumerate(NUMBERS, start=1)
}
"""Signs of the nearest excerpts, without variants, to their numbers."""

VERBS: Mapping[str, Verb] = {
    **dict.fromkeys(CHOICES, Verb.NEAREST),
    MORE: Verb.MORE,
    "🔎": Verb.CONTEXT,
    "📄": Verb.SOURCE,
    "🔁": Verb.CHECK,
    "👍": Verb.UP,
    "👎": Verb.DOWN,
    REMOVE: Verb.REMOVE,
}
"""Signs, without variants, to actions, in the order in which messages offer them."""

WORDS: Mapping[str, str] = {
    MORE: "more",
    "🔎": "context",
    "📄": "source NAME",
    NUMBERS[0]: "nearest 1",
    "👎": "!down",
}
"""Signs to the words that do the same in the thread."""

_VOTES_AND_REMOVAL = ("👍", "👎", REMOVE)

LONGEST_HOLD = 30.0
"""Seconds for which one message that does not get through holds back the reactions."""

LAST_REPLIES = 20
"""Messages that still get their reactions; older ones go without."""

ASKED_RESERVE = 1.0
"""Events that are kept for replies while signs are sent that somebody asked for."""

_log = logging.getLogger(__name__)


def signs_below(reply: SavedReply) -> tuple[str, ...]:
    """The signs that work below a reply, whatever its message offers."""
    match reply.kind:
        case ReplyKind.SILENCE:
            return (*NUMBERS[: len(reply.excerpts)], *_VOTES_AND_REMOVAL)
        case ReplyKind.NEAREST:
            return ("🔎", "📄", *_VOTES_AND_REMOVAL)
        case _:
            return tuple(sign for sign in VERBS if sign not in CHOICES)


def is_sign(key: str) -> bool:
    """Whether a sign is the key of a button."""
    return without_variants(key) in (*VERBS, YES, OPEN)


def signs_for(message: Message) -> tuple[str, ...]:
    """The signs for the buttons of a message, each once."""
    confirmations = {Verb.DROP: YES, Verb.CANCEL: REMOVE}
    signs = {
        confirmations.get(button.does.verb, MORE if button.sign == TURNING[1] else button.sign)
        for button in message.buttons
        if isinstance(button.does, Action)
    }
    return tuple(sign for sign in (*NUMBERS, *VERBS, YES) if sign in signs)


def removal_key(message: Message) -> str | None:
    """The key of the document that a message asks whether to remove; None for any other."""
    return next((action.of for action in message.actions if action.verb is Verb.DROP), None)


@dataclass(frozen=True, slots=True)
class _Offer:
    """Reactions to be sent to one event, and the events to be kept for replies meanwhile."""

    signs: deque[str]
    reserve: float


class ReactionOffers:
    """A queue of reactions to the bot's own messages, the newest message first.

    Those that somebody asked for go before all others.
    A reaction is sent when no message is, and when the port's budget allows one more event.
    """

    def __init__(self, port: HomeserverPort, signs: Signs = "one") -> None:
        self._port, self._signs = port, signs
        self._queue: FIFOCache[tuple[str, str], _Offer] = FIFOCache(LAST_REPLIES)
        """Offers by room and event."""
        self._holds: set[object] = set()
        self._changed = asyncio.Event()

    def may_react(self, room: str) -> bool:
        """Whether the bot puts signs below its messages in a room."""
        state = self._port.room(room)
        allowed = state is not None and state.may_send(self._port.user_id, "m.reaction")
        return allowed and self._signs != "none"

    def offer(self, room: str, event: str, signs: tuple[str, ...]) -> None:
        """Queue the signs of a message: all of them, or the one that shows them.

        Two signs stand below it at once, so that a question of the bot can be answered.
        """
        if self._signs == "one" and len(signs) > 2:
            signs = (OPEN,)
        self._put(room, event, _Offer(deque(signs), RESERVE))

    def show(self, room: str, event: str, signs: tuple[str, ...]) -> None:
        """Queue signs that somebody asked for."""
        self._put(room, event, _Offer(deque(signs), ASKED_RESERVE))

    def _put(self, room: str, event: str, offer: _Offer) -> None:
        if offer.signs and self.may_react(room):
            # First out: a key that is there already would keep its place.
            self.withdraw(room, event)
            self._queue[room, event] = offer
            self._changed.set()

    def withdraw(self, room: str, event: str) -> None:
        """Drop the reactions to an event that was redacted."""
        self._queue.pop((room, event), None)

    @contextmanager
    def message_due(self) -> Iterator[None]:
        """Hold back the reactions in all rooms while the body sends something else.

        A room that answers no call must not stop the signs of all others, hence `LONGEST_HOLD`.
        """
        hold = object()
        self._holds.add(hold)
        timer = asyncio.get_running_loop().call_later(LONGEST_HOLD, self._release, hold)
        try:
            yield
        finally:
            timer.cancel()
            self._release(hold)

    def _release(self, hold: object) -> None:
        self._holds.discard(hold)
        self._changed.set()

    async def run(self) -> None:
        """Send reactions until cancelled."""
        while True:
            self._changed.clear()
            if not self._queue or self._holds:
                await self._changed.wait()
                continue
            newest_first = reversed(tuple(self._queue))
            room, event = min(newest_first, key=lambda key: self._queue[key].reserve)
            pause = self._port.budget.wait(self._queue[room, event].reserve)
            if pause > 0:
                # A message that was just sent, or a press, may change what comes next.
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._changed.wait()
            else:
                await self._send_next(room, event)

    async def _send_next(self, room: str, event: str) -> None:
        """Send the next reaction of an offer."""
        offer = self._queue[room, event]
        sign = offer.signs.popleft()
        if not offer.signs:
            self.withdraw(room, event)
        try:
            await self._port.react(room, event, sign, f"offer-{event}-{ord(sign[0]):x}")
        except RateLimitedError:
            offer.signs.appendleft(sign)
            self._queue.setdefault((room, event), offer)
        except (CallError, MatrixError) as fault:
            _log.info("a reaction could not be offered: %s", fault)
            self.withdraw(room, event)
