"""Automatic numbers of headings and items in ODT files.

The file has the definition of a list: for each of up to ten levels the form of its number, what
stands around it, and how many levels are written: two for `1.2`. The numbers are counted here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from bot.ingest.readers.builder import UNREADABLE
from bot.ingest.readers.number_formats import written
from bot.ingest.readers.odt.styles import STYLE, TEXT

_FORMS = {"1": "decimal", "i": "lowerRoman", "I": "upperRoman", "": "none"}
_LETTERS = {"a": "lowerLetter", "A": "upperLetter"}
_LATIN = 26
_NUMBERED = (f"{TEXT}list-level-style-number", f"{TEXT}outline-level-style")


@dataclass(frozen=True, slots=True)
class _ListLevel:
    """One level of a list, as its definition has it; a bullet has an empty form."""

    form: str
    prefix: str
    suffix: str
    shown_levels: int
    start: int
    is_doubled: bool


@dataclass(slots=True)
class OdtList:
    """The levels of a list by their depth, from 1, and how far each is counted."""

    levels: Mapping[int, _ListLevel]
    counts: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, definition: Element | None) -> "OdtList":
        """A list that is not begun yet; without a definition it has no numbers."""
        levels = () if definition is None else definition
        return cls(
            {
                int(each.get(f"{TEXT}level", "1")): _level(each)
                for each in levels
                if each.tag in _NUMBERED
            }
        )

    def next_mark(self, depth: int, start: int | None = None) -> str:
        """The number of the next item at `depth`, as "2." or "1.2"; empty for a bullet."""
        for deeper in [each for each in self.counts if each > depth]:
            del self.counts[deeper]
        level = self.levels.get(depth)
        before = self.counts.get(depth)
        first = 1 if level is None else level.start
        self.counts[depth] = start if start is not None else first if before is None else before + 1
        if level is None or not level.form:
            return ""
        shown = range(max(depth - level.shown_levels + 1, 1), depth + 1)
        numbers = [self._written(each) for each in shown]
        return f"{level.prefix}{'.'.join(filter(None, numbers))}{level.suffix}".strip()

    def _written(self, depth: int) -> str:
        level = self.levels.get(depth)
        if level is None:
            return ""
        number = self.counts.setdefault(depth, level.start)
        form = _LETTERS.get(level.form)
        if form is not None and number > _LATIN and not level.is_doubled:
            return UNREADABLE  # "aa" comes after "z", but "ab" or "bb" after that
        return written(number, form or _FORMS.get(level.form, "?"))


def _level(element: Element) -> _ListLevel:
    return _ListLevel(
        form=element.get(f"{STYLE}num-format", ""),
        prefix=element.get(f"{STYLE}num-prefix", ""),
        suffix=element.get(f"{STYLE}num-suffix", ""),
        shown_levels=int(element.get(f"{TEXT}display-levels", "1")),
        start=int(element.get(f"{TEXT}start-value", "1")),
        is_doubled=element.get(f"{STYLE}num-letter-sync") == "true",
    )
