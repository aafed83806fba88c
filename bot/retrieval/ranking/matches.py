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
from bot.retrieval.shard.arrays import Floats, Integers, Offsets, concatenated_ranges
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
    sentence_counts = [each.sentence_count for each in matches]
    sentences = sum(sentence_counts)
    first_passage = first_sentence = first_heading = first_row = 0
    passage, heading, row, text, pair_sentence = [], [], [], [], []
    for each, count in zip(matches, sentence_counts, strict=True):
        tokens = each.tokens
        passage.append(each.passage + np.int32(first_passage))
        heading.append(each.heading + np.int32(first_heading))
        row.append(tokens.row + np.int32(first_row))
        is_heading = tokens.text >= count
        shift = np.where(is_heading, sentences + first_heading - count, first_sentence)
        text.append((tokens.text + shift).astype(np.int32))
        pair_sentence.append(each.pair_sentence + np.int32(first_sentence))
        first_passage += each.passage_count
        first_sentence += count
        first_heading += len(each.frequency) - count
        first_row += len(tokens.named)
    counted = zip(matches, sentence_counts, strict=True)
    return PassageMatches(
        passage_count=first_passage,
        passage=np.concatenate(passage),
        number=np.concatenate([each.number for each in matches]),
        length=np.concatenate([each.length for each in matches]),
        heading=np.concatenate(heading),
        frequency=np.concatenate(
            [each.frequency[:count] for each, count in counted]
            + [each.frequency[count:] for each, count in zip(matches, sentence_counts, strict=True)]
        ),
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
    tokens, scratch = shard.tokens, shard.scratch
    passage, number, start, length = _sentences(tokens, passages)
    headings, heading = _headings(tokens, passages)
    heading_start = tokens.above_starts[headings]
    heading_length = tokens.above_starts[headings + 1] - heading_start
    # Tokens of sentences come first, then those of headings, which lie in an array of their own.
    places = concatenated_ranges(start, length)
    above = tokens.above.take(concatenated_ranges(heading_start, heading_length))
    sizes = np.concatenate([length, heading_length])
    text = np.arange(len(sizes), dtype=np.int32).repeat(sizes)
    hit, word = scratch.intersect(
        np.concatenate([tokens.word.take(places), above]), _matching_words(shard, local)
    )
    text = text.take(hit)
    distinct, row = scratch.distinct(word)
    named_row = scratch.rows(distinct, local.named)
    named = np.full(len(distinct), -1, dtype=np.int32)
    known = (named_row >= 0).nonzero()[0]
    named[named_row[known]] = known
    matching = MatchingTokens(
        named=named,
        gram_count=shard.ngrams.sizes.take(distinct),
        row=row,
        text=text,
        table=_table(shard, local, distinct),
    )
    bounds = np.zeros(len(sizes) + 1, dtype=np.int32)
    np.bincount(text, minlength=len(sizes)).cumsum(out=bounds[1:])
    place = places.take(hit[: bounds[len(start)]])
    pair, pair_sentence = _pairs(tokens, query, local, matching, place, start + length)
    return PassageMatches(
        passage_count=len(passages),
        passage=passage,
        number=number,
        length=length,
        heading=heading,
        frequency=_frequency(matching, bounds),
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


def _table(shard: Shard, local: _LocalQuery, words: Integers) -> Floats:
    """Which of `words`, which are distinct, is or has which term: 1 or 0, a row for each word."""
    ngrams, count = shard.ngrams, len(local.words)
    table = np.zeros((len(words), count), dtype=np.float32)
    cells = table.reshape(-1)
    sizes = ngrams.sizes.take(words)
    word_grams = ngrams.grams.take(concatenated_ranges(ngrams.gram_starts.take(words), sizes))
    grams = (local.grams >= 0).nonzero()[0]
    place = shard.scratch.places_of_grams(local.grams[grams], word_grams)
    hit = (place >= 0).nonzero()[0]
    cell = (np.arange(len(words)) * count).repeat(sizes)
    cells[cell.take(hit) + grams.take(place.take(hit))] = 1.0
    column = (local.words >= 0).nonzero()[0]
    row = shard.scratch.rows(words, local.words[column])
    known = (row >= 0).nonzero()[0]
    cells[row[known] * count + column[known]] = 1.0
    return table


def _frequency(matching: MatchingTokens, bounds: Integers) -> Floats:
    """The frequency of each term in each text; the tokens of text `t` begin at `bounds[t]`."""
    frequency = np.zeros((len(bounds) - 1, matching.table.shape[1]), dtype=np.float32)
    filled = (bounds[1:] > bounds[:-1]).nonzero()[0]
    if len(filled):
        rows = matching.table.take(matching.row, axis=0)
        frequency[filled] = np.add.reduceat(rows, bounds.take(filled), axis=0)
    return frequency


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
