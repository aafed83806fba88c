"""Languages of the interface, their catalogues, and the language in which something is said.

A catalogue is a gettext file (`locale/de.po`), read by Babel; its keys are the English texts.
The language is a context variable, as in gettext's users Django and Flask-Babel: it is set once
for a request, and each text that is made until the end of it is in that language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from io import BytesIO
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "de", "fr", "es", "ru"]
"""A language of the interface, by its ISO 639-1 code."""

LANGUAGES: Mapping[Language, str] = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ru": "Русский",
}
"""The languages of the interface, each with its name in itself."""

_language: ContextVar[Language] = ContextVar("language", default="en")


def language_of_locale(locale: str) -> Language | None:
    """The language of a locale such as "de-AT" or "ru_RU.UTF-8"; None if there is no catalogue."""
    code = locale.replace("_", "-").split("-")[0].split(".")[0].casefold()
    return next((each for each in LANGUAGES if each == code), None)


def current_language() -> Language:
    """The language in which texts are made now."""
    return _language.get()


def use_language(language: Language) -> None:
    """Make texts in `language` from here on, in tasks that begin later, too."""
    _language.set(language)


@contextmanager
def in_language(language: Language) -> Iterator[None]:
    """Make texts in `language` within the body."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def translated(text: str, language: Language, context: str | None = None) -> str:
    """The text in `language`; `context` tells two uses of one English text apart."""
    catalogue = _catalogue(language)
    return catalogue.gettext(text) if context is None else catalogue.pgettext(context, text)


def translated_plural(one: str, many: str, number: int, language: Language) -> str:
    """The form of a text for `number`, by the plural rule of `language`."""
    return _catalogue(language).ngettext(one, many, number)


def language_list(codes: tuple[str, ...]) -> str:
    """Languages by name in one phrase of the current language, such as "English and German".

    `codes` are those of ISO 639-1; one without a name stands for itself.
    """
    from babel import Locale  # noqa: PLC0415 - its tables take 15 MB

    names = Locale(current_language()).languages
    return word_list([names.get(code, f"“{code}”") for code in codes], "standard")


def word_list(words: Sequence[str], style: Literal["standard", "or"]) -> str:
    """Words in one phrase of the current language: "this, that, and more", or with "or"."""
    if len(words) == 1:
        return words[0]
    from babel.lists import format_list  # noqa: PLC0415 - as above

    return format_list(words, style, current_language())


def number_text(number: int | float, language: Language) -> str:
    """A number with the separators of `language`."""
    if language == "en":
        return f"{number:,}" if isinstance(number, int) else f"{number:,g}"
    from babel.numbers import format_decimal  # noqa: PLC0415 - as above

    return format_decimal(number, locale=language)


@cache
def _catalogue(language: Language) -> NullTranslations:
    if language == "en":
        return NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - as above
    from babel.messages.pofile import read_po  # noqa: PLC0415

    compiled = BytesIO()
    with (resources.files(__package__) / "locale" / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)
