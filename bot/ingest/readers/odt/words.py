"""The visible words of a paragraph in an ODT file, and what is anchored in it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from bot.ingest.readers.builder import UNREADABLE
from bot.ingest.readers.odt.styles import OFFICE, STYLE, TEXT, OdtStyles
from bot.ingest.readers.raised_figures import lowered, raised

DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"

_STRIKE = f"{STYLE}text-line-through-style"
_POSITION = f"{STYLE}text-position"
_DISPLAY = f"{TEXT}display"
_TEXTLESS = frozenset(
    (
        *(f"{TEXT}{name}" for name in ("ruby-text", "hidden-text", "number")),
        f"{OFFICE}annotation-end",
    )
)
_CHARACTERS = {f"{TEXT}s": " ", f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
_Styles = tuple[tuple[str, str], ...]
"""The families and names of the styles that hold for some words; the innermost comes first."""


@dataclass(slots=True)
class OdtWords:
    """Reads the words of paragraphs; notes and text boxes wait here until they are taken.

    What is left out is counted by its name.
    """

    styles: OdtStyles
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[Element] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)

    def of(self, paragraph: Element) -> str:
        """The words of `paragraph` with their tabs and line ends."""
        style = paragraph.get(f"{TEXT}style-name", "")
        return "".join(self._texts(paragraph, (("paragraph", style),)))

    def _texts(self, parent: Element, styles: _Styles) -> Iterator[str]:
        yield self._styled(parent.text, styles)
        for child in parent:
            yield from self._child(child, styles)
            yield self._styled(child.tail, styles)

    def _child(self, child: Element, styles: _Styles) -> Iterator[str]:
        tag = child.tag
        if tag in _CHARACTERS:
            yield _CHARACTERS[tag]
        elif tag == f"{TEXT}note":
            self.notes.append(child)
        elif tag == f"{OFFICE}annotation":
            self.left_out["comments"] += 1
        elif tag == f"{TEXT}span":
            own = "text", child.get(f"{TEXT}style-name", "")
            yield from self._texts(child, (own, *styles))
        elif tag.startswith(DRAW):
            yield from self._drawing(child)
        elif tag not in _TEXTLESS:
            yield from self._texts(child, styles)

    def _drawing(self, drawing: Element) -> Iterator[str]:
        """A text box waits; of a formula or another embedded file, `[…]` is left."""
        boxes = [*drawing.iter(f"{DRAW}text-box")]
        if boxes:
            self.boxes.append(boxes[0])
        elif drawing.find(f"{DRAW}object") is not None:
            yield UNREADABLE
        elif next(drawing.iter(f"{DRAW}image"), None) is not None:
            self.left_out["pictures"] += 1

    def _styled(self, text: str | None, styles: _Styles) -> str:
        if not text:
            return ""
        # A line end of the file is a blank.
        text = text.replace("\n", " ").replace("\r", " ")
        if self._property(styles, _DISPLAY) == "none":
            self.left_out["hidden words"] += bool(text.strip())
            return ""
        if self._property(styles, _STRIKE) not in ("", "none"):
            self.left_out["struck-through words"] += bool(text.strip())
            return ""
        position = self._property(styles, _POSITION).partition(" ")[0]
        if position in ("", "0%"):
            return text
        return lowered(text) if position == "sub" or position.startswith("-") else raised(text)

    def _property(self, styles: _Styles, attribute: str) -> str:
        values = (self.styles.text_property(*style, attribute) for style in styles)
        return next(filter(None, values), "")
