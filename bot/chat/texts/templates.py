"""Templates of fixed texts: with forms for singular and plural, and in other languages."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Formatter

_FILE = resources.files("bot.chat.texts") / "translations.toml"

TRANSLATIONS: dict[str, dict[str, str]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
"""Templates in other languages than English, by language (ISO 639-1) and name of the text."""


@dataclass(frozen=True, slots=True)
class Plural:
    """A text where `[one|many]` has a form for singular and plural, by the number in `of`."""

    of: str
    template: str

    def form(self, number: object) -> str:
        """The template in the form for a number."""
        return re.sub(r"\[(.*?)\|(.*?)\]", r"\1" if number == 1 else r"\2", self.template)


@cache
def parsed(template: str) -> tuple[tuple[str, str | None], ...]:
    """A template as pairs of fixed text and the name of the parameter after it."""
    return tuple((fixed, name) for fixed, name, _, _ in Formatter().parse(template))
