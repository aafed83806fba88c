"""Reactions as buttons: which sign stands for what, and which a message offers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import regex

from bot.chat.buttons import Action, Verb
from bot.chat.layout import TURNING
from bot.chat.message import Button, Message

MORE, AROUND, SOURCE, CHECK = "➕", "🔎", "📄", "🔁"
UP, DOWN, REMOVE, NEAREST = "👍", "👎", "❌", "🧭"
YES = "✅"
"""Takes a document away where the bot asks whether to; `REMOVE` keeps it."""

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
"""What each sign asks for, in the order signs are offered."""

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
    found = set()
    for button in _buttons(message):
        if isinstance(button.does, str):
            continue
        if button.does.verb is Verb.DROP:
            found.add(YES)
        elif button.does.verb is Verb.CANCEL:
            found.add(REMOVE)
        elif button.sign == _NEXT:
            found.add(MORE)
        elif button.sign in VERBS:
            found.add(button.sign)
    return tuple(sign for sign in (*VERBS, YES) if sign in found)


def next_page(message: Message) -> Action | None:
    """What leads to the page after this one of a list or a document, where there is one."""
    for button in _buttons(message):
        if button.sign == _NEXT and isinstance(button.does, Action):
            return button.does
    return None


def first_excerpt(message: Message) -> int:
    """The number of the first excerpt on a message that shows some; 1 where it tells none."""
    numbers = (
        button.does.number
        for button in _buttons(message)
        if isinstance(button.does, Action) and button.does.verb is Verb.CONTEXT
    )
    return next(numbers, 1)


def _buttons(message: Message) -> Iterable[Button]:
    for part in message.parts:
        yield from part.buttons
    yield from message.below
