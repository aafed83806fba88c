"""Joins documents of several shards to one shard, without reading their texts anew.

Splitting texts into words and words into n-grams takes most of the time of building a shard, and
a shard has both. So where one document of a shard changed, the others are taken from the shard
before. And neighbouring small shards are joined when a scope is opened, since a question costs
some hundred calls of NumPy for each shard of its scope, however few passages the shard has.

Tokens and tables of words are put one behind the other, with the numbers of the vocabulary that
the documents have together; what counts them is counted anew. The result is the shard that
`build_shard` makes of these documents, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from bot.core.passages import DocumentPassages, PassageTable
from bot.retrieval.shard.arrays import (
    Flags,
    Integers,
    Offsets,
    concatenated_ranges,
    joined_offsets,
    offsets,
    split,
)
from bot.retrieval.shard.ngrams import NGrams
from bot.retrieval.shard.shard import EXACT_UP_TO, Shard, ThesaurusWords
from bot.retrieval.shard.spelling_keys import KeyTable
from bot.retrieval.shard.spelling_tables import SpellingTables, is_comparable, skeleton_keys
from bot.retrieval.shard.tokens import Tokens
from bot.retrieval.shard.vocabulary import Vocabulary
from bot.retrieval.text.thesaurus import THESAURUS_LANGUAGES

SMALL = 1_000
"""Passages up to which a shard is joined with others: what is joined is copied to memory."""

ShardDocument = tuple[Shard, int]
"""A shard, and the number of one of its documents."""


def join_small(shards: Iterable[Shard]) -> list[Shard]:
    """`shards` in order, with neighbours that are small joined.

    What is joined has fewer than `EXACT_UP_TO` passages, so that n-grams have postings in it.
    """
    runs: list[list[Shard]] = []
    free = -1  # less than any shard has, an empty one too
    for shard in shards:
        is_small = len(shard) <= SMALL
        if is_small and len(shard) < free:
            runs[-1].append(shard)
        else:
            runs.append([shard])
            free = EXACT_UP_TO if is_small else -1
        free -= len(shard)
    return [run[0] if len(run) == 1 else joined(_documents(run)) for run in runs]


def _documents(shards: Iterable[Shard]) -> list[ShardDocument]:
    return [(shard, number) for shard in shards for number in range(len(shard.table.documents))]


def joined(documents: Sequence[ShardDocument]) -> Shard:
    """The shard of some documents, in that order; each comes once, and there is at least one."""
    # SciPy, which it imports, would cost programs that join nothing 18 MB.
    from bot.retrieval.shard.build import counted_shard  # noqa: PLC0415

    shards = [*dict.fromkeys(shard for shard, _ in documents)]
    words, word = Vocabulary.merged([shard.words for shard in shards])
    tokens = _tokens([shard.tokens for shard in shards], word, _passages(shards, documents))
    words, kept = words.only(_is_among(len(words), tokens.word, tokens.above))
    tokens = replace(tokens, word=kept[tokens.word], above=kept[tokens.above])
    word = [kept[own] for own in word]
    # A word has the same n-grams and keys in all shards, so those of the first are taken.
    number, first = np.unique(np.concatenate([[-1], *word]), return_index=True)
    first = first[number >= 0] - 1
    grams, ngrams = _ngrams(shards, first)
    return counted_shard(
        PassageTable.concatenate(DocumentPassages(shard.table, n) for shard, n in documents),
        tokens,
        words,
        grams,
        ngrams,
        lambda names: _spelling([shard.spelling for shard in shards], word, first, words, names),
        {
            language: _thesaurus([shard.thesaurus[language] for shard in shards], word)
            for language in THESAURUS_LANGUAGES
        },
    )


def _passages(shards: Sequence[Shard], documents: Sequence[ShardDocument]) -> Offsets:
    """The passages of `documents` in order, numbered over all of `shards`."""
    firsts = dict(zip(shards, offsets(np.array([*map(len, shards)])).tolist(), strict=False))
    ranges = [(firsts[shard], shard.table.range_of(number)) for shard, number in documents]
    starts = np.array([first + own.start for first, own in ranges])
    return concatenated_ranges(starts, np.array([len(own) for _, own in ranges]))


def _is_among(count: int, *numbers: Integers | Offsets) -> Flags:
    """A flag for each number from 0 to `count`: whether it is among `numbers`."""
    is_among = np.zeros(count, dtype=np.bool_)
    for each in numbers:
        is_among[each] = True
    return is_among


def _tokens(parts: Sequence[Tokens], words: Sequence[Integers], passages: Offsets) -> Tokens:
    """The tokens of some passages, which are numbered over all parts."""
    firsts = offsets(np.array([len(part.above_starts) - 1 for part in parts])).tolist()
    sentences = joined_offsets([part.sentences for part in parts])
    starts = joined_offsets([part.starts for part in parts])
    above_starts = joined_offsets([part.above_starts for part in parts])
    heading = np.concatenate(
        [part.heading + np.int32(first) for part, first in zip(parts, firsts, strict=False)]
    )[passages]
    sentence_counts = np.diff(sentences)[passages]
    chosen = concatenated_ranges(sentences[passages], sentence_counts)
    sizes = np.diff(starts)[chosen]
    places = concatenated_ranges(starts[chosen], sizes)
    headings, first, row = np.unique(heading, return_index=True, return_inverse=True)
    order = first.argsort()
    headings = headings[order]
    above_sizes = np.diff(above_starts)[headings]
    numbered = [*zip(words, parts, strict=True)]
    return Tokens(
        word=np.concatenate([own[part.word] for own, part in numbered])[places],
        marks=np.concatenate([part.marks for part in parts])[places],
        starts=offsets(sizes),
        sentences=offsets(sentence_counts),
        above=np.concatenate([own[part.above] for own, part in numbered])[
            concatenated_ranges(above_starts[headings], above_sizes)
        ],
        above_starts=offsets(above_sizes),
        heading=order.argsort()[row].astype(np.int32),
    )


def _ngrams(shards: Sequence[Shard], first: Offsets) -> tuple[Vocabulary, NGrams]:
    """The n-grams of the words at the places `first` among those of all shards."""
    grams, gram = Vocabulary.merged([shard.grams for shard in shards])
    parts = [shard.ngrams for shard in shards]
    every = np.concatenate([own[part.grams] for own, part in zip(gram, parts, strict=True)])
    starts = joined_offsets([part.gram_starts for part in parts])
    sizes = np.diff(starts)[first]
    chosen = every[concatenated_ranges(starts[first], sizes)]
    grams, kept = grams.only(_is_among(len(grams), chosen))
    return grams, NGrams.of_words(kept[chosen], offsets(sizes), len(grams))


def _spelling(
    parts: Sequence[SpellingTables],
    numbers: Sequence[Integers],
    first: Offsets,
    words: Vocabulary,
    is_name: Flags,
) -> SpellingTables:
    chosen = split(_is_among(sum(map(len, numbers)), first), numbers)
    names = ((number, words.string(number)) for number in is_name.nonzero()[0].tolist())
    return SpellingTables(
        deletions=_keys([part.deletions for part in parts], numbers, chosen),
        # A word may be a name here and none in any of the shards, since not all is taken of them.
        skeletons=skeleton_keys((number, name) for number, name in names if is_comparable(name)),
        anagrams=_keys([part.anagrams for part in parts], numbers, chosen),
    )


def _keys(
    tables: Sequence[KeyTable], words: Sequence[Integers], chosen: Sequence[Flags]
) -> KeyTable:
    """The keys of the `chosen` words of each table."""
    keys, numbers = [], []
    for table, own, is_chosen in zip(tables, words, chosen, strict=True):
        kept = is_chosen[table.numbers]
        keys.append(table.keys[kept])
        numbers.append(own[table.numbers[kept]])
    return KeyTable.of(np.concatenate(keys), np.concatenate(numbers))


def _thesaurus(parts: Sequence[ThesaurusWords], words: Sequence[Integers]) -> ThesaurusWords:
    rows = np.concatenate(
        [
            np.stack([part.lines, part.families, own[part.words]], axis=1)
            for own, part in zip(words, parts, strict=True)
        ]
    )
    return ThesaurusWords(*np.ascontiguousarray(np.unique(rows[rows[:, 2] >= 0], axis=0).T))
