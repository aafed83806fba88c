"""Messages: a page of text with the buttons that belong to it, as a platform sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.chat.buttons import Action
from bot.chat.rendering.blocks import Block
from bot.chat.rendering.dialects import Dialect
from bot.chat.rendering.pages import Page
from bot.chat.texts.catalogue import Notice

TURNING = ("◀", "▶")
"""The signs of the buttons that lead back and on, in the message they stand in."""


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press: an action, or a link that leads away; `label` may be a sign only."""

    does: Action | str
    sign: str = ""
    label: Notice | None = None

    def __post_init__(self) -> None:
        if not self.sign and self.label is None:
            raise ValueError("a button shows a sign or a label")


@dataclass(frozen=True, slots=True)
class Part:
    """Finished text of one or more blocks, and the buttons right below it."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One page, in parts, with buttons; a `private` one is for the asker's eyes only.

    `reply` is the id of the reply it shows, None for none. `about` is the first message of
    the reply that it belongs to: as a further page of it, or as a remark where `reply` is
    None. `takes_down` are messages to be deleted.
    """

    page: Page
    parts: tuple[Part, ...]
    below: tuple[Button, ...] = ()
    private: bool = False
    reply: str | None = None
    about: str | None = None
    takes_down: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it as one text."""
        return self.page.text

    @property
    def buttons(self) -> tuple[Button, ...]:
        """Every button, from top to bottom."""
        return (*(button for part in self.parts for button in part.buttons), *self.below)

    @property
    def actions(self) -> tuple[Action, ...]:
        """The actions of all buttons, without links that lead away."""
        return tuple(button.does for button in self.buttons if isinstance(button.does, Action))

    @property
    def next_page(self) -> Action | None:
        """The action that turns to the next page of a list or a document; None on the last."""
        return next(
            (
                button.does
                for button in self.below
                if button.sign == TURNING[1] and isinstance(button.does, Action)
            ),
            None,
        )

    def privately(self, private: bool = True) -> Message:
        """The same message, for the asker's eyes only."""
        return replace(self, private=self.private or private)


def message_of(
    page: Page,
    dialect: Dialect,
    beside: Callable[[Block], tuple[Button, ...]] = lambda _: (),
    below: Iterable[Button] = (),
) -> Message:
    """A page as a message; neighbouring blocks without buttons of their own share one part."""
    parts: list[Part] = []
    before: Block | None = None  # the block above, where it has no buttons
    for block, text in zip(page.blocks, page.texts, strict=True):
        buttons = beside(block)
        if before is not None and not buttons:
            parts[-1] = Part(parts[-1].text + dialect.between(before, block).text + text)
        else:
            parts.append(Part(text, buttons))
        before = None if buttons else block
    return Message(page, tuple(parts), tuple(below))
