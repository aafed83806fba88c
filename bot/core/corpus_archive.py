"""Documents and their passages as the parts of an archive, and back.

Texts come back as strings, at once; passages and blocks stay columns of the mapped file, and
become objects when they are asked for.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any, Literal, overload

from bot.core.documents import Block, BlockKind, Document, Source, Span
from bot.core.passages import Column, Columns, PassageTable

_KINDS = tuple(BlockKind)
_NO_PAGE = 0
_CUT_AT_ONCE = 100_000

Known = Callable[[str, str], Document | None]
"""A document that is at hand already, by path and revision."""


@dataclass(frozen=True, slots=True)
class _BlockColumns:
    start: Column
    end: Column
    kind: Column
    level: Column
    page: Column


class _Blocks(Sequence[Block]):
    """The blocks of one document, rows `first` to `last` of the columns of all."""

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
            return tuple(map(self._made, self._rows[place]))
        return self._made(self._rows[place])

    def _made(self, row: int) -> Block:
        columns = self._columns
        return Block(
            span=Span(columns.start[row], columns.end[row]),
            kind=_KINDS[columns.kind[row]],
            level=columns.level[row],
            page=columns.page[row] or None,
        )


def packed(
    documents: Sequence[Document], table: PassageTable
) -> tuple[dict[str, Any], dict[str, memoryview]]:
    """What is to be said of the documents (as JSON can say it), and their parts."""
    number = {id(document): place for place, document in enumerate(documents)}
    texts = [document.text.encode("utf-8", "surrogatepass") for document in documents]
    blocks = {name: array("i") for name in ("start", "end", "kind", "level", "page")}
    said = []
    for document, text in zip(documents, texts, strict=True):
        for block in document.blocks:
            blocks["start"].append(block.span.start)
            blocks["end"].append(block.span.end)
            blocks["kind"].append(_KINDS.index(block.kind))
            blocks["level"].append(block.level)
            blocks["page"].append(block.page or _NO_PAGE)
        said.append(
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
    about = {
        "ranked": [number[id(document)] for document in table.documents],
        "languages": table.languages,
    }
    parts = {"text": memoryview(b"".join(texts)), "documents": lines(said)}
    parts["headings"] = lines(table.headings)
    parts |= {f"block {name}": memoryview(column) for name, column in blocks.items()}
    for each in fields(Columns):
        parts[f"passage {each.name}"] = _view(getattr(table.columns, each.name), each.name)
    return about, parts


def lines(values: Iterable[Any]) -> memoryview:
    """Values as JSON, a line each: one document to parse is nothing, ten thousand a pause."""
    return memoryview("\n".join(json.dumps(each) for each in values).encode())


def from_lines(part: memoryview) -> Iterator[Any]:
    """The values that `lines` wrote."""
    return map(json.loads, split(str(part, "utf-8")))


def split(text: str) -> Iterator[str]:
    """The lines of `text`, none where it is empty.

    A few at a time: to cut megabytes at once would hold the interpreter from others.
    """
    start = 0
    while start < len(text):
        end = text.find("\n", start + _CUT_AT_ONCE)
        end = len(text) if end < 0 else end
        yield from text[start:end].split("\n")
        start = end + 1


def _code(name: str) -> Literal["q", "i"]:
    return "q" if name in ("firsts", "sentences") else "i"


def _column(part: memoryview, code: Literal["q", "i"]) -> Column:
    # A view with nothing in it cannot be cast.
    return part.cast("B").cast(code) if part.nbytes else ()


def _view(column: Column, name: str) -> memoryview:
    if isinstance(column, memoryview):
        return column
    return memoryview(column if isinstance(column, array) else array(_code(name), column))


def unpacked(
    about: Mapping[str, Any], parts: Mapping[str, memoryview], known: Known
) -> tuple[tuple[Document, ...], PassageTable]:
    """The documents and the table of their passages, as they were packed.

    A document that is `known`, and was the same in all that is said of it, is that one.
    """
    documents = tuple(_documents(parts, known))
    columns = Columns(
        **{
            each.name: _column(parts[f"passage {each.name}"], _code(each.name))
            for each in fields(Columns)
        }
    )
    table = PassageTable(
        tuple(documents[place] for place in about["ranked"]),
        tuple(tuple(each) for each in from_lines(parts["headings"])),
        tuple(about["languages"]),
        columns,
    )
    return documents, table


def _documents(parts: Mapping[str, memoryview], known: Known) -> Iterator[Document]:
    names = ("start", "end", "kind", "level", "page")
    columns = _BlockColumns(*(_column(parts[f"block {name}"], "i") for name in names))
    text, row = 0, 0
    said = from_lines(parts["documents"])
    for path, collection, revision, source, excluded, length, blocks in said:
        gone = tuple(Span(*span) for span in excluded)
        made = Source(*source)
        at_hand = known(path, revision)
        told = at_hand and (at_hand.collection, at_hand.source, at_hand.excluded)
        if at_hand is not None and told == (collection, made, gone):
            yield at_hand
        else:
            words = str(parts["text"][text : text + length], "utf-8", "surrogatepass")
            rows = _Blocks(columns, range(row, row + blocks))
            yield Document(path, collection, revision, made, words, rows, gone)
        text, row = text + length, row + blocks
