import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import ManifestError
from bot.ingest.manifest import SourceEntry, allows_reader, merge_manifests, parse_manifest

FULL = b"""
["minutes/2016-12.pdf"]
title = "Minutes of  December"
author = "The secretary"
publisher = "Town council"
date = "2016-12"
date_note = "approved in January"
url = "https://example.org/minutes?month=12#top"
about = '''What the council
decided.'''
collection = "council_2016"
exclude = ["Page 1 of 3", "  Page   2 of 3 "]
"""


def fault(toml: str | bytes) -> str:
    data = toml.encode() if isinstance(toml, str) else toml
    with pytest.raises(ManifestError) as caught:
        parse_manifest("board/sources.toml", data)
    return str(caught.value)


def said(key: str, value: str) -> str:
    return fault(f'["a.md"]\n{key} = {value}\n')


def test_every_key_is_read() -> None:
    entry = parse_manifest("sources.toml", FULL)["minutes/2016-12.pdf"]
    assert entry == SourceEntry(
        title="Minutes of December",
        author="The secretary",
        publisher="Town council",
        date="2016-12",
        date_note="approved in January",
        url="https://example.org/minutes?month=12#top",
        about="What the council decided.",
        collection="council_2016",
        exclude=("Page 1 of 3", "Page 2 of 3"),
    )


def test_an_empty_manifest_says_nothing() -> None:
    assert parse_manifest("sources.toml", b"") == {}
    assert parse_manifest("sources.toml", b'["a.md"]\n') == {"a.md": SourceEntry()}


def test_an_entry_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        SourceEntry().title = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('"2016"', "2016"),
        ("2016", "2016"),
        ('"2016-12"', "2016-12"),
        ('"2016-12-12"', "2016-12-12"),
        ("2016-12-12", "2016-12-12"),
        ('" 2016-02-29 "', "2016-02-29"),
    ],
)
def test_dates_are_kept_as_iso_text(written: str, kept: str) -> None:
    entries = parse_manifest("sources.toml", f'["a.md"]\ndate = {written}\n'.encode())
    assert entries["a.md"].date == kept


@pytest.mark.parametrize(
    "written",
    [
        '"December 2016"',
        '"2016-13"',
        '"2015-02-29"',
        '"16-12-12"',
        '"2016-12-12T10:00:00"',
        "2016-12-12T10:00:00",
        "10:00:00",
        "16",
        "true",
        "[2016]",
        '"٢٠١٦"',
        '"0000"',
        '""',
    ],
)
def test_what_is_no_date_is_refused(written: str) -> None:
    assert said("date", written) == (
        'board/sources.toml: table "a.md", key "date" is no date;'
        " write YYYY, YYYY-MM or YYYY-MM-DD."
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "https://example.org:8443/a(b)/ü?q=1&r=2",
        "https://[2001:db8::1]/x",
        "https://example.org/@name",
    ],
)
def test_web_addresses_are_kept(url: str) -> None:
    entries = parse_manifest("sources.toml", f'["a.md"]\nurl = "{url}"\n'.encode())
    assert entries["a.md"].url == url


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ('"example.org"', "is no web address; write one that starts with https:// or http://"),
        (
            '"ftp://example.org"',
            "is no web address; write one that starts with https:// or http://",
        ),
        (
            '"javascript:alert(1)"',
            "is no web address; write one that starts with https:// or http://",
        ),
        ('"https://"', "is no web address; write one that starts with https:// or http://"),
        ('"https://[x/"', "is no web address; write one that starts with https:// or http://"),
        ('"https://a:99999/"', "is no web address; write one that starts with https:// or http://"),
        ('""', "is no web address; write one that starts with https:// or http://"),
        ('"https://me:word@example.org/"', "holds a user name or a password; take them out"),
        ('"https://me@example.org/"', "holds a user name or a password; take them out"),
        ("5", "is not text; put it in quotes"),
    ],
)
def test_what_is_no_web_address_is_refused(written: str, problem: str) -> None:
    assert said("url", written) == f'board/sources.toml: table "a.md", key "url" {problem}.'


@pytest.mark.parametrize(
    "part", ["\\n", "\\u0000", " ", "\\u202e", "<", "\\\\", "\\u200b", '\\"', "`"]
)
def test_a_web_address_with_dangerous_characters_is_refused(part: str) -> None:
    assert said("url", f'"https://example.org/{part}x"') == (
        'board/sources.toml: table "a.md", key "url" holds a blank, a control character or a'
        " sign that links cannot have; write it percent-encoded."
    )


def test_a_web_address_without_end_is_refused() -> None:
    assert said("url", f'"https://example.org/{"x" * 2000}"') == (
        'board/sources.toml: table "a.md", key "url" is longer than 2,000 characters;'
        " give a shorter link."
    )


