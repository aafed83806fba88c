"""Reactions as buttons: the sign of each action, and the signs that a message offers."""

from collections.abc import Mapping
from types import MappingProxyType

import regex

from bot.chat.buttons import Verb
from bot.chat.message import TURNING, Message

MORE, AROUND, SOURCE, CHECK = "➕", "🔎", "📄", "🔁"
UP, DOWN, REMOVE, NEAREST = "👍", "👎", "❌", "🧭"
YES = "✅"
"""Removes a document where the bot asks whether to; `REMOVE` keeps it."""

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
"""Signs to actions, in the order in which signs are offered."""

_NEXT = TURNING[1]
_SHADES = regex.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


def plain(key: str) -> str:
    """A sign without the shades a client may add: its style, or the colour of a hand."""
    return _SHADES.sub("", key[:16])


def is_sign(key: str) -> bool:
    """Whether a sign means anything here."""
    return plain(key) in VERBS or plain(key) == YES


def offered(message: Message) -> tuple[str, ...]:
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


def key_to_remove(message: Message) -> str | None:
    """The key of the document that a message asks whether to remove; None for any other."""
    return next((action.of for action in message.actions if action.verb is Verb.DROP), None)
