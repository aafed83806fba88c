"""Plain text and Markdown: blocks, titles, encodings, and that nothing is lost."""

import codecs

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers import html, markdown, text
from bot.ingest.readers.builder import readable
from bot.ingest.readers.decoding import decode


def shown(parsed: Parsed) -> list[str]:
    """A line a block: its kind, level and words, as a person would check them."""
    return [
        f"{block.kind.value[:4]}{block.level or ''} {block.span.of(parsed.text)}"
        for block in parsed.blocks
    ]


def plain(source: str) -> list[str]:
    return shown(text.parse(source.encode()))


LONG = "It rained for seven days and seven nights, and the river rose over all its banks. " * 3


def test_paragraphs_and_headings_of_plain_text() -> None:
    assert plain(f"The flood\n\n{LONG}\n\nWhat came after?\n\n{LONG}\n\nBack to top\n") == [
        "head1 The flood",
        f"para {LONG.strip()}",
        "head2 What came after?",
        f"para {LONG.strip()}",
        "head6 Back to top",
    ]


def test_list_items_keep_their_numbers_and_not_their_signs() -> None:
    assert plain(
        "These are forbidden:\n\n  • smoking\n  • singing\n    at night\n2) whistling\n"
    ) == [
        "para These are forbidden:",
        "item smoking",
        "item singing\n    at night",
        "item 2) whistling",
    ]


def test_a_named_section_heads_its_numbered_items() -> None:
    law = "§ 1 Keys\n(1) Keys are lent.\n(2) Not at night.\n\n§ 2 Dogs\n(1) On the lead.\n"
    assert plain(law) == [
        "head2 § 1 Keys",
        "item (1) Keys are lent.",
        "item (2) Not at night.",
        "head2 § 2 Dogs",
        "item (1) On the lead.",
    ]
    assert text.parse(law.encode()).title is None
    assert plain("Article 3 Keys\n1. They are lent.\n")[0] == "head2 Article 3 Keys"
    assert plain("May 3\n2. The gate.\n")[0] == "para May 3"


def test_heads_and_feet_of_pages_are_no_sections() -> None:
    page = f"{LONG}\n\nKern              Informational              [Page 1]\n\f\n"
    head = "RFC 9999          How the Key Is Kept          March 2020\n\n"
    blocks = plain(f"{page}{head}{LONG}\n\n2.  Security\n\nA spare key hangs there.\n")
    assert [block.split()[0] for block in blocks] == [
        "para",
        "head6",
        "head6",
        "para",
        "head2",
        "para",
    ]
    numbers = plain(
        f"{LONG}\n\n- 7 -\n\fThe rules, 2019\n\n{LONG}\n\n- 8 -\n\fThe rules, 2019\n\n{LONG}"
    )
    assert [block.split()[0] for block in numbers] == [
        *("para", "head6", "head6", "para", "head6", "head6", "para"),
    ]


def test_a_file_of_one_short_line_can_be_quoted() -> None:
    assert plain("The gate closes at dusk") == ["para The gate closes at dusk"]
    assert plain("กุญแจโรงเก็บของราคาห้าบาท") == ["para กุญแจโรงเก็บของราคาห้าบาท"]


def test_wrapped_lines_are_one_paragraph_and_long_lines_are_several() -> None:
    wrapped = (
        "The river rose over all its banks in\nthe night, and nobody was there to see\nit rise."
    )
    assert plain(wrapped) == [f"para {wrapped}"]
    assert plain(f"{LONG}\n{LONG}") == [f"para {LONG.strip()}"] * 2


def test_a_line_that_ends_in_a_colon_stays_with_the_next() -> None:
    assert plain(f"{LONG}\nThe clerk said:\n“{LONG}”") == [
        f"para {LONG.strip()}",
        f"para The clerk said:\n“{LONG}”",
    ]


def test_numbered_sections() -> None:
    assert plain(f"3.2 Opening hours\n\n{LONG}\n\n§ 5 Fees\n{LONG}") == [
        "head3 3.2 Opening hours",
        f"para {LONG.strip()}",
        "head2 § 5 Fees",
        f"para {LONG.strip()}",
    ]


def test_a_section_of_one_short_line() -> None:
    assert plain("§ 5 Fees\nThe fee is nine pounds a year.") == [
        "head2 § 5 Fees",
        "para The fee is nine pounds a year.",
    ]


