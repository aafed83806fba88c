"""Matches: the terms of a question in each sentence of some passages.

Most tokens of a passage share nothing with a question. The words of a shard's vocabulary that do
can be listed from the question alone, so only the few tokens that match are examined. Each shard
is searched by itself; what is found is numbered by the question's terms, and joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bot.retrieval.query.query import Query
from bot.retrieval.shard.arrays import (
    Floats,
    Integers,
    Offsets,
    concatenated_ranges,
    offsets,
)
from bot.retrieval.shard.index import Index
from bot.retrieval.shard.lookup import TermKind
from bot.retrieval.shard.shard import Shard
from bot.retrieval.shard.tokens import JOINED, Tokens

_NONE: Integers = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class MatchingTokens:
    """Tokens that share a term or an n-gram with a question, and the distinct words they are.

    Token `i` is the word of row `row[i]` and stands in the text `text[i]`, a sentence or a
    heading. The word of row `r` is number `named[r]` of the question's named words (-1 for none),
    it has `gram_count[r]` n-grams, and `table[r, t]` is 1 where it is or has the question's term
    number `t`, else 0.
    """

    named: Integers
    gram_count: Integers
    row: Integers
    text: Integers
    table: Floats


@dataclass(frozen=True, slots=True)
class PassageMatches:
    """Some passages, and which terms of a question their sentences and headings hold.

    Sentence `i` is number `number[i]` of the passage at `passage[i]`, an ascending place among
    the `passage_count` passages, and has `length[i]` tokens, at least one. The `heading_count`
    distinct texts above passages (title and headings) are texts, too, numbered behind all
    sentences; `heading[p]` is that of the passage at `p`, counted from the first of them.

    The question's term `term[j]` stands in the text `term_text[j]`, pairs left out; one that a
    text holds twice comes twice. Its pair of words number `pair[j]` stands in the sentence
    `pair_sentence[j]`.
    """

    passage_count: int
    passage: Integers
    number: Offsets
    length: Offsets
    heading: Integers
    heading_count: int
    term: Integers
    term_text: Integers
    tokens: MatchingTokens
    pair: Integers
    pair_sentence: Integers

    @property
    def sentence_count(self) -> int:
        """How many sentences with words there are."""
        return len(self.passage)

    @property
    def text_count(self) -> int:
        """How many sentences and headings there are."""
        return self.sentence_count + self.heading_count

    def frequency(self) -> Floats:
        """How often each text holds each term, pairs left out: a row for each text."""
        return self._counts(self.term_text, self.term, self.text_count)

    def passage_frequency(self) -> Floats:
        """How often each passage, with the text above it, holds each term, pairs left out."""
        own = (self.term_text < self.sentence_count).nonzero()[0]
        above = (self.term_text >= self.sentence_count).nonzero()[0]
        heading = self.term_text.take(above) - self.sentence_count
        of_headings = self._counts(heading, self.term.take(above), self.heading_count)
        passage = self.passage.take(self.term_text.take(own))
        return of_headings[self.heading] + self._counts(
            passage, self.term.take(own), self.passage_count
        )

    def _counts(self, rows: Integers, terms: Integers, count: int) -> Floats:
        """How often each term occurs in each of `count` rows."""
        columns = self.tokens.table.shape[1]
        counts = np.bincount(rows * columns + terms, minlength=count * columns)
        return counts.astype(np.float32).reshape(count, columns)

    def subset(self, places: Offsets) -> PassageMatches:
        """The passages at `places`, in that order."""
        bounds = np.searchsorted(self.passage, np.arange(self.passage_count + 1))
        sizes = np.diff(bounds)[places]
        rows = concatenated_ranges(bounds[places], sizes)
        count = self.sentence_count
        # Headings keep their order after the chosen sentences; dropped sentences map to -1.
        new_text = np.full(self.text_count, -1, dtype=np.int32)
        new_text[rows] = np.arange(len(rows), dtype=np.int32)
        new_text[count:] = np.arange(len(rows), len(rows) + self.heading_count, dtype=np.int32)
        tokens = self.tokens
        text, term_text = new_text[tokens.text], new_text[self.term_text]
        token_rows = np.flatnonzero(text >= 0)
        pair_sentence = new_text[self.pair_sentence]
        return replace(
            self,
            passage_count=len(places),
            passage=np.repeat(np.arange(len(places), dtype=np.int32), sizes),
            number=self.number[rows],
            length=self.length[rows],
            heading=self.heading[places],
            term=self.term[term_text >= 0],
            term_text=term_text[term_text >= 0],
            tokens=replace(tokens, row=tokens.row[token_rows], text=text[token_rows]),
            pair=self.pair[pair_sentence >= 0],
            pair_sentence=pair_sentence[pair_sentence >= 0],
        )


def match_passages(index: Index, query: Query, passages: npt.NDArray[np.integer]) -> PassageMatches:
    """The matches of `query` in the passages with these numbers, which ascend."""
    places, firsts = np.unique(index.part_of(passages), return_index=True)
    matches = []
    # Of no passage at all the matches are empty arrays, which any shard makes.
    for place, own in zip(places.tolist() or [0], np.split(passages, firsts[1:]), strict=True):
        part = index.parts[place]
        local = _LocalQuery.of(query, place)
        matches.append(_match_in_shard(part.shard, query, local, own - part.first))
    return matches[0] if len(matches) == 1 else _joined(matches)


@dataclass(frozen=True, slots=True)
class _LocalQuery:
    """A query's terms and named words as numbers of one shard, -1 for those it lacks."""

    words: Integers
    grams: Integers
    named: Integers

    @classmethod
    def of(cls, query: Query, place: int) -> _LocalQuery:
        terms = query.numbers[place]
        return cls(
            np.where(query.kinds == TermKind.WORD, terms, -1),
            np.where(query.kinds == TermKind.GRAM, terms, -1),
            query.named_numbers[place],
        )


