"""The index of one scope: its shards, and the sums over them that scores depend on.

A question is answered in two steps: its terms are looked up in each shard, and their document
frequencies and the lengths of passages added up over the scope; then each shard scores its
passages with those sums, and the best are merged. So it does not matter how documents are cut
into shards, and what lies outside the scope has no part in any score.

Character n-grams have by far the most postings. Up to `EXACT_UP_TO` passages they are stored,
and all terms of a question rank all passages. In a larger scope words and pairs choose
passages, which are then ranked by all terms with the same statistics (`ranking`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.core.corpus import NameGroup
from bot.core.documents import Document, Passage, Span
from bot.retrieval.shard.arrays import Doubles, Floats, Frequencies, Integers, Offsets
from bot.retrieval.shard.bm25 import Bm25, gains
from bot.retrieval.shard.lexicon import Lexicon
from bot.retrieval.shard.lookup import Lookup, Term, TermKind
from bot.retrieval.shard.postings import Postings
from bot.retrieval.shard.shard import EXACT_UP_TO, Shard
from bot.retrieval.shard.top_k import DenseRow, padded_length, top_k
from bot.retrieval.shard.vectors import Meaning
from bot.retrieval.text.aliases import AliasTable, acronym_groups
from bot.retrieval.text.thesaurus import Phrase, thesaurus_table

DENSE_SHARE = 1 / 3
"""In a large scope, the share of passages from which a word's gains are a dense row. From a
quarter on it takes as long, and more memory."""

LANGUAGE_SHARE = 0.1
"""The share of passages from which a language is one of the scope's."""

_NO_PASSAGES: Integers = np.zeros(0, dtype=np.int32)
_NO_SCORES: Floats = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Hits:
    """Passages that share a term with the question, best first, with their scores."""

    passages: Integers
    scores: Floats

    def __len__(self) -> int:
        return len(self.passages)


class ScopedShard:
    """One shard as part of a scope: it scores its passages with the scope's statistics.

    `first` is the number in the scope of the shard's first passage, `first_document` that of
    its first document. `frequent` are the words with a dense row.
    """

    def __init__(
        self, shard: Shard, first: int, first_document: int, bm25: Bm25, frequent: Integers | None
    ) -> None:
        self.shard = shard
        self.first = first
        self.first_document = first_document
        self.norm = bm25.length_norm(shard.statistics.lengths)
        self._word_gains: Floats | None = None
        self._dense_rows: dict[int, DenseRow] = {}
        if frequent is not None:
            words = shard.word_postings
            # Words rank all passages of a large scope, so their gains are kept.
            kept = self._word_gains = gains(words.passages, words.frequencies, self.norm)
            for term in frequent.tolist():
                stretch, row = words.stretch(term), np.zeros(len(shard), dtype=np.float32)
                row[words.passages[stretch]] = kept[stretch]
                self._dense_rows[term] = DenseRow(row, float(row.max()))

    def postings(self, kind: TermKind) -> Postings:
        """The postings of one kind of terms."""
        if kind is TermKind.WORD:
            return self.shard.word_postings
        postings = self.shard.pair_postings if kind is TermKind.PAIR else self.shard.gram_postings
        if postings is None:
            raise ValueError("n-grams of so large a shard have no postings")
        return postings

    def gains_in(self, kind: TermKind, term: int, passages: Integers) -> Floats:
        """The gain (score without idf) of a term in each of `passages`; 0 where it is not."""
        return gains(passages, self.postings(kind).frequencies_in(term, passages), self.norm)

    def top(
        self, kinds: Sequence[TermKind], terms: Sequence[int], weights: Sequence[float], count: int
    ) -> Hits:
        """The `count` best passages that share a term, best first, ties by number.

        Numbers of passages and terms are the shard's; a term of -1 is none of its. Terms are
        distinct; no weight, in which the idf is included, is below 0. A passage's score is the
        sum of its terms' gains times their weights, in float32.
        """
        # A fixed order of addition, so that the order of words in a question changes no score.
        ordered = sorted(
            (kind, -term, weight)
            for kind, term, weight in zip(kinds, terms, weights, strict=True)
            if term >= 0
        )
        rows: list[tuple[float, DenseRow]] = []
        kept: list[tuple[Integers, Floats, float]] = []
        counted: list[tuple[Integers, Frequencies, float]] = []
        for kind, negative, weight in ordered:
            postings = self.postings(kind)
            stretch = postings.stretch(-negative)
            passages = postings.passages[stretch]
            if kind is not TermKind.WORD or self._word_gains is None:
                counted.append((passages, postings.frequencies[stretch], weight))
            elif -negative in self._dense_rows:
                rows.append((weight, self._dense_rows[-negative]))
            else:
                kept.append((passages, self._word_gains[stretch], weight))
        scores = self._sum_of_counted(counted)
        for passages, own_gains, weight in kept:
            np.add.at(scores, passages, own_gains * np.float32(weight))
        return Hits(*top_k(scores, count, rows))

    def _sum_of_counted(self, lists: Sequence[tuple[Integers, Frequencies, float]]) -> Floats:
        """The scores of terms whose gains are not kept, in an array of all passages."""
        size = padded_length(len(self.shard))
        if not lists:
            return np.zeros(size, dtype=np.float32)
        passages = np.concatenate([each[0] for each in lists])
        frequencies = np.concatenate([each[1] for each in lists])
        weights = np.repeat([each[2] for each in lists], [len(each[0]) for each in lists])
        scores = gains(passages, frequencies, self.norm) * weights
        return np.bincount(passages, scores, minlength=size).astype(np.float32)


