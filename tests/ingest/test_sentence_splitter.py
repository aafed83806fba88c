"""Sentences: the traps of real articles, other languages, and that nothing is lost."""

from itertools import pairwise

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.sentence_splitter import WINDOW, split_sentences


def split(text: str, language: str = "en") -> list[str]:
    return [span.of(text) for span in split_sentences(text, language)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The U.S. envoy in Rome wrote a note. It was short.", 2),
        ("Among all powers, U.S and E.U above all, none moved. So it goes.", 2),
        ("Few trusted the U.S nor the E.U or the U.N. They allow it to continue.", 2),
        ("(‘Army retakes 70% of E. Riverside’, The Post, 7 December 2016). It was so.", 2),
        ("It was said before (‘Army retakes it’, op.cit.). The meaning was not lost.", 2),
        ("It hurt Mr Brown most. Then Dr Ali Sand spoke. Dr. Who came.", 3),
        ("There are around 100.000 still there. It took more than 20.000 of them.", 2),
        ("It hid from the airstrikes.Unlike the others, it stayed.", 2),
        ("It grew, e.g. in the U.S.A. where Mr. Smith lives. No. 5 is alive. See p. 12.", 3),
        ("Das ist z. B. am 3. Oktober so gewesen. Dann kam Dr. Müller.", 2),
    ],
)
def test_ends_that_are_none_and_ends_without_a_blank(text: str, count: int) -> None:
    language = "de" if "Oktober" in text else "en"
    assert len(split(text, language)) == count


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("zh", "这是第一句。这是第二句！第三句？", 3),
        ("ja", "これは一つ目です。二つ目ですか？", 2),
        ("hi", "यह पहला वाक्य है। यह दूसरा है।", 2),
        ("ar", "هذه جملة. هل هذا سؤال؟ نعم.", 3),
        ("el", "Τι είναι αυτό; Δεν ξέρω. Το τέλος.", 3),
        ("ru", "Это первое предложение. А это г. Москва. Конец.", 3),
        ("es", "¿Qué es esto? El Sr. López lo sabe. ¡Sí!", 3),
        ("tr", "Bu bir cümledir. Dr. Ak geldi mi? Evet.", 3),
        ("th", "ฝนตกหนักมากเมื่อคืนนี้ น้ำในแม่น้ำสูงขึ้นสองเมตร", 2),
        ("vi", "Đây là câu một. Đây là câu hai?", 2),
    ],
)
def test_other_languages(language: str, text: str, count: int) -> None:
    assert len(split(text, language)) == count


@pytest.mark.parametrize("number", ["1.", "2.1.", "Article 2.", "§ 1.", "iv.", "B."])
def test_the_number_of_a_paragraph_belongs_to_its_first_sentence(number: str) -> None:
    assert split(f"{number} Dogs stay out. Cats roam.") == [
        f"{number} Dogs stay out.",
        "Cats roam.",
    ]


def test_a_long_quotation_ends_where_its_sentences_end() -> None:
    one = "each side moves as fast as it can, " * 5
    text = f"He noted that “{one}so it is. At the same time, {one}and so it stays. It is late.”"
    assert len(split(text)) == 3


@given(st.text(alphabet=st.sampled_from("aB1 .!?;:“”\"'\n(),–。？;й"), max_size=120))
def test_every_word_is_in_exactly_one_sentence(text: str) -> None:
    spans = split_sentences(text, "en")
    for one, other in pairwise(spans):
        assert one.end <= other.start
    for span in spans:
        assert span.of(text) == span.of(text).strip()
    outside = text
    for span in reversed(spans):
        outside = outside[: span.start] + " " * len(span) + outside[span.end :]
    assert not regex.search(r"\S", outside)


@given(st.text(max_size=200), st.sampled_from(["en", "de", "el", "zh", "th", "und", "xx"]))
def test_no_text_breaks_it(text: str, language: str) -> None:
    joined = "".join(split(text, language))
    assert "".join(joined.split()) == "".join(text.split())


@given(
    st.lists(
        st.sampled_from(
            [
                "Rain fell on the U.S. coast, e.g. near Rome. ",
                "“It is so. It was so,” said Dr. Sand. ",
                "He came (see p. 12). ",
                "Three armies moved at 7.30 and none of them, so it was said then, arrived! ",
            ]
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_paragraph_beyond_all_measure_is_split_as_a_short_one(parts: list[str]) -> None:
    """Longer ones are split window by window; where a window ends must not be seen."""
    short = "".join(parts)
    times = 3 * WINDOW // len(short) + 1
    assert split(short * times) == split(short) * times


@pytest.mark.parametrize("piece", ["word ", "字", "“word ", "((", "a.b"])
def test_a_long_stretch_without_an_end_is_one_sentence(piece: str) -> None:
    text = (piece * (3 * WINDOW // len(piece))).strip()
    assert split(text) == [text]


@pytest.mark.parametrize("blank", ["\x85", "\xa0", "\u2003"])
def test_a_wide_blank_after_an_initial_breaks_no_kazakh_text(blank: str) -> None:
    assert split(f"Марғұлан S{blank}. Ол келді. Кетті.", "kk")[-1] == "Кетті."
