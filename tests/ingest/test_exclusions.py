import itertools

from hypothesis import given
from hypothesis import strategies as st

from bot.core.documents import Block, BlockKind, Span
from bot.ingest.exclusions import cut_blocks, excluded_spans, missing_lines, normalized

LINE = st.text(alphabet="ab \t\u00a0", max_size=6)
TEXT = st.lists(st.tuples(LINE, st.sampled_from(["\n", "\r\n", "\r", "\n\n"])), max_size=12).map(
    lambda lines: "".join(line + end for line, end in lines)
)


@st.composite
def texts_with_blocks(draw: st.DrawFn) -> tuple[str, tuple[Block, ...]]:
    text = draw(TEXT)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    return text, tuple(
        Block(Span(start, end), draw(st.sampled_from(BlockKind)), page=draw(st.integers(1, 3)))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    )


@given(texts_with_blocks(), st.lists(LINE, max_size=3))
def test_no_block_overlaps_what_is_excluded_and_nothing_else_is_lost(
    document: tuple[str, tuple[Block, ...]], lines: list[str]
) -> None:
    text, blocks = document
    gone = excluded_spans(text, lines)
    cut = cut_blocks(text, blocks, gone)

    assert not any(block.span.overlaps(span) for block in cut for span in gone)
    assert all(one.span.end <= two.span.start for one, two in itertools.pairwise(cut))
    hidden = {place for span in gone for place in range(span.start, span.end)}

    def words(found: tuple[Block, ...]) -> set[tuple[int, BlockKind, int | None]]:
        return {
            (place, block.kind, block.page)
            for block in found
            for place in range(block.span.start, block.span.end)
            if place not in hidden and not text[place].isspace()
        }

    assert words(cut) == words(blocks)
    for block in cut:
        assert block in blocks or block.span.of(text) == block.span.of(text).strip() != ""


@given(TEXT, st.lists(LINE, max_size=3))
def test_excluded_are_exactly_the_lines_that_read_so(text: str, lines: list[str]) -> None:
    wanted = {normalized(line) for line in lines} - {""}
    spans = excluded_spans(text, lines)
    expected = [line.strip() for line in text.splitlines() if normalized(line) in wanted]
    assert [span.of(text) for span in spans] == expected
    missing = {normalized(line) for line in missing_lines(text, lines)}
    present = {normalized(line) for line in text.splitlines()}
    assert missing == {normalized(line) for line in lines} - present


def test_a_block_is_cut_in_two_around_a_line() -> None:
    text = "First words.\n  Share   this  \nMore words."
    block = Block(Span(0, len(text)), BlockKind.ITEM, page=2)
    gone = excluded_spans(text, ["Share this"])
    assert [span.of(text) for span in gone] == ["Share   this"]
    cut = cut_blocks(text, [block], gone)
    assert [(b.span.of(text), b.kind, b.page) for b in cut] == [
        ("First words.", BlockKind.ITEM, 2),
        ("More words.", BlockKind.ITEM, 2),
    ]


def test_part_of_a_line_is_not_excluded() -> None:
    text = "Share this with all.\nShare this"
    assert [span.start for span in excluded_spans(text, ["Share this"])] == [21]


def test_a_block_that_is_excluded_whole_vanishes_and_others_stay_the_same_objects() -> None:
    text = "Kept.\n\nPage 1\n\nAlso kept."
    blocks = [Block(Span(0, 5)), Block(Span(7, 13)), Block(Span(15, 25))]
    cut = cut_blocks(text, blocks, excluded_spans(text, ["Page 1"]))
    assert len(cut) == 2
    assert cut[0] is blocks[0]
    assert cut[1] is blocks[2]
