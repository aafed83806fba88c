"""A small corpus folder for tests of uploads, and the reasons of refusals in it."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.core.errors import UploadError
from bot.ingest.display_names import display_name
from bot.ingest.formats import Limits
from bot.ingest.uploads import add, remove
from tests.harness.corpus_harness import CorpusHarness

RAIN = b"The rain fell for three days.\n"
LIMITS = Limits(max_bytes=100_000)
CURATED = "it is no document: have it changed where the documents lie."


def tree(folder: Path) -> dict[str, bytes | None]:
    """All that lies in a folder, hidden or not; None for a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def trash_contents(trash: Path) -> list[str]:
    return [content.decode() for content in tree(trash).values() if content]


def texts(folder: Path) -> dict[str, str]:
    with TemporaryDirectory() as index:
        corpus, report = CorpusHarness(folder, Path(index), limits=LIMITS).load()
    assert report.failed == ()
    return {document.path: document.text for document in corpus.documents}


def why(folder: Path, name: str, done: str, action: Callable[[], object]) -> str:
    """The reason that is given for not doing it; nothing has changed then."""
    before = tree(folder)
    with pytest.raises(UploadError) as caught:
        action()
    assert tree(folder) == before
    what, _, reason = str(caught.value).partition(f" cannot be {done} because ")
    assert what == f'"{display_name(name)}"'
    return reason


def refusal(
    folder: Path, name: str, data: bytes = RAIN, collection: str = "", replace: bool = False
) -> str:
    return why(folder, name, "added", lambda: add(folder, collection, name, data, LIMITS, replace))


def removal_refusal(folder: Path, path: str, trash: Path) -> str:
    reason = why(folder, path, "removed", lambda: remove(folder, path, trash))
    assert not trash.is_dir() or tree(trash) == {}
    return reason
