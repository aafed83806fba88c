"""Styles of an ODT file: what hides, strikes, raises or numbers the words that bear them."""

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from bot.core.documents import BlockKind
from bot.ingest.readers.headings import SIDE_HEADING

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"

_CODE = ("preformatted text", "source text", "source code")
_CAPTIONS = ("caption", "signature")
_MAX_STYLES = 20


class OdtStyles:
    """The styles of the parts `content.xml` and `styles.xml`, by family and name."""

    def __init__(self, roots: Iterable[Element]) -> None:
        self._styles: dict[tuple[str, str], Element] = {}
        self._kept: dict[tuple[str, str, str], str] = {}
        self.lists: dict[str, Element] = {}
        """The definitions of lists by their name; that of headings has the empty one."""
        for root in roots:
            for each in root.iter(f"{STYLE}style"):
                key = each.get(f"{STYLE}family", ""), each.get(f"{STYLE}name", "")
                self._styles[key] = each
            for each in root.iter(f"{TEXT}list-style"):
                self.lists[each.get(f"{STYLE}name", "")] = each
            for each in root.iter(f"{TEXT}outline-style"):
                self.lists[""] = each

    def text_property(self, family: str, name: str, attribute: str) -> str:
        """An attribute of the text of a style, or of one that it is based on; else empty."""
        key = family, name, attribute
        if key not in self._kept:
            found = (
                properties.get(attribute)
                for style in self._chain(family, name)
                for properties in style.iterfind(f"{STYLE}text-properties")
            )
            self._kept[key] = next((each for each in found if each is not None), "")
        return self._kept[key]

    def list_style(self, name: str) -> str:
        """The name of the list that a paragraph's style belongs to; empty if it does to none."""
        lists = (style.get(f"{STYLE}list-style-name") for style in self._chain("paragraph", name))
        return next((each for each in lists if each is not None), "")

    def kind(self, name: str) -> tuple[BlockKind, int, bool]:
        """The kind and level of a paragraph by its style, and whether it is the title."""
        for style in self._chain("paragraph", name):
            name = style.get(f"{STYLE}name", "").replace("_20_", " ")
            shown = style.get(f"{STYLE}display-name", name).lower()
            if shown == "title":
                return BlockKind.HEADING, 1, True
            if shown in _CAPTIONS:
                return BlockKind.HEADING, SIDE_HEADING, False
            if shown in _CODE:
                return BlockKind.CODE, 0, False
        return BlockKind.PARAGRAPH, 0, False

    def _chain(self, family: str, name: str) -> Iterator[Element]:
        """The style and those that it is based on; a circle ends after 20 of them."""
        for _ in range(_MAX_STYLES):
            style = self._styles.get((family, name))
            if style is None:
                return
            yield style
            name = style.get(f"{STYLE}parent-style-name", "")
