"""The words of a paragraph on a slide, and the number that the program puts before it."""

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import regex

from bot.ingest.readers.builder import UNREADABLE, cleaned
from bot.ingest.readers.number_formats import written
from bot.ingest.readers.raised_figures import lowered, raised

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
STRUCK = "struck-through words"

_SCHEME = regex.compile(r"(arabic|alphaLc|alphaUc|romanLc|romanUc)(Period|ParenR|ParenBoth|Plain)")
_FORMS = {
    "arabic": "decimal",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
_AROUND = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Plain": "{}"}
_RUNS = frozenset((f"{DRAWING}r", f"{DRAWING}fld"))
_TEXTLESS = frozenset((f"{DRAWING}pPr", f"{DRAWING}endParaRPr"))


def words(paragraph: Element, left_out: Counter[str]) -> str:
    """The words of `paragraph`; struck ones are counted in `left_out`.

    What no text can hold, such as a formula, leaves `[…]`.
    """
    return cleaned("".join(_texts(paragraph, left_out)))


def _texts(paragraph: Element, left_out: Counter[str]) -> Iterator[str]:
    for child in paragraph:
        if child.tag == f"{DRAWING}br":
            yield "\n"
        elif child.tag in _RUNS:
            yield _run(child, left_out)
        elif child.tag not in _TEXTLESS:
            yield UNREADABLE


def _run(run: Element, left_out: Counter[str]) -> str:
    text = run.findtext(f"{DRAWING}t") or ""
    properties = run.find(f"{DRAWING}rPr")
    if properties is None:
        return text
    if text.strip() and properties.get("strike", "noStrike") != "noStrike":
        left_out[STRUCK] += 1
        return ""
    height = properties.get("baseline", "0")
    if height.rstrip("%").strip("0.") in ("", "-"):
        return text
    return lowered(text) if height.startswith("-") else raised(text)


class SlideNumbers:
    """Counts the numbered paragraphs of one text box, each level anew below a higher one."""

    def __init__(self) -> None:
        self._counts: dict[int, tuple[str, int]] = {}

    def next_mark(self, properties: Element | None) -> str:
        """The number of the next paragraph, as "2.", by its properties; empty without one."""
        level = 0 if properties is None else int(properties.get("lvl", "0"))
        numbering = None if properties is None else properties.find(f"{DRAWING}buAutoNum")
        for deeper in [each for each in self._counts if each > level]:
            del self._counts[deeper]
        if numbering is None:
            self._counts.pop(level, None)
            return ""
        name = numbering.get("type", "")
        before, count = self._counts.get(level, ("", 0))
        number = count + 1 if before == name else int(numbering.get("startAt", "1"))
        self._counts[level] = name, number
        scheme = _SCHEME.fullmatch(name)
        if scheme is None:
            return UNREADABLE
        return _AROUND[scheme[2]].format(written(number, _FORMS[scheme[1]]))
