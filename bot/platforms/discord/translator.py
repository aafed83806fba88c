"""Translator of the commands: their names, descriptions and options in Discord's languages."""

from discord import Locale
from discord.app_commands import ContextMenu, TranslationContextTypes, Translator, locale_str
from discord.app_commands import TranslationContextLocation as Location

from bot.chat.texts.command_texts import COMMAND_NAME
from bot.chat.texts.languages import language_of_locale, translated

_NAMES = (Location.command_name, Location.group_name, Location.parameter_name)


class CommandTranslator(Translator):
    """Translates the English of the commands by the catalogues of the interface."""

    async def translate(
        self, string: locale_str, locale: Locale, context: TranslationContextTypes
    ) -> str | None:
        """The string in the language of `locale`; None where it is as in English."""
        language = language_of_locale(locale.value)
        if language is None or language == "en":
            return None
        # The name of a menu's entry is a phrase of its own, not the name of a command.
        is_name = context.location in _NAMES and not isinstance(context.data, ContextMenu)
        text = translated(string.message, language, COMMAND_NAME if is_name else None)
        return None if text == string.message else text
