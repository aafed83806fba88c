"""reStructuredText: the words of a file, also where only Sphinx knows the markup."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import DocumentError
from bot.ingest.readers import rst
from tests.harness.office_files import seen


def read(source: str) -> list[tuple[str, str]]:
    return seen(rst.parse(source.encode()))


MANUAL = """
Manual
======

:Author: Ida Kern

Boats
-----

1. Teal is *green*.

   Really.
2. Roy is red:

   b) dark

- A shed.

Term
   What it means.

::

   x = 1

   y = 2

-v, --verbose  Say more.

| One line
| and another
"""


def test_headings_lists_and_code_are_blocks() -> None:
    parsed = rst.parse(MANUAL.encode())
    assert seen(parsed) == [
        ("heading1", "Manual"),
        ("paragraph", "author: Ida Kern"),
        ("heading2", "Boats"),
        ("item 1", "Teal is green."),
        ("item 1", "Really."),
        ("item 2", "Roy is red:"),
        ("item 2 (b)", "dark"),
        ("item", "A shed."),
        ("paragraph", "Term"),
        ("item", "What it means."),
        ("code", "x = 1\n\ny = 2"),
        ("item", "-v, --verbose: Say more."),
        ("paragraph", "One line\nand another"),
    ]
    assert parsed.title == "Manual"
    assert "\n\n1. Teal is green.\n\n" in parsed.text
    assert "\n\nb) dark\n\n" in parsed.text


def test_sections_beside_each_other_are_headings_of_the_highest_level() -> None:
    assert read("One\n===\n\nFirst.\n\nTwo\n===\n\nSecond.\n\nIn it\n-----\n\nThird.\n") == [
        ("heading1", "One"),
        ("paragraph", "First."),
        ("heading1", "Two"),
        ("paragraph", "Second."),
        ("heading2", "In it"),
        ("paragraph", "Third."),
    ]


def test_rows_of_tables_have_the_names_of_columns_above() -> None:
    source = """
.. table:: Owners

   +------+-------+
   | Boat | Owner |
   +======+=======+
   | Teal | Roy   |
   |      +-------+
   |      | Ida   |
   +------+-------+
   | Elf          |
   +------+-------+
"""
    assert read(source) == [
        ("paragraph", "Owners"),
        ("heading6", "Boat | Owner"),
        ("row", "Teal | Roy"),
        ("row", "Teal | Ida"),
        ("row", "Elf"),
    ]


def test_footnotes_are_cited_as_notes_and_their_signs_are_no_words() -> None:
    source = (
        "In 194 [#a]_ it rained, says [Kern]_.\n\n.. [#a] As told.\n\n.. [Kern] Ida Kern, Rain.\n"
    )
    assert read(source) == [
        ("paragraph", "In 194 it rained, says [Kern]."),
        ("note 1", "As told."),
        ("note Kern", "Ida Kern, Rain."),
    ]


def test_what_sphinx_adds_is_read_by_its_words() -> None:
    source = """
See :ref:`the shed <shed>`, :func:`~os.path.join` and :term:`boat`.

.. toctree::
   :maxdepth: 2

   shed

.. function:: open(*args, mode='r')

   Opens it.

   :param mode: how

.. versionchanged:: 3.2
   Added the *mode*.

.. only:: html

   .. warning:: Never *paint* before May.

.. code-block:: python
   :linenos:

   x = 1
"""
    assert read(source) == [
        ("paragraph", "See the shed, join and boat."),
        ("paragraph", "open(*args, mode='r')"),
        ("paragraph", "Opens it."),
        ("item", "param mode: how"),
        ("paragraph", "versionchanged 3.2\nAdded the mode."),
        ("paragraph", "Never paint before May."),
        ("code", "x = 1"),
    ]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (r"H\ :sub:`2`\ O, 10\ :sup:`3` m", "H₂O, 10³ m"),
        ("It is :math:`x` and :math:`\\frac12`.", "It is x and […]."),
        ("Press |key| now.\n\n.. |key| image:: a.png\n   :alt: OK", "Press OK now."),
        ("See `the site <https://a.example>`__ in ``a*b``.", "See the site in a*b."),
        ("Broken *start and `too and |none|.", "Broken *start and `too and |none|."),
    ],
)
def test_words_of_a_line(source: str, words: str) -> None:
    assert read(source) == [("paragraph", words)]


def test_roles_of_a_file_are_forgotten_before_the_next_one() -> None:
    defined = ".. role:: sub(emphasis)\n\n.. role:: page(raw)\n   :format: html\n\nA :sub:`b`.\n"
    assert read(defined) == [("paragraph", "A b.")]
    for _ in range(2):
        assert read("H\\ :sub:`2`\\ O is on :page:`two`.") == [("paragraph", "H₂O is on two.")]


def test_a_name_that_stands_for_nothing_stays_as_it_is_written() -> None:
    assert read("Version |version| is out.") == [("paragraph", "Version |version| is out.")]


@pytest.mark.parametrize(
    "directive",
    [
        ".. include:: {}",
        ".. literalinclude:: {}",
        ".. csv-table::\n   :file: {}",
        ".. raw:: html\n   :file: {}",
        ".. raw:: html\n\n   <b>secret</b>",
        ".. math:: x^2",
        ".. mermaid::\n\n   a --> secret",
    ],
)
def test_no_other_file_is_read_and_what_has_no_words_leaves_a_gap(
    directive: str, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("secret")
    parsed = rst.parse(f"Before.\n\n{directive.format(tmp_path / 'a.txt')}\n\nAfter.".encode())
    assert parsed.text == "Before.\n\n[…]\n\nAfter."
    assert parsed.remarks == ()


def test_broken_markup_leaves_a_gap_and_is_told() -> None:
    parsed = rst.parse(b"Before.\n\n+---+\n| a |\n+--\n\nAfter.")
    assert parsed.text == "Before.\n\n[…]\n\nAfter."
    assert parsed.remarks == ("has markup that cannot be read, which is left out (1)",)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (".. nothing shown", "It holds no words"),
        ("* " * 5_000, "Its parts are nested too deep"),
    ],
)
def test_what_cannot_be_read_is_told(source: str, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        rst.parse(source.encode())


PIECES = st.sampled_from(
    [
        *(
            "\n",
            "\n\n",
            "   ",
            "word ",
            "* ",
            "1. ",
            ".. ",
            "|a|",
            "`",
            "``",
            "*",
            "_ ",
            "::",
            ":a:",
        ),
        *("=====\n", "-----\n", "note:: ", "list-table::\n", ":ref:`x <y>`", "[1]_ ", ".. [1] "),
        *(".. foo:: a\n", ".. toctree::\n", ".. code-block:: c\n", "+---+\n", "| a |\n", ":b: c\n"),
    ]
)


@given(st.lists(PIECES, max_size=30))
def test_no_text_breaks_the_reader(pieces: list[str]) -> None:
    try:
        parsed = rst.parse("".join(pieces).encode())
    except DocumentError:
        return
    assert parsed.blocks
