"""The kind of a DOCX paragraph, by its own properties and the styles that it is based on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex
from docx.oxml.ns import qn

from bot.core.documents import BlockKind
from bot.ingest.readers.text import SIDE_HEADING

if TYPE_CHECKING:
    from docx.oxml.xmlchemy import BaseOxmlElement as Element

_HEADING = regex.compile(r"heading ([1-9])", regex.IGNORECASE)
_SIDE = regex.compile(r"caption|toc \d|toc heading|table of .*|subtitle", regex.IGNORECASE)
_LIST = regex.compile(r"list(?: .*)?", regex.IGNORECASE)
_BODY_TEXT = 9
_MAX_STYLES = 20
_VALUE = qn("w:val")


@dataclass(frozen=True, slots=True)
class Shape:
    """A paragraph's kind and heading level; `is_title` where it bears the title style."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    is_title: bool = False


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    base: str | None
    properties: Element | None


@dataclass(frozen=True, slots=True)
class Styles:
    """The paragraph styles of a document by their id."""

    by_id: Mapping[str, _Style]
    default: str | None

    @classmethod
    def of(cls, element: Element) -> Styles:
        """The styles below `element`, the root of a styles part."""
        by_id: dict[str, _Style] = {}
        default = None
        for style in element.iter(qn("w:style")):
            key = style.get(qn("w:styleId"))
            if key is None or style.get(qn("w:type"), "paragraph") != "paragraph":
                continue
            name = _value(style.find(qn("w:name"))) or key
            by_id[key] = _Style(name, _value(style.find(qn("w:basedOn"))), style.find(qn("w:pPr")))
            if style.get(qn("w:default")) in ("1", "true", "on"):
                default = key
        return cls(by_id, default)

    def chain(self, key: str | None) -> Iterator[_Style]:
        """The style `key` and the styles that it is based on; a circle ends after 20 of them."""
        key = key if key is not None else self.default
        for _ in range(_MAX_STYLES):
            style = self.by_id.get(key) if key is not None else None
            if style is None:
                return
            yield style
            key = style.base


def _value(element: Element | None) -> str | None:
    return None if element is None else element.get(_VALUE)


def shape(paragraph: Element, styles: Styles) -> Shape:
    """The shape of `paragraph`; its own properties count before those of its style.

    A paragraph that is both is a heading rather than a list item.
    """
    own = paragraph.find(qn("w:pPr"))
    key = _value(own.find(qn("w:pStyle"))) if own is not None else None
    chain = list(styles.chain(key))
    properties = [
        element for element in (own, *(style.properties for style in chain)) if element is not None
    ]
    for style in chain:
        if style.name.lower() == "title":
            return Shape(BlockKind.HEADING, 1, is_title=True)
        if _SIDE.fullmatch(style.name):
            return Shape(BlockKind.HEADING, SIDE_HEADING)
        if match := _HEADING.fullmatch(style.name):
            return Shape(BlockKind.HEADING, min(int(match[1]), SIDE_HEADING - 1))
    outline = next(_values(properties, "w:outlineLvl"), "")
    if outline.isdecimal() and int(outline) < _BODY_TEXT:
        return Shape(BlockKind.HEADING, min(int(outline) + 1, SIDE_HEADING - 1))
    numbering = next(_numberings(properties), None)
    if numbering == "0":  # the paragraph switches off the numbering of its style
        return Shape()
    if numbering is not None or any(_LIST.fullmatch(style.name) for style in chain):
        return Shape(BlockKind.ITEM)
    return Shape()


def _values(properties: list[Element], tag: str) -> Iterator[str]:
    for element in properties:
        value = _value(element.find(qn(tag)))
        if value is not None:
            yield value


def _numberings(properties: list[Element]) -> Iterator[str]:
    for element in properties:
        numbering = element.find(qn("w:numPr"))
        if numbering is not None:
            yield _value(numbering.find(qn("w:numId"))) or ""
