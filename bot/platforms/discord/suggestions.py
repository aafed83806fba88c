"""Suggestions (autocomplete) for the options of slash commands."""

import logging

from discord.app_commands import Choice

from bot.answering.service import DocumentInfo
from bot.chat.buttons import key_of
from bot.chat.service import ChatService
from bot.core.errors import SourcesSayError
from bot.platforms.discord.mapping import Interaction, place_of_interaction

MOST_CHOICES = 25
CHOICE_CHARACTERS = 100

_log = logging.getLogger(__name__)


class Suggestions:
    """Suggests collections and documents that the room sees; none where they cannot be read."""

    def __init__(self, chat: ChatService) -> None:
        self._chat = chat

    async def collections(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Collections whose name holds what was typed so far."""
        try:
            names = await self._chat.collections(place_of_interaction(interaction))
        except SourcesSayError as fault:
            _log.error("nothing could be suggested: %s", fault)
            return []
        folded = typed.casefold()
        matches = [n for n in names if folded in n.casefold() and len(n) <= CHOICE_CHARACTERS]
        return [Choice(name=name, value=name) for name in matches[:MOST_CHOICES]]

    async def documents(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Documents whose title or path holds what was typed so far."""
        place = place_of_interaction(interaction)
        try:
            infos = await self._chat.suggestions(place, typed, MOST_CHOICES)
        except SourcesSayError as fault:
            _log.error("nothing could be suggested: %s", fault)
            return []
        return [_choice(info) for info in infos]


def _choice(info: DocumentInfo) -> Choice[str]:
    path = info.document.path
    line = " ".join((info.document.source.title or path).split()) or "?"
    name = line if len(line) <= CHOICE_CHARACTERS else line[: CHOICE_CHARACTERS - 1] + "…"
    return Choice(name=name, value=path if len(path) <= CHOICE_CHARACTERS else "#" + key_of(path))
