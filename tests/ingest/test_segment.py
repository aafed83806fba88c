"""Passages: paragraphs and items under their headings, and what stays together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.documents import (
    Block,
    BlockKind,
    Document,
    Landmark,
    LandmarkKind,
    Passage,
    Source,
    Span,
)
from bot.ingest.segment import MOST_CHARACTERS, MOST_SENTENCES, passages

KINDS = {"#": BlockKind.HEADING, "-": BlockKind.ITEM, "|": BlockKind.ROW}


def document(*lines: str, excluded: tuple[Span, ...] = (), title: str = "T") -> Document:
    """A document of one block a line; `#` marks headings, `-` items, `|` rows."""
    text, blocks = "", []
    for line in lines:
        mark = line[:1] if line[:1] in KINDS else ""
        level = len(line) - len(line.lstrip("#"))
        body = line.lstrip("#-| ") if mark else line
        start = len(text)
        text += body + "\n\n"
        kind = KINDS.get(mark, BlockKind.PARAGRAPH)
        blocks.append(Block(Span(start, start + len(body)), kind, level))
    return Document("a.txt", "main", "0", Source(title), text, tuple(blocks), excluded)


def shown(found: tuple[Passage, ...]) -> list[str]:
    return [" ".join(passage.text.split()) for passage in found]


def test_paragraphs_stand_under_their_headings() -> None:
    found = passages(
        document("# Rain", "It rains.", "## In May", "It pours.", "# Sun", "It shines.")
    )
    assert shown(found) == ["It rains.", "It pours.", "It shines."]
    assert [p.locator.headings for p in found] == [("Rain",), ("Rain", "In May"), ("Sun",)]
    assert [p.locator.paragraph for p in found] == [1, 2, 3]


def test_the_documents_own_title_is_not_repeated_in_the_locator() -> None:
    (found,) = passages(document("# Rain", "## May", "It pours.", title="Rain"))
    assert found.locator.headings == ("May",)
    assert str(found.locator) == "May, paragraph 1"


def test_captions_are_neither_quoted_nor_headings() -> None:
    found = passages(document("###### A picture of rain", "It rains."))
    assert [(shown((p,)), p.locator.headings) for p in found] == [(["It rains."], ())]


def test_a_short_list_is_one_passage_with_what_introduces_it() -> None:
    (found,) = passages(document("These are forbidden:", "- smoking", "- singing after ten"))
    assert shown((found,)) == ["These are forbidden: smoking singing after ten"]
    assert [s.of(found.document.text) for s in found.sentences] == [
        "These are forbidden:",
        "smoking",
        "singing after ten",
    ]


def test_a_short_question_belongs_to_the_paragraph_that_answers_it() -> None:
    found = passages(
        document("May dogs come in?", "Only on a lead.", "They drink outside.", "Why?")
    )
    assert shown(found) == ["May dogs come in? Only on a lead.", "They drink outside.", "Why?"]
    several = passages(document("Why?", "What for?", "Nobody knew."))
    assert shown(several) == ["Why?", "What for? Nobody knew."]
    long = "And so the board asked itself, on the third evening in a row, " * 3 + "why?"
    assert len(passages(document(long, "Nobody knew."))) == 2


@pytest.mark.parametrize(
    "question",
    [
        "**May dogs come in?**",
        "“May dogs come in?”",
        "狗可以进来吗？",
        "هل تدخل الكلاب؟",
        "Μπαίνουν σκύλοι;",
    ],
)
def test_questions_are_known_by_their_mark_in_many_scripts(question: str) -> None:
    assert len(passages(document(question, "Only on a lead."))) == 1
    assert len(passages(document(question.strip("?？؟;*”"), "Only on a lead."))) == 2


def test_a_short_line_above_a_list_belongs_to_it() -> None:
    (found,) = passages(document("How long logs are kept.", "- Defaults to 7d", "- Any duration"))
    assert shown((found,)) == ["How long logs are kept. Defaults to 7d Any duration"]
    long = "Logs tell what was done by whom, and on which day of the week it was. " * 3
    assert len(passages(document(long.strip(), "- Defaults to 7d"))) == 2
    (row,) = passages(document("What a litre costs", "| diesel | two euros"))
    assert shown((row,)) == ["What a litre costs diesel | two euros"]


@pytest.mark.parametrize(
    ("above", "context"),
    [
        (["Fuel | Costs"], ["Fuel | Costs"]),
        (["###### | Fuel | Costs |"], ["Fuel | Costs"]),
        (["Prices in May", "###### Fuel | Costs"], ["Prices in May", "Fuel | Costs"]),
        (["It was a dear month.", "###### Fuel | Costs"], ["Fuel | Costs"]),
    ],
)
def test_rows_have_the_caption_and_the_names_of_columns_as_context(
    above: list[str], context: list[str]
) -> None:
    rows = [f"| {fuel} | {'dear ' * 200}" for fuel in ("diesel", "petrol", "gas")]
    found = passages(document("# Costs", *above, *rows, "That is all."))
    assert [shown((p,))[0].split()[0] for p in found[-4:]] == ["diesel", "petrol", "gas", "That"]
    assert {p.context_lines for p in found[-4:-1]} == {tuple(context)}
    assert found[-1].context_lines == ()
    assert {p.locator.headings for p in found[-4:]} == {("Costs",)}


def test_a_few_words_in_a_long_list_stay_with_the_item_above() -> None:
    names = ("mail_host", "mail_from", "mail_sign")
    lines = [
        line
        for name in names
        for line in (f"- {name}: " + "what letters are sent with, " * 12, f"- Defaults to {name}")
    ]
    found = shown(passages(document(*lines)))
    assert len(found) == 3
    for name, passage in zip(names, found, strict=True):
        assert passage.startswith(f"{name}: ")
        assert passage.endswith(f" Defaults to {name}")


def test_a_list_and_a_table_are_two_passages() -> None:
    found = passages(document("- smoking", "- singing", "| diesel | two euros"))
    assert shown(found) == ["smoking singing", "diesel | two euros"]


def test_the_items_of_a_long_list_are_passages() -> None:
    items = [f"- The rule number {n} says: " + "be kind to all, " * 60 for n in range(8)]
    found = passages(document("These are the rules:", *items))
    assert len(found) == 9
    assert {each.context_lines for each in found[1:]} == {("These are the rules:",)}


def test_a_quotation_over_several_paragraphs_stays_with_who_says_it() -> None:
    found = passages(
        document(
            "The paper summed it up:",
            "“Three armies move.",
            "They fight each other” (The Paper, May).",
            "Nobody won.",
        )
    )
    assert len(found) == 2
    assert shown(found)[0].startswith("The paper summed it up: “Three armies move. They fight")


def test_nothing_is_joined_over_what_is_excluded() -> None:
    lines = ("These are forbidden:", "- smoking")
    plain = document(*lines)
    gone = Span(plain.text.index("\n\n"), plain.text.index("\n\n") + 2)
    assert len(passages(plain)) == 1
    assert len(passages(document(*lines, excluded=(gone,)))) == 2


@given(
    st.lists(
        st.sampled_from(
            [
                "# Head",
                "## Sub",
                "- item one",
                "- Item: two. Three!",
                "It is so:",
                "“Open quote.",
                "Close it.” He left.",
                "| a | b",
                "Rain fell. It was wet.",
                "雨。",
                "…",
            ]
        ),
        max_size=14,
    )
)
def test_every_word_that_may_be_quoted_is_in_one_passage(lines: list[str]) -> None:
    made = document(*lines)
    covered = [0] * len(made.text)
    for passage in passages(made):
        for sentence in passage.sentences:
            for place in range(sentence.start, sentence.end):
                covered[place] += 1
    for block in made.blocks:
        wanted = 0 if block.kind is BlockKind.HEADING else 1
        for place in range(block.span.start, block.span.end):
            if not made.text[place].isspace():
                assert covered[place] == wanted


@pytest.mark.parametrize(
    "paragraph", ["It rained. " * 5_000, "rain " * 8_000, "r" * 20_000, "雨が降る。" * 3_000]
)
def test_a_paragraph_that_is_too_long_is_several_passages(paragraph: str) -> None:
    made = document("# May", paragraph.strip(), "It pours.")
    *found, last = passages(made)
    assert len(found) > 1
    for passage in found:
        assert len(passage.span) <= MOST_CHARACTERS
        assert len(passage.sentences) <= MOST_SENTENCES
        assert (passage.locator.paragraph, passage.locator.headings) == (1, ("May",))
    sentences = [each for passage in found for each in passage.sentences]
    words = "".join(sentence.of(made.text) for sentence in sentences)
    assert "".join(words.split()) == "".join(paragraph.split())
    assert shown((last,)) == ["It pours."]


def test_a_heading_and_a_list_end_with_their_slide() -> None:
    text = "Rain\n\nIt rains:\n\nIn May\n\nSun"
    places = [(0, 4), (6, 15), (17, 23), (25, 28)]
    slides = [Landmark(LandmarkKind.SLIDE, number) for number in "1123"]
    kinds = [BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ITEM]
    blocks = tuple(
        Block(Span(*place), kind, int(kind is BlockKind.HEADING), landmark=slide)
        for place, kind, slide in zip(places, kinds, slides, strict=True)
    )
    found = passages(Document("a.pptx", "main", "0", Source("T"), text, blocks))
    assert shown(found) == ["It rains:", "In May", "Sun"]
    assert [str(each.locator) for each in found] == [
        "Rain, slide 1, paragraph 1",
        "slide 2, paragraph 2",
        "slide 3, paragraph 3",
    ]
