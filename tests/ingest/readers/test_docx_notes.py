"""DOCX: footnotes and endnotes are text, cited by their mark."""

import pytest

from bot.ingest.loader import build_document
from bot.ingest.manifest import SourceEntry
from bot.ingest.readers.docx.reader import parse
from bot.ingest.segment import passages
from tests.harness.office_files import paragraph, seen, word_file

HEADING = '<w:outlineLvl w:val="0"/>'


def referring(words: str, *numbers: int, kind: str = "footnote", then: str = "") -> str:
    """A paragraph that refers to notes behind its words."""
    runs = (f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>' for number in numbers)
    return paragraph(words).replace("</w:p>", f"{''.join(runs)}<w:r><w:t>{then}</w:t></w:r></w:p>")


def notes(*words: str, kind: str = "footnote") -> str:
    """The notes 1, 2 …, after the separator that every such part has."""
    return f'<w:{kind} w:id="-1" w:type="separator">{paragraph("—")}</w:{kind}>' + "".join(
        f'<w:{kind} w:id="{number}">{paragraph(text)}</w:{kind}>'
        for number, text in enumerate(words, 1)
    )


def lease() -> bytes:
    body = (
        paragraph("Lease", HEADING)
        + referring("The rent is nine crowns", 2, then=" a year.")
        + paragraph("It is paid in May.")
        + paragraph("Keys", HEADING)
        + referring("Keys are lent.", 1)
    )
    return word_file(body, {"footnotes": notes("To members.", "Twelve in leap years.", "Unused.")})


def test_notes_stand_at_the_end_of_the_section_that_refers_to_them() -> None:
    parsed = parse(lease())
    assert seen(parsed) == [
        ("heading1", "Lease"),
        ("paragraph", "The rent is nine crowns a year."),
        ("paragraph", "It is paid in May."),
        ("note 1", "Twelve in leap years."),
        ("heading1", "Keys"),
        ("paragraph", "Keys are lent."),
        ("note 2", "To members."),
    ]
    assert "\n\n1 Twelve in leap years.\n\nKeys" in parsed.text


def test_a_note_is_cited_by_its_mark_and_counts_as_no_paragraph() -> None:
    document = build_document("lease.docx", "main", "0", parse(lease()), SourceEntry())
    assert [(each.text, str(each.locator)) for each in passages(document)] == [
        ("The rent is nine crowns a year.", "paragraph 1"),
        ("It is paid in May.", "paragraph 2"),
        ("Twelve in leap years.", "note 1"),
        ("Keys are lent.", "Keys, paragraph 3"),
        ("To members.", "Keys, note 2"),
    ]


def test_a_document_of_a_note_alone_has_words() -> None:
    data = word_file(referring("", 1), {"footnotes": notes("A surcharge is due.")})
    assert seen(parse(data)) == [("note 1", "A surcharge is due.")]


def test_endnotes_are_numbered_by_themselves() -> None:
    body = referring("Rent", 1) + referring("Keys", 2, 1, kind="endnote")
    parts = {"footnotes": notes("one"), "endnotes": notes("three", "two", kind="endnote")}
    assert seen(parse(word_file(body, parts)))[2:] == [
        ("note 1", "one"),
        ("note i", "two"),
        ("note ii", "three"),
    ]


@pytest.mark.parametrize(
    ("settings", "marks"),
    [
        ('<w:numFmt w:val="upperLetter"/><w:numStart w:val="3"/>', ["note C", "note D"]),
        ('<w:numFmt w:val="chicago"/>', ["note *", "note †"]),
        ('<w:numRestart w:val="eachSect"/>', ["note 1", "note 1"]),
        ('<w:numRestart w:val="eachPage"/>', ["note […]", "note […]"]),
        ('<w:numFmt w:val="hebrew1"/>', ["note […]", "note […]"]),
    ],
)
def test_marks_are_written_as_the_document_says(settings: str, marks: list[str]) -> None:
    body = (
        referring("Rent", 1)
        + paragraph("Page", "<w:sectPr/>")
        + referring("Keys", 2)
        + f"<w:sectPr><w:footnotePr>{settings}</w:footnotePr></w:sectPr>"
    )
    blocks = seen(parse(word_file(body, {"footnotes": notes("one", "two")})))
    assert [kind for kind, _ in blocks if kind.startswith("note")] == marks


def test_a_mark_of_the_author_does_not_count() -> None:
    own = (
        '<w:p><w:r><w:t>Rent</w:t></w:r><w:r><w:footnoteReference w:customMarkFollows="1"'
        ' w:id="1"/><w:t>*</w:t></w:r></w:p>'
    )
    data = word_file(own + referring("Keys", 2), {"footnotes": notes("one", "two")})
    assert [kind for kind, _ in seen(parse(data))] == ["paragraph", "paragraph", "note *", "note 1"]


def test_notes_of_deleted_words_and_notes_that_are_missing_do_no_harm() -> None:
    deleted = '<w:p><w:del><w:r><w:footnoteReference w:id="1"/></w:r></w:del></w:p>'
    data = word_file(deleted + referring("Keys", 7), {"footnotes": notes("one")})
    assert seen(parse(data)) == [("paragraph", "Keys")]
    assert seen(parse(word_file(referring("Keys", 1)))) == [("paragraph", "Keys")]
