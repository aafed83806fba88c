"""Excerpts: whole sentences, visible gaps, and whose words they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.documents import Block, BlockKind, Document, Passage, Source, Span
from bot.core.replies import ELLIPSIS
from bot.ingest.segment import passages
from bot.retrieval.answer.excerpts import HARD_FACTOR, excerpt
from bot.retrieval.text.quotations import quotations


def passage(text: str) -> Passage:
    document = Document("a.txt", "main", "0", Source(title="A"), text, (Block(Span(0, len(text))),))
    (made,) = passages(document)
    return made


def quote(text: str, word: str, terms: tuple[str, ...] = (), characters: int = 300) -> str:
    """The excerpt of `text` around the sentence that holds `word`."""
    whole = passage(text)
    number = next(n for n, s in enumerate(whole.sentences) if word in s.of(text))
    ranks = [1.0 / (1 + abs(n - number)) for n in range(len(whole.sentences))]
    return excerpt(whole, number, ranks, frozenset(terms), characters, 1.0).quote


RAIN = (
    "It rained on Monday. It rained on Tuesday, and the river rose by two metres in one night. "
    "On Wednesday the sun came out. Nobody could believe it. The town held a feast on Thursday, "
    "at which the mayor spoke for an hour about dams and drains. On Friday it rained again."
)


def test_whole_sentences_up_to_the_wished_length() -> None:
    short = quote(RAIN, "Wednesday", characters=120)
    assert short == "On Wednesday the sun came out. Nobody could believe it."


def test_a_sentence_that_leans_on_the_one_before_brings_it() -> None:
    text = "The clerk lost the key. He found it after a week in the stove. " + "The end came. " * 9
    assert quote(text, "stove", characters=70).startswith("The clerk lost the key. He found")


def forbidden(*items: str) -> Passage:
    """A list as one passage, with the line that introduces it."""
    text, blocks = "These are forbidden in the house:", [Block(Span(0, 33))]
    for item in items:
        text += "\n\n- "
        blocks.append(Block(Span(len(text), len(text) + len(item)), BlockKind.ITEM))
        text += item
    (made,) = passages(Document("a.txt", "main", "0", Source(title="A"), text, tuple(blocks)))
    return made


@pytest.mark.parametrize("number", [1, 2, 5, 7])
def test_an_item_is_quoted_with_the_line_that_introduces_its_list(number: int) -> None:
    items = tuple(f"the thing that is number {n}, wherever it is done" for n in range(1, 8))
    whole = forbidden(*items)
    ranks = [1.0 / (1 + abs(n - number)) for n in range(len(whole.sentences))]
    made = excerpt(whole, number, ranks, frozenset(), 150, 1.0)
    assert made.quote.startswith("These are forbidden in the house:\n")
    assert made.emphasis is not None
    assert made.emphasis.of(made.quote) == items[number - 1]
    assert (ELLIPSIS in made.quote) == (number > 1)
    assert len(made.quote) <= 150 * HARD_FACTOR


def test_the_line_alone_is_no_excerpt_with_a_gap() -> None:
    made = excerpt(forbidden("smoking " * 40), 0, [1.0, 0.1], frozenset(), 150, 1.0)
    assert made.quote == "These are forbidden in the house:"


def test_an_excerpt_may_be_short() -> None:
    assert quote("Short.", "Short") == "Short."


def test_what_goes_on_with_other_peoples_words_keeps_who_says_them() -> None:
    text = (
        "The minister of water, speaking in the flooded town, said: “Nothing like it was ever "
        "seen here, and nobody could be prepared for a night such as that one was in the valley. "
        "People stood on their roofs until the morning and called for boats that did not come. "
        "The dam holds. We shall build it higher by three metres before next year.” He left."
    )
    made = quote(text, "three metres", characters=200)
    assert made.startswith("The minister of water, speaking in the flooded town, said: […]")
    assert "higher by three metres" in made


def test_an_excerpt_knows_the_sentence_it_was_made_for() -> None:
    whole = passage(RAIN)
    for number, sentence in enumerate(whole.sentences):
        made = excerpt(whole, number, [1.0] * len(whole.sentences), frozenset(), 200, 1.0)
        assert made.sentence == sentence


def test_a_sentence_far_too_long_is_cut_with_a_visible_gap() -> None:
    text = "The list begins with " + ", ".join(f"item {n} of the store" for n in range(200)) + "."
    made = quote(text, "item 150", terms=("150",))
    assert "item 150 of the store" in made
    assert made.count(ELLIPSIS) == 2
    assert made.startswith("The list begins")
    assert made.endswith("store.")
    assert len(made) <= 300 * HARD_FACTOR + 2 * len(ELLIPSIS)


def test_a_cut_keeps_the_clause_that_tells_of_a_name_asked_about() -> None:
    text = (
        "On the evening of the third of May, when the storm had blown for two days and nobody in "
        "the town believed that the boats would come back before Sunday, Aleksei Brandt, who had "
        "kept the Corvel light for thirty years and knew every rock of the bay, rowed out alone in "
        "a borrowed boat, found the first of the trawlers behind the northern breakwater, tied a "
        "rope to its bow, and towed it home against the tide."
    )
    for name in ("aleksei", "brandt"):
        made = quote(text, "Brandt", terms=(name, "trawlers"), characters=240)
        assert (
            "Aleksei Brandt, who had kept the Corvel light for thirty years and knew every rock of"
            " the bay, rowed out" in made
        )
        assert made.count(ELLIPSIS) == 1
        assert "trawlers" in made


def test_a_long_text_without_blanks_is_cut_too() -> None:
    made = quote("ก" * 5000, "ก")
    assert len(made) <= 300 * HARD_FACTOR + 2 * len(ELLIPSIS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He said “yes” and ‘no’.", ["“yes”", "‘no’"]),
        ("It’s the dogs’ house.", []),
        ('She said "well" twice.', ['"well"']),
        ("Er sagte „ja“ dazu.", ["„ja“"]),
        ("Left open: “and so on", ["“and so on"]),
        ("said:”During the night” it", []),
        ("the ‘people’s choice’ won", ["‘people’s choice’"]),
    ],
)
def test_quotations_are_told_from_apostrophes(text: str, expected: list[str]) -> None:
    assert [text[q.start : q.end] for q in quotations(text)] == expected


_PIECES = st.sampled_from(
    ("Rain fell. |said: “|” |" + "a" * 50 + " |x, |It was wet. |‘|’|雨。|… |(|) ").split("|")
)


@given(
    st.lists(_PIECES, min_size=1, max_size=60).map("".join).filter(lambda t: t.strip()),
    st.integers(min_value=120, max_value=400),
    st.data(),
)
def test_any_excerpt_is_short_and_made_of_the_passage(
    text: str, characters: int, data: st.DataObject
) -> None:
    whole = passage(text)
    number = data.draw(st.integers(0, len(whole.sentences) - 1))
    worth = data.draw(
        st.lists(st.floats(0, 3), min_size=len(whole.sentences), max_size=len(whole.sentences))
    )
    made = excerpt(whole, number, worth, frozenset({"rain"}), characters, 1.0)
    pieces = made.quote.split(ELLIPSIS)
    assert pieces == [part.of(text) for part in made.parts]
    assert len(made.quote) <= characters * HARD_FACTOR + len(ELLIPSIS) * len(pieces)
    shown = whole.sentences[number]
    assert any(part.overlaps(shown) for part in made.parts)
