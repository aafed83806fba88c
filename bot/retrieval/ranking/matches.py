"""Matches: the terms of a question in each sentence of some passages.

Most tokens of a passage share nothing with a question. The words of the vocabulary that do can
be listed from the question alone, so only the few tokens that match are examined.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.retrieval.query.query import Query
from bot.retrieval.shard.arrays import Floats, Integers, Offsets, concatenated_ranges, sum_rows
from bot.retrieval.shard.index import Index
from bot.retrieval.shard.tokens import JOINED, Tokens

_NONE: Integers = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class MatchingTokens:
    """Tokens that share a term or an n-gram with a question.

    Token `i` is the word `words[row[i]]` and stands in the text `text[i]`, a sentence or a
    heading; texts ascend. `table[r, t]` is 1 where word `r` is or has the question's term number
    `t`, else 0.
    """

    words: Integers
    row: Integers
    text: Integers
    table: Floats


@dataclass(frozen=True, slots=True)
class PassageMatches:
    """Some passages, and which terms of a question their sentences and headings hold.

    Sentence `i` is number `number[i]` of the passage at `passage[i]`, an ascending place among
    the `passage_count` passages, and has `length[i]` tokens, at least one. `frequency[i, t]` is
    how often it holds the question's term `t`, pairs left out. The texts above passages (title
    and headings) have the rows of `frequency` behind all sentences, one for each distinct text;
    `heading[p]` is that of the passage at `p`, counted from the first of them.

    The question's pair of words number `pair[j]` stands in the sentence `pair_sentence[j]`.
    """

    passage_count: int
    passage: Integers
    number: Offsets
    length: Offsets
    heading: Integers
    frequency: Floats
    tokens: MatchingTokens
    pair: Integers
    pair_sentence: Integers

    @property
    def sentence_count(self) -> int:
        """How many sentences with words there are."""
        return len(self.passage)

    def passage_frequency(self) -> Floats:
        """How often each passage, with the text above it, holds each term, pairs left out."""
        count = self.sentence_count
        total = self.frequency[count:][self.heading]
        if count:
            starts = np.flatnonzero(np.append(True, self.passage[1:] != self.passage[:-1]))
            total[self.passage[starts]] += np.add.reduceat(self.frequency[:count], starts, axis=0)
        return total

    def subset(self, places: Offsets) -> PassageMatches:
        """The passages at `places`, in that order."""
        bounds = np.searchsorted(self.passage, np.arange(self.passage_count + 1))
        sizes = np.diff(bounds)[places]
        rows = concatenated_ranges(bounds[places], sizes)
        count = self.sentence_count
        # Heading rows keep their order after the chosen sentences; dropped sentences map to -1.
        new_row = np.full(len(self.frequency), -1, dtype=np.int32)
        new_row[rows] = np.arange(len(rows), dtype=np.int32)
        new_row[count:] = np.arange(len(rows), len(rows) + len(new_row) - count, dtype=np.int32)
        tokens = self.tokens
        text = new_row[tokens.text]
        token_rows = np.flatnonzero(text >= 0)
        pair_sentence = new_row[self.pair_sentence]
        return PassageMatches(
            passage_count=len(places),
            passage=np.repeat(np.arange(len(places), dtype=np.int32), sizes),
            number=self.number[rows],
            length=self.length[rows],
            heading=self.heading[places],
            frequency=np.concatenate([self.frequency[rows], self.frequency[count:]]),
            tokens=MatchingTokens(
                tokens.words, tokens.row[token_rows], text[token_rows], tokens.table
            ),
            pair=self.pair[pair_sentence >= 0],
            pair_sentence=pair_sentence[pair_sentence >= 0],
        )


def match_passages(index: Index, query: Query, passages: npt.NDArray[np.integer]) -> PassageMatches:
    """The matches of `query` in the passages with these numbers."""
    tokens = index.tokens
    passage, number, start, length = _sentences(tokens, passages)
    headings, heading = _headings(tokens, passages)
    heading_start = tokens.above_starts[headings]
    heading_length = tokens.above_starts[headings + 1] - heading_start
    # Tokens of sentences come first, then those of headings, which lie in an array of their own.
    places = concatenated_ranges(start, length)
    above = tokens.above.take(concatenated_ranges(heading_start, heading_length))
    sizes = np.concatenate([length, heading_length])
    text = np.arange(len(sizes), dtype=np.int32).repeat(sizes)
    hit, word = index.scratch.intersect(
        np.concatenate([tokens.word.take(places), above]), _matching_words(index, query)
    )
    text = text.take(hit)
    distinct, row = index.scratch.distinct(word)
    matching = MatchingTokens(distinct, row, text, _table(index, query, distinct))
    bounds = np.zeros(len(sizes) + 1, dtype=np.int32)
    np.bincount(text, minlength=len(sizes)).cumsum(out=bounds[1:])
    place = places.take(hit[: bounds[len(start)]])
    pair, pair_sentence = _pairs(index, query, matching, place, start + length)
    return PassageMatches(
        passage_count=len(passages),
        passage=passage,
        number=number,
        length=length,
        heading=heading,
        frequency=sum_rows(matching.table, row, bounds),
        tokens=matching,
        pair=pair,
        pair_sentence=pair_sentence,
    )


def _sentences(
    tokens: Tokens, passages: npt.NDArray[np.integer]
) -> tuple[Integers, Offsets, Offsets, Offsets]:
    """For each sentence with words: its passage's place, its number, its start and length.

    Start and length are in tokens of the corpus.
    """
    first = tokens.sentences[passages]
    counts = tokens.sentences[passages + 1] - first
    sentence = concatenated_ranges(first, counts)
    passage = np.repeat(np.arange(len(passages), dtype=np.int32), counts)
    number = sentence - first[passage]
    start = tokens.starts[sentence]
    length = tokens.starts[sentence + 1] - start
    if not length.all():
        with_words = np.flatnonzero(length)
        return passage[with_words], number[with_words], start[with_words], length[with_words]
    return passage, number, start, length


def _headings(tokens: Tokens, passages: npt.NDArray[np.integer]) -> tuple[Offsets, Integers]:
    """The distinct headings over some passages, and the place of each passage's among them."""
    each = tokens.heading[passages].tolist()
    place = {heading: number for number, heading in enumerate(dict.fromkeys(each))}
    heading = np.array([place[number] for number in each], dtype=np.int32)
    return np.array(list(place), dtype=np.int64), heading


