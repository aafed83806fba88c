"""Our own index behind the methods that all engines have: the one module here that knows it.

Documents lie in folders as a build leaves them once it has read files, cut into shards as a
build cuts them. What is measured as building is what a build does then: child processes index
the shards and write them. They are kept in the program's own store.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks import memory
from benchmarks.corpora import Documents, first_passage
from benchmarks.engines import bytes_in
from bot.answering.build_job import BuildJob
from bot.answering.build_tasks import IndexTask, task_pool
from bot.answering.served_corpus import ServedCorpus
from bot.answering.shard_groups import MOST_PASSAGES, cut
from bot.answering.store import IndexStore
from bot.core.replies import Reply
from bot.ingest.folder_record import NO_RECORD
from bot.ingest.formats import Limits
from bot.retrieval.answer.searcher import AnswerOptions, Searcher
from bot.retrieval.shard.lookup import Term, TermKind
from bot.retrieval.shard.store import write_documents
from bot.retrieval.text.analysis import grams, words


class Ours:
    """The searcher that the bot answers from: ranking on words, and whole replies.

    `build_peak_bytes` is the most that one of the child processes held.
    """

    stores = True

    questions: Sequence[str]
    searcher: Searcher

    def __init__(self) -> None:
        self.build_peak_bytes = self.text_bytes = self._document_bytes = 0

    def load(self, size: int, questions: int, folder: Path) -> None:
        made = Documents(size, questions)
        self._sources: list[tuple[Path, tuple[str, ...]]] = []
        passages: dict[str, int] = {}
        for number, table in enumerate(made.tables()):
            place = folder / f"documents-{number}"
            write_documents(place, table)
            own = {d.path: len(table.range_of(n)) for n, d in enumerate(table.documents)}
            self._sources.append((place, tuple(own)))
            self.text_bytes += sum(len(document.text.encode()) for document in table.documents)
            self._document_bytes += bytes_in(place)
            passages |= own
        self.questions = made.questions
        self._cut = cut(passages, MOST_PASSAGES)
        self._weights = [sum(passages[path] for path in paths) for paths in self._cut]

    def build(self, folder: Path) -> None:
        store = _store(folder)
        store.create()
        names = [f"shard-{number}" for number in range(len(self._cut))]
        tasks = [
            IndexTask(tuple(self._sources_of(paths)), store.place_of(name))
            for name, paths in zip(names, self._cut, strict=True)
        ]
        with task_pool() as pool:
            pool.run(tasks, self._weights, lambda _weight: None, in_children=True)
            self.build_peak_bytes = memory.most_of_children()
        store.save(NO_RECORD, names, (), frozenset())
        self._shards = store.folder / "shards"

    def _sources_of(self, paths: Sequence[str]) -> list[tuple[Path, tuple[str, ...]]]:
        wanted = set(paths)
        sources = ((place, tuple(filter(wanted.__contains__, own))) for place, own in self._sources)
        return [(place, own) for place, own in sources if own]

    def open(self, folder: Path) -> None:
        store = _store(folder)
        stored = store.corpus()
        if stored is None:
            raise ValueError("the index that was just written cannot be used")
        job = BuildJob(folder, Limits(), trust_times=True, options=AnswerOptions(), store=store)
        self.searcher = ServedCorpus.open(job, stored).searcher(None)

    def rank(self, words: Sequence[str], count: int) -> list[int]:
        index = self.searcher.index
        times = Counter(words)
        lookup = index.lookup()
        lookup.add_words(times)
        terms = [Term(TermKind.WORD, word) for word in times]
        numbers, frequencies = lookup.numbers(terms)
        weights = index.bm25.idf(frequencies) * list(times.values())
        best: list[int] = index.top(terms, numbers, weights, count).passages.tolist()
        return best

    def best(self, words: Sequence[str], count: int) -> list[int]:
        """As `rank`, by the numbers that passages have for all engines."""
        numbers = (
            first_passage(document.path) + np.arange(len(part.shard.table.range_of(place)))
            for part in self.searcher.index.parts
            for place, document in enumerate(part.shard.table.documents)
        )
        number: list[int] = np.concatenate([*numbers])[self.rank(words, count)].tolist()
        return number

    def reply(self, question: str) -> Reply:
        """The whole reply: excerpts, citations, the decision to be silent."""
        return self.searcher.reply(question)

    @property
    def shards(self) -> int:
        """How many shards the documents are cut into."""
        return len(self._cut)

    def size(self) -> int | None:
        """All that shards hold besides the documents."""
        return bytes_in(self._shards) - self._document_bytes

    def posting_bytes(self) -> int:
        """The bytes of the postings of words and pairs: passages, frequencies and starts."""
        return sum(
            array.nbytes
            for part in self.searcher.index.parts
            for postings in (part.shard.word_postings, part.shard.pair_postings)
            for array in (postings.starts, postings.passages, postings.frequencies)
        )

    def save(self, folder: Path) -> int:
        """The bytes of the shards, which are on disk since they were built."""
        return bytes_in(self._shards)


def _store(folder: Path) -> IndexStore:
    return IndexStore(folder / "index", "benchmark")


def lengths(passages: Sequence[str], titles: Sequence[str]) -> list[int]:
    """The length of each passage for our index: its own terms and those of its title."""
    own = {title: sum(1 + len(grams(w.form)) for w in words(title)) for title in set(titles)}
    sized = {word: 1 + len(grams(word)) for word in _words_of(passages)}
    return [
        sum(sized[word] for word in found) + len(found) - 1 + own[title]
        for found, title in zip(map(_plain, passages), titles, strict=True)
    ]


def _plain(text: str) -> list[str]:
    """The words of a generated passage, which has no other signs than blanks and full stops."""
    return text.lower().replace(".", "").split()


def _words_of(passages: Sequence[str]) -> set[str]:
    return set(chain.from_iterable(map(_plain, passages)))