@pytest.mark.parametrize(
    ("key", "written", "problem"),
    [
        (
            "titel",
            '"x"',
            "is unknown; the keys are title, author, publisher, date, date_note, url, about,"
            " collection, encoding, language, order, exclude, leave_out",
        ),
        ("title", "5", "is not text; put it in quotes"),
        ("title", '" \\n "', "is empty; fill it in or leave the key out"),
        ("author", '["x"]', "is not text; put it in quotes"),
        ("about", '""', "is empty; fill it in or leave the key out"),
        (
            "collection",
            '"a/b"',
            "is no name for a collection; use letters, digits, - and _",
        ),
        ("collection", '""', "is no name for a collection; use letters, digits, - and _"),
        ("collection", '"a\\n"', "is no name for a collection; use letters, digits, - and _"),
        *(
            (
                "encoding",
                f'"{name}"',
                'is no encoding; write its usual name, as "windows-1250" or "koi8-r"',
            )
            for name in ("latin-99", "rot13", "unicode_escape", "undefined", "a\\u0000b")
        ),
        *(
            ("language", f'"{code}"', 'is no code of a language; write that of ISO 639-1, as "de"')
            for code in ("German", "", "de-CH")
        ),
        *(
            ("order", written, 'is neither "columns" nor "lines"; write one of them')
            for written in ('"rows"', "1", "[]")
        ),
        ("leave_out", '"References"', 'is not a list; write it as ["one", "another"]'),
        ("exclude", '"Page 1"', 'is not a list; write it as ["one", "another"]'),
        ("exclude", '["Page 1", 2]', "holds something that is not text; put each in quotes"),
        ("exclude", '[""]', "is empty; give the line as it stands in the document"),
        (
            "exclude",
            '["one\\ntwo"]',
            "holds a line break; give each line as a text of its own",
        ),
    ],
)
def test_a_bad_key_gets_its_sentence(key: str, written: str, problem: str) -> None:
    assert said(key, written) == f'board/sources.toml: table "a.md", key "{key}" {problem}.'


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        (
            '["a.md"]\ntitle "x"\n',
            "board/sources.toml cannot be understood at line 2, column 7 (expected '=' after a"
            " key in a key/value pair): correct the TOML there.",
        ),
        (
            '["a.md"]\ntitle = "x',
            "board/sources.toml cannot be understood at its end (unterminated string):"
            " correct the TOML there.",
        ),
        (
            '["a.md"]\n["a.md"]\n',
            "board/sources.toml cannot be understood at line 2, column 8 (cannot declare"
            " ('a.md',) twice): correct the TOML there.",
        ),
        (
            b'["a.md"]\ntitle = "caf\xe9"\n',
            "board/sources.toml is not UTF-8 text: save it as UTF-8.",
        ),
        (
            'title = "x"\n',
            'board/sources.toml: key "title" stands outside of a table; put it below the name'
            ' of a document, as in ["report.pdf"].',
        ),
        (
            '[a.md]\ntitle = "x"\n',
            'board/sources.toml: table "a", key "md" is a table; put a file name in quotes,'
            ' as in ["report.pdf"].',
        ),
        (
            '["a.md"]\n["./a.md"]\n',
            'board/sources.toml: table "./a.md" is there twice; leave one of them.',
        ),
        (
            "x = " + "9" * 5_000,
            "board/sources.toml holds a number that is too long: correct it.",
        ),
        (
            "x = " + "[" * 5_000,
            "board/sources.toml is nested too deeply: use the form described.",
        ),
    ],
)
def test_a_bad_file_gets_its_sentence(toml: str | bytes, sentence: str) -> None:
    assert fault(toml) == sentence


def test_a_collection_is_kept_from_a_reader_by_one_line() -> None:
    closed = b'reader = false\n["a.md"]\ntitle = "x"\n'
    assert not allows_reader("sources.toml", closed)
    assert parse_manifest("sources.toml", closed)["a.md"].title == "x"
    assert allows_reader("sources.toml", b"reader = true")
    assert allows_reader("sources.toml", b'["reader"]\ntitle = "x"')
    with pytest.raises(ManifestError, match="neither true nor false"):
        allows_reader("sources.toml", b'reader = "no"')


def test_a_mark_at_the_beginning_and_line_ends_of_windows_do_no_harm() -> None:
    entries = parse_manifest("sources.toml", b'\xef\xbb\xbf["a.md"]\r\ntitle = "x"\r\n')
    assert entries["a.md"].title == "x"


def test_names_with_forged_lines_are_shown_on_one() -> None:
    assert "\n" not in fault('["a\\nb\\u202e.md"]\nbad = 1\n')
    assert 'table "a\\nb\\u202e.md"' in fault('["a\\nb\\u202e.md"]\nbad = 1\n')


def test_titles_are_cleaned_and_cut() -> None:
    toml = f'["a.md"]\ntitle = "one\\u202e\\ntwo"\nauthor = "{"x" * 400}"\n'
    entry = parse_manifest("sources.toml", toml.encode())["a.md"]
    assert entry.title == "one two"
    assert entry.author == "x" * 299 + "…"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(data: bytes) -> None:
    try:
        parse_manifest("sources.toml", data)
    except ManifestError as caught:
        assert len(str(caught).splitlines()) == 1
        str(caught).encode()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_as_value_is_read_or_refused_in_one_line(value: str) -> None:
    for key in ("title", "date", "url", "collection", "encoding", "exclude"):
        written = '"' + "".join(f"\\U{ord(character):08x}" for character in value) + '"'
        written = f"[{written}]" if key == "exclude" else written
        try:
            parse_manifest("sources.toml", f'["a.md"]\n{key} = {written}'.encode())
        except ManifestError as caught:
            assert str(caught).startswith(f'sources.toml: table "a.md", key "{key}" ')
            assert len(str(caught).splitlines()) == 1


def test_the_nearer_manifest_holds_with_its_whole_table() -> None:
    far = parse_manifest("sources.toml", b'["b/x.md"]\ntitle = "far"\nauthor = "A"\n["y.md"]\n')
    near = parse_manifest("b/sources.toml", b'["x.md"]\ntitle = "near"\n')
    entries, notes = merge_manifests({"b/sources.toml": near, "sources.toml": far})
    assert {path: entry.manifest for path, entry in entries.items()} == {
        "b/x.md": "b/sources.toml",
        "y.md": "sources.toml",
    }
    assert entries["b/x.md"].source == SourceEntry(title="near")
    assert notes == [
        'sources.toml: table "b/x.md" does not hold, for b/sources.toml has one for the same'
        " document"
    ]
