"""Templates of fixed texts, with forms for singular and plural."""

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
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


class FixedText(Enum):
    """A fixed text of a catalogue; its value is the template, with parameters in braces."""

    value: str | Plural

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The names of the parameters this text takes."""
        template = self.value.template if isinstance(self.value, Plural) else self.value
        return frozenset(name for _, name in parsed(template) if name is not None)
