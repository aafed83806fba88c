"""Our own index behind the methods that all engines have: the one module here that knows it."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from benchmarks.corpora import generate
from bot.answering.snapshot import Snapshot, Snapshots, name_for
from bot.core.corpus import Corpus
from bot.core.replies import Reply
from bot.ingest.loader import Loader
from bot.retrieval.answer.searcher import AnswerOptions, Searcher
from bot.retrieval.shard.store import pack
from bot.retrieval.text.analysis import grams, words


class Ours:
    """The searcher that the bot answers from: ranking on words, and whole replies."""

    stores = True

    questions: Sequence[str]
    corpus: Corpus
    searcher: Searcher

    def load(self, size: int, questions: int) -> None:
        made = generate(size, questions)
        self.corpus, self.questions = made.corpus, made.questions

    def build(self, folder: Path) -> None:
        del folder  # everything is kept in memory
        self.searcher = Searcher(self.corpus, AnswerOptions())

    def rank(self, words: Sequence[str], count: int) -> list[int]:
        index = self.searcher.index
        worth = {
            number: times * index.word_idf.item(number)
            for word, times in Counter(words).items()
            if (number := index.vocabulary.get(word)) is not None
        }
        best: list[int] = index.rank(list(worth), list(worth.values()), count).passages.tolist()
        return best

    def reply(self, question: str) -> Reply:
        """The whole reply: excerpts, citations, the decision to be silent."""
        return self.searcher.reply(question)

    def size(self) -> int | None:
        """The index: what a start would map, and the words of very many passages as rows."""
        _, parts = pack(self.searcher.index.arrays)
        rows = self.searcher.index.dense_rows.values()
        return sum(part.nbytes for part in parts.values()) + sum(row.gains.nbytes for row in rows)

    def text_bytes(self) -> int:
        """What the texts of the corpus take in memory."""
        return sum(len(document.text) for document in self.corpus.documents)

    def save(self, folder: Path) -> int:
        """Write the snapshot that a start of the bot would find; its bytes."""
        snapshots = _snapshots(folder)
        snapshots.save(Snapshot(self.searcher, Loader(Path()).state().as_json()))
        return snapshots.file.stat().st_size

    def open(self, folder: Path) -> None:
        kept = _snapshots(folder).open(AnswerOptions(), lambda _path, _revision: None)
        if kept is None:
            raise ValueError("the snapshot that was just written cannot be opened")
        self.searcher = kept.searcher


def _snapshots(folder: Path) -> Snapshots:
    return Snapshots(folder / name_for(folder), "benchmark", partial(folder.mkdir, exist_ok=True))


def terms_in(text: str) -> int:
    """How many terms a text has for our index: words, their n-grams, pairs of words.

    BM25 weighs terms by the length of a passage, and that is its length for us. The pairs
    within a passage are those of its own words; a title's are left out.
    """
    found = list(words(text))
    plain = sum(not word.joined for word in found)
    return sum(1 + len(grams(word.form)) for word in found) + max(plain - 1, 0)


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