def _joined(matches: Sequence[PassageMatches]) -> PassageMatches:
    """The matches of several shards as one: all sentences first, then all headings."""
    sentences = sum(each.sentence_count for each in matches)
    first_passage = first_sentence = first_heading = first_row = 0
    passage, heading, row, text, term_text, pair_sentence = [], [], [], [], [], []
    for each in matches:
        count = each.sentence_count
        new_text = np.arange(first_sentence, first_sentence + each.text_count, dtype=np.int32)
        new_text[count:] += np.int32(sentences + first_heading - first_sentence - count)
        passage.append(each.passage + np.int32(first_passage))
        heading.append(each.heading + np.int32(first_heading))
        row.append(each.tokens.row + np.int32(first_row))
        text.append(new_text.take(each.tokens.text))
        term_text.append(new_text.take(each.term_text))
        pair_sentence.append(new_text.take(each.pair_sentence))
        first_passage += each.passage_count
        first_sentence += count
        first_heading += each.heading_count
        first_row += len(each.tokens.named)
    return PassageMatches(
        passage_count=first_passage,
        passage=np.concatenate(passage),
        number=np.concatenate([each.number for each in matches]),
        length=np.concatenate([each.length for each in matches]),
        heading=np.concatenate(heading),
        heading_count=first_heading,
        term=np.concatenate([each.term for each in matches]),
        term_text=np.concatenate(term_text),
        tokens=MatchingTokens(
            named=np.concatenate([each.tokens.named for each in matches]),
            gram_count=np.concatenate([each.tokens.gram_count for each in matches]),
            row=np.concatenate(row),
            text=np.concatenate(text),
            table=np.concatenate([each.tokens.table for each in matches]),
        ),
        pair=np.concatenate([each.pair for each in matches]),
        pair_sentence=np.concatenate(pair_sentence),
    )


