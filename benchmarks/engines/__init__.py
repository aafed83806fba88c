"""The engines that are measured beside each other, each behind the same few methods."""

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

OURS = "ours"
RANK_BM25 = "rank_bm25"
BM25S = "bm25s numba"

PACKAGES = {
    OURS: (),
    RANK_BM25: ("rank_bm25",),
    "bm25s numpy": ("bm25s",),
    BM25S: ("bm25s", "numba"),
    "tantivy": ("tantivy",),
    "FTS5": (),
}
"""Engines in the order they take turns in, and the packages that each needs."""

_PEERS = "benchmarks.engines.peers"
_MADE_BY = {
    OURS: ("benchmarks.engines.ours", "Ours"),
    RANK_BM25: (_PEERS, "RankBm25"),
    "bm25s numpy": (_PEERS, "bm25s_numpy"),
    BM25S: (_PEERS, "bm25s_numba"),
    "tantivy": (_PEERS, "Tantivy"),
    "FTS5": (_PEERS, "Fts5"),
}


class Engine(Protocol):
    """One engine over one corpus, as a process of its own drives it."""

    stores: bool
    """Whether what was built can be kept on disk and opened again."""

    questions: Sequence[str]

    def load(self, size: int, questions: int, folder: Path) -> None:
        """Make the corpus, in `folder` if need be; neither its time nor memory is the engine's."""

    def build(self, folder: Path) -> None:
        """Tokenise and index; what is kept on disk goes into `folder`."""

    def rank(self, words: Sequence[str], count: int) -> list[int]:
        """The numbers of the `count` best passages for `words`, best first."""

    def size(self) -> int | None:
        """Bytes of the index alone; None where it cannot be told from the rest."""

    def save(self, folder: Path) -> int:
        """Keep what was built in `folder`; the bytes it takes there."""

    def open(self, folder: Path) -> None:
        """Be ready to answer from what `save` kept, in a fresh process."""


def missing(name: str) -> str | None:
    """The package an engine lacks here; None where it can run."""
    return next((each for each in PACKAGES[name] if find_spec(each) is None), None)


def engine(name: str) -> Engine:
    """A fresh engine; its packages are imported only now, for they take time and memory."""
    module, made_by = _MADE_BY[name]
    return cast(Callable[[], Engine], getattr(import_module(module), made_by))()


def bytes_in(folder: Path) -> int:
    """What the files below a folder hold."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