def _matching_words(index: Index, query: Query) -> Integers:
    """The words that are terms or alternatives of the question, or share an n-gram with one."""
    terms, starts = query.terms, index.ngrams.word_starts
    words, pairs = terms < index.gram_offset, terms >= index.pair_offset
    grams = terms[~(words | pairs)] - index.gram_offset
    alternatives = [number for each in query.alternatives for number in each.numbers]
    column = index.ngrams.words
    stretches = zip(starts[grams].tolist(), starts[grams + 1].tolist(), strict=True)
    return np.concatenate(
        [
            terms[words].astype(np.int32),
            np.array(alternatives, dtype=np.int32),
            *[column[start:end] for start, end in stretches],
        ]
    )


def _table(index: Index, query: Query, words: Integers) -> Floats:
    """Which of `words`, which are distinct, is or has which term: 1 or 0, a row for each word."""
    ngrams, terms = index.ngrams, query.terms
    table = np.zeros((len(words), len(terms)), dtype=np.float32)
    cells = table.reshape(-1)
    sizes = ngrams.sizes.take(words)
    word_grams = ngrams.grams.take(concatenated_ranges(ngrams.gram_starts.take(words), sizes))
    grams = ((terms >= index.gram_offset) & (terms < index.pair_offset)).nonzero()[0]
    place = index.scratch.places_of_grams(terms[grams] - index.gram_offset, word_grams)
    hit = (place >= 0).nonzero()[0]
    cell = (np.arange(len(words)) * len(terms)).repeat(sizes)
    cells[cell.take(hit) + grams.take(place.take(hit))] = 1.0
    column = (terms < index.gram_offset).nonzero()[0]
    row = index.scratch.rows(words, terms[column])
    known = (row >= 0).nonzero()[0]
    cells[row[known] * len(terms) + column[known]] = 1.0
    return table


def _pairs(
    index: Index, query: Query, matching: MatchingTokens, place: Offsets, ends: Offsets
) -> tuple[Integers, Integers]:
    """The question's pairs of words that stand in sentences: number of the pair, and sentence.

    Matching token `i` is token `place[i]` of the corpus; those of headings come after these and
    are left out. Sentence `s` ends before token `ends[s]`. The extra words of hyphen compounds
    stand between no two words, so they are skipped.
    """
    if not query.pairs:
        return _NONE, _NONE
    tokens = index.tokens
    first = np.array([one for one, _, _ in query.pairs], dtype=np.int64)
    first_row = index.scratch.rows(matching.words, first)
    row = matching.row[: len(place)]
    hits = [(row == each).nonzero()[0] for each in first_row[first_row >= 0].tolist()]
    if not hits:
        return _NONE, _NONE
    hit = np.concatenate(hits)
    pair = (first_row >= 0).nonzero()[0].repeat([len(each) for each in hits])
    place, sentence = place[hit], matching.text[hit]
    after = place + 1
    last = ends[sentence] - 1
    after += tokens.marks[np.minimum(after, last)] & JOINED != 0
    plain = (tokens.marks[place] & JOINED == 0) & (after <= last)
    candidates = plain.nonzero()[0]
    second = np.array([other for _, other, _ in query.pairs], dtype=np.int64)
    follows = candidates[tokens.word[after[candidates]] == second[pair[candidates]]]
    return pair[follows].astype(np.int32), sentence[follows]