def _match_in_shard(
    shard: Shard, query: Query, local: _LocalQuery, passages: npt.NDArray[np.integer]
) -> PassageMatches:
    """The matches in passages of one shard, given by its own numbers."""
    tokens = shard.tokens
    passage, number, start, length = _sentences(tokens, passages)
    headings, heading = _headings(tokens, passages)
    heading_start = tokens.above_starts[headings]
    heading_length = tokens.above_starts[headings + 1] - heading_start
    # Tokens of sentences come first, then those of headings, which lie in an array of their own.
    places = concatenated_ranges(start, length)
    above = tokens.above.take(concatenated_ranges(heading_start, heading_length))
    sizes = np.concatenate([length, heading_length])
    hit, word = shard.scratch.intersect(
        np.concatenate([tokens.word.take(places), above]), _matching_words(shard, local)
    )
    text = np.arange(len(sizes), dtype=np.int32).repeat(sizes).take(hit)
    words, row = shard.scratch.distinct(word)
    word, term = _terms(shard, local, words)
    table = np.zeros((len(words), len(local.words)), dtype=np.float32)
    table[word, term] = 1.0
    matching = MatchingTokens(
        named=_named(shard, local, words),
        gram_count=shard.ngrams.sizes.take(words),
        row=row,
        text=text,
        table=table,
    )
    term_count = np.bincount(word, minlength=len(words))
    by_word = term.take(word.argsort(kind="stable"))
    counts = term_count.take(row)
    each = concatenated_ranges(offsets(term_count).take(row), counts)
    place = places.take(hit[: hit.searchsorted(len(places))])
    pair, pair_sentence = _pairs(tokens, query, local, matching, place, start + length)
    return PassageMatches(
        passage_count=len(passages),
        passage=passage,
        number=number,
        length=length,
        heading=heading,
        heading_count=len(headings),
        term=by_word.take(each),
        term_text=text.repeat(counts),
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


def _matching_words(shard: Shard, local: _LocalQuery) -> Integers:
    """The words that are terms or alternatives of the question, or share an n-gram with one."""
    starts, column = shard.ngrams.word_starts, shard.ngrams.words
    grams = local.grams[local.grams >= 0]
    stretches = zip(starts[grams].tolist(), starts[grams + 1].tolist(), strict=True)
    return np.concatenate(
        [
            local.words[local.words >= 0],
            local.named[local.named >= 0],
            *[column[start:end] for start, end in stretches],
        ]
    )


def _terms(shard: Shard, local: _LocalQuery, words: Integers) -> tuple[Integers, Integers]:
    """Which of `words`, the last distinct ones, is or has which term: the places of both."""
    ngrams = shard.ngrams
    sizes = ngrams.sizes.take(words)
    word_grams = ngrams.grams.take(concatenated_ranges(ngrams.gram_starts.take(words), sizes))
    grams = (local.grams >= 0).nonzero()[0]
    place = shard.scratch.places_of_grams(local.grams[grams], word_grams)
    hit = (place >= 0).nonzero()[0]
    word = np.arange(len(words), dtype=np.int32).repeat(sizes).take(hit)
    columns = (local.words >= 0).nonzero()[0]
    row = shard.scratch.rows(words, local.words[columns])
    known = (row >= 0).nonzero()[0]
    term = np.concatenate([grams.take(place.take(hit)), columns[known]])
    return np.concatenate([word, row[known]]), term.astype(np.int32)


def _named(shard: Shard, local: _LocalQuery, words: Integers) -> Integers:
    """The number of each of `words`, the last distinct ones, among the named; -1 for others."""
    row = shard.scratch.rows(words, local.named)
    named = np.full(len(words), -1, dtype=np.int32)
    known = (row >= 0).nonzero()[0]
    named[row[known]] = known
    return named


def _pairs(
    tokens: Tokens,
    query: Query,
    local: _LocalQuery,
    matching: MatchingTokens,
    place: Offsets,
    ends: Offsets,
) -> tuple[Integers, Integers]:
    """The question's pairs of words that stand in sentences: number of the pair, and sentence.

    Matching token `i` is token `place[i]` of the shard; those of headings come after these and
    are left out. Sentence `s` ends before token `ends[s]`. The extra words of hyphen compounds
    stand between no two words, so they are skipped.
    """
    row = matching.row[: len(place)]
    first_row = np.full(len(local.named), -1, dtype=np.int32)
    known = (matching.named >= 0).nonzero()[0]
    first_row[matching.named[known]] = known
    first = first_row[[pair.first for pair in query.pairs]]
    pair, hit = (first[:, None] == row).nonzero()
    if not len(hit):
        return _NONE, _NONE
    place, sentence = place[hit], matching.text[hit]
    after = place + 1
    last = ends[sentence] - 1
    after += tokens.marks[np.minimum(after, last)] & JOINED != 0
    plain = (tokens.marks[place] & JOINED == 0) & (after <= last)
    candidates = plain.nonzero()[0]
    second = local.named[[each.second for each in query.pairs]]
    follows = candidates[tokens.word[after[candidates]] == second[pair[candidates]]]
    return pair[follows].astype(np.int32), sentence[follows]
