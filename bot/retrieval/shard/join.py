"""Joins small shards of a scope to one shard in memory.

A question costs some hundred calls of NumPy for each shard of its scope, however few passages the
shard has. So neighbouring small shards are joined when a scope is opened: their arrays are put
one behind the other, with the numbers of the vocabulary that they have together. The result is
the shard that `build_shard` makes of all their documents, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
from bot.retrieval.shard.postings import Postings
from bot.retrieval.shard.shard import (
    EXACT_UP_TO,
    WITH_CAPITAL,
    Shard,
    Statistics,
    ThesaurusWords,
)
from bot.retrieval.shard.spelling_keys import KeyTable
from bot.retrieval.shard.spelling_tables import SpellingTables
from bot.retrieval.shard.tokens import Tokens
from bot.retrieval.shard.vocabulary import Vocabulary
from bot.retrieval.text.thesaurus import THESAURUS_LANGUAGES

SMALL = 1_000
"""Passages up to which a shard is joined with others: what is joined is copied to memory."""


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
    return [run[0] if len(run) == 1 else joined(run) for run in runs]


def joined(shards: Sequence[Shard]) -> Shard:
    """The shard of the documents of `shards`, which have at most `EXACT_UP_TO` passages."""
    words, word = Vocabulary.merged([shard.words for shard in shards])
    grams, gram = Vocabulary.merged([shard.grams for shard in shards])
    first = np.unique(np.concatenate(word), return_index=True)[1]
    pair_codes, pair = _pair_codes([shard.statistics.pair_codes for shard in shards], word)
    firsts = offsets(np.array([*map(len, shards)]))
    word_postings = _postings([s.word_postings for s in shards], word, firsts, len(words))
    pair_postings = _postings([s.pair_postings for s in shards], pair, firsts, len(pair_codes))
    stored = [shard.gram_postings for shard in shards if shard.gram_postings is not None]
    gram_postings = _postings(stored, gram, firsts, len(grams))
    case = np.zeros(len(words), dtype=np.uint8)
    for shard, number in zip(shards, word, strict=True):
        case[number] |= shard.statistics.case
    return Shard(
        table=_table(shards),
        words=words,
        grams=grams,
        tokens=_tokens([shard.tokens for shard in shards], word),
        ngrams=_ngrams([shard.ngrams for shard in shards], gram, first, len(grams)),
        statistics=Statistics(
            lengths=np.concatenate([shard.statistics.lengths for shard in shards]),
            case=case,
            gram_frequencies=np.diff(gram_postings.starts).astype(np.int32),
            pair_codes=pair_codes,
        ),
        word_postings=word_postings,
        pair_postings=pair_postings,
        gram_postings=gram_postings,
        spelling=_spelling([shard.spelling for shard in shards], word, first, case == WITH_CAPITAL),
        thesaurus={
            language: _thesaurus([shard.thesaurus[language] for shard in shards], word)
            for language in THESAURUS_LANGUAGES
        },
        acronyms=tuple(dict.fromkeys(pair for shard in shards for pair in shard.acronyms)),
    )


def _table(shards: Sequence[Shard]) -> PassageTable:
    return PassageTable.concatenate(
        DocumentPassages(shard.table, number)
        for shard in shards
        for number in range(len(shard.table.documents))
    )


def _pair_codes(
    codes: Sequence[Offsets], words: Sequence[Integers]
) -> tuple[Offsets, list[Integers]]:
    """The codes of all pairs, and the number among them of each pair of a shard."""
    new = [
        number[own >> 32].astype(np.int64) << 32 | number[own & 0xFFFFFFFF]
        for own, number in zip(codes, words, strict=True)
    ]
    distinct, numbers = np.unique(np.concatenate(new), return_inverse=True)
    return distinct, split(numbers.astype(np.int32), codes)


def _postings(
    parts: Sequence[Postings], numbers: Sequence[Integers], firsts: Offsets, count: int
) -> Postings:
    """The postings of `count` terms. Term `t` of a part has the number `numbers[part][t]`."""
    sizes = np.zeros(count, dtype=np.int64)
    for part, number in zip(parts, numbers, strict=True):
        sizes[number] += np.diff(part.starts)
    starts = offsets(sizes)
    passages = np.zeros(starts[-1], dtype=np.int32)
    frequencies = np.zeros(len(passages), np.result_type(*(part.frequencies for part in parts)))
    # A term's postings in one part stand behind those in the parts before it, so they ascend.
    free = starts[:-1].copy()
    for part, number, first in zip(parts, numbers, firsts.tolist(), strict=False):
        own = np.diff(part.starts)
        places = concatenated_ranges(free[number], own)
        passages[places] = part.passages + np.int32(first)
        frequencies[places] = part.frequencies
        free[number] += own
    return Postings(starts, passages, frequencies)


def _tokens(parts: Sequence[Tokens], words: Sequence[Integers]) -> Tokens:
    firsts = offsets(np.array([len(part.above_starts) - 1 for part in parts])).tolist()
    return Tokens(
        word=np.concatenate([own[part.word] for own, part in zip(words, parts, strict=True)]),
        marks=np.concatenate([part.marks for part in parts]),
        starts=joined_offsets([part.starts for part in parts]),
        sentences=joined_offsets([part.sentences for part in parts]),
        above=np.concatenate([own[part.above] for own, part in zip(words, parts, strict=True)]),
        above_starts=joined_offsets([part.above_starts for part in parts]),
        heading=np.concatenate(
            [part.heading + np.int32(first) for part, first in zip(parts, firsts, strict=False)]
        ),
    )


def _ngrams(
    parts: Sequence[NGrams], grams: Sequence[Integers], first: Offsets, count: int
) -> NGrams:
    """The n-grams of the words, which are those at the places `first` among all of the parts."""
    every = np.concatenate([own[part.grams] for own, part in zip(grams, parts, strict=True)])
    starts = joined_offsets([part.gram_starts for part in parts])
    sizes = np.diff(starts)[first]
    chosen = every[concatenated_ranges(starts[first], sizes)]
    return NGrams.of_words(chosen, offsets(sizes), count)


def _spelling(
    parts: Sequence[SpellingTables], words: Sequence[Integers], first: Offsets, names: Flags
) -> SpellingTables:
    # A word has the same keys in all parts, so one of them is enough. But it may be a name in one
    # part and not in another.
    is_first = np.zeros(sum(map(len, words)), dtype=np.bool_)
    is_first[first] = True
    chosen, is_name = split(is_first, words), [names[own] for own in words]
    return SpellingTables(
        deletions=_keys([part.deletions for part in parts], words, chosen),
        skeletons=_keys([part.skeletons for part in parts], words, is_name),
        anagrams=_keys([part.anagrams for part in parts], words, chosen),
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
    rows = [
        np.stack([part.lines, part.families, own[part.words]], axis=1)
        for own, part in zip(words, parts, strict=True)
    ]
    return ThesaurusWords(*np.ascontiguousarray(np.unique(np.concatenate(rows), axis=0).T))
