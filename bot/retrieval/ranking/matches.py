"""Some passages, sentence by sentence, and what of a question's terms each holds.

Most words of a passage share nothing with a question. Which words of the vocabulary do is
known from the question alone; so of the thousands of tokens of the best passages only those
few are looked at further.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.retrieval.query.query import Query
from bot.retrieval.shard.arrays import (
    Floats,
    Integers,
    Offsets,
    concatenated_ranges,
    sum_rows,
)
from bot.retrieval.shard.index import Index
from bot.retrieval.shard.tokens import JOINED, Tokens

_NONE: Integers = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Held:
    """Tokens that share something with a question.

    Token `i` is the word `words[row[i]]`, and belongs to the sentence or the heading
    `owner[i]`; owners ascend. `table[r, t]` is 1 where word `r` is or has the question's
    term number `t`, else 0.
    """

    words: Integers
    row: Integers
    owner: Integers
    table: Floats


@dataclass(frozen=True, slots=True)
class Looked:
    """Some passages as a question sees them.

    Sentence `i`, one with words, is number `number[i]` of the passage at `passage[i]`, an
    ascending place among those looked at, and has `length[i]` tokens. `frequency[i, t]` is
    how often it holds the question's term `t` (pairs left out). What stands above passages
    comes after all sentences, a row of `frequency` for each distinct heading; `headed[p]`
    is that of the passage at `p`, counted from the first heading.

    `held` are the tokens that share something; `pair_of`, `pair_in` say which of the
    question's pairs of words stand in which sentence, once for each time.
    """

    passages: int
    passage: Integers
    number: Offsets
    length: Offsets
    headed: Integers
    frequency: Floats
    held: Held
    pair_of: Integers
    pair_in: Integers

    @property
    def sentences(self) -> int:
        """How many sentences with words there are."""
        return len(self.passage)

    def often(self) -> Floats:
        """How often each passage, with what stands above it, holds each term."""
        count = self.sentences
        found = self.frequency[count:][self.headed]
        if count:
            begins = np.flatnonzero(np.append(True, self.passage[1:] != self.passage[:-1]))
            found[self.passage[begins]] += np.add.reduceat(self.frequency[:count], begins, axis=0)
        return found

    def only(self, places: Offsets) -> Looked:
        """The passages at `places`, in that order."""
        bounds = np.searchsorted(self.passage, np.arange(self.passages + 1))
        sizes = np.diff(bounds)[places]
        chosen = concatenated_ranges(bounds[places], sizes)
        count = self.sentences
        # Headings stay as they are; sentences that are not chosen are nowhere.
        moved = np.full(len(self.frequency), -1, dtype=np.int32)
        moved[chosen] = np.arange(len(chosen), dtype=np.int32)
        moved[count:] = np.arange(len(chosen), len(chosen) + len(moved) - count, dtype=np.int32)
        held = self.held
        owner = moved[held.owner]
        kept = np.flatnonzero(owner >= 0)
        pair_in = moved[self.pair_in]
        return Looked(
            passages=len(places),
            passage=np.repeat(np.arange(len(places), dtype=np.int32), sizes),
            number=self.number[chosen],
            length=self.length[chosen],
            headed=self.headed[places],
            frequency=np.concatenate([self.frequency[chosen], self.frequency[count:]]),
            held=Held(held.words, held.row[kept], owner[kept], held.table),
            pair_of=self.pair_of[pair_in >= 0],
            pair_in=pair_in[pair_in >= 0],
        )


def look(index: Index, query: Query, passages: npt.NDArray[np.integer]) -> Looked:
    """The passages with these numbers, as `query` sees them."""
    tokens = index.tokens
    passage, number, start, length = _sentences(tokens, passages)
    heading, headed = _headings(tokens, passages)
    over = tokens.above_starts[heading]
    over_length = tokens.above_starts[heading + 1] - over
    # Where in the corpus the tokens stand; those of headings, which come last, elsewhere.
    places = concatenated_ranges(start, length)
    words = [tokens.word.take(places), tokens.above.take(concatenated_ranges(over, over_length))]
    sizes = np.concatenate([length, over_length])
    owner = np.arange(len(sizes), dtype=np.int32).repeat(sizes)
    hit, word = index.scratch.intersect(np.concatenate(words), _touched(index, query))
    owner = owner.take(hit)
    distinct, row = index.scratch.distinct(word)
    held = Held(distinct, row, owner, _table(index, query, distinct))
    bounds = np.zeros(len(sizes) + 1, dtype=np.int32)
    np.bincount(owner, minlength=len(sizes)).cumsum(out=bounds[1:])
    at = places.take(hit[: bounds[len(start)]])
    pair_of, pair_in = _pairs(index, query, held, at, start + length)
    return Looked(
        passages=len(passages),
        passage=passage,
        number=number,
        length=length,
        headed=headed,
        frequency=sum_rows(held.table, row, bounds),
        held=held,
        pair_of=pair_of,
        pair_in=pair_in,
    )


def _sentences(
    tokens: Tokens, passages: npt.NDArray[np.integer]
) -> tuple[Integers, Offsets, Offsets, Offsets]:
    """The sentences with words: the place of each one's passage, its number, start and length.

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
        worded = np.flatnonzero(length)
        return passage[worded], number[worded], start[worded], length[worded]
    return passage, number, start, length


