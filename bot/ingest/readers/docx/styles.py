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


@dataclass(frozen=True, slots=True)
class Shape:
    """A paragraph's kind and heading level; `is_title` where it bears the title style."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    is_title: bool = False


Styles = Mapping[str | None, "Element"]
"""The paragraph styles of a document by their id; None stands for the default one."""


def styles_of(root: Element) -> Styles:
    """The styles below `root`, that of a styles part."""
    styles: dict[str | None, Element] = {}
    for style in root.iter(qn("w:style")):
        key = style.get(qn("w:styleId"))
        if key is None or style.get(qn("w:type"), "paragraph") != "paragraph":
            continue
        styles[key] = style
        if style.get(qn("w:default")) in ("1", "true", "on"):
            styles[None] = style
    return styles


def _chain(styles: Styles, key: str | None) -> Iterator[Element]:
    """The style `key` and the styles that it is based on; a circle ends after 20 of them."""
    style = styles.get(key)
    for _ in range(_MAX_STYLES):
        if style is None:
            return
        yield style
        base = _value(style, "w:basedOn")
        style = None if base is None else styles.get(base)


def _value(element: Element | None, tag: str) -> str | None:
    """The value of the child `tag` of `element`."""
    child = None if element is None else element.find(qn(tag))
    return None if child is None else child.get(qn("w:val"))


def shape(paragraph: Element, styles: Styles) -> Shape:
    """The shape of `paragraph`; its own properties count before those of its style.

    A paragraph that is both is a heading rather than a list item.
    """
    own = paragraph.find(qn("w:pPr"))
    chain = list(_chain(styles, _value(own, "w:pStyle")))
    names = [_value(style, "w:name") or style.get(qn("w:styleId"), "") for style in chain]
    for name in names:
        if name.lower() == "title":
            return Shape(BlockKind.HEADING, 1, is_title=True)
        if _SIDE.fullmatch(name):
            return Shape(BlockKind.HEADING, SIDE_HEADING)
        if match := _HEADING.fullmatch(name):
            return Shape(BlockKind.HEADING, min(int(match[1]), SIDE_HEADING - 1))
    properties = [own, *(style.find(qn("w:pPr")) for style in chain)]
    outlines = (_value(each, "w:outlineLvl") for each in properties)
    outline = next((level for level in outlines if level is not None), "")
    if outline.isdecimal() and int(outline) < _BODY_TEXT:
        return Shape(BlockKind.HEADING, min(int(outline) + 1, SIDE_HEADING - 1))
    numberings = (each.find(qn("w:numPr")) for each in properties if each is not None)
    numbering = next((each for each in numberings if each is not None), None)
    if _value(numbering, "w:numId") == "0":  # the paragraph switches off that of its style
        return Shape()
    if numbering is not None or any(map(_LIST.fullmatch, names)):
        return Shape(BlockKind.ITEM)
    return Shape()
