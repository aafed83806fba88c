"""Books: chapters in the order of reading, under their headings, with their notes."""

import zipfile
from io import BytesIO

import pytest

from bot.core.errors import DocumentError
from bot.ingest.readers import epub
from tests.harness.office_files import book, seen

CONTENTS = '<item id="toc" href="toc.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
NCX = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'


def test_chapters_are_read_in_the_order_of_reading() -> None:
    parsed = epub.parse(book("<h1>One</h1><p>First.</p>", "<h1>Two</h1><p>Second.<br/>Last.</p>"))
    assert seen(parsed) == [
        ("heading1", "One"),
        ("paragraph", "First."),
        ("heading1", "Two"),
        ("paragraph", "Second.\nLast."),
    ]
    assert (parsed.title, parsed.remarks) == ("Boats", ())


def test_a_chapter_in_an_encoding_that_is_not_known_is_read() -> None:
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(book("<p>First.</p>"))) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name).replace(b"First.", b"Gr\xfc\xdfe.")
            head = b'<?xml version="1.0" encoding="x-user-defined"?>' * (b"\xfc" in data)
            new.writestr(name, head + data)
    assert epub.parse(made.getvalue()).text == "Grüße."


def test_a_book_without_a_title_is_called_by_its_first_heading() -> None:
    assert epub.parse(book("<h1>One</h1><p>First.</p>", title="")).title == "One"
    assert epub.parse(book("<h1>One</h1><p>First.</p>", title="book.indd")).title == "One"


@pytest.mark.parametrize(
    ("item", "file", "contents"),
    [
        (
            CONTENTS,
            "toc.xhtml",
            '<nav epub:type="toc"><ol><li><a href="t/c1.xhtml">One</a></li>'
            '<li><a href="t/c2.xhtml#top">Two</a></li></ol></nav>',
        ),
        (
            NCX,
            "toc.ncx",
            "<ncx><navMap><navPoint><navLabel><text>One</text></navLabel>"
            '<content src="t/c1.xhtml"/><navPoint><navLabel><text>Two</text></navLabel>'
            '<content src="t/c2.xhtml#top"/></navPoint></navPoint></navMap></ncx>',
        ),
    ],
)
def test_a_chapter_without_a_heading_has_that_of_the_contents(
    item: str, file: str, contents: str
) -> None:
    chapters = (
        "<p>ONE</p><p>First.</p>",
        "<p>Second.</p><h2>Two</h2><p>Third.</p>",
        "<p>More.</p>",
    )
    parsed = epub.parse(book(*chapters, items=item, files={file: contents}))
    assert seen(parsed) == [
        ("heading1", "ONE"),
        ("paragraph", "First."),
        ("heading2", "Two"),
        ("paragraph", "Second."),
        ("heading2", "Two"),
        ("paragraph", "Third."),
        ("paragraph", "More."),
    ]


def test_notes_that_say_so_are_cited_as_notes() -> None:
    chapter = (
        '<p>In 194<a epub:type="noteref" href="#n1">1</a> it rained.</p>'
        '<aside epub:type="footnote" id="n1" hidden=""><p>1. As Kern says.</p><p>Twice.</p></aside>'
        '<p>It snowed.<sup><a role="doc-noteref" href="c2.xhtml#n2">2</a></sup></p>'
    )
    end = '<h1>Notes</h1><ol><li role="doc-endnote" id="n2"><p>In May.</p></li></ol>'
    parsed = epub.parse(book(chapter, end))
    assert seen(parsed) == [
        ("paragraph", "In 194 it rained."),
        ("note 1", "As Kern says."),
        ("note 1", "Twice."),
        ("paragraph", "It snowed."),
        ("heading1", "Notes"),
        ("note 2", "In May."),
    ]
    assert "\n\n1. As Kern says.\n\n" in parsed.text


def test_notes_that_lead_back_are_cited_as_notes() -> None:
    chapter = (
        '<p>It rained<a id="r1" href="c2.xhtml#n1">[1]</a> and snowed.'
        '<sup id="r2"><a href="#n2">*</a></sup> See <a href="#n9">5</a>.</p><p id="n9">The end.</p>'
        '<p><a id="n2" href="#r2">*</a> In May. <a href="#r2">↩</a></p>'
    )
    end = '<div><h2>Notes</h2><p><a id="n1" href="c1.xhtml#r1">1</a> As Kern says.</p></div>'
    parsed = epub.parse(book(chapter, end))
    assert seen(parsed) == [
        ("paragraph", "It rained and snowed. See 5."),
        ("paragraph", "The end."),
        ("note *", "In May."),
        ("heading2", "Notes"),
        ("note 1", "As Kern says."),
    ]


def test_signs_of_missing_notes_and_numbers_of_printed_pages_are_no_words() -> None:
    chapter = (
        '<p>In 194<a epub:type="noteref" href="#gone">1</a> it <span role="doc-pagebreak">28</span>'
        'rained.</p><div epub:type="pagebreak">29</div>'
    )
    assert seen(epub.parse(book(chapter))) == [("paragraph", "In 194 it rained.")]


def test_numbered_chapters_that_contents_and_headings_link_are_no_notes() -> None:
    contents = '<p><a id="t1" href="c2.xhtml#h1">1</a></p>'
    chapter = '<div><h2 id="h1"><a href="c1.xhtml#t1">1</a></h2><p>The rain fell.</p></div>'
    assert seen(epub.parse(book(contents, chapter))) == [
        ("paragraph", "1"),
        ("heading2", "1"),
        ("paragraph", "The rain fell."),
    ]


def test_chapters_that_are_not_in_the_file_are_named() -> None:
    missing = '<item id="c1" href="t/gone%20c.xhtml" media-type="application/xhtml+xml"/>'
    parsed = epub.parse(book("<p>First.</p>", "<p>Second.</p>", items=missing))
    assert parsed.text == "Second."
    assert parsed.remarks == ("lacks chapters that it names (OPS/t/gone c.xhtml)",)


def refusal(data: bytes, max_bytes: int = 200_000_000) -> str:
    with pytest.raises(DocumentError) as caught:
        epub.parse(data, max_bytes)
    return str(caught.value)


def test_what_cannot_be_read_is_told() -> None:
    whole = book("<p>First.</p>")
    assert (
        refusal(whole[:-30]) == "It is damaged or cut off: get a whole copy of it, or save it anew."
    )
    assert refusal(book("<p>First.</p>", container="<x/>")).startswith("It is damaged")
    assert refusal(book("<img src='cover.png'/>")) == "It holds no words: fill it or remove it."
    assert refusal(book("x" * 2_000_000), 1_000_000) == "It unpacks to more than 1 MB: split it."
    made = BytesIO()
    zipfile.ZipFile(made, "w").close()
    assert refusal(made.getvalue()).startswith("It is an archive, but no EPUB")


def test_a_protected_book_is_told_so_but_not_one_with_protected_fonts() -> None:
    encryption = (
        "<encryption><enc:EncryptedData><enc:CipherData>"
        '<enc:CipherReference URI="{}"/></enc:CipherData></enc:EncryptedData></encryption>'
    )
    for target, is_refused in (("OPS/t/c1.xhtml", True), ("OPS/font.otf", False)):
        data = BytesIO(book("<p>First.</p>"))
        with zipfile.ZipFile(data, "a") as archive:
            archive.writestr("META-INF/encryption.xml", encryption.format(target))
        if is_refused:
            assert refusal(data.getvalue()).startswith("It is protected against copying")
        else:
            assert epub.parse(data.getvalue()).text == "First."
