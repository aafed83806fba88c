"""Reactions as buttons: the sign of each action, and the signs that a message offers."""

from collections.abc import Mapping

import regex

from bot.chat.buttons import Action, Verb
from bot.chat.message import TURNING, Message

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

_NEXT = TURNING[1]
_VARIANTS = regex.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


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
        confirmations.get(button.does.verb, MORE if button.sign == _NEXT else button.sign)
        for button in message.buttons
        if isinstance(button.does, Action)
    }
    return tuple(sign for sign in (*VERBS, YES) if sign in signs)


def removal_key(message: Message) -> str | None:
    """The key of the document that a message asks whether to remove; None for any other."""
    return next((action.of for action in message.actions if action.verb is Verb.DROP), None)