def test_a_line_that_stands_twice_is_a_caption() -> None:
    assert plain(f"{LONG}\n\nThe river\nThe river\n\n{LONG}")[1:3] == ["head6 The river"] * 2


def test_what_pages_say_of_themselves_is_not_quoted() -> None:
    assert plain(f"{LONG}\n\nComments are closed, but trackbacks are open.")[1:] == [
        "head6 Comments are closed, but trackbacks are open."
    ]
    sentence = (
        "Comments are closed by the clerk when the council has voted, and the letters that come "
    )
    assert plain(f"{LONG}\n\n{sentence}later are filed by date.")[1].startswith("para")


def test_who_signs_a_text_and_when_is_quoted() -> None:
    body = "The flood\n\n" + f"{LONG}\n\n" * 4
    assert plain(f"{body}Hands off our river!\n\nThe board\n\n12 May 2016\n\nBack to top\n")[
        5:
    ] == [
        "head6 Hands off our river!",
        "para The board\n\n12 May 2016",
        "head6 Back to top",
    ]
    assert plain(f"{body}May 12, 2016.\n\nReposted from The Ferryman\n")[5:] == [
        "para May 12, 2016.",
        "para Reposted from The Ferryman",
    ]
    # A date above a text is that of its post.
    assert plain(f"The flood\n\nMay 12, 2016\n\n{LONG}\n\nRelated articles\n")[1::2] == [
        "head6 May 12, 2016",
        "head6 Related articles",
    ]


def test_a_text_of_short_lines_stays_quotable() -> None:
    poem = (
        "The rain came down\nThe wind went round\n\nThe sun stood still\nUpon the hill\n\nThe end"
    )
    found = plain(poem)
    assert sum(line.startswith("para") for line in found) >= 2


def test_windows_line_ends_stay_in_the_text() -> None:
    parsed = text.parse(b"One line here.\r\nAnother one.\r\n\r\nNext.\r\n")
    assert parsed.text == "One line here.\r\nAnother one.\r\n\r\nNext.\r\n"
    assert len(parsed.blocks) == 2


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (codecs.BOM_UTF8 + "Größe".encode(), "Größe"),
        (codecs.BOM_UTF16_LE + "Größe".encode("utf-16-le"), "Größe"),
        (codecs.BOM_UTF32_BE + "Größe".encode("utf-32-be"), "Größe"),
        (("Die Größe der Straße über den Fluss ist schön. " * 5).encode("cp1252"), None),
        ("Это предложение написано в старой кодировке, длинное. ".encode("cp1251") * 4, None),
    ],
)
def test_encodings(data: bytes, expected: str | None) -> None:
    found = decode(data).text
    if expected is not None:
        assert found == expected
    else:
        assert "Größe der Straße" in found or "предложение написано" in found


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        (
            "cp1252",
            "Le pont neuf a été fermé après la crue. Où est la clé ? Elle est à la mairie, déjà.",
        ),
        (
            "cp1252",
            "Naïve Leser gehen früh schlafen; die Brücke über den Fluss blieb für sie offen.",
        ),
        (
            "cp1252",
            "El puente viejo está cerrado, según la señora Muñoz, que lo vio ayer por la mañana.",
        ),
        (
            "cp1250",
            "Most został zamknięty, ponieważ rzeka wezbrała. Później znów go otworzono.",
        ),
        ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy a řeka se rozvodnila až k mostu."),
        ("cp1251", "Мост был закрыт, потому что река вышла из берегов. Потом его снова открыли."),
    ],
)
def test_old_encodings_are_told_apart(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (codecs.BOM_UTF8 + b"  ", "is empty"),
        (b"%PDF-1.7 and so on", "is a PDF"),
        (b"PK\x03\x04 and so on", "ZIP archive"),
        (b"\x89PNG\r\n\x1a\n....", "PNG picture"),
        (b"MZ\x90\x00\x03", "a program"),
        (bytes(range(256)) * 20, "binary file"),
        (b"text with a \x00 in it", "binary file"),
        (b"\x01\x02\x03\x04 text" * 9, "binary file"),
    ],
)
def test_what_only_poses_as_text_is_refused_in_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(DocumentError, match=words) as caught:
        decode(data)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("title: The front", "The front"),
        ("Title:  'The front' ", "The front"),
        ('title: "The front"  # for now', "The front"),
        ("title: The front # for now", "The front"),
        ('title: House Rule "7b"', 'House Rule "7b"'),
        ('title: "7b", a house rule', '"7b", a house rule'),
        ("title: The porters'", "The porters'"),
        ("title: 'The porter''s lodge'", "The porter's lodge"),
        ('title: "House Rule \\"7b\\""', 'House Rule "7b"'),
        ("title: Rules: the second part", "Rules: the second part"),
        ("title: C# for porters", "C# for porters"),
        ("title: >-\n  The front\n  and the back\nauthor: A. Frost", "The front and the back"),
        ("title:\nauthor: A. Frost", "Lodge"),
        ('title: ""', "Lodge"),
        ("title: ''", "Lodge"),
        ("subtitle: The front", "Lodge"),
    ],
)
def test_the_title_in_front_matter_is_read_as_yaml(line: str, title: str) -> None:
    assert markdown.parse(f"---\n{line}\n---\n# Lodge\n\nWords.\n".encode()).title == title


