"""The engines of others, each set up as its documentation advises, on one thread.

All of them find the same tokens in generated passages, which hold nothing but lower-case
words, a capital after each full stop, and full stops.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from rank_bm25 import BM25Okapi

from benchmarks.corpora import texts
from benchmarks.engines import bytes_in

_WRITER_BYTES = 512_000_000
_WORD = r"\b\w+\b"


class Peer:
    """What all of them share: the passages as texts."""

    stores = True
    passages: Sequence[str] = ()
    questions: Sequence[str] = ()

    def load(self, size: int, questions: int, folder: Path) -> None:
        del folder
        made = texts(size, questions)
        self.passages, self.questions = made.passages, made.questions

    def size(self) -> int | None:
        return None


class RankBm25(Peer):
    """The package that our statistics come from; it has no store."""

    stores = False

    def build(self, folder: Path) -> None:
        del folder
        self._okapi = BM25Okapi([text.lower().replace(".", "").split() for text in self.passages])

    def rank(self, words: Sequence[str], count: int) -> list[int]:
        scores = self._okapi.get_scores(words)
        count = min(count, len(scores))
        best = np.argpartition(-scores, count - 1)[:count]
        return [int(place) for place in best[np.lexsort((best, -scores[best]))]]

    def as_ours(self, lengths: Sequence[int]) -> None:
        """Score from now on as our index does: Lucene's idf, and its lengths of passages."""
        okapi = self._okapi
        frequency: Counter[str] = Counter()
        for counts in okapi.doc_freqs:
            frequency.update(counts.keys())
        okapi.idf = {
            word: float(np.log(1 + (okapi.corpus_size - df + 0.5) / (df + 0.5)))
            for word, df in frequency.items()
        }
        okapi.doc_len = list(lengths)
        okapi.avgdl = sum(lengths) / len(lengths)

    def scored(self, words: Sequence[str], places: Sequence[int]) -> list[float]:
        """What passages score for `words`."""
        return self._okapi.get_batch_scores(words, list(places))

    def save(self, folder: Path) -> int:
        raise TypeError("rank_bm25 keeps nothing on disk")

    def open(self, folder: Path) -> None:
        raise TypeError("rank_bm25 keeps nothing on disk")


class Bm25s(Peer):
    """bm25s with its own tokeniser, Lucene's idf as ours, one of its two backends."""

    def __init__(self, backend: str) -> None:
        # Packages that the bot itself has no use for are imported by name: the checks of
        # types run where they are not installed.
        self._package = import_module("bm25s")
        self._backend = backend

    def build(self, folder: Path) -> None:
        del folder
        tokens = self._package.tokenize(
            list(self.passages), token_pattern=_WORD, stopwords=None, show_progress=False
        )
        self._retriever = self._package.BM25(method="lucene", backend=self._backend)
        self._retriever.index(tokens, show_progress=False)

    def rank(self, words: Sequence[str], count: int) -> list[int]:
        found, _ = self._retriever.retrieve([list(words)], k=count, show_progress=False)
        return [int(place) for place in found[0]]

    def save(self, folder: Path) -> int:
        self._retriever.save(str(folder), show_progress=False)
        return bytes_in(folder)

    def open(self, folder: Path) -> None:
        # The numbers are mapped, as ours would be; the vocabulary is read.
        self._retriever = self._package.BM25.load(str(folder), mmap=True, show_progress=False)
        self._retriever.backend = self._backend


def bm25s_numpy() -> Bm25s:
    """bm25s as it comes."""
    return Bm25s("numpy")


def bm25s_numba() -> Bm25s:
    """bm25s compiled."""
    return Bm25s("numba")


class Tantivy(Peer):
    """tantivy with one thread and one field, frequencies without positions."""

    _index: Any
    _searcher: Any

    def __init__(self) -> None:
        self._package = import_module("tantivy")
        self._query, self._should = self._package.Query, self._package.Occur.Should

    def build(self, folder: Path) -> None:
        tantivy = self._package
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("text", index_option="freq")
        self._index = tantivy.Index(schema.build(), path=str(folder))
        writer = self._index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        for text in self.passages:
            writer.add_document(tantivy.Document(text=text))
        writer.commit()
        writer.wait_merging_threads()
        self._ready()

    def _ready(self) -> None:
        self._index.reload()
        self._searcher = self._index.searcher()

    def rank(self, words: Sequence[str], count: int) -> list[int]:
        query, should, schema = self._query, self._should, self._index.schema
        asked = query.boolean_query(
            [(should, query.term_query(schema, "text", word)) for word in words]
        )
        # A place within its segment stands for the passage: looking its number up costs extra.
        return [place.doc for _, place in self._searcher.search(asked, count, count=False).hits]

    def save(self, folder: Path) -> int:
        return bytes_in(folder)

    def open(self, folder: Path) -> None:
        self._index = self._package.Index.open(str(folder))
        self._ready()


class Fts5(Peer):
    """SQLite's full-text search, as a table without a copy of the texts."""

    _FILE = "fts5.sqlite"

    def build(self, folder: Path) -> None:
        self._base = sqlite3.connect(folder / self._FILE)
        self._base.execute("CREATE VIRTUAL TABLE passages USING fts5(text, content='')")
        rows = enumerate(self.passages)
        self._base.executemany("INSERT INTO passages(rowid, text) VALUES (?, ?)", rows)
        self._base.execute("INSERT INTO passages(passages) VALUES ('optimize')")
        self._base.commit()

    def rank(self, words: Sequence[str], count: int) -> list[int]:
        asked = " OR ".join(f'"{word}"' for word in words)
        select = "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ?"
        with closing(self._base.execute(select, (asked, count))) as found:
            return [int(row[0]) for row in found]

    def save(self, folder: Path) -> int:
        return bytes_in(folder)

    def open(self, folder: Path) -> None:
        self._base = sqlite3.connect(folder / self._FILE)
