"""Styles of a DOCX file: the kind of a paragraph, its list, and whether a run is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex
from docx.oxml.ns import qn

from bot.core.documents import BlockKind
from bot.ingest.readers.headings import SIDE_HEADING

if TYPE_CHECKING:
    from docx.oxml.xmlchemy import BaseOxmlElement as Element

_HEADING = regex.compile(r"heading ([1-9])", regex.IGNORECASE)
_SIDE = regex.compile(r"caption|toc \d|toc heading|table of .*|subtitle", regex.IGNORECASE)
_LIST = regex.compile(r"list(?: .*)?", regex.IGNORECASE)
_CODE = regex.compile(
    r"(?:source )?code(?: block)?|html preformatted|preformatted(?: text)?|macro text|verbatim",
    regex.IGNORECASE,
)
_BODY_TEXT = 9
_MAX_STYLES = 20


@dataclass(frozen=True, slots=True)
class Shape:
    """A paragraph's kind and heading level; `is_title` where it bears the title style."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    is_title: bool = False


@dataclass(frozen=True, slots=True)
class ListPlace:
    """The list that a paragraph belongs to and its level there.

    `style` is the style that says so; None where the paragraph does itself.
    """

    list_id: str
    level: int
    style: str | None = None


class Styles:
    """The styles of a document by their id; None stands for the default one of paragraphs."""

    def __init__(self, root: Element) -> None:
        self._paragraph: dict[str | None, Element] = {}
        self._character: dict[str | None, Element] = {}
        self._switches: dict[tuple[str | None, str | None, str], bool] = {}
        by_type = {"paragraph": self._paragraph, "character": self._character}
        for style in root.iter(qn("w:style")):
            key = style.get(qn("w:styleId"))
            kind = style.get(qn("w:type"), "paragraph")
            if key is None or kind not in by_type:
                continue
            by_type[kind][key] = style
            if kind == "paragraph" and style.get(qn("w:default")) in ("1", "true", "on"):
                self._paragraph[None] = style

    def shape(self, paragraph: Element) -> Shape:
        """The shape of `paragraph`; its own properties count before those of its style.

        A paragraph that is both is a heading rather than a list item.
        """
        own = paragraph.find(qn("w:pPr"))
        chain = list(self._chain(self._paragraph, value(own, "w:pStyle")))
        names = [value(style, "w:name") or style.get(qn("w:styleId"), "") for style in chain]
        for name in names:
            if name.lower() == "title":
                return Shape(BlockKind.HEADING, 1, is_title=True)
            if _SIDE.fullmatch(name):
                return Shape(BlockKind.HEADING, SIDE_HEADING)
            if match := _HEADING.fullmatch(name):
                return Shape(BlockKind.HEADING, min(int(match[1]), SIDE_HEADING - 1))
            if _CODE.fullmatch(name):
                return Shape(BlockKind.CODE)
        properties = [own, *(style.find(qn("w:pPr")) for style in chain)]
        outlines = (value(each, "w:outlineLvl") for each in properties)
        outline = next((level for level in outlines if level is not None), "")
        if outline.isdecimal() and int(outline) < _BODY_TEXT:
            return Shape(BlockKind.HEADING, min(int(outline) + 1, SIDE_HEADING - 1))
        numberings = (each.find(qn("w:numPr")) for each in properties if each is not None)
        numbering = next((each for each in numberings if each is not None), None)
        if value(numbering, "w:numId") == "0":  # the paragraph switches off that of its style
            return Shape()
        if numbering is not None or any(map(_LIST.fullmatch, names)):
            return Shape(BlockKind.ITEM)
        return Shape()

    def list_place(self, paragraph: Element) -> ListPlace | None:
        """The place of `paragraph` in a list, by its own properties before those of its style."""
        own = paragraph.find(qn("w:pPr"))
        level = value(None if own is None else own.find(qn("w:numPr")), "w:ilvl")
        chain = self._chain(self._paragraph, value(own, "w:pStyle"))
        for element in (paragraph, *chain):
            properties = element.find(qn("w:pPr"))
            numbering = None if properties is None else properties.find(qn("w:numPr"))
            if (list_id := value(numbering, "w:numId")) is None:
                continue
            level = level or value(numbering, "w:ilvl") or "0"
            style = None if element is paragraph else element.get(qn("w:styleId"))
            depth = int(level) if level.isdecimal() and len(level) < 3 else 0
            return ListPlace(list_id, depth, style) if list_id != "0" else None
        return None

    def is_on(self, run: Element, paragraph_style: str | None, *tags: str) -> bool:
        """Whether one of the properties `tags`, as `w:vanish`, holds for `run`.

        Its own properties count before its style, and that before the style of its paragraph.
        """
        own = run.find(qn("w:rPr"))
        style = value(own, "w:rStyle")
        return any(self._property(own, (style, paragraph_style, tag)) for tag in tags)

    def _property(self, own: Element | None, styled: tuple[str | None, str | None, str]) -> bool:
        switch = None if own is None else own.find(qn(styled[2]))
        if switch is not None:
            return is_switched_on(switch)
        if styled not in self._switches:
            self._switches[styled] = self._by_style(*styled)
        return self._switches[styled]

    def _by_style(self, style: str | None, paragraph_style: str | None, tag: str) -> bool:
        chains = [self._chain(self._paragraph, paragraph_style)]
        if style is not None:
            chains.insert(0, self._chain(self._character, style))
        for each in (each for chain in chains for each in chain):
            properties = each.find(qn("w:rPr"))
            switch = None if properties is None else properties.find(qn(tag))
            if switch is not None:
                return is_switched_on(switch)
        return False

    def _chain(self, styles: dict[str | None, Element], key: str | None) -> Iterator[Element]:
        """The style `key` and those that it is based on; a circle ends after 20 of them."""
        style = styles.get(key)
        for _ in range(_MAX_STYLES):
            if style is None:
                return
            yield style
            base = value(style, "w:basedOn")
            style = None if base is None else styles.get(base)


def value(element: Element | None, tag: str) -> str | None:
    """The value of the child `tag` of `element`."""
    child = None if element is None else element.find(qn(tag))
    return None if child is None else child.get(qn("w:val"))


def is_switched_on(element: Element) -> bool:
    """Whether a property that is there is on, as it is without a value."""
    return element.get(qn("w:val"), "1") not in ("0", "false", "off")
