"""The ruling lines of a PDF page: horizontal and vertical lines, and thin filled rectangles.

Lines that lie on one another or follow each other are one ruling. Pages with very many paths are
drawings or maps: they have none, so that a hostile page costs no time.
"""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pypdfium2 import PdfPage, raw

from bot.ingest.readers.pdf.characters import Box, upright

_MOST_OBJECTS = 40_000
_MOST_PATHS = 6_000
_MOST_SEGMENTS = 20_000
_MOST_RULINGS = 400
_MAX_WIDTH = 3.0  # points, as the next four
_MAX_SLANT = 0.5
_MIN_LENGTH = 8.0
_SAME_PLACE = 1.5
_MAX_BREAK = 2.5

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A line at `place`, which is x if it is vertical and y if not, from `start` to `end`."""

    place: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Rulings:
    """The ruling lines of a page."""

    horizontal: Sequence[Ruling] = ()
    vertical: Sequence[Ruling] = ()


@dataclass(slots=True)
class _Drawing:
    """The thin boxes of a page while its paths are read, and what may still be read."""

    boxes: list[Box] = field(default_factory=list)
    objects: int = _MOST_OBJECTS
    paths: int = _MOST_PATHS
    segments: int = _MOST_SEGMENTS

    @property
    def is_too_large(self) -> bool:
        """Whether the page holds more than is read."""
        return min(self.objects, self.paths, self.segments) < 0


def rulings_of(page: PdfPage, turn: int) -> Rulings:
    """The ruling lines of a page, as if text that runs in `turn` quarter turns were upright."""
    drawing = _Drawing()
    for index in range(raw.FPDFPage_CountObjects(page.raw)):
        _read(raw.FPDFPage_GetObject(page.raw, index), None, drawing)
        if drawing.is_too_large:
            return Rulings()
    horizontal, vertical = [], []
    for box in drawing.boxes:
        left, bottom, right, top = upright(box, turn)
        if right - left >= top - bottom:
            horizontal.append(Ruling((bottom + top) / 2, left, right))
        else:
            vertical.append(Ruling((left + right) / 2, bottom, top))
    found = Rulings(_whole(horizontal), _whole(vertical))
    is_drawing = max(len(found.horizontal), len(found.vertical)) > _MOST_RULINGS
    return Rulings() if is_drawing else found


def _read(item: object, matrix: Matrix | None, drawing: _Drawing) -> None:
    """Add the thin boxes of one object of a page, or of a form on it, which `matrix` places."""
    drawing.objects -= 1
    kind = raw.FPDFPageObj_GetType(item)
    if kind == raw.FPDF_PAGEOBJ_PATH:
        drawing.paths -= 1
        if not drawing.is_too_large:
            _read_path(item, matrix, drawing)
    elif kind == raw.FPDF_PAGEOBJ_FORM and matrix is None:
        placed = _matrix(item)
        for index in range(raw.FPDFFormObj_CountObjects(item)):
            _read(raw.FPDFFormObj_GetObject(item, index), placed, drawing)
            if drawing.is_too_large:
                return


def _read_path(path: object, outer: Matrix | None, drawing: _Drawing) -> None:
    count = raw.FPDFPath_CountSegments(path)
    drawing.segments -= count
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    if drawing.segments < 0 or not (fill.value or stroke.value):
        return
    inner = _matrix(path)
    for points in _outlines(path, count):
        corners = [_placed(point, inner) for point in points]
        if outer is not None:
            corners = [_placed(point, outer) for point in corners]
        box = _box(corners)
        if min(box[2] - box[0], box[3] - box[1]) <= _MAX_WIDTH:
            drawing.boxes.append(box)
        elif stroke.value:
            sides = map(_box, pairwise(corners))
            drawing.boxes += (
                side for side in sides if min(side[2] - side[0], side[3] - side[1]) <= _MAX_SLANT
            )


def _outlines(path: object, count: int) -> Iterator[list[Point]]:
    """The corners of each part of a path that has no curves."""
    points: list[Point] = []
    is_curved = False
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            if len(points) > 1 and not is_curved:
                yield points
            points, is_curved = [], False
        is_curved = is_curved or kind == raw.FPDF_SEGMENT_BEZIERTO
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        points.append((x.value, y.value))
        if raw.FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    if len(points) > 1 and not is_curved:
        yield points


def _matrix(item: object) -> Matrix:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, matrix):
        return (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _placed(point: Point, matrix: Matrix) -> Point:
    (x, y), (a, b, c, d, e, f) = point, matrix
    return a * x + c * y + e, b * x + d * y + f


def _box(points: Sequence[Point]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _whole(rulings: Sequence[Ruling]) -> list[Ruling]:
    """The rulings, those in one place that touch as one; the short ones are left out."""
    by_place: list[list[Ruling]] = []
    for ruling in sorted(rulings, key=lambda each: each.place):
        if not by_place or ruling.place - by_place[-1][-1].place > _SAME_PLACE:
            by_place.append([])
        by_place[-1].append(ruling)
    result: list[Ruling] = []
    for group in by_place:
        place = sum(each.place for each in group) / len(group)
        start = end = float("-inf")
        for ruling in sorted(group, key=lambda each: each.start):
            if ruling.start > end + _MAX_BREAK:
                if end - start >= _MIN_LENGTH:
                    result.append(Ruling(place, start, end))
                start = ruling.start
            end = max(end, ruling.end)
        if end - start >= _MIN_LENGTH:
            result.append(Ruling(place, start, end))
    return result
