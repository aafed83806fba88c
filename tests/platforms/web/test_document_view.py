from hypothesis import given
from hypothesis import strategies as st

from bot.core.documents import Block, BlockKind, Document, Source, Span
from bot.platforms.web.document_view import (
    Mark,
    MarkKind,
    Run,
    document_part,
    matches,
    part_of,
    part_starts,
)


def document_of(
    *blocks: tuple[str, BlockKind], excluded: tuple[Span, ...] = (), hidden: tuple[Span, ...] = ()
) -> Document:
    text, made = "", []
    for words, kind in blocks:
        span = Span(len(text), len(text) + len(words))
        made.append(Block(span, kind, level=1 if kind is BlockKind.HEADING else 0))
        text += words + "\n\n"
    source = Source("Notes")
    return Document(
        "notes.txt", "", "0" * 64, source, text, tuple(made), excluded=excluded, hidden=hidden
    )


def whole(document: Document, *marks: Mark) -> list[tuple[Run, ...]]:
    part = document_part(document, part_starts(document), 1, marks)
    return [element.runs for group in part.groups for element in group.elements]


SIEGE = "The siege began in July. It ended in December."


def test_a_quote_is_a_run_of_its_own_with_an_anchor() -> None:
    document = document_of((SIEGE, BlockKind.PARAGRAPH))
    (runs,) = whole(document, Mark(Span(25, 46), MarkKind.QUOTE))
    assert runs == (
        Run("The siege began in July. "),
        Run("It ended in December.", (MarkKind.QUOTE,), ("quote-1",)),
    )


def test_what_is_excluded_is_not_shown() -> None:
    document = document_of((SIEGE, BlockKind.PARAGRAPH), excluded=(Span(4, 9),))
    (runs,) = whole(document, Mark(Span(0, 24), MarkKind.MATCH))
    assert "siege" not in "".join(run.text for run in runs)
    assert Run("[…]", (MarkKind.EXCLUDED,)) in runs


def test_marks_of_markdown_are_not_shown() -> None:
    document = document_of(
        ("**Now** or never", BlockKind.PARAGRAPH), hidden=(Span(0, 2), Span(5, 7))
    )
    (runs,) = whole(document)
    assert runs == (Run("Now or never"),)


def test_rows_have_cells_and_neighbours_are_grouped() -> None:
    document = document_of(
        ("Plot | Rent", BlockKind.ROW), ("North | 61", BlockKind.ROW), ("End.", BlockKind.PARAGRAPH)
    )
    part = document_part(document, part_starts(document), 1, [Mark(Span(0, 11), MarkKind.QUOTE)])
    table, _ = part.groups
    first, second = table.elements
    assert first.cells == (
        (Run("Plot", (MarkKind.QUOTE,), ("quote-1",)),),
        (Run("Rent", (MarkKind.QUOTE,)),),
    )
    assert second.cells == ((Run("North"),), (Run("61"),))


def test_an_empty_cell_keeps_its_column() -> None:
    document = document_of(("North | | 61", BlockKind.ROW))
    part = document_part(document, (0,), 1)
    assert [len(cell) for cell in part.groups[0].elements[0].cells] == [1, 0, 1]


def test_a_long_document_comes_in_parts_that_hold_every_block_once() -> None:
    document = document_of(*[("word " * 3_000, BlockKind.PARAGRAPH)] * 20)
    starts = part_starts(document)
    assert len(starts) > 3
    numbers = [
        element.number
        for part in range(1, len(starts) + 1)
        for group in document_part(document, starts, part).groups
        for element in group.elements
    ]
    assert numbers == list(range(20))
    for block in document.blocks:
        part = part_of(document, starts, block.span.start)
        shown = document_part(document, starts, part).groups
        blocks = [document.blocks[each.number] for group in shown for each in group.elements]
        assert block in blocks


def test_words_are_found_in_any_case_and_across_lines() -> None:
    document = document_of(("Die Straße\nendet hier.", BlockKind.PARAGRAPH))
    (span,) = matches(document, "STRASSE endet")
    assert span.of(document.text) == "Straße\nendet"
    assert matches(document, "  ") == ()


spans = st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda pair: Span(pair[0], sum(pair)))
kinds = st.sampled_from([MarkKind.OTHER, MarkKind.MATCH, MarkKind.QUOTE])
marks = st.lists(st.builds(Mark, spans, kinds), max_size=6)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="|"), min_size=1), min_size=1),
    marks,
)
def test_marks_change_no_word_of_a_page(paragraphs: list[str], marked: list[Mark]) -> None:
    document = document_of(*[(each, BlockKind.PARAGRAPH) for each in paragraphs])
    shown = ["".join(run.text for run in runs) for runs in whole(document, *marked)]
    assert shown == paragraphs
