"""Pages with what can be done about them: what a platform with buttons sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.chat.buttons import Action
from bot.chat.rendering.blocks import Block
from bot.chat.rendering.dialects import Dialect
from bot.chat.rendering.pages import Page
from bot.chat.texts.catalogue import Notice


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
    """One page, in parts, with buttons; `private` is for the eyes of who asked only.

    `reply` is the id of the reply it shows, None where it shows none.
    """

    page: Page
    parts: tuple[Part, ...]
    below: tuple[Button, ...] = ()
    private: bool = False
    reply: str | None = None

    @property
    def text(self) -> str:
        """All of it as one text."""
        return self.page.text

    def privately(self, private: bool = True) -> Message:
        """The same message, for the eyes of who asked only."""
        return replace(self, private=self.private or private)


def message_of(
    page: Page,
    dialect: Dialect,
    beside: Callable[[Block], tuple[Button, ...]] = lambda _: (),
    below: Iterable[Button] = (),
) -> Message:
    """A page as a message; blocks without buttons of their own are set together."""
    parts: list[Part] = []
    open_: Block | None = None
    for block, text in zip(page.blocks, page.texts, strict=True):
        buttons = beside(block)
        if open_ is not None and not buttons:
            parts[-1] = Part(parts[-1].text + dialect.between(open_, block).text + text)
        else:
            parts.append(Part(text, buttons))
        open_ = None if buttons else block
    return Message(page, tuple(parts), tuple(below))
