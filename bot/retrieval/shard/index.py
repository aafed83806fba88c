"""The index of one scope: its shards, and the sums over them that scores depend on.

A question is answered in two steps: its terms are looked up in each shard, and their document
frequencies and the lengths of passages added up over the scope; then each shard scores its
passages with those sums, in its stretch of one array, and the best are taken. So it does not
matter how documents are cut into shards, and what lies outside the scope has no part in any score.

Character n-grams have by far the most postings. Up to `EXACT_UP_TO` passages they are stored,
and all terms of a question rank all passages. In a larger scope words and pairs choose
passages, which are then ranked by all terms with the same statistics (`ranking`).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.core.corpus import NameGroup
from bot.core.documents import Document, Passage, Span
from bot.retrieval.shard.arrays import Doubles, Floats, Frequencies, Integers, Offsets, Scalar
from bot.retrieval.shard.bm25 import Bm25, all_gains, gains
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

LACKING_SHARE = 0.01
"""The share of passages below which documents count as lacking a language: that of a very short
document is sometimes mistaken."""

_NO_LENGTHS: Offsets = np.zeros(0, dtype=np.int64)


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
    its first document. In a large scope, where words rank all passages, their gains are kept.
    """

    def __init__(
        self, shard: Shard, first: int, first_document: int, norm: Floats, *, keep_gains: bool
    ) -> None:
        """`norm` is the length norm of each passage of the shard."""
        self.shard = shard
        self.first = first
        self.first_document = first_document
        self._norm = norm
        words = shard.word_postings
        self._word_gains = (
            all_gains(words.passages, words.frequencies, norm) if keep_gains else None
        )

    def postings(self, kind: TermKind) -> Postings:
        """The postings of one kind of terms."""
        if kind is TermKind.WORD:
            return self.shard.word_postings
        postings = self.shard.pair_postings if kind is TermKind.PAIR else self.shard.gram_postings
        if postings is None:
            raise ValueError("n-grams of so large a shard have no postings")
        return postings

    def word_gains(self, term: int) -> tuple[Integers, Floats]:
        """The passages that hold a word and its gain in each, in a large scope."""
        if self._word_gains is None:
            raise ValueError("no gains are kept in so small a scope")
        stretch = self.shard.word_postings.stretch(term)
        return self.shard.word_postings.passages[stretch], self._word_gains[stretch]

    def add_scores(self, scores: Floats, terms: Iterable[tuple[TermKind, int, float]]) -> None:
        """Add to the score of each passage the gains of terms of the shard, times their weights."""
        kept: list[tuple[Integers, Floats, float]] = []
        counted: list[tuple[Integers, Frequencies, float]] = []
        # A fixed order of addition, so that the order of words in a question changes no score.
        for kind, term, weight in sorted(terms):
            if kind is TermKind.WORD and self._word_gains is not None:
                kept.append((*self.word_gains(term), weight))
            else:
                postings = self.postings(kind)
                stretch = postings.stretch(term)
                counted.append((postings.passages[stretch], postings.frequencies[stretch], weight))
        if kept:
            passages, own, weights = _concatenated(kept)
            np.add.at(scores, passages, own * weights)
        if counted:
            passages, frequencies, weights = _concatenated(counted)
            np.add.at(scores, passages, gains(passages, frequencies, self._norm) * weights)


def _concatenated(
    postings: Sequence[tuple[Integers, npt.NDArray[Scalar], float]],
) -> tuple[Integers, npt.NDArray[Scalar], Floats]:
    """Several terms' postings as one: most are so short that each call of NumPy counts."""
    passages, values, weights = zip(*postings, strict=True)
    sizes = [*map(len, passages)]
    return (
        np.concatenate(passages),
        np.concatenate(values),
        np.array(weights, dtype=np.float32).repeat(sizes),
    )


