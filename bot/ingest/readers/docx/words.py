"""The visible words of a paragraph: without deleted and hidden ones, with inserted ones.

A part that Word shows and no text can hold, such as a formula, leaves `[…]`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING

import regex
from docx.oxml.ns import nsmap, qn

from bot.ingest.readers.builder import UNREADABLE
from bot.ingest.readers.docx.styles import Styles, value
from bot.ingest.readers.docx.symbols import is_symbol_font, symbol
from bot.ingest.readers.raised_figures import lowered, raised

if TYPE_CHECKING:
    from docx.oxml.xmlchemy import BaseOxmlElement as Element

DELETED = frozenset(map(qn, ("w:del", "w:moveFrom")))
_TEXTLESS = frozenset(
    map(
        qn,
        (
            *("w:pPr", "w:rPr", "w:instrText", "w:delText", "w:sdtPr", "w:sdtEndPr", "w:tblPr"),
            "w:rt",  # the small reading above a word
        ),
    )
)
_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_CHARACTERS = {
    qn("w:tab"): "\t",
    qn("w:ptab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "\u2011",
    qn("w:object"): UNREADABLE,
}
_NOTE_REFERENCES = frozenset(map(qn, ("w:footnoteReference", "w:endnoteReference")))
_PICTURES = (qn("w:drawing"), qn("w:pict"), _ALTERNATIVES)
_PICTURE = "\ufffc"
# A picture between words may be one of words; one before or behind them rather adorns them.
_PICTURE_BETWEEN = regex.compile(rf"(?<=\S)(\s*){_PICTURE}+(\s*)(?=[^\s{_PICTURE}])")
_SYMBOL_CODES = regex.compile(r"[\uf020-\uf0ff]")
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_POWERS = {f"{_MATH}sSup": ("sup", raised), f"{_MATH}sSub": ("sub", lowered)}
_LETTER = regex.compile(r"\p{L}")


def blocks(parent: Element, tags: Collection[str]) -> Iterator[Element]:
    """Elements of `tags` in order, also those inside content controls and insertions."""
    for child in parent:
        if child.tag in tags:
            yield child
        elif isinstance(child.tag, str) and child.tag not in DELETED | _TEXTLESS:
            yield from blocks(child, tags)


def text_boxes(paragraph: Element) -> Iterator[Element]:
    """The paragraphs of text boxes anchored in `paragraph`; of alternatives, the first only."""
    for child in paragraph:
        if child.tag == _ALTERNATIVES:
            first = next(iter(child), None)
            if first is not None:
                yield from text_boxes(first)
        elif child.tag == qn("w:txbxContent"):
            yield from child.iter(qn("w:p"))
        elif isinstance(child.tag, str) and child.tag not in DELETED:
            yield from text_boxes(child)


class Words:
    """Reads the words of paragraphs; `refer` is called with each reference to a note."""

    def __init__(self, styles: Styles, refer: Callable[[Element], None]) -> None:
        self._styles = styles
        self._refer = refer
        self.has_pictures = False
        """Whether a paragraph read so far has a picture."""
        self.has_struck = False
        """Whether a paragraph read so far has struck-through words."""

    def of(self, paragraph: Element) -> str:
        """The words of `paragraph` with their tabs and line ends."""
        style = value(paragraph.find(qn("w:pPr")), "w:pStyle")
        words = "".join(self._texts(paragraph, style))
        return _PICTURE_BETWEEN.sub(rf"\1{UNREADABLE}\2", words).replace(_PICTURE, "")

    def _texts(self, parent: Iterable[Element], style: str | None) -> Iterator[str]:
        for child in parent:
            tag = child.tag
            if not isinstance(tag, str) or tag in DELETED or tag in _TEXTLESS:
                continue
            if tag == qn("w:r"):
                yield self._run(child, style)
            elif tag in _CHARACTERS:
                yield _CHARACTERS[tag]
            elif tag in _PICTURES:
                if next(child.iter(qn("w:txbxContent")), None) is None:
                    self.has_pictures = True
                    if next(child.iter(qn("wp:anchor")), None) is None:
                        yield _PICTURE  # text boxes are blocks of their own
            elif tag == f"{_MATH}oMath":
                yield _formula(child)
            elif tag in _NOTE_REFERENCES:
                self._refer(child)
            else:
                yield from self._texts(child, style)

    def _run(self, run: Element, style: str | None) -> str:
        if self._styles.is_on(run, style, "w:vanish"):
            return ""
        texts: list[str] = []
        font = _font(run)
        for child in run:
            if child.tag == qn("w:t"):
                text = child.text or ""
                texts.append(_SYMBOL_CODES.sub(lambda code: _private(font, code[0]), text))
            elif child.tag == qn("w:sym"):
                texts.append(symbol(child.get(qn("w:font")), child.get(qn("w:char"))))
            else:
                texts += self._texts((child,), style)
        text = "".join(texts)
        if text.strip() and self._styles.is_on(run, style, "w:strike", "w:dstrike"):
            self.has_struck = True
            return ""
        align = run.find("w:rPr/w:vertAlign", nsmap)
        match None if align is None else align.get(qn("w:val")):
            case "superscript":
                return raised(text)
            case "subscript":
                return lowered(text)
        return text


def _font(run: Element) -> str | None:
    fonts = run.find("w:rPr/w:rFonts", nsmap)
    return None if fonts is None else fonts.get(qn("w:ascii")) or fonts.get(qn("w:hAnsi"))


def _private(font: str | None, sign: str) -> str:
    """The sign of a symbol font at a code of Unicode's private area."""
    return symbol(font, f"{ord(sign):x}") if is_symbol_font(font) else UNREADABLE


def _formula(formula: Element) -> str:
    """The text of a formula in one line, with powers; any other makes it unreadable."""
    texts: list[str] = []
    for child in formula:
        if child.tag == f"{_MATH}r":
            texts += (text.text or "" for text in child.iter(f"{_MATH}t"))
        elif child.tag in _POWERS:
            name, written = _POWERS[child.tag]
            base, power = (_part(child, each) for each in ("e", name))
            if UNREADABLE in base + power or _LETTER.search(power):
                return UNREADABLE
            texts += (base, written(power))
        elif not isinstance(child.tag, str) or child.tag.endswith("Pr"):
            continue
        else:
            return UNREADABLE
    return "".join(texts)


def _part(element: Element, name: str) -> str:
    part = element.find(f"{_MATH}{name}")
    return UNREADABLE if part is None else _formula(part)
