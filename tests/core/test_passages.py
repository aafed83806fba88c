"""Passages as columns: what comes out is what was put in."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.document_arrays import documents_from_arrays, documents_to_arrays
from bot.core.documents import (
    Block,
    BlockKind,
    Document,
    Landmark,
    LandmarkKind,
    Locator,
    Passage,
    Source,
    Span,
)
from bot.core.passages import DocumentPassages, PassageTable

TEXT = "Ein Satz. Noch einer. 第三句。 The last one."
KINDS = list(BlockKind)
ANY = st.text(max_size=5) | st.sampled_from(["a\nb", "\u2028\x1c\x85", "\ud83d\ude00", "“第”"])


@st.composite
def documents(draw: st.DrawFn) -> list[tuple[Document, list[Passage]]]:
    pairs = []
    for number in range(draw(st.integers(0, 4))):
        blocks = tuple(
            Block(
                Span(start, start + 3),
                draw(st.sampled_from(KINDS)),
                draw(st.integers(0, 6)),
                draw(st.none() | st.integers(1, 9)),
            )
            for start in range(0, draw(st.integers(0, 12)), 4)
        )
        source = Source(
            draw(ANY),
            date=draw(st.none() | st.just("2016")),
            about=draw(st.none() | ANY),
        )
        excluded = draw(st.sampled_from([(), (Span(1, 2), Span(4, 9))]))
        labels = draw(st.sampled_from([(), tuple(f"{page}\ud83d" for page in range(99))]))
        # No two documents share a text, nor need one be valid outside of Python.
        text = TEXT + draw(st.sampled_from(["", "\ud800", "\ud83d\ude00", "\U0001f600"]))
        document = Document(
            f"{number}.txt", "main", f"{number:064}", source, text, blocks, excluded, labels
        )
        pairs.append((document, [draw(passage(document)) for _ in range(draw(st.integers(0, 3)))]))
    return pairs


@st.composite
def passage(draw: st.DrawFn, document: Document) -> Passage:
    first, *ends = sorted(draw(st.sets(st.integers(0, len(TEXT)), min_size=2, max_size=6)))
    starts = [first, *ends[:-1]]
    one, *rest = (Span(a, b) for a, b in zip(starts, ends, strict=True))
    page = draw(st.none() | st.integers(1, 99))
    return Passage(
        document,
        Span(first, ends[-1]),
        (one, *rest),
        Locator(
            draw(st.integers(1, 99)),
            page,
            draw(st.sampled_from([(), ("A",), ("A", "\ud83d\ude00\n")])),
            document.page_label(page),
            draw(
                st.none()
                | st.builds(Landmark, st.sampled_from(LandmarkKind), st.sampled_from(["1", "iv"]))
            ),
        ),
        draw(st.sampled_from(["en", "de", "und"])),
    )


def table_of(pairs: Sequence[tuple[Document, list[Passage]]]) -> PassageTable:
    return PassageTable.concatenate(
        DocumentPassages(PassageTable.of_one_document(*each), 0) for each in pairs
    )


def all_passages(pairs: Sequence[tuple[Document, list[Passage]]]) -> list[Passage]:
    return [passage for _, passages in pairs for passage in passages]


@given(documents())
def test_passages_come_back_as_they_were(pairs: list[tuple[Document, list[Passage]]]) -> None:
    table, wanted = table_of(pairs), all_passages(pairs)
    assert list(table) == wanted
    assert [table[i] for i in range(len(table))] == wanted
    assert table[-2:] == tuple(wanted[-2:])
    assert table.documents == tuple(document for document, _ in pairs)
    for number, (document, passages) in enumerate(pairs):
        assert list(table.of_document(number)) == passages
        assert [table.document_of(i) for i in table.range_of(number)] == [
            document for _ in passages
        ]


@given(documents(), st.data())
def test_a_part_of_a_table_holds_the_part_and_nothing_else(
    pairs: list[tuple[Document, list[Passage]]], data: st.DataObject
) -> None:
    numbers = st.integers(0, len(pairs) - 1) if pairs else st.nothing()
    chosen = data.draw(st.lists(numbers, unique=True))
    whole = table_of(pairs)
    part = PassageTable.concatenate(DocumentPassages(whole, number) for number in chosen)
    assert list(part) == all_passages([pairs[number] for number in chosen])
    used = {each.locator.headings for each in part}
    if len(chosen) < len(pairs):
        assert set(part.headings) <= used
        assert set(part.landmarks) <= {each.locator.landmark for each in part}
    again = (DocumentPassages(part, number) for number in range(len(part.documents)))
    assert list(PassageTable.concatenate(again)) == list(part)


@given(documents())
def test_documents_come_back_as_they_were(pairs: list[tuple[Document, list[Passage]]]) -> None:
    before = tuple(document for document, _ in pairs)
    table = documents_from_arrays(documents_to_arrays(table_of(pairs)))
    for one, other in zip(before, table.documents, strict=True):
        for name in ("path", "collection", "revision", "source", "text", "excluded"):
            assert getattr(one, name) == getattr(other, name)
        assert tuple(one.blocks) == tuple(other.blocks)
        assert other.blocks[:2] == tuple(one.blocks[:2])
    wanted = all_passages(pairs)
    assert len(table) == len(wanted)
    for mine, theirs in zip(table, wanted, strict=True):
        for name in ("span", "sentences", "locator", "language"):
            assert getattr(mine, name) == getattr(theirs, name)
        assert mine.document.path == theirs.document.path
    same = documents_to_arrays(table)
    assert {n: bytes(a) for n, a in same.items()} == {
        n: bytes(a) for n, a in documents_to_arrays(table_of(pairs)).items()
    }


@given(documents())
def test_the_block_at_an_offset_is_found_in_columns_too(
    pairs: list[tuple[Document, list[Passage]]],
) -> None:
    table = documents_from_arrays(documents_to_arrays(table_of(pairs)))
    for (made, _), stored in zip(pairs, table.documents, strict=True):
        for offset in range(len(TEXT)):
            assert stored.block_number(offset) == made.block_number(offset)


def test_a_place_beyond_the_table_is_an_error() -> None:
    with pytest.raises(IndexError):
        PassageTable.concatenate(())[0]


@given(st.lists(st.integers(1, 4), max_size=12), st.integers(0, 40))
def test_the_passage_that_holds_a_character_is_found_without_making_others(
    lengths: list[int], offset: int
) -> None:
    text, start, spans = "x" * 60, 0, []
    for length in lengths:
        spans.append(Span(start, start + length))
        start += length + length % 2
    document = Document("a.txt", "main", "0", Source("A"), text, ())
    passages = [
        Passage(document, span, (span,), Locator(number), "de" if number > 1 else "en")
        for number, span in enumerate(spans, start=1)
    ]
    other = PassageTable.of_one_document(
        Document("b.txt", "main", "1", Source("B"), text, ()), passages[:1]
    )
    own = PassageTable.of_one_document(document, passages)
    table = PassageTable.concatenate([DocumentPassages(other, 0), DocumentPassages(own, 0)])
    expected = [each for each in passages if each.span.start <= offset < each.span.end]
    assert table.holding(1, offset) == (expected[0] if expected else None)
    languages = [each.language for each in passages]
    assert table.language_of(1) == max(
        [*languages, "und"][: len(languages) or 1], key=languages.count
    )