class Index:
    """The passages of one scope, searchable by words, n-grams and pairs; immutable.

    Passages are numbered shard by shard. `norm` is the length norm of each.
    """

    def __init__(
        self,
        shards: Sequence[Shard],
        glossary: Sequence[NameGroup] = (),
        meaning: Meaning | None = None,
        across: Meaning | None = None,
        *,
        exact_up_to: int = EXACT_UP_TO,
    ) -> None:
        """The index over `shards`, in whose documents the names of `glossary` may occur.

        Without `meaning`, questions are answered by words alone. `across` is for those in a
        language that the documents lack.
        """
        self.shards = tuple(shards)
        self.meaning = meaning
        self._across = tuple(each for each in (meaning, across) if each is not None)
        self.size = sum(map(len, shards))
        self.is_exact = self.size <= exact_up_to
        lengths = np.concatenate([_NO_LENGTHS, *(each.statistics.lengths for each in shards)])
        self.bm25 = Bm25.of(lengths)
        self.norm = self.bm25.length_norm(lengths)
        self._firsts = _sums([len(shard) for shard in shards])
        self._ends: list[int] = self._firsts[1:].tolist()
        documents = _sums([len(shard.table.documents) for shard in shards])
        self.parts = tuple(
            ScopedShard(shard, first, document, self.norm[first:end], keep_gains=not self.is_exact)
            for shard, first, end, document in zip(
                shards, self._firsts.tolist(), self._ends, documents.tolist(), strict=False
            )
        )
        self._dense_rows = {} if self.is_exact else self._find_dense_rows()
        self.lexicon = Lexicon(self.shards, self.size)
        learned = acronym_groups(pair for shard in shards for pair in shard.acronyms)
        self.aliases = AliasTable((*glossary, *learned))
        self.languages = self._languages(LANGUAGE_SHARE)
        self.written_in = self._languages(LACKING_SHARE)
        self._like_phrases: dict[tuple[str, int], Sequence[tuple[Phrase, int]]] = {}

    def _find_dense_rows(self) -> dict[str, DenseRow]:
        """The rows of the words that a large share of a large scope's passages hold."""
        lookup = self.lookup()
        for shard in self.shards:
            # A word with this share of the scope has it in one of the shards.
            counts = np.diff(shard.word_postings.starts)
            lookup.add_words(
                shard.words.string(number)
                for number in np.flatnonzero(counts > DENSE_SHARE * len(shard)).tolist()
            )
        most = DENSE_SHARE * self.size
        frequent = sorted(word for word in lookup.words if lookup.frequency(word) > most)
        rows = {}
        for word, numbers in zip(frequent, lookup.numbers_of_words(frequent).T, strict=True):
            row = np.zeros(self.size, dtype=np.float32)
            for part, number in zip(self.parts, numbers.tolist(), strict=True):
                if number >= 0:
                    passages, own = part.word_gains(number)
                    row[part.first + passages] = own
            rows[word] = DenseRow(row, float(row.max()))
        return rows

    def meaning_across(self, language: str) -> Meaning | None:
        """The vectors that a question in `language`, which the documents lack, is compared with."""
        for meaning in self._across:
            reads = meaning.encoder.reads
            if reads(language) and any(map(reads, self.languages)):
                return meaning
        return None

    def _languages(self, share: float) -> tuple[str, ...]:
        """The languages of at least this share of the passages, the commonest first."""
        counts: Counter[str] = Counter()
        for shard in self.shards:
            table = shard.table
            numbers = np.bincount(
                np.asarray(table.columns.language, dtype=np.int32), minlength=len(table.languages)
            )
            counts.update(dict(zip(table.languages, numbers.tolist(), strict=True)))
        frequent = (language for language, count in counts.items() if count >= share * self.size)
        return tuple(sorted(frequent, key=lambda language: (-counts[language], language)))

    def top(self, terms: Sequence[Term], numbers: Integers, weights: Doubles, count: int) -> Hits:
        """The `count` best passages that share one of `terms`, best first, ties by number.

        `numbers` has the number of each term in each shard (`Lookup.numbers`), `weights` the
        weight of each, in which the idf is included; none is below 0. Terms are distinct. A
        passage's score is the sum of its terms' gains times their weights, in float32.
        """
        frequent: dict[str, float] = {}
        others: list[int] = []
        for place, term in enumerate(terms):
            if term.kind is TermKind.WORD and term.text in self._dense_rows:
                frequent[term.text] = weights.item(place)
            else:
                others.append(place)
        kinds = [terms[place].kind for place in others]
        scores = self.scores(kinds, numbers[:, others], weights[others])
        # A fixed order of addition, as in each shard.
        rows = [(frequent[word], self._dense_rows[word]) for word in sorted(frequent)]
        return Hits(*top_k(scores, count, rows))

    def scores(self, kinds: Sequence[TermKind], numbers: Integers, weights: Doubles) -> Floats:
        """The score of each passage, and some zeros, by terms of these kinds and numbers."""
        scores = np.zeros(padded_length(self.size), dtype=np.float32)
        by_term = weights.tolist()
        for part, own in zip(self.parts, numbers.tolist(), strict=True):
            terms = zip(kinds, own, by_term, strict=True)
            part.add_scores(
                scores[part.first : part.first + len(part.shard)],
                [term for term in terms if term[1] >= 0],
            )
        return scores

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

    def document_number(self, passage: int) -> int:
        """The number of a passage's document in the scope."""
        part = self._part(passage)
        return part.first_document + part.shard.table.document_number_of(passage - part.first)

    def number_of(self, path: str, start: int) -> int:
        """The number of the passage of the document at `path` that begins at offset `start`.

        Raises LookupError if there is none.
        """
        for part in self.parts:
            table = part.shard.table
            for number, document in enumerate(table.documents):
                if document.path == path:
                    own = [n for n in table.range_of(number) if table[n].span.start == start]
                    return part.first + own[0]
        raise LookupError(path)

    def _part(self, passage: int) -> ScopedShard:
        # In a list of Python's, which finds one number in a tenth of the time.
        return self.parts[bisect_right(self._ends, passage)]


def _sums(sizes: Sequence[int]) -> Offsets:
    """Running sums, beginning with 0."""
    return np.cumsum([0, *sizes], dtype=np.int64)