class Index:
    """The passages of one scope, searchable by words, n-grams and pairs; immutable.

    Passages are numbered shard by shard.
    """

    def __init__(
        self,
        shards: Sequence[Shard],
        glossary: Sequence[NameGroup] = (),
        meaning: Meaning | None = None,
        *,
        exact_up_to: int = EXACT_UP_TO,
    ) -> None:
        """The index over `shards`, in whose documents the names of `glossary` may occur.

        Without `meaning`, questions are answered by words alone.
        """
        self.shards = tuple(shards)
        self.meaning = meaning
        self.size = sum(map(len, shards))
        self.is_exact = self.size <= exact_up_to
        self.bm25 = Bm25.of(shard.statistics.lengths for shard in shards)
        self._firsts = _sums([len(shard) for shard in shards])
        documents = _sums([len(shard.table.documents) for shard in shards])
        frequent = self._frequent_words()
        self.parts = tuple(
            ScopedShard(shard, self._firsts.item(place), documents.item(place), self.bm25, words)
            for place, (shard, words) in enumerate(zip(shards, frequent, strict=True))
        )
        self.lexicon = Lexicon(self.shards, self.size)
        learned = acronym_groups(pair for shard in shards for pair in shard.acronyms)
        self.aliases = AliasTable((*glossary, *learned))
        self.languages = self._languages()
        self._like_phrases: dict[tuple[str, int], Sequence[tuple[Phrase, int]]] = {}

    def _frequent_words(self) -> list[Integers | None]:
        """For each shard the words that a large share of a large scope's passages hold."""
        if self.is_exact:
            return [None] * len(self.shards)
        most = DENSE_SHARE * self.size
        lookup = self.lookup()
        for shard in self.shards:
            # A word with this share of the scope has it in one of the shards.
            counts = np.diff(shard.word_postings.starts)
            lookup.add_words(
                shard.words.string(number)
                for number in np.flatnonzero(counts > DENSE_SHARE * len(shard)).tolist()
            )
        frequent = [word for word in lookup.words if lookup.frequency(word) > most]
        return [row[row >= 0] for row in lookup.numbers_of_words(frequent)]

    def _languages(self) -> tuple[str, ...]:
        counts: Counter[str] = Counter()
        for shard in self.shards:
            table = shard.table
            numbers = np.bincount(
                np.asarray(table.columns.language, dtype=np.int32), minlength=len(table.languages)
            )
            counts.update(dict(zip(table.languages, numbers.tolist(), strict=True)))
        frequent = (
            language for language, count in counts.items() if count >= LANGUAGE_SHARE * self.size
        )
        return tuple(sorted(frequent, key=lambda language: (-counts[language], language)))

    def top(self, terms: Sequence[Term], numbers: Integers, weights: Doubles, count: int) -> Hits:
        """The `count` best passages that share one of `terms`, best first, ties by number.

        `numbers` has the number of each term in each shard (`Lookup.numbers`), `weights` the
        weight of each, in which the idf is included.
        """
        kinds, by_term = [term.kind for term in terms], weights.tolist()
        hits = [
            part.top(kinds, own.tolist(), by_term, count)
            for part, own in zip(self.parts, numbers, strict=True)
        ]
        passages = np.concatenate(
            [
                _NO_PASSAGES,
                *(
                    each.passages + np.int32(part.first)
                    for part, each in zip(self.parts, hits, strict=True)
                ),
            ]
        )
        scores = np.concatenate([_NO_SCORES, *(each.scores for each in hits)])
        best = np.lexsort((passages, -scores))[:count]
        return Hits(passages[best], scores[best])

    def lookup(self) -> Lookup:
        """A lookup for one question."""
        return Lookup(self.shards)

    def like_phrases(self, language: str, line: int) -> Sequence[tuple[Phrase, int]]:
        """The phrases of the documents in one line of a language's thesaurus, with families.

        They are sorted, and kept once they were looked for.
        """
        phrases = self._like_phrases.get((language, line))
        if phrases is None:
            phrases = self._like_phrases[language, line] = self._find_like_phrases(language, line)
        return phrases

    def _find_like_phrases(self, language: str, line: int) -> Sequence[tuple[Phrase, int]]:
        found: set[tuple[Phrase, int]] = set()
        for shard in self.shards:
            families, words = shard.thesaurus[language].of_line(line)
            forms = ((shard.words.string(word),) for word in words)
            found.update(zip(forms, families, strict=True))
        table, lookup = thesaurus_table(language), self.lookup()
        longer = () if table is None else table.longer.get(line, ())
        lookup.add_words(form for _, phrase in longer for form in phrase)
        found.update(
            (phrase, family) for family, phrase in longer if all(map(lookup.frequency, phrase))
        )
        return sorted(found)

    def idf(self, document_frequency: int) -> float:
        """The weight in nats of a term that so many passages hold."""
        df = document_frequency
        return math.log(1 + (self.size - df + 0.5) / (df + 0.5))

    def part_of(self, passages: npt.NDArray[np.integer]) -> Integers:
        """The place among `parts` of the shard that each passage is in."""
        return (self._firsts[1:].searchsorted(passages, side="right")).astype(np.int32)

    def passage(self, number: int) -> Passage:
        """The passage with that number."""
        part = self._part(number)
        return part.shard.table[number - part.first]

    def sentence(self, passage: int, number: int) -> Span:
        """The span of a sentence in its document, by its number within the passage."""
        part = self._part(passage)
        return part.shard.table.sentence(passage - part.first, number)

    def document(self, passage: int) -> Document:
        """The document of a passage."""
        part = self._part(passage)
        return part.shard.table.document_of(passage - part.first)

    def _part(self, passage: int) -> ScopedShard:
        return self.parts[int(self._firsts[1:].searchsorted(passage, side="right"))]


def _sums(sizes: Sequence[int]) -> Offsets:
    """Running sums, beginning with 0."""
    return np.cumsum([0, *sizes], dtype=np.int64)
