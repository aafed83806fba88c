"""Templates of fixed texts, with forms for singular and plural."""

import re
from dataclasses import dataclass
from functools import cache
from string import Formatter


@dataclass(frozen=True, slots=True)
class Plural:
    """A text where `[one|many]` has a form for singular and plural, by the number in `of`."""

    of: str
    template: str

    @property
    def one(self) -> str:
        """The template for the number one."""
        return re.sub(r"\[(.*?)\|(.*?)\]", r"\1", self.template)

    @property
    def many(self) -> str:
        """The template for other numbers."""
        return re.sub(r"\[(.*?)\|(.*?)\]", r"\2", self.template)


@cache
def parsed(template: str) -> tuple[tuple[str, str | None], ...]:
    """A template as pairs of fixed text and the name of the parameter after it."""
    return tuple((fixed, name) for fixed, name, _, _ in Formatter().parse(template))
