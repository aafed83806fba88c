"""The fields of a PDF form that are filled in, read with the words beside them.

A page shows "Lessee:" and a field with "Ida Kern" to the right of it; its lines hold only the
words, so "Lessee:" becomes "Lessee: Ida Kern". A box stands before the words to its right.
"""

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median

from pypdfium2 import PdfPage, raw

from bot.ingest.readers.pdf.characters import upright
from bot.ingest.readers.pdf.lines import Cell, PdfLine

_CHECKED, _UNCHECKED = "☒", "☐"
_BOXES = (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON)
_TEXTS = (
    raw.FPDF_FORMFIELD_TEXTFIELD,
    raw.FPDF_FORMFIELD_COMBOBOX,
    raw.FPDF_FORMFIELD_LISTBOX,
)
_HIDDEN = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_PASSWORD = 1 << 13
_MOST_BYTES = 200_000
_DEFAULT_SIZE = 10.0
_BOX_DISTANCE = 3.0  # in sizes of type


@dataclass(frozen=True, slots=True)
class _Field:
    """The text that a field shows, and its place as if its page were turned upright."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    is_box: bool


def with_fields(page: PdfPage, number: int, lines: Sequence[PdfLine]) -> list[PdfLine]:
    """The lines of page `number` with what its form fields show."""
    result = list(lines)
    for field in _fields(page):
        for place, line in enumerate(result):
            if _is_beside(line, field) and (filled := _filled(line, field)) is not None:
                result[place] = filled
                break
        else:
            below = (place for place, line in enumerate(result) if line.y < field.bottom)
            result.insert(next(below, len(result)), _own_line(page, number, field, lines))
    return result


def _fields(page: PdfPage) -> Iterator[_Field]:
    if page.formenv is None:
        return
    form = page.formenv.raw
    for index in range(raw.FPDFPage_GetAnnotCount(page.raw)):
        with _annotation(page, index) as annotation:
            field = _field(form, annotation, _turn(page))
        if field is not None:
            yield field


@contextmanager
def _annotation(page: PdfPage, index: int) -> Iterator[object]:
    annotation = raw.FPDFPage_GetAnnot(page.raw, index)
    try:
        yield annotation
    finally:
        raw.FPDFPage_CloseAnnot(annotation)


def _field(form: object, annotation: object, turn: int) -> _Field | None:
    """The field that an annotation is, if it shows something."""
    box = raw.FS_RECTF()
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    if (
        kind not in (*_BOXES, *_TEXTS)
        or raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN
        or not raw.FPDFAnnot_GetRect(annotation, box)
    ):
        return None
    if kind in _BOXES:
        text = _CHECKED if raw.FPDFAnnot_IsChecked(form, annotation) else _UNCHECKED
    elif raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD:
        return None
    else:
        text = " ".join(_value(form, annotation).split())
    if not text:
        return None
    place = upright((box.left, box.bottom, box.right, box.top), turn)
    return _Field(text, *place, kind in _BOXES)


def _turn(page: PdfPage) -> int:
    """The quarter turns of text that is upright on a page shown turned."""
    return page.get_rotation() // 90


def _value(form: object, annotation: object) -> str:
    size = min(raw.FPDFAnnot_GetFormFieldValue(form, annotation, None, 0), _MOST_BYTES)
    buffer = ctypes.create_string_buffer(size)
    value = ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR))
    raw.FPDFAnnot_GetFormFieldValue(form, annotation, value, size)
    return buffer.raw.decode("utf-16-le", "replace").split("\0", 1)[0]


def _is_beside(line: PdfLine, field: _Field) -> bool:
    return not line.turned and field.bottom - line.size / 2 < line.y < field.top


def _filled(line: PdfLine, field: _Field) -> PdfLine | None:
    """The line with the field in the cell that it belongs to; None if it has none."""
    cells = list(line.cells)
    middle = (field.left + field.right) / 2
    after = [n for n, cell in enumerate(cells) if cell.left > middle]
    before = [n for n, cell in enumerate(cells) if cell.left < middle]
    if field.is_box and after and cells[after[0]].left - field.right < _BOX_DISTANCE * line.size:
        cell = cells[after[0]]
        cells[after[0]] = Cell(f"{field.text} {cell.text}", field.left, cell.right)
    elif before:
        cell = cells[before[-1]]
        cells[before[-1]] = Cell(f"{cell.text} {field.text}", cell.left, cell.right)
    else:
        return None
    return replace(line, cells=tuple(cells))


def _own_line(page: PdfPage, number: int, field: _Field, lines: Sequence[PdfLine]) -> PdfLine:
    """A line for a field that has no words beside it."""
    _, bottom, _, top = upright(page.get_bbox(), _turn(page))
    return PdfLine(
        page=number,
        cells=(Cell(field.text, field.left, field.right),),
        y=field.bottom,
        size=median(line.size for line in lines) if lines else _DEFAULT_SIZE,
        bold=False,
        level=(field.bottom - bottom) / max(top - bottom, 1.0),
    )
