"""Documents and their passages as named arrays of bytes and integers, and back.

Reading makes the text of each document a string at once. Passages and blocks stay columns, which
may be mapped from files, and become objects on access.
"""

import json
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any, TypeAlias, overload

from bot.core.documents import (
    Block,
    BlockKind,
    BlockView,
    Document,
    Landmark,
    LandmarkKind,
    Source,
    Span,
)
from bot.core.passages import NO_PAGE, NOT_RECOGNISED, Column, Columns, PassageTable

_KINDS = tuple(BlockKind)

_NewColumns: TypeAlias = "dict[str, array[int]]"


@dataclass(frozen=True, slots=True)
class _BlockColumns:
    start: Column
    end: Column
    kind: Column
    level: Column
    page: Column
    landmark: Column
    confidence: Column


class _ColumnBlocks(BlockView):
    """The blocks of one document, made on access from a range of rows of the columns."""

    __slots__ = ("_columns", "_landmarks", "_rows")

    def __init__(
        self, columns: _BlockColumns, landmarks: Sequence[Landmark | None], rows: range
    ) -> None:
        self._columns = columns
        self._landmarks = landmarks
        self._rows = rows

    def number_at(self, offset: int) -> int | None:
        """The number of the block that holds the character at `offset`, if one does."""
        first, end = self._rows.start, self._rows.stop
        row = bisect_right(self._columns.start, offset, first, end) - 1
        return row - first if row >= first and offset < self._columns.end[row] else None

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Block]:
        return map(self._block, self._rows)

    @overload
    def __getitem__(self, place: int) -> Block: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Block, ...]: ...

    def __getitem__(self, place: int | slice) -> Block | tuple[Block, ...]:
        if isinstance(place, slice):
            return tuple(map(self._block, self._rows[place]))
        return self._block(self._rows[place])

    def append_to(self, columns: _NewColumns, landmarks: dict[Landmark | None, int]) -> None:
        """Append these rows to other columns, without making blocks of them."""
        rows = slice(self._rows.start, self._rows.stop)
        for name, column in columns.items():
            column.extend(getattr(self._columns, name)[rows])
        marks = columns["landmark"]
        for place in range(len(marks) - len(self), len(marks)):
            marks[place] = landmarks.setdefault(self._landmarks[marks[place]], len(landmarks))

    def _block(self, row: int) -> Block:
        columns = self._columns
        confidence = columns.confidence[row]
        return Block(
            span=Span(columns.start[row], columns.end[row]),
            kind=_KINDS[columns.kind[row]],
            level=columns.level[row],
            page=columns.page[row] or None,
            landmark=self._landmarks[columns.landmark[row]],
            confidence=None if confidence == NOT_RECOGNISED else confidence,
        )


def _append_blocks(
    blocks: Iterable[Block], columns: _NewColumns, landmarks: dict[Landmark | None, int]
) -> None:
    for block in blocks:
        columns["start"].append(block.span.start)
        columns["end"].append(block.span.end)
        columns["kind"].append(_KINDS.index(block.kind))
        columns["level"].append(block.level)
        columns["page"].append(block.page or NO_PAGE)
        columns["landmark"].append(landmarks.setdefault(block.landmark, len(landmarks)))
        confidence = NOT_RECOGNISED if block.confidence is None else block.confidence
        columns["confidence"].append(confidence)


def documents_to_arrays(table: PassageTable) -> dict[str, memoryview]:
    """The documents of `table` and their passages as named arrays."""
    texts = [document.text.encode("utf-8", "surrogatepass") for document in table.documents]
    blocks = {each.name: array("i") for each in fields(_BlockColumns)}
    landmarks: dict[Landmark | None, int] = {}
    rows = []
    for document, text in zip(table.documents, texts, strict=True):
        if isinstance(document.blocks, _ColumnBlocks):
            document.blocks.append_to(blocks, landmarks)
        else:
            _append_blocks(document.blocks, blocks, landmarks)
        rows.append(
            [
                document.path,
                document.collection,
                document.revision,
                astuple(document.source),
                [astuple(span) for span in document.excluded],
                len(text),
                len(document.blocks),
                document.page_labels,
                document.reading,
                document.recognition,
                [astuple(span) for span in document.hidden],
            ]
        )
    arrays = {
        "texts": memoryview(b"".join(texts)),
        "documents": _json_lines(rows),
        "headings": _json_lines(table.headings),
        "contexts": _json_lines([astuple(span) for span in each] for each in table.contexts),
        "landmarks": _json_lines(map(_landmark_row, table.landmarks)),
        "block_landmarks": _json_lines(map(_landmark_row, landmarks)),
        "languages": _json_lines(table.languages),
    }
    arrays |= {f"blocks.{name}": memoryview(column) for name, column in blocks.items()}
    return arrays | {
        f"passages.{each.name}": memoryview(getattr(table.columns, each.name))
        for each in fields(Columns)
    }


def documents_from_arrays(arrays: Mapping[str, memoryview]) -> PassageTable:
    """The inverse of `documents_to_arrays`."""
    columns = Columns(**{each.name: arrays[f"passages.{each.name}"] for each in fields(Columns)})
    return PassageTable(
        tuple(_documents(arrays)),
        tuple(tuple(each) for each in _parse_json_lines(arrays["headings"])),
        tuple(
            tuple(Span(*span) for span in each) for each in _parse_json_lines(arrays["contexts"])
        ),
        tuple(map(_landmark, _parse_json_lines(arrays["landmarks"]))),
        tuple(_parse_json_lines(arrays["languages"])),
        columns,
    )


def _landmark_row(landmark: Landmark | None) -> Sequence[str]:
    return () if landmark is None else (landmark.kind.value, landmark.mark)


def _landmark(row: Sequence[str]) -> Landmark | None:
    return Landmark(LandmarkKind(row[0]), row[1]) if row else None


def _json_lines(values: Iterable[Any]) -> memoryview:
    # JSON in ASCII would join two lone surrogates to one character.
    lines = (json.dumps(value, ensure_ascii=False) for value in values)
    return memoryview("\n".join(lines).encode("utf-8", "surrogatepass"))


def _parse_json_lines(part: memoryview) -> Iterator[Any]:
    text = str(part, "utf-8", "surrogatepass")
    return map(json.loads, text.split("\n") if text else ())


def _documents(arrays: Mapping[str, memoryview]) -> Iterator[Document]:
    columns = _BlockColumns(*(arrays[f"blocks.{each.name}"] for each in fields(_BlockColumns)))
    landmarks = tuple(map(_landmark, _parse_json_lines(arrays["block_landmarks"])))
    offset, row = 0, 0
    for stored in _parse_json_lines(arrays["documents"]):
        path, collection, revision, source, excluded, length, blocks, *read = stored
        labels, reading, recognition, hidden = read
        yield Document(
            path=path,
            collection=collection,
            revision=revision,
            source=Source(*source),
            text=str(arrays["texts"][offset : offset + length], "utf-8", "surrogatepass"),
            blocks=_ColumnBlocks(columns, landmarks, range(row, row + blocks)),
            excluded=tuple(Span(*span) for span in excluded),
            page_labels=tuple(labels),
            reading=reading,
            recognition=recognition,
            hidden=tuple(Span(*span) for span in hidden),
        )
        offset, row = offset + length, row + blocks
