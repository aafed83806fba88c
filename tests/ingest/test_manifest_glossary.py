from pathlib import Path

import pytest

from bot.core.corpus import NameGroup
from bot.core.errors import ManifestError
from bot.ingest.manifest import parse_glossary

BUNDLED = Path(__file__).parents[2] / "corpus" / "glossary.toml"


def fault(toml: str, collection: str | None = None) -> str:
    with pytest.raises(ManifestError) as caught:
        parse_glossary("glossary.toml", toml.encode(), collection)
    return str(caught.value)


def test_groups_are_read_in_order() -> None:
    toml = (
        '[[group]]\nnames = ["ISIL", " Islamic  State "]\n'
        '[[group]]\nnames = ["MP", "Member"]\ncollection = "house"\n'
        '[[group]]\nnames = ["MP", "Military Police"]\n'
    )
    assert parse_glossary("glossary.toml", toml.encode()) == (
        NameGroup(("ISIL", "Islamic State")),
        NameGroup(("MP", "Member"), "house"),
        NameGroup(("MP", "Military Police")),
    )


def test_names_that_are_kept_apart_come_last() -> None:
    toml = (
        '[[apart]]\nnames = ["Marden", "Maldon"]\ncollection = "house"\n'
        '[[group]]\nnames = ["MP", "Member"]\n'
    )
    assert parse_glossary("glossary.toml", toml.encode()) == (
        NameGroup(("MP", "Member")),
        NameGroup(("Marden", "Maldon"), "house", apart=True),
    )


def test_an_empty_glossary_has_no_groups() -> None:
    assert parse_glossary("glossary.toml", b"# nothing yet\n") == ()


def test_a_glossary_in_a_top_folder_is_for_its_collection() -> None:
    toml = b'[[group]]\nnames = ["a", "b"]\n[[group]]\nnames = ["c", "d"]\ncollection = "board"\n'
    groups = parse_glossary("board/glossary.toml", toml, "board")
    assert [group.collection for group in groups] == ["board", "board"]


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        (
            '[[group]]\nnames = ["a", "b"]\n[[group]]\nnames = ["c"]\n',
            'glossary.toml: group 2, key "names" holds fewer than two names; add another.',
        ),
        (
            '[[group]]\nnames = ["Daesh", "ISIS", "DAESH"]\n',
            'glossary.toml: group 1, key "names" holds "DAESH" twice; take one of them out.',
        ),
        (
            '[[group]]\nnames = ["Daesh", " "]\n',
            'glossary.toml: group 1, key "names" is empty; fill in a name or take it out.',
        ),
        (
            '[[group]]\nnames = ["Daesh", 5]\n',
            'glossary.toml: group 1, key "names" holds something that is not text;'
            " put each in quotes.",
        ),
        (
            '[[group]]\nnames = "Daesh"\n',
            'glossary.toml: group 1, key "names" is not a list; write it as ["one", "another"].',
        ),
        ("[[group]]\n", 'glossary.toml: group 1, key "names" is missing; add it.'),
        (
            '[[group]]\nnames = ["a", "b"]\nnote = "x"\n',
            'glossary.toml: group 1, key "note" is unknown; the keys are names, collection.',
        ),
        (
            '[[group]]\nnames = ["a", "b"]\ncollection = 5\n',
            'glossary.toml: group 1, key "collection" is not text; put it in quotes.',
        ),
        (
            '[group]\nnames = ["a", "b"]\n',
            'glossary.toml: key "group" is not a list of tables;'
            " write [[group]] in double brackets.",
        ),
        (
            '[[groups]]\nnames = ["a", "b"]\n',
            'glossary.toml: key "groups" is unknown; write names that mean the same under'
            " [[group]], and words that are not to be confused under [[apart]].",
        ),
        (
            '[apart]\nnames = ["a", "b"]\n',
            'glossary.toml: key "apart" is not a list of tables;'
            " write [[apart]] in double brackets.",
        ),
        (
            '[[group]]\nnames = ["a", "b"]\n[[apart]]\nnames = ["steals"]\n',
            'glossary.toml: apart 1, key "names" holds fewer than two names; add another.',
        ),
        (
            "[[group]]\nnames = [\n",
            "glossary.toml cannot be understood at its end (invalid value):"
            " correct the TOML there.",
        ),
    ],
)
def test_a_bad_glossary_gets_its_sentence(toml: str, sentence: str) -> None:
    assert fault(toml) == sentence


def test_a_glossary_in_a_folder_speaks_for_no_other_collection() -> None:
    toml = '[[group]]\nnames = ["a", "b"]\ncollection = "house"\n'
    assert fault(toml, "board") == (
        'glossary.toml: group 1, key "collection" is "house", but a glossary in this folder is'
        ' for "board"; leave the key out, or move the group to the glossary at the top.'
    )


def test_the_bundled_glossary_is_in_this_form() -> None:
    groups = parse_glossary("glossary.toml", BUNDLED.read_bytes())
    assert len(groups) >= 8
    assert {group.collection for group in groups} == {None}
