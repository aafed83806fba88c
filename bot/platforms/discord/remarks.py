"""The form for a remark on Discord: opened by a button, taken in also after a restart."""

from collections.abc import Iterable
from typing import Any

import discord
from discord import ui

from bot.chat.buttons import Action, Verb, action_named
from bot.chat.commands import Remark
from bot.chat.feedback import REMARK_CHARACTERS
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import in_language
from bot.chat.texts.notices import notice
from bot.platforms.discord import outbox, responses
from bot.platforms.discord.mapping import Interaction

FIELD = "remark"
"""The custom id of the field."""

FORM_SECONDS = 900.0
"""Time for which discord.py remembers an open form; one that is sent later is taken, too."""


async def open_form(interaction: Interaction, action: Action) -> None:
    """Show the form whose remark is added to the vote that `action` names."""
    client = interaction.client
    with in_language(await client.services.chat.language(client.request(interaction))):
        title, label = notice(Text.REMARK_FORM).plain(), notice(Text.REMARK_FIELD).plain()
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=FIELD, style=discord.TextStyle.paragraph, max_length=REMARK_CHARACTERS
    )
    form = ui.Modal(title=title, custom_id=action.name, timeout=FORM_SECONDS)
    form.add_item(ui.Label(text=label, component=field))
    await outbox.attempt(interaction.response.send_modal(form), "opening a form")


async def receive_form(interaction: Interaction) -> None:
    """Note the remark of a form, and thank in place of the message that led to it.

    It is read from the event itself: discord.py knows only forms that it opened since the start.
    """
    data: Any = interaction.data
    if interaction.type is not discord.InteractionType.modal_submit:
        return
    action = action_named(data["custom_id"])
    if action is None or action.verb is not Verb.REMARK:
        return
    client = interaction.client
    async with client.inbox.working():
        command = Remark(action.of, _value(data["components"]))
        message = await client.services.chat.handle(command, client.request(interaction))
        await responses.show_instead(interaction, message)


def _value(components: Iterable[Any]) -> str:
    """The text in the field, wherever Discord puts it in the form."""
    for part in components:
        if part.get("custom_id") == FIELD:
            return str(part.get("value") or "")
        inner = part.get("components") or filter(None, (part.get("component"),))
        if value := _value(inner):
            return value
    return ""
