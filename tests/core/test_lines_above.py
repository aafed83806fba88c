"""The lines above rows, items and code, and the number of the item that an excerpt cites."""

from bot.core.documents import (
    SIDE_LEVEL,
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
from bot.core.lines_above import lines_above
from bot.core.replies import Excerpt
from bot.ingest.segment import passages

KINDS = {
    "#": (BlockKind.HEADING, SIDE_LEVEL),
    "-": (BlockKind.ITEM, 0),
    "|": (BlockKind.ROW, 0),
    "`": (BlockKind.CODE, 0),
}


def document(*lines: str, excluded: tuple[Span, ...] = ()) -> Document:
    """A document of one block a line; `#` marks side headings, `-` items, `|` rows, "`" code."""
    blocks, text = [], ""
    for line in lines:
        kind, level = KINDS.get(line[0], (BlockKind.PARAGRAPH, 0))
        body = line.lstrip("#-|` ")
        landmark = Landmark(LandmarkKind.ITEM, body[0]) if body[0].isdecimal() else None
        span = Span(len(text), len(text) + len(body))
        blocks.append(Block(span, kind, level, landmark=landmark))
        text += body + "\n\n"
    return Document("a.txt", "main", "0", Source("T"), text, tuple(blocks), excluded)


def above(made: Document, words: str) -> list[str]:
    return [span.of(made.text) for span in lines_above(made, made.text.index(words))]


def test_a_row_has_the_caption_and_the_names_of_columns_above_it() -> None:
    made = document("It rained.", "Rents", "# Plot | Rent", "| North | 61", "| South | 74", "End.")
    assert above(made, "South") == ["Rents", "Plot | Rent"]
    assert above(made, "North") == ["Rents", "Plot | Rent"]
    assert above(made, "End") == []


def test_a_first_row_without_figures_names_the_columns_of_those_with() -> None:
    made = document("Rents", "| Plot | Rent", "| North | 61", "| South | none")
    assert above(made, "North") == ["Rents", "Plot | Rent"]
    assert above(made, "South") == ["Rents"]
    assert above(document("| 1 | 61", "| 2 | 74"), "74") == []


def test_an_item_and_code_have_the_line_that_introduces_them() -> None:
    made = document("Actions NOT performed:", "- carrying bags", "- lending towels")
    assert above(made, "lending") == ["Actions NOT performed:"]
    assert above(document("The bags.", "- carrying bags"), "carrying") == []
    assert above(document("Type this:", "` rm -r hay"), "rm") == ["Type this:"]
    long = document(f"{'It rained, ' * 20}and so:", "- carrying bags")
    assert above(long, "carrying") == []


def test_what_is_excluded_is_not_shown_above() -> None:
    made = document("Not performed:", "- carrying bags", excluded=(Span(0, 14),))
    assert above(made, "carrying") == []


def test_an_excerpt_shows_only_lines_before_its_quote() -> None:
    made = document("Not performed:", "- 1 bags", "- 2 towels")
    whole = Span(0, made.text.index("towels") + 6)
    sentences = (Span(0, 14), made.blocks[1].span, made.blocks[2].span)
    passage = Passage(made, whole, sentences, Locator(1))
    assert Excerpt(passage, (whole,)).above == ()
    assert Excerpt(passage, (made.blocks[2].span,)).above == (Span(0, 14),)


def test_the_citation_has_the_number_of_the_item_that_was_found() -> None:
    made = document("Performed:", "- 1 bags", "- 2 towels")
    whole = Span(0, made.text.index("towels") + 6)
    sentences = (Span(0, 10), made.blocks[1].span, made.blocks[2].span)
    passage = Passage(made, whole, sentences, Locator(1))
    found = [Excerpt(passage, (whole,), sentence=sentence) for sentence in sentences]
    places = [str(each.citation.locator) for each in found]
    assert places == ["paragraph 1", "item 1, paragraph 1", "item 2, paragraph 1"]


def test_the_lines_above_a_passage_are_its_context_however_long_its_table_is() -> None:
    rows = [f"| Plot {n} beside the old mill | {n}" for n in range(1, 60)]
    made = document("Rents", "| Plot | Rent", *rows)
    found = passages(made)
    assert len(found) > 10
    for each in found[1:]:
        quote = Excerpt(each, (each.sentences[0],))
        assert [line.of(made.text) for line in quote.above] == ["Rents", "Plot | Rent"]
        assert each.context_lines == ("Rents", "Plot | Rent")
        assert each.above == ("T", "Rents", "Plot | Rent")
