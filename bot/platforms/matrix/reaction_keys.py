"""Reactions as buttons: the sign of each action, and the signs that a message offers."""

from collections.abc import Mapping
from types import MappingProxyType

import regex

from bot.chat.buttons import Verb
from bot.chat.message import TURNING, Message

MORE, AROUND, SOURCE, CHECK = "➕", "🔎", "📄", "🔁"
UP, DOWN, REMOVE, NEAREST = "👍", "👎", "❌", "🧭"
YES = "✅"
"""Confirms the removal of a document, when the bot asks; `REMOVE` then keeps the document."""

VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        MORE: Verb.MORE,
        AROUND: Verb.CONTEXT,
        SOURCE: Verb.SOURCE,
        CHECK: Verb.CHECK,
        NEAREST: Verb.NEAREST,
        UP: Verb.UP,
        DOWN: Verb.DOWN,
        REMOVE: Verb.REMOVE,
    }
)
"""Signs to actions, in the order in which signs are signs_for."""

_NEXT = TURNING[1]
_VARIANTS = regex.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


def without_variants(key: str) -> str:
    """A sign without the variation selectors and skin tones that clients may add."""
    return _VARIANTS.sub("", key[:16])


def is_sign(key: str) -> bool:
    """Whether a sign is the key of a button."""
    return without_variants(key) in VERBS or without_variants(key) == YES


def signs_for(message: Message) -> tuple[str, ...]:
    """The signs for the buttons of a message, each once."""
    signs = set()
    for button in message.buttons:
        if isinstance(button.does, str):
            continue
        if button.does.verb is Verb.DROP:
            signs.add(YES)
        elif button.does.verb is Verb.CANCEL:
            signs.add(REMOVE)
        elif button.sign == _NEXT:
            signs.add(MORE)
        elif button.sign in VERBS:
            signs.add(button.sign)
    return tuple(sign for sign in (*VERBS, YES) if sign in signs)


def removal_key(message: Message) -> str | None:
    """The key of the document that a message asks whether to remove; None for any other."""
    return next((action.of for action in message.actions if action.verb is Verb.DROP), None)
