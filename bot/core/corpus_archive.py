"""Serialization of documents and passages as the parts of an archive (`answering.archive`).

Reading makes the text of each document a string at once. Passages and blocks stay columns of
the memory-mapped file and become objects on access.
"""

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any, Literal, overload

from bot.core.documents import Block, BlockKind, Document, Source, Span
from bot.core.passages import NO_PAGE, Column, Columns, PassageTable

_KINDS = tuple(BlockKind)

DocumentLookup = Callable[[str, str], Document | None]
"""A document that is in memory already, by path and revision."""


@dataclass(frozen=True, slots=True)
class _BlockColumns:
    start: Column
    end: Column
    kind: Column
    level: Column
    page: Column


class _BlockView(Sequence[Block]):
    """The blocks of one document, made on access from a range of rows of the columns."""

    __slots__ = ("_columns", "_rows")

    def __init__(self, columns: _BlockColumns, rows: range) -> None:
        self._columns = columns
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Block: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Block, ...]: ...

    def __getitem__(self, place: int | slice) -> Block | tuple[Block, ...]:
        if isinstance(place, slice):
            return tuple(map(self._block, self._rows[place]))
        return self._block(self._rows[place])

    def _block(self, row: int) -> Block:
        columns = self._columns
        return Block(
            span=Span(columns.start[row], columns.end[row]),
            kind=_KINDS[columns.kind[row]],
            level=columns.level[row],
            page=columns.page[row] or None,
        )


def documents_to_parts(
    documents: Sequence[Document], table: PassageTable
) -> tuple[dict[str, Any], dict[str, memoryview]]:
    """The documents and their passages as a header (valid JSON) and named parts."""
    number = {id(document): place for place, document in enumerate(documents)}
    texts = [document.text.encode("utf-8", "surrogatepass") for document in documents]
    blocks = {each.name: array("i") for each in fields(_BlockColumns)}
    rows = []
    for document, text in zip(documents, texts, strict=True):
        for block in document.blocks:
            blocks["start"].append(block.span.start)
            blocks["end"].append(block.span.end)
            blocks["kind"].append(_KINDS.index(block.kind))
            blocks["level"].append(block.level)
            blocks["page"].append(block.page or NO_PAGE)
        rows.append(
            [
                document.path,
                document.collection,
                document.revision,
                astuple(document.source),
                [astuple(span) for span in document.excluded],
                len(text),
                len(document.blocks),
            ]
        )
    header = {
        "ranked": [number[id(document)] for document in table.documents],
        "languages": table.languages,
    }
    parts = {"text": memoryview(b"".join(texts)), "documents": json_lines(rows)}
    parts["headings"] = json_lines(table.headings)
    parts |= {f"block {name}": memoryview(column) for name, column in blocks.items()}
    for each in fields(Columns):
        parts[f"passage {each.name}"] = _view(getattr(table.columns, each.name), each.name)
    return header, parts


def json_lines(values: Iterable[Any]) -> memoryview:
    """Values as JSON lines."""
    return memoryview("\n".join(map(json.dumps, values)).encode())


def parse_json_lines(part: memoryview) -> Iterator[Any]:
    """The values that `json_lines` wrote."""
    return map(json.loads, str(part, "utf-8").splitlines())


def _type_code(name: str) -> Literal["q", "i"]:
    return "q" if name in ("firsts", "sentences") else "i"


def _column(part: memoryview, code: Literal["q", "i"]) -> Column:
    # An empty memoryview cannot be cast.
    return part.cast("B").cast(code) if part.nbytes else ()


def _view(column: Column, name: str) -> memoryview:
    if isinstance(column, memoryview):
        return column
    return memoryview(column if isinstance(column, array) else array(_type_code(name), column))


def documents_from_parts(
    header: Mapping[str, Any], parts: Mapping[str, memoryview], lookup: DocumentLookup
) -> tuple[tuple[Document, ...], PassageTable]:
    """The inverse of `documents_to_parts`.

    A document that `lookup` returns is used itself if it equals the stored one in everything
    that a manifest can change, so that unchanged documents keep their identity.
    """
    documents = tuple(_documents(parts, lookup))
    columns = Columns(
        **{
            each.name: _column(parts[f"passage {each.name}"], _type_code(each.name))
            for each in fields(Columns)
        }
    )
    table = PassageTable(
        tuple(documents[place] for place in header["ranked"]),
        tuple(tuple(each) for each in parse_json_lines(parts["headings"])),
        tuple(header["languages"]),
        columns,
    )
    return documents, table


def _documents(parts: Mapping[str, memoryview], lookup: DocumentLookup) -> Iterator[Document]:
    columns = _BlockColumns(
        *(_column(parts[f"block {each.name}"], "i") for each in fields(_BlockColumns))
    )
    offset, row = 0, 0
    for stored in parse_json_lines(parts["documents"]):
        path, collection, revision, source_fields, spans, length, blocks = stored
        source, excluded = Source(*source_fields), tuple(Span(*span) for span in spans)
        document = lookup(path, revision)
        if document is None or (document.collection, document.source, document.excluded) != (
            collection,
            source,
            excluded,
        ):
            text = str(parts["text"][offset : offset + length], "utf-8", "surrogatepass")
            view = _BlockView(columns, range(row, row + blocks))
            document = Document(path, collection, revision, source, text, view, excluded)
        yield document
        offset, row = offset + length, row + blocks
