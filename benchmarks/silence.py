"""How well silence is told from an answer: questions whose documents were taken away.

Half of a set's documents are taken away and all of its questions are put to the other
half. Those whose answer went with its document must meet silence; they are harder than
questions on everything under the sun, being of the same hand and kind. Those whose
answer is still there must not. The documents are parted in several ways, each used both
ways round. Two figures a language: what the levels of the corpus make of them, and what
the signal could tell at best (the share answered where 5 % of the foreign ones are, and
the area under the curve).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.corpus_folder import read_corpus, searcher_of, subset
from benchmarks.evaluate import QuestionSet, question_sets
from bot.answering.evaluation import SILENT_KINDS, Question, read_questions
from bot.core.corpus import Corpus
from bot.retrieval.ranking.search import search

PARTINGS = 2
"""Ways of parting the documents: by the parity of their number, of half of it, and so on."""

FOREIGN_RATE = 0.05


@dataclass(frozen=True, slots=True)
class Asked:
    """One question put to one half: whether its answer is there, and what it met."""

    own: bool
    signal: float
    answered: bool


@dataclass(frozen=True, slots=True)
class Told:
    """The figures of some questions: shares from 0 to 1, and the area under the curve."""

    own: float
    foreign: float
    own_at_rate: float
    area: float

    @classmethod
    def of(cls, asked: Sequence[Asked]) -> Told:
        """The figures of `asked`, which has questions of both kinds."""
        own = np.asarray([each.signal for each in asked if each.own])
        foreign = np.sort([each.signal for each in asked if not each.own])
        below = np.searchsorted(foreign, own, "left") + np.searchsorted(foreign, own, "right")
        level = np.quantile(foreign, 1 - FOREIGN_RATE)
        return cls(
            own=float(np.mean([each.answered for each in asked if each.own])),
            foreign=float(np.mean([each.answered for each in asked if not each.own])),
            own_at_rate=float(np.mean(own > level)),
            area=float(below.sum() / (2 * len(own) * len(foreign))),
        )

    def row(self) -> tuple[str, ...]:
        """What is printed: three shares in percent, and the area."""
        shares = (self.own, self.foreign, self.own_at_rate)
        return (*(f"{100 * share:.1f}" for share in shares), f"{self.area:.3f}")


def halves(corpus: Corpus, partings: int = PARTINGS) -> Iterator[Corpus]:
    """Both halves of `corpus` for each way of parting its documents."""
    paths = sorted(document.path for document in corpus.documents)
    for parting in range(partings):
        for side in (0, 1):
            kept = {path for i, path in enumerate(paths) if (i >> parting) % 2 == side}
            tables = (
                subset(table, [n for n, d in enumerate(table.documents) if d.path in kept])
                for table in corpus.tables
            )
            yield Corpus(tuple(filter(len, tables)), corpus.glossary)


def ask(half: Corpus, questions: Sequence[Question]) -> Iterator[Asked]:
    """Put the questions to `half`; those with answers on both sides are left out."""
    searcher = searcher_of(half)
    paths = {document.path for document in half.documents}
    for question in questions:
        there = {gold.doc in paths for gold in question.gold}
        if len(there) != 1:
            continue
        result = search(question.question, searcher.index)
        threshold = searcher.thresholds.of(result.query.language).low
        strength = result.match_strength
        yield Asked(there.pop(), strength, strength >= threshold)


def measure(each: QuestionSet) -> list[Asked]:
    """Everything asked of one set, over all halves."""
    corpus = read_corpus(each.corpus)
    questions = [q for q in read_questions(each.questions) if q.kind not in SILENT_KINDS]
    return [one for half in halves(corpus) for one in ask(half, questions)]


def main() -> int:
    """Print a table with a row a language, and their mean."""
    table = Table(
        "questions",
        "answered, of those with an answer %",
        "answered, of the foreign %",
        "answered where 5 % of the foreign are %",
        "area under the curve",
        title="Silence, half of the documents taken away",
        title_justify="left",
    )
    told: list[Told] = []
    for each in question_sets():
        if not each.name.startswith("encyclopedia"):
            # Other sets have one topic: what half of them lacks is not foreign to the other.
            continue
        figures = Told.of(measure(each))
        told.append(figures)
        table.add_row(each.name, *figures.row())
    means = Told(
        *(
            float(np.mean([getattr(one, name) for one in told]))
            for name in ("own", "foreign", "own_at_rate", "area")
        )
    )
    table.add_row("mean", *means.row(), end_section=True)
    Console(width=120).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
