"""Footnotes and endnotes of a DOCX file, in the order of their references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docx.oxml.ns import nsmap, qn

from bot.ingest.readers.builder import UNREADABLE, cleaned
from bot.ingest.readers.docx.styles import value
from bot.ingest.readers.number_formats import written

if TYPE_CHECKING:
    from docx.oxml.xmlchemy import BaseOxmlElement as Element

FOOTNOTE, ENDNOTE = qn("w:footnoteReference"), qn("w:endnoteReference")
_PROPERTIES = {FOOTNOTE: "w:footnotePr", ENDNOTE: "w:endnotePr"}
_FORMS = {FOOTNOTE: "decimal", ENDNOTE: "lowerRoman"}

_MARK_CHARACTERS = 20


@dataclass(slots=True)
class _Series:
    """The notes of one kind by their id, and how they are numbered."""

    notes: dict[str | None, Element]
    form: str
    count: int
    restart: str = "continuous"
    start: int = 0

    def next_mark(self) -> str:
        if self.restart == "eachPage":
            return UNREADABLE  # where a page ends is not in the file
        self.count += 1
        mark = written(self.count, self.form)
        return mark if 0 < len(mark) <= _MARK_CHARACTERS else UNREADABLE


@dataclass(slots=True)
class Notes:
    """Collects the notes that are referred to, until they are taken."""

    _series: Mapping[str, _Series]
    _pending: list[tuple[str, Element]] = field(default_factory=list)

    @classmethod
    def of(cls, roots: Mapping[str, Element | None], settings: tuple[Element | None, ...]) -> Notes:
        """`roots` are the parts of the notes by the tag of their reference.

        `settings` are the elements that may say how notes are numbered, the last one counts.
        """
        return cls(
            {
                tag: _series(root, tag, [each for each in settings if each is not None])
                for tag, root in roots.items()
                if root is not None
            }
        )

    def refer(self, reference: Element) -> None:
        """Note that the text refers to a note here."""
        series = self._series.get(reference.tag)
        note = None if series is None else series.notes.get(reference.get(qn("w:id")))
        if series is None or note is None:
            return
        mark = _own_mark(reference) or series.next_mark()
        self._pending.append((mark, note))

    def end_section(self) -> None:
        """Begin the numbers anew where they belong to a section."""
        for series in self._series.values():
            if series.restart == "eachSect":
                series.count = series.start

    def take(self) -> Iterator[tuple[str, Element]]:
        """The mark and the element of each note that was referred to since the last call."""
        pending, self._pending = self._pending, []
        yield from pending


def _series(root: Element, tag: str, settings: list[Element]) -> _Series:
    notes = {
        note.get(qn("w:id")): note
        for note in root
        if isinstance(note.tag, str) and note.get(qn("w:type"), "normal") == "normal"
    }
    series = _Series(notes, _FORMS[tag], 0)
    for each in settings:
        for properties in each.findall(_PROPERTIES[tag], nsmap):
            series.form = value(properties, "w:numFmt") or series.form
            series.restart = value(properties, "w:numRestart") or series.restart
            start = value(properties, "w:numStart") or ""
            if start.isdecimal():
                series.count = series.start = int(start) - 1
    return series


def _own_mark(reference: Element) -> str:
    """The mark that the author gave to a note, as `*`; it is the text behind the reference."""
    if reference.get(qn("w:customMarkFollows"), "0") in ("0", "false", "off"):
        return ""
    run = reference.getparent()
    texts = () if run is None else run.findall("w:t", nsmap)
    return cleaned("".join(text.text or "" for text in texts))[:_MARK_CHARACTERS]
