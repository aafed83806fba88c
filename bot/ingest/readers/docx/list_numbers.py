"""Automatic numbers of headings, items and notes, as Word counts and writes them.

Word stores no number with a paragraph, but the list it belongs to. A list (`w:num`) is an
instance of a definition (`w:abstractNum`) with up to nine levels, each with a format of its
number and a text such as `Article %1` or `%1.%2`, where `%1` is the number of the first level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex
from docx.oxml.ns import qn

from bot.ingest.readers.builder import cleaned
from bot.ingest.readers.docx.styles import ListPlace, is_switched_on, value
from bot.ingest.readers.number_formats import written

if TYPE_CHECKING:
    from docx.oxml.xmlchemy import BaseOxmlElement as Element

_LEVELS = 9
_PLACE = regex.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class _Level:
    """One level of a list; `restart` is the level, counted from 1, that begins it anew."""

    start: int = 1
    form: str = "decimal"
    text: str = ""
    is_legal: bool = False
    is_close: bool = False
    restart: int | None = None
    style: str | None = None

    @classmethod
    def of(cls, element: Element) -> _Level:
        legal = element.find(qn("w:isLgl"))
        return cls(
            start=_number(value(element, "w:start"), 1) or 0,
            form=value(element, "w:numFmt") or "decimal",
            text=value(element, "w:lvlText") or "",
            is_legal=legal is not None and is_switched_on(legal),
            is_close=value(element, "w:suff") == "nothing",
            restart=_number(value(element, "w:lvlRestart"), None),
            style=value(element, "w:pStyle"),
        )


@dataclass(slots=True)
class _List:
    """An instance of a definition: its levels, its own start values, those already used."""

    definition: str
    levels: dict[int, _Level]
    starts: dict[int, int]


class ListNumbers:
    """Counts the paragraphs of all lists of a document, in the order of the document."""

    def __init__(self, root: Element | None) -> None:
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, dict[int, int]] = {}
        if root is None:
            return
        definitions = {each.get(qn("w:abstractNumId")): each for each in root}
        styled = {
            name: each
            for each in root.iter(qn("w:abstractNum"))
            if (name := value(each, "w:styleLink")) is not None
        }
        for each in root.iter(qn("w:num")):
            definition = definitions.get(key := value(each, "w:abstractNumId"))
            if definition is not None and key is not None:
                link = value(definition, "w:numStyleLink")
                source = definition if link is None else styled.get(link, definition)
                self._lists[each.get(qn("w:numId"), "")] = _list(key, source, each)

    def depth(self, place: ListPlace) -> int:
        """The level of a paragraph at `place`, 0 for the outermost."""
        numbered = self._lists.get(place.list_id)
        return place.level if numbered is None else _depth(numbered, place)

    def next_mark(self, place: ListPlace) -> str:
        """The number of the next paragraph at `place`, with a blank behind it where Word has one.

        It is empty for a bullet, and where the list is not defined.
        """
        numbered = self._lists.get(place.list_id)
        if numbered is None:
            return ""
        depth = _depth(numbered, place)
        level = numbered.levels.get(depth)
        if level is None:
            return ""
        counts = self._counts.setdefault(numbered.definition, {})
        if depth in numbered.starts:
            counts[depth] = numbered.starts.pop(depth)
        else:
            counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [each for each in counts if each > depth]:
            # Level 3 begins anew after any level above it, or only after those up to `restart`.
            restart = numbered.levels.get(deeper, level).restart
            if restart is None or depth < restart:
                del counts[deeper]
        return _mark(numbered.levels, level, counts)


def _number(text: str | None, default: int | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else default


def _list(key: str, definition: Element, instance: Element) -> _List:
    levels = _levels(definition)
    starts: dict[int, int] = {}
    for override in instance.iter(qn("w:lvlOverride")):
        depth = _number(override.get(qn("w:ilvl")), 0) or 0
        levels |= _levels(override)
        start = _number(value(override, "w:startOverride"), None)
        if start is not None:
            starts[depth] = start
    return _List(key, levels, starts)


def _levels(parent: Element) -> dict[int, _Level]:
    return {
        _number(each.get(qn("w:ilvl")), 0) or 0: _Level.of(each)
        for each in parent.findall(qn("w:lvl"))
    }


def _depth(numbered: _List, place: ListPlace) -> int:
    """The level of a paragraph; a level may name the style whose paragraphs belong to it."""
    linked = (
        depth
        for depth, level in numbered.levels.items()
        if level.style and level.style == place.style
    )
    return next(linked, min(place.level, _LEVELS - 1))


def _mark(levels: dict[int, _Level], level: _Level, counts: dict[int, int]) -> str:
    if level.form == "bullet":
        return ""

    def number(match: regex.Match[str]) -> str:
        depth = int(match[1]) - 1
        counted = levels.get(depth, _Level())
        form = "decimal" if level.is_legal and counted.form != "none" else counted.form
        return written(counts.get(depth, counted.start), form)

    text = cleaned(_PLACE.sub(number, level.text))
    return text if level.is_close or not text else f"{text} "
