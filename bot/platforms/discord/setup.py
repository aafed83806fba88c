"""The setup of a channel: what is set, what the bot lacks, what members see, and menus."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
from discord import ui

from bot.chat import commands
from bot.chat.error_messages import error_notice
from bot.chat.message import Message
from bot.chat.request import ChatRequest
from bot.chat.texts.command_texts import SLASH
from bot.chat.texts.languages import current_language, in_language, translated
from bot.core.errors import SourcesSayError
from bot.platforms.discord import outbox
from bot.platforms.discord.components import view_of
from bot.platforms.discord.first_steps import permission_check
from bot.platforms.discord.mapping import Interaction, place_of_settings
from bot.platforms.services import PlatformServices
from bot.state.records import Mode

MOST_CHOICES = 25
CHOICE_CHARACTERS = 100
"""Most choices of a menu or suggestions for an option, and the longest of them, at Discord."""

COLLECTIONS, MODE, THREADS = "collections", "mode", "threads"


class SetupMenu(ui.DynamicItem[ui.Select[ui.LayoutView]], template=r"setup:(?P<what>[a-z]{4,11})"):
    """A menu that sets something for its channel, also after a restart."""

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: Any
    ) -> SetupMenu:
        """The menu with this custom id. Raises ValueError."""
        if not isinstance(item, ui.Select) or match["what"] not in {COLLECTIONS, MODE, THREADS}:
            raise ValueError("no menu of ours")
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:
        """Set what was chosen, and show the channel anew."""
        client = interaction.client
        async with client.inbox.working():
            request = _request(interaction)
            message = await self._set(client.services, request)
            view = await _view(interaction, request, message)
            call = interaction.response.edit_message(view=view, allowed_mentions=outbox.NOBODY)
            await outbox.attempt(call, "showing a setup")

    async def _set(self, services: PlatformServices, request: ChatRequest) -> Message:
        """Set what was chosen; collections that the menu did not offer stay bound."""
        values = frozenset(self.item.values)
        if self.custom_id.endswith(MODE):
            return await services.chat.handle(commands.SetMode(Mode(min(values))), request)
        if self.custom_id.endswith(THREADS):
            return await services.chat.handle(commands.SetThreads("on" in values), request)
        try:
            bound = (await services.rooms.effective(request.place)).collections or frozenset()
        except SourcesSayError as fault:
            return services.chat.say(error_notice(fault, "setup"))
        values |= bound - {option.value for option in self.item.options}
        return await services.chat.handle(commands.SetCollections(values or None), request)


async def show_setup(interaction: Interaction) -> None:
    """Show the setup of the channel to whoever manages it."""
    client = interaction.client
    async with client.inbox.working():
        request = _request(interaction)
        message = await client.services.chat.handle(commands.ShowRoom(), request)
        view = await _view(interaction, request, message)
        call = interaction.response.send_message(
            view=view, ephemeral=True, allowed_mentions=outbox.NOBODY
        )
        await outbox.attempt(call, "showing a setup")


def _request(interaction: Interaction) -> ChatRequest:
    request: ChatRequest = interaction.client.request(interaction)
    return replace(request, place=place_of_settings(interaction))


async def _view(interaction: Interaction, request: ChatRequest, message: Message) -> ui.LayoutView:
    """The answer of the chat; for managers with permissions, the welcome and the menus."""
    with in_language(await interaction.client.services.chat.language(request)):
        return await _view_in_language(interaction, request, message)


async def _view_in_language(
    interaction: Interaction, request: ChatRequest, message: Message
) -> ui.LayoutView:
    services, view, place = interaction.client.services, view_of(message), request.place
    if place.direct or not services.rights.manages(request.person):
        return view
    try:
        if interaction.guild is not None:
            check = await permission_check(interaction.guild, services.rooms)
            view.add_item(_text(services.chat.say(*check)))
        view.add_item(_text(await services.chat.welcome(place)))
        settings = await services.rooms.effective(place)
        names = await services.chat.collections(place, request.person)
    except SourcesSayError:
        return view  # The message says so.
    names = tuple(name for name in names if len(name) <= CHOICE_CHARACTERS)[:MOST_CHOICES]
    if names:
        bound = settings.collections or frozenset()
        options = [discord.SelectOption(label=n, value=n, default=n in bound) for n in names]
        view.add_item(_menu(COLLECTIONS, options, least=0, most=len(options)))
    options = [
        discord.SelectOption(
            label=_text_of(f"room.{mode.value}"), value=mode.value, default=mode is settings.mode
        )
        for mode in Mode
    ]
    view.add_item(_menu(MODE, options, least=1, most=1))
    if isinstance(interaction.channel, discord.TextChannel):
        options = [
            discord.SelectOption(
                label=_text_of(f"setup.{value}"), value=value, default=settings.threads is is_on
            )
            for value, is_on in (("off", False), ("on", True))
        ]
        view.add_item(_menu(THREADS, options, least=1, most=1))
    return view


def _menu(
    what: str, options: list[discord.SelectOption], *, least: int, most: int
) -> ui.ActionRow[ui.LayoutView]:
    menu = ui.Select[ui.LayoutView](
        custom_id=f"setup:{what}",
        placeholder=_text_of(f"setup.{what}"),
        options=options,
        min_values=least,
        max_values=most,
    )
    item: ui.Item[Any] = SetupMenu(menu)
    return ui.ActionRow(item)


def _text_of(name: str) -> str:
    return translated(SLASH[name], current_language())


def _text(message: Message) -> ui.TextDisplay[ui.LayoutView]:
    return ui.TextDisplay(message.text)
