"""Notices: fixed texts of a catalogue with their parameters; besides quotes, all that is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bot.chat.texts.languages import (
    Language,
    current_language,
    number_text,
    translated,
    translated_plural,
)
from bot.chat.texts.parameters import Parameter, Written, written
from bot.chat.texts.templates import FixedText, parsed


@dataclass(frozen=True, slots=True)
class Notice:
    """A fixed text with its parameters, in the language of the context in which it was made.

    Parameters may come from documents and people, so a dialect escapes them; it trusts the
    fixed text around them.
    """

    text: FixedText
    parameters: tuple[tuple[str, Parameter], ...] = ()
    language: Language = field(default_factory=current_language)

    def __post_init__(self) -> None:
        if not isinstance(self.text, FixedText):
            raise TypeError("a notice is made of a text of a catalogue only")
        if {name for name, _ in self.parameters} != self.text.parameters:
            raise ValueError(f"{self.text.name} takes {sorted(self.text.parameters)}")

    def fill(self, parameter: Callable[[Written], str], fixed: Callable[[str], str] = str) -> str:
        """The notice as one text; its fixed texts and parameters are written by these functions.

        It is in singular or plural as its number asks for.
        """
        values = {name: self._localised(value) for name, value in self.parameters}
        return "".join(
            fixed(text) + ("" if name is None else parameter(values[name]))
            for text, name in parsed(self._template())
        )

    def _template(self) -> str:
        entry = self.text.value
        if isinstance(entry, str):
            return translated(entry, self.language)
        given = dict(self.parameters)[entry.of]
        number = given if isinstance(given, int) else 0
        return translated_plural(entry.one, entry.many, number, self.language)

    def _localised(self, value: Parameter) -> Written:
        if isinstance(value, int | float):
            return number_text(value, self.language)
        return value

    def plain(self) -> str:
        """The notice as one text, without any escaping."""
        return self.fill(written)

    def shortened(self, most: int) -> Notice:
        """The same notice with no text parameter longer than `most` characters."""
        shortened = (
            (name, shorten(value, most) if isinstance(value, str) else value)
            for name, value in self.parameters
        )
        return replace(self, parameters=tuple(shortened))


def notice(text: FixedText, /, **parameters: Parameter) -> Notice:
    """A notice from the catalogue; raises `ValueError` for wrong parameters."""
    return Notice(text, tuple(parameters.items()))


def time_text(at: datetime) -> str:
    """A time to the minute, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def shorten(text: str, most: int) -> str:
    """`text`, or its beginning and a visible `[…]` if it is longer than `most`."""
    return text if len(text) <= most else text[: max(0, most - 4)].rstrip() + " […]"