def test_pictures_are_no_paragraphs_and_words_beside_them_are() -> None:
    text = (
        "![The gate at dusk](gate.png)\n\n"
        "[![built](badge.svg)](https://example.org) ![tested](badge.svg)\n\n"
        "![The lodge](lodge.png)\nThe lodge, seen from the gate.\n\n"
        "- ![A key](key.png)\n- The spare key ![small](key.png)\n"
    )
    parsed = markdown.parse(text.encode())
    assert shown(parsed) == [
        "para ![The lodge](lodge.png)\nThe lodge, seen from the gate.",
        "item The spare key ![small](key.png)",
    ]


MARKDOWN = """---
title: "The front"
---
# Head one #

Rain with **bold** drops and
a second line.

> Somebody said so.

1. first
2. second
   - nested

| A | B |
|---|---|
| 1 | 2 |

```sh
make rain
```

Under line
==========

<!-- nobody reads this -->

[ref]: http://example.org
"""


def test_markdown_blocks() -> None:
    parsed = markdown.parse(MARKDOWN.encode())
    assert parsed.text == MARKDOWN
    assert parsed.title == "The front"
    assert shown(parsed) == [
        "head1 Head one",
        "para Rain with **bold** drops and\na second line.",
        "para Somebody said so.",
        "item first",
        "item second",
        "item nested",
        "head6 | A | B |",
        "row | 1 | 2 |",
        "code make rain",
        "head1 Under line",
    ]


def test_markdown_with_windows_line_ends() -> None:
    parsed = markdown.parse(MARKDOWN.replace("\n", "\r\n").encode())
    assert [line.split()[0] for line in shown(parsed)] == [
        line.split()[0] for line in shown(markdown.parse(MARKDOWN.encode()))
    ]


_LINES = st.sampled_from(
    ["# Head", "Head", "- item", "1. item", "> quote", LONG, "Short.", "so:", "```", "====", "",
     "", " \u00a0", "| a | b |", "|---|---|", "雨が降る。", "<b>x</b>", "    code", "§ 2 Fees"]
)  # fmt: skip
_TEXTS = st.tuples(st.lists(_LINES, min_size=1, max_size=20), st.sampled_from(["\n", "\r\n", "\r"]))


@given(_TEXTS)
def test_nothing_of_a_text_file_is_lost(made: tuple[list[str], str]) -> None:
    lines, end = made
    source = end.join(lines)
    try:
        parsed = text.parse(source.encode())
    except DocumentError:
        assert not regex.search(r"\p{L}", source)
        return
    assert parsed.text == source
    outside = source
    for block in reversed(parsed.blocks):
        assert block.span.of(source) == block.span.of(source).strip()
        outside = outside[: block.span.start] + outside[block.span.end :]
    assert not regex.search(r"\p{L}", outside)


@given(_TEXTS)
def test_a_markdown_file_without_its_tags_is_its_own_text(made: tuple[list[str], str]) -> None:
    lines, end = made
    source = end.join(lines)
    try:
        parsed = markdown.parse(source.encode())
    except DocumentError:
        return
    assert parsed.text.replace("<b>x</b>", "x") == readable(source).replace("<b>x</b>", "x")
    for block in parsed.blocks:
        assert block.span.of(parsed.text).strip()


@given(st.text(max_size=300).filter(lambda t: t.strip() and "\x00" not in t))
def test_any_text_is_read_or_refused(source: str) -> None:
    for reader in (text, markdown, html):
        try:
            parsed = reader.parse(source.encode("utf-8", "ignore"))
        except DocumentError as error:
            assert str(error).endswith(".")
        else:
            assert all(block.span.of(parsed.text).strip() for block in parsed.blocks)
