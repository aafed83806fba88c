"""Messages of the chat as Discord components, and presses of buttons as actions of the chat.

Each part of a message, such as an excerpt with its citation, is a text display (Components V2)
with its row of buttons right below. On a phone this leaves the quote more width than embeds.
"""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.chat.buttons import NAME, Action, Verb, action_named
from bot.chat.message import TURNING, Button, Message
from bot.platforms.discord.mapping import Interaction

LIMIT = 4_000
"""Characters of all text displays of one message."""


class ActionButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=NAME):
    """A button that carries its action in its custom id, and so works after a restart."""

    def __init__(self, button: ui.Button[ui.LayoutView], action: Action) -> None:
        super().__init__(button)
        self.action = action

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: Any
    ) -> ActionButton:
        """The button with this custom id, which matches the template. Raises ValueError."""
        action = action_named(match.string)
        if action is None or not isinstance(item, ui.Button):
            raise ValueError("no button of ours")
        return cls(item, action)

    async def callback(self, interaction: Interaction) -> None:
        """Carry out the action."""
        turns_page = str(self.item.emoji) in TURNING or self.action.verb is Verb.REASON
        await interaction.client.buttons.press(interaction, self.action, turns_page=turns_page)


def view_of(message: Message) -> ui.LayoutView:
    """A message with its buttons, as Discord's components."""
    view = ui.LayoutView(timeout=None)
    for part in message.parts:
        view.add_item(ui.TextDisplay[ui.LayoutView](part.text))
        _add_rows(view, part.buttons)
    _add_rows(view, message.below)
    return view


def _add_rows(view: ui.LayoutView, buttons: tuple[Button, ...]) -> None:
    # A row has room for five.
    for chunk in discord.utils.as_chunks(buttons, 5):
        view.add_item(ui.ActionRow[ui.LayoutView](*map(_item, chunk)))


def _item(button: Button) -> ui.Item[Any]:
    label = None if button.label is None else button.label.plain()
    emoji = button.sign or None
    if isinstance(button.does, str):
        return ui.Button[ui.LayoutView](label=label, emoji=emoji, url=button.does)
    item = ui.Button[ui.LayoutView](
        style=discord.ButtonStyle.secondary, label=label, emoji=emoji, custom_id=button.does.name
    )
    return ActionButton(item, button.does)