def _headings(tokens: Tokens, passages: npt.NDArray[np.integer]) -> tuple[Offsets, Integers]:
    """The distinct headings over some passages, and the place of each passage's among them."""
    each = tokens.heading[passages].tolist()
    place = {heading: number for number, heading in enumerate(dict.fromkeys(each))}
    headed = np.array([place[heading] for heading in each], dtype=np.int32)
    return np.array(list(place), dtype=np.int64), headed


def _touched(index: Index, query: Query) -> Integers:
    """The words that are terms of the question or may be meant, or share an n-gram with one."""
    terms, starts = query.terms, index.ngrams.word_starts
    words, pairs = terms < index.gram_offset, terms >= index.pair_offset
    grams = terms[~(words | pairs)] - index.gram_offset
    meant = [number for each in query.alternatives for number in each.numbers]
    column = index.ngrams.words
    stretches = zip(starts[grams].tolist(), starts[grams + 1].tolist(), strict=True)
    return np.concatenate(
        [
            terms[words].astype(np.int32),
            np.array(meant, dtype=np.int32),
            *[column[start:end] for start, end in stretches],
        ]
    )


def _table(index: Index, query: Query, words: Integers) -> Floats:
    """Which of `words`, which are distinct, is or has which term: 1 or 0, a row a word."""
    ngrams, terms = index.ngrams, query.terms
    table = np.zeros((len(words), len(terms)), dtype=np.float32)
    cells = table.reshape(-1)
    sizes = ngrams.sizes.take(words)
    held = ngrams.grams.take(concatenated_ranges(ngrams.gram_starts.take(words), sizes))
    grams = ((terms >= index.gram_offset) & (terms < index.pair_offset)).nonzero()[0]
    place = index.scratch.places_of_grams(terms[grams] - index.gram_offset, held)
    hit = (place >= 0).nonzero()[0]
    cell = (np.arange(len(words)) * len(terms)).repeat(sizes)
    cells[cell.take(hit) + grams.take(place.take(hit))] = 1.0
    at = (terms < index.gram_offset).nonzero()[0]
    row = index.scratch.rows(words, terms[at])
    known = (row >= 0).nonzero()[0]
    cells[row[known] * len(terms) + at[known]] = 1.0
    return table


def _pairs(
    index: Index, query: Query, held: Held, at: Offsets, ends: Offsets
) -> tuple[Integers, Integers]:
    """Which of the question's pairs stand in which sentence.

    Token number `i` that is held is number `at[i]` of the corpus, and the sentence that owns
    it ends before token `ends[owner[i]]`; what is held above passages comes after those. The
    extra words of hyphen compounds stand between no two words.
    """
    if not query.pairs:
        return _NONE, _NONE
    tokens = index.tokens
    first = index.scratch.rows(held.words, np.array([one for one, _, _ in query.pairs], np.int64))
    row = held.row[: len(at)]
    found = [(row == each).nonzero()[0] for each in first[first >= 0].tolist()]
    if not found:
        return _NONE, _NONE
    place = np.concatenate(found)
    which = (first >= 0).nonzero()[0].repeat([len(each) for each in found])
    at, owner = at[place], held.owner[place]
    after = at + 1
    last = ends[owner] - 1
    after += tokens.marks[np.minimum(after, last)] & JOINED != 0
    plain = (tokens.marks[at] & JOINED == 0) & (after <= last)
    stands = plain.nonzero()[0]
    second = np.array([other for _, other, _ in query.pairs], dtype=np.int64)
    stands = stands[tokens.word[after[stands]] == second[which[stands]]]
    return which[stands].astype(np.int32), owner[stands]
