r"""RTF: what a program shows of a file, made of the bytes themselves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers.rtf.reader import parse
from tests.harness.office_files import seen

DAMAGED = "It is damaged or cut off: get a whole copy of it, or save it anew."
HEAD = (
    r"{\fonttbl{\f0\froman\fcharset0{\*\panose 0202}Times{\*\falt Serif};}{\f1\fcharset238 Arial;}"
    r"{\f2\fcharset204 Cyr;}{\f3\fcharset2 Symbol;}{\f4\fcharset128 Gothic;}}{\colortbl;\red0;}"
    r"{\stylesheet{\ql Normal;}{\s1\outlinelevel0 heading 1;}{\s2 Title;}{\*\cs10 Default;}}"
)


def rtf(body: str, head: str = HEAD) -> bytes:
    return (r"{\rtf1\ansi\ansicpg1252\deff0\uc1" + head + "\r\n" + body + "}").encode("latin-1")


def read(body: str) -> Parsed:
    return parse(rtf(body))


def words_of(body: str) -> list[str]:
    return [words for _, words in seen(read(body))]


def refusal(data: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        parse(data)
    return str(caught.value)


def test_paragraphs_headings_and_items_are_told_apart() -> None:
    parsed = read(
        r"{\info{\title Floods}{\author Ida}}\pard\s2 The flood\par\pard\s1 Spring\par"
        "\\pard\\plain The \r\nrain {\\b fell}.\\par "
        r"{\listtext\pard\plain 1.\tab}\ls1 Ask\par"
        r"{\pntext\f3\'b7\tab}wait\par\pard\outlinelevel1 Sun\par\pard Long."
    )
    assert parsed.title == "Floods"
    assert seen(parsed) == [
        ("heading1", "The flood"),
        ("heading1", "Spring"),
        ("paragraph", "The rain fell."),
        ("item 1", "1. Ask"),
        ("item", "wait"),
        ("heading2", "Sun"),
        ("paragraph", "Long."),
    ]
    assert parsed.remarks == ()
    assert read(r"\pard\s2 The flood\par\pard Rain.").title == "The flood"


def test_items_are_cited_by_their_numbers_and_those_around_them() -> None:
    item = r"{\listtext\pard\plain %s\tab}%s\par"
    body = (
        r"\pard\ls1" + item % ("2.", "Ask") + r"\pard\ls1\ilvl1" + item % ("a)", "in person")
        + r"\pard\ls1\ilvl2" + item % (r"\f1 o", "at noon") + r"\pard\ls1" + item % ("3.", "Wait")
    )  # fmt: skip
    assert seen(read(body)) == [
        ("item 2", "2. Ask"),
        ("item 2 (a)", "a) in person"),
        ("item 2 (a)", "at noon"),
        ("item 3", "3. Wait"),
    ]


def test_a_bullet_behind_a_paragraph_is_in_no_numbered_item() -> None:
    item = r"\pard\ls1\ilvl%d{\listtext\pard\plain %s\tab}%s\par"
    body = (
        item % (0, "2.", "Ask") + item % (1, "o", "at noon") + r"\pard Bring:\par"
        + item % (1, "o", "a rope") + item % (1, "o", "a lamp")
        + item % (1, "a)", "boots") + item % (2, "o", "dry ones")
    )  # fmt: skip
    assert seen(read(body)) == [
        ("item 2", "2. Ask"),
        ("item 2", "at noon"),
        ("paragraph", "Bring:"),
        ("item", "a rope"),
        ("item", "a lamp"),
        ("item 2 (a)", "a) boots"),
        ("item 2 (a)", "dry ones"),
    ]


def test_a_star_within_a_group_hides_no_words() -> None:
    assert words_of(r"\pard{\loch\f1\*\cs10 The rain fell.}\par") == ["The rain fell."]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (r"caf\'e9 \u8364?61 \emdash\~\lquote x\rquote", "café €61 — ‘x’"),
        (r"{\f1 z\'b3oty} {\f2 \'ec\'e8\'f0} \'80", "złoty мир €"),
        (r"{\f3 a\'a3}", "α≤"),
        (r"{\f3\u-3999 ?}", "α"),
        (r"{\f4\'93\'fa\'96\'7b\'96\{\'83A}", "日本本ア"),
        (r"\u-10179?\u-8704? wet", "😀 wet"),
        (r"{\uc2\u26085\'93\'fa!}", "日!"),
        (r"{\uc0\u233}t\u233\'e9t\u233\endash .", "étété."),
        (r"61 m{\super 2} CO{\sub 2}, 2{\up6 nd}{\up0 .}", "61 m² CO₂, 2nd."),
        (r"non\_break soft\-hyphen \{x\} C:\\a", "non\u2011break softhyphen {x} C:\\a"),
        (r"one\line two\tab three", "one\ntwo three"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt link}} {\mmath x}", "link […]"),
        (r"{\object\objemb{\*\objdata 00}{\result OLE}} is {\*\unknown it} wet", "[…] is wet"),
        ("\\bin4 }}}}wet", "wet"),
    ],
)
def test_signs_are_read_as_they_show(body: str, words: str) -> None:
    assert words_of(body) == [words]


def test_what_is_deleted_hidden_or_struck_is_left_out() -> None:
    parsed = read(
        r"{\header\pard Page of rain\par}{\footer {\field{\*\fldinst PAGE}{\fldrslt 1}}}"
        r"The rain{\deleted  never} {\v often }{\strike seldom }{\strike0 fell.}"
        r"{\*\atnid I}{\*\annotation Sure?}{\*\shppict{\pict\pngblip 89504e}}{\nonshppict{\pict 0}}"
    )
    assert parsed.text == "The rain fell."
    assert parsed.remarks == (
        "is read without its headers and footers, hidden words, struck-through words, comments"
        " and pictures",
    )


def test_notes_are_cited_by_their_mark_at_the_end_of_their_section() -> None:
    note = r"{\super\chftn}{\footnote\pard\plain{\super\chftn} "
    parsed = read(
        rf"\aftnnrlc Rain{note}In May.}} fell{note}At night.\par Twice.}}.\par Long.\par"
        r"\pard\s1 Sun\par\pard It shone{\super\chftn}{\footnote\ftnalt\pard\chftn  Once.} and"
        r" went*{\footnote * Far.}.\par"
    )
    assert seen(parsed) == [
        ("paragraph", "Rain fell."),
        ("paragraph", "Long."),
        ("note 1", "In May."),
        ("note 2", "At night."),
        ("note 2", "Twice."),
        ("heading1", "Sun"),
        ("paragraph", "It shone and went*."),
        ("note i", "Once."),
        ("note […]", "* Far."),
    ]


def test_tables_have_the_names_of_their_columns_and_empty_cells() -> None:
    parsed = read(
        r"\trowd\trhdr\cellx1\cellx2\cellx3\pard\intbl Plot\cell Rent\cell Use\cell\row"
        r"\trowd\cellx1 \intbl North\cell\cell Sheep\par and goats\cell\row"
        r"\trowd\cellx1 \intbl {\listtext 1.\tab}Ask\cell \row\pard After.\par"
        r"\trowd\trhdr\intbl Alone\cell\row\pard End.\par"
    )
    assert seen(parsed) == [
        ("heading6", "Plot | Rent | Use"),
        ("row", "North | | Sheep\nand goats"),
        ("row", "1. Ask"),
        ("paragraph", "After."),
        ("row", "Alone"),
        ("paragraph", "End."),
    ]


def test_text_boxes_are_read_behind_their_paragraph() -> None:
    body = (
        r"Rain{\shp{\*\shpinst\shpleft0{\sp{\sn x}{\sv 1}}{\shptxt\pard Boxed.\par Twice.}}"
        r"{\shprslt{\*\do{\dptxbxtext Boxed.}}}} fell.\par"
    )
    assert words_of(body) == ["Rain fell.", "Boxed.", "Twice."]


@pytest.mark.parametrize(
    ("head", "words"), [(r"\mac", "é"), (r"\ansicpg1250", "Ž"), (r"\pc", "Ä"), (r"\ansicpg1", "Ž")]
)
def test_the_file_names_its_encoding(head: str, words: str) -> None:
    assert parse(rtf(r"\'8e", head)).text == words


def test_what_holds_no_words_or_is_cut_off_is_refused() -> None:
    whole = rtf(r"The rain {\b fell}.\par")
    assert refusal(rtf("")) == "It holds no words: fill it or remove it."
    assert refusal(whole[:-1]) == DAMAGED
    assert refusal(whole[: len(whole) // 2]) == DAMAGED
    assert refusal(b"{\\rtf1 " + b"{" * 20_000) == DAMAGED
    assert parse(whole + b"\r\n\x00 more").text == "The rain fell."


PARTS = (
    r"{ } \par \v \u-10179 ? \'93 \cell \row \intbl \f4 \s1 \* \footnote \chftn \listtext \shptxt"
    r" \trhdr \bin3 rain \header \info \fonttbl"
).split()


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PARTS), max_size=40))
def test_any_file_ends_in_words_or_in_a_sentence(parts: list[str]) -> None:
    try:
        parsed = parse(rtf(" ".join(parts)))
    except DocumentError as fault:
        assert str(fault).endswith(".")
    else:
        assert parsed.text.strip()
