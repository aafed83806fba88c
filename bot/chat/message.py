"""Messages: a page of text with its buttons, as a platform sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.chat.buttons import Action
from bot.chat.rendering.blocks import Block
from bot.chat.rendering.dialects import Dialect
from bot.chat.rendering.pages import Page
from bot.chat.texts.notices import Notice

TURNING = ("◀", "▶")
"""The signs of the buttons that turn to the page before and after, in the same message."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button with a `sign`, a `label` or both; it does an action or opens a link."""

    does: Action | str
    sign: str = ""
    label: Notice | None = None

    def __post_init__(self) -> None:
        if not self.sign and self.label is None:
            raise ValueError("a button shows a sign or a label")


@dataclass(frozen=True, slots=True)
class Part:
    """The rendered text of one or more blocks, and the buttons below it."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One page, in parts, with buttons; only the asker sees a `private` one.

    `reply` is the id of the reply that it shows, or None. `about` is the first message of
    that reply if this is a further page of it, or, if `reply` is None, of the reply that this
    message is about. `to_delete` are messages to be deleted.
    """

    page: Page
    parts: tuple[Part, ...]
    below: tuple[Button, ...] = ()
    private: bool = False
    reply: str | None = None
    about: str | None = None
    to_delete: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text of the whole page."""
        return self.page.text

    @property
    def buttons(self) -> tuple[Button, ...]:
        """Every button, from top to bottom."""
        return (*(button for part in self.parts for button in part.buttons), *self.below)

    @property
    def actions(self) -> tuple[Action, ...]:
        """The actions of all buttons; links have none."""
        return tuple(button.does for button in self.buttons if isinstance(button.does, Action))

    @property
    def next_page(self) -> Action | None:
        """The action that turns to the next page; None on the last page."""
        turning = (button.does for button in self.below if button.sign == TURNING[1])
        return next((does for does in turning if isinstance(does, Action)), None)

    def privately(self, private: bool = True) -> Message:
        """A copy that only the asker sees, unless `private` is False."""
        return replace(self, private=self.private or private)


def message_of(
    page: Page,
    dialect: Dialect,
    beside: Callable[[Block], tuple[Button, ...]] = lambda _: (),
    below: Iterable[Button] = (),
    reply: str | None = None,
) -> Message:
    """Build a message from a page; adjacent blocks without buttons share one part.

    `beside` returns the buttons of a block, `below` are those of the whole message, `reply` is
    the id of the reply.
    """
    parts: list[Part] = []
    before: Block | None = None  # the block above, if it has no buttons
    for each in page.rendered:
        block, text = each.block, each.rendered.text
        buttons = beside(block)
        if before is not None and not buttons:
            parts[-1] = Part(parts[-1].text + dialect.between(before, block).text + text)
        else:
            parts.append(Part(text, buttons))
        before = None if buttons else block
    return Message(page, tuple(parts), tuple(below), reply=reply)
