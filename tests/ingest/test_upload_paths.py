"""Names of uploaded files and of their collections: hostile, in other spellings, in use."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import UploadError
from bot.ingest.display_names import display_name, has_invisible
from bot.ingest.formats import SUFFIXES
from bot.ingest.uploads import add
from bot.ingest.walk import real_folder, walk
from tests.harness.upload_harness import (
    CURATED,
    LIMITS,
    RAIN,
    refusal,
    texts,
    tree,
)

SIGN = "its name holds the sign {} that names cannot have: rename it."
UNSEEN = "its name holds characters that cannot be shown: rename it."
HIDDEN = "files of such names are hidden or temporary: rename it."
DEVICE = "such names are kept for devices on Windows: rename it."
UNREAD = "files of this kind are not read: save it as .txt, .md, .html, .pdf or .docx."
NAMES = {
    "": "it has no name: give it one.",
    "../evil.md": SIGN.format("/"),
    "..\\evil.md": SIGN.format("\\"),
    "c:evil.md": SIGN.format(":"),
    " rain.md": "its name begins or ends with a blank: rename it.",
    "---.md": "its name holds no letter or digit before its ending: rename it.",
    "ä" * 75 + ".md": "its name is longer than 150 bytes: shorten it.",
    **dict.fromkeys(["sources.toml", "Glossary.TOML"], CURATED),
    **dict.fromkeys([".hidden.md", "~$draft.docx", ".."], HIDDEN),
    **dict.fromkeys(
        ["a\nb.md", "a\0.md", "fdp.\u202etxt", "un\u200bseen.md", "a\udcff.md"], UNSEEN
    ),
    **dict.fromkeys(["NUL.md", "com1.notes.txt"], DEVICE),
    **dict.fromkeys(["run.exe", "rain"], UNREAD),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_cannot_be_is_refused_with_the_reason(folder: Path, name: str) -> None:
    assert refusal(folder, name) == NAMES[name]


NO_NAME = "is no name for a collection: use letters, digits, - and _, and keep it short."
COLLECTIONS = {
    **{
        name: f'"{display_name(name, 80)}" {NO_NAME}'
        for name in ["../x", "a/b", "..", ".git", "a b", "x\0", "x" * 101, "aux"]
    },
    "Board": '"Board" is almost the name of the collection "board": write it so.',
    "MAIN": '"MAIN" is almost the name of the collection "main": write it so.',
    ".hidden": '".hidden" is no collection that is served: name another.',
    "good.md": '"good.md" is a file, not a collection: name another.',
    "link": 'the collection "link" is a link: name one that is a folder.',
    "out": 'the collection "out" is a link: name one that is a folder.',
}


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_collection_that_cannot_be_is_refused(folder: Path, collection: str) -> None:
    (folder / "../elsewhere").mkdir()
    (folder / ".hidden").mkdir()
    (folder / "link").symlink_to("board")
    (folder / "out").symlink_to("../elsewhere")
    assert refusal(folder, "rain.md", RAIN, collection) == COLLECTIONS[collection]
    assert tree(folder / "../elsewhere") == {}


def test_a_name_in_another_spelling_is_the_same_name(folder: Path) -> None:
    (folder / "re\u0301sume\u0301.md").write_text("Decomposed, as macOS stores it.")
    assert '"good.md" has almost the same name' in refusal(folder, "GOOD.md", replace=True)
    assert "is there already" in refusal(folder, "r\xe9sum\xe9.md")
    add(folder, "", "r\xe9sum\xe9.md", RAIN, LIMITS, replace=True)
    assert texts(folder)["re\u0301sume\u0301.md"] == RAIN.decode()


def test_a_folder_or_link_of_its_name_is_never_replaced(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_text("Outside.")
    (folder / "link.md").symlink_to("../outside.md")
    (folder / "folder.md").mkdir()
    for name in ("link.md", "folder.md"):
        assert "is a folder or a link there: rename it" in refusal(folder, name, replace=True)
    assert (tmp_path / "outside.md").read_text() == "Outside."


names = st.one_of(
    st.text(max_size=20),
    st.tuples(st.text(max_size=60), st.sampled_from([*SUFFIXES, ".MD", ".md~"])).map("".join),
    st.lists(st.sampled_from("a . / \\ .. ~ $ : \0 \u202e é nul .md .txt".split(" "))).map("".join),
)


@given(name=names, collection=st.one_of(st.just(""), names))
def test_no_name_leads_outside_or_to_a_file_that_is_not_served(name: str, collection: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "corpus")
        folder.mkdir()
        (folder / "good.md").write_text("Good.")
        try:
            added = add(folder, collection, name, RAIN, LIMITS)
        except UploadError as fault:
            assert not has_invisible(str(fault))
            assert tree(Path(place)) == {"corpus": None, "corpus/good.md": b"Good."}
        else:
            files = {path for path, content in tree(Path(place)).items() if content is not None}
            assert files == {"corpus/good.md", f"corpus/{added.path}"}
            found = walk(real_folder(folder))
            assert {file.path for file in found.files} == {"good.md", added.path}
            assert (found.failed, found.skipped) == ([], {})
