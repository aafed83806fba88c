"""Some passages, sentence by sentence, and what of a question's terms each holds.

Most words of a passage share nothing with a question. Which words of the vocabulary do is
known from the question alone; so of the thousands of tokens of the best passages only those
few are looked at further.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.retrieval.index import Index
from bot.retrieval.postings import Floats
from bot.retrieval.queries import Query
from bot.retrieval.tokens import JOINED, Integers, Number, Offsets, Tokens, spread


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
        chosen = spread(bounds[places], sizes)
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
    starts = tokens.passage_starts
    places = list(zip(starts[passages].tolist(), starts[passages + 1].tolist(), strict=True))
    above = [
        (int(tokens.above_starts[each]), int(tokens.above_starts[each + 1])) for each in heading
    ]
    sizes = np.append(length, [end - start for start, end in above]).astype(np.int64)
    owner = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    own, over = _pieces(tokens.word, places), _pieces(tokens.above, above)
    hit = index.scratch.marked(_touched(index, query), np.concatenate([own, over]))
    word, owner = np.concatenate([own, over])[hit], owner[hit]
    distinct, row = index.scratch.distinct(word)
    held = Held(distinct, row, owner, _table(index, query, distinct))
    bounds = np.searchsorted(owner, np.arange(len(sizes) + 1))
    ones = np.ones(len(row), dtype=np.float32)
    counted = sparse.csr_array((ones, row, bounds), shape=(len(sizes), len(distinct)))
    # Where in the corpus the tokens stand; headings, which hold no pairs, come last.
    held_here = slice(int(np.searchsorted(owner, len(start))))
    shift = start - (np.cumsum(length) - length)
    at = hit[held_here] + shift[owner[held_here]]
    pair_of, pair_in = _pairs(query, tokens, word[held_here], at, owner[held_here], start + length)
    return Looked(
        passages=len(passages),
        passage=passage,
        number=number,
        length=length,
        headed=headed,
        frequency=counted @ held.table,
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
    sentence = spread(first, counts)
    passage = np.repeat(np.arange(len(passages), dtype=np.int32), counts)
    number = sentence - first[passage]
    start = tokens.starts[sentence]
    length = tokens.starts[sentence + 1] - start
    if not length.all():
        worded = np.flatnonzero(length)
        return passage[worded], number[worded], start[worded], length[worded]
    return passage, number, start, length


def _headings(tokens: Tokens, passages: npt.NDArray[np.integer]) -> tuple[list[int], Integers]:
    """The distinct headings over some passages, and the place of each passage's among them."""
    each = tokens.heading[passages].tolist()
    place = {heading: number for number, heading in enumerate(dict.fromkeys(each))}
    return list(place), np.asarray([place[heading] for heading in each], dtype=np.int32)


def _pieces(
    column: npt.NDArray[Number], stretches: Sequence[tuple[int, int]]
) -> npt.NDArray[Number]:
    """Some stretches of a column after each other."""
    return np.concatenate([column[:0], *[column[start:end] for start, end in stretches]])


def _touched(index: Index, query: Query) -> Integers:
    """The words that are terms of the question or may be meant, or share an n-gram with one."""
    terms, starts = query.terms, index.pieces.word_starts
    words, pairs = terms < index.gram_offset, terms >= index.pair_offset
    grams = terms[~(words | pairs)] - index.gram_offset
    meant = [number for each in query.alternatives for number in each.numbers]
    stretches = list(zip(starts[grams].tolist(), starts[grams + 1].tolist(), strict=True))
    return np.concatenate(
        [terms[words], np.asarray(meant, dtype=np.int64), _pieces(index.pieces.words, stretches)],
        dtype=np.int32,
        casting="same_kind",
    )


def _table(index: Index, query: Query, words: Integers) -> Floats:
    """Which of `words`, which are distinct, is or has which term: 1 or 0, a row a word."""
    pieces, terms = index.pieces, query.terms
    table = np.zeros((len(words), len(terms)), dtype=np.float32)
    sizes = pieces.sizes[words]
    held = pieces.grams[spread(pieces.gram_starts[words], sizes)]
    grams = np.flatnonzero((terms >= index.gram_offset) & (terms < index.pair_offset))
    place = index.scratch.places_of_grams(terms[grams] - index.gram_offset, held)
    hit = np.flatnonzero(place >= 0)
    row = np.repeat(np.arange(len(words), dtype=np.int32), sizes)
    table[row[hit], grams[place[hit]]] = 1.0
    at = np.flatnonzero(terms < index.gram_offset)
    row = index.scratch.rows(words, terms[at])
    table[row[row >= 0], at[row >= 0]] = 1.0
    return table


def _pairs(
    query: Query, tokens: Tokens, word: Integers, at: Offsets, owner: Integers, ends: Offsets
) -> tuple[Integers, Integers]:
    """Which of the question's pairs stand in which sentence.

    Token `at[i]` of the corpus is `word[i]`, in the sentence `owner[i]`, which ends before
    token `ends[owner[i]]`. The extra words of hyphen compounds stand between no two words.
    """
    pairs = np.asarray(query.pairs, dtype=np.int64).reshape(-1, 3)
    which, place = np.nonzero(pairs[:, :1] == word)
    at, owner = at[place], owner[place]
    after = at + 1
    last = ends[owner] - 1
    after += tokens.marks[np.minimum(after, last)] & JOINED != 0
    plain = (tokens.marks[at] & JOINED == 0) & (after <= last)
    stands = np.flatnonzero(plain)
    stands = stands[tokens.word[after[stands]] == pairs[which[stands], 1]]
    return which[stands].astype(np.int32), owner[stands]
