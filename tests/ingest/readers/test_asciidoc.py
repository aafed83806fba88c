"""AsciiDoc: the words of a document without its markup, in blocks a citation can name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import DocumentError
from bot.ingest.readers import asciidoc
from tests.harness.office_files import seen


def read(source: str) -> list[tuple[str, str]]:
    return seen(asciidoc.parse(source.encode()))


def test_title_author_and_headings() -> None:
    source = """= The Manual
Ida Kern <ida@example.org>
:place: the *shed*
// a remark

They are in {place}, not in {none}.

== Boats

One
two. // three

Sheds
-----

=== Roofs ===

[discrete]
== Aside

////
Not this.
////
The end.
"""
    parsed = asciidoc.parse(source.encode())
    assert seen(parsed) == [
        ("heading1", "The Manual"),
        ("paragraph", "Ida Kern <ida@example.org>"),
        ("paragraph", "They are in the shed, not in {none}."),
        ("heading2", "Boats"),
        ("paragraph", "One\ntwo. // three"),
        ("heading2", "Sheds"),
        ("heading3", "Roofs"),
        ("heading6", "Aside"),
        ("paragraph", "The end."),
    ]
    assert parsed.title == "The Manual"


def test_items_have_their_numbers() -> None:
    source = """. Teal is *green*.
+
Really.
.. dark
.. light
* [x] done
. Roy is red,
 and old.

Term:: What it means.
Other::
  Another.

Between.

[start=4]
. Four
5. Five

- last
"""
    parsed = asciidoc.parse(source.encode())
    assert seen(parsed) == [
        ("item 1", "Teal is green."),
        ("item 1", "Really."),
        ("item 1 (a)", "dark"),
        ("item 1 (b)", "light"),
        ("item 1 (b)", "done"),
        ("item 2", "Roy is red,\nand old."),
        ("paragraph", "Term"),
        ("item 2", "What it means."),
        ("paragraph", "Other"),
        ("item 2", "Another."),
        ("paragraph", "Between."),
        ("item 4", "Four"),
        ("item 5", "Five"),
        ("item 5", "last"),
    ]
    assert parsed.text.startswith(
        "1. Teal is green.\n\nReally.\n\na. dark\n\nb. light\n\ndone\n\n2. "
    )


def test_listings_keep_their_lines() -> None:
    source = """[source,ruby]
----
x = 1 # <1>

== y
----
<1> Sets x.

Then:

 as it
   is

```
* z
```
"""
    assert read(source) == [
        ("code", "x = 1\n\n== y"),
        ("item 1", "Sets x."),
        ("paragraph", "Then:"),
        ("code", " as it\n   is"),
        ("code", "* z"),
    ]


def test_what_stands_in_a_frame_is_read() -> None:
    source = """NOTE: Never paint before May.

[WARNING]
.Cold
====
Do not swim.
====

[quote, Ida Kern]
____
It rains.
____
"""
    assert read(source) == [
        ("paragraph", "NOTE: Never paint before May."),
        ("paragraph", "Cold"),
        ("paragraph", "Do not swim."),
        ("paragraph", "It rains."),
    ]


@pytest.mark.parametrize(
    "options", ['[cols="1,2",options="header"]\n', "[%header,cols=2*]\n", "", "[cols=2*]\n"]
)
def test_rows_of_tables_have_the_names_of_columns_above(options: str) -> None:
    table = "|===\n|Boat |Owner\n\n|Teal\n|Roy\n// |No\n\n.2+|Elf |`a\\|b`\n|Ida\n2+|None\n|===\n"
    assert read(f".Owners\n{options}{table}") == [
        ("paragraph", "Owners"),
        ("heading6", "Boat | Owner"),
        ("row", "Teal | Roy"),
        ("row", "Elf | a|b"),
        ("row", "Elf | Ida"),
        ("row", "None"),
    ]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("*One* _two_ `three` #four# **f**ive __s__ix", "One two three four five six"),
        (
            "5 * 3 * 2, snake_case_name, a_b_ and \\*plain*",
            "5 * 3 * 2, snake_case_name, a_b_ and *plain*",
        ),
        ("H~2~O and 10^3^ m", "H₂O and 10³ m"),
        ("`a*b*c`, `+{x}+` and pass:[_y_]", "a*b*c, {x} and _y_"),
        ("\"`quoted`\" and '`so`'", "“quoted” and ‘so’"),
        ("See <<boats>>, <<boats,the boats>>, xref:a.adoc[it].", "See boats, the boats, it."),
        ("https://a.example[the site^], https://b.example now", "the site, https://b.example now"),
        ("link:x.html[Open,window=_blank] mailto:a@b.example[]", "Open a@b.example"),
        ("Press kbd:[Ctrl+C], btn:[OK], menu:File[Save].", "Press Ctrl+C, OK, File > Save."),
        ("Press image:i.png[Enter] or image:j.png[].", "Press Enter or […]."),
        ("It is stem:[x^2] here((here)).", "It is […] herehere."),
        ("[[a]]One(((index,term))) [.red]#two# +\nthree", "One two\nthree"),
    ],
)
def test_words_of_a_line(source: str, words: str) -> None:
    assert read(source) == [("paragraph", words)]


def test_footnotes_are_cited_as_notes() -> None:
    assert read(
        "In 194footnote:[As *told*.] it rained.footnote:a[By Kern.]\n\nYes.footnote:a[]"
    ) == [
        ("paragraph", "In 194 it rained."),
        ("note 1", "As told."),
        ("note 2", "By Kern."),
        ("paragraph", "Yes."),
    ]


def test_other_files_are_not_read_and_conditions_hold_or_not() -> None:
    source = """Before.

include::other.adoc[]

ifdef::env-github[]
Hidden.

ifdef::asciidoctor[]
Hidden, too.
endif::[]
endif::[]
ifndef::env-github[]
Shown.
endif::[]
ifdef::asciidoctor[Shown, too.]

image::x.png[A boat]

++++
<b>raw</b>
++++
"""
    parsed = asciidoc.parse(source.encode())
    assert parsed.text == "Before.\n\n[…]\n\nShown.\n\nShown, too.\n\n[…]"
    assert parsed.remarks == ("includes other files, which are not read",)


def test_a_file_of_no_words_is_told_so() -> None:
    with pytest.raises(DocumentError, match="It holds no words"):
        asciidoc.parse(b":a: b\n\n// c\n")


PIECES = st.sampled_from(
    [
        *("\n", "\n\n", " ", "word ", "* ", ". ", "1. ", "<1> ", "= ", "== ", "|===\n", "|a "),
        *("----\n", "====\n", "++++\n", "'''\n", "+\n", "a:: ", "[x]\n", ".T\n", ":a: {a}\n"),
        *("`", "*", "_", "footnote:[", "]", "<<", ">>", "https://a[", "ifdef::a[]\n", "{a}", "2+|"),
        *("endif::[]\n", ".3+|", "[%header]\n"),
    ]
)


@given(st.lists(PIECES, max_size=40))
def test_no_text_breaks_the_reader(pieces: list[str]) -> None:
    try:
        parsed = asciidoc.parse("".join(pieces).encode())
    except DocumentError:
        return
    assert parsed.blocks
