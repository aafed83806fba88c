"""Building a shard: documents to the arrays of their index, as a pure function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from bot.core.document_arrays import documents_to_arrays
from bot.core.passages import PassageTable
from bot.retrieval.shard import counts
from bot.retrieval.shard.arrays import Flags
from bot.retrieval.shard.ngrams import NGrams
from bot.retrieval.shard.numbered_parts import passages_by_number
from bot.retrieval.shard.shard import (
    EXACT_UP_TO,
    WITH_CAPITAL,
    Shard,
    Statistics,
    ThesaurusWords,
)
from bot.retrieval.shard.spelling_tables import SpellingTables
from bot.retrieval.shard.store import write_arrays
from bot.retrieval.shard.tokens import Tokens, acronyms, tokenise
from bot.retrieval.shard.vocabulary import Vocabulary
from bot.retrieval.text.thesaurus import THESAURUS_LANGUAGES, listed_words, thesaurus_table


def write_shard(folder: Path, shard: Shard) -> None:
    """Write a shard as a new folder; raises OSError.

    A folder that is there already holds the same, and stays.
    """
    write_arrays(folder, {**documents_to_arrays(shard.table), **shard.arrays()})


def build_shard(table: PassageTable) -> Shard:
    """The shard of the passages in `table`, in memory; it depends on nothing else."""
    tokenised = tokenise(table)
    tokens, strings = tokenised.tokens, tokenised.words
    ngrams, grams = NGrams.of(strings)
    return counted_shard(
        table,
        tokens,
        tokenised.vocabulary,
        grams,
        ngrams,
        lambda names: SpellingTables.of(strings, names),
        {language: _thesaurus_words(language, strings) for language in THESAURUS_LANGUAGES},
    )


def counted_shard(
    table: PassageTable,
    tokens: Tokens,
    words: Vocabulary,
    grams: Vocabulary,
    ngrams: NGrams,
    spelling: Callable[[Flags], SpellingTables],
    thesaurus: Mapping[str, ThesaurusWords],
) -> Shard:
    """The shard of the passages in `table`, given their tokens and what is known of their words.

    `spelling` makes the tables of spelling, given which words are names.
    """
    case = counts.word_case(tokens, len(words))
    matrix = counts.word_counts(tokens, len(words))
    gram_postings = counts.gram_postings(ngrams, matrix) if len(table) <= EXACT_UP_TO else None
    pair_codes, pairs = counts.pair_postings(tokens)
    return Shard(
        table=table,
        words=words,
        grams=grams,
        tokens=tokens,
        ngrams=ngrams,
        statistics=Statistics(
            lengths=counts.passage_lengths(tokens, ngrams),
            case=case,
            gram_frequencies=counts.gram_frequencies(ngrams, matrix)
            if gram_postings is None
            else np.diff(gram_postings.starts).astype(np.int32),
            pair_codes=pair_codes,
        ),
        word_postings=counts.postings_of(matrix),
        pair_postings=pairs,
        gram_postings=gram_postings,
        spelling=spelling(case == WITH_CAPITAL),
        thesaurus=thesaurus,
        acronyms=tuple(dict.fromkeys(acronyms(table))),
        numbered_passages=passages_by_number(table),
    )


def _thesaurus_words(language: str, words: tuple[str, ...]) -> ThesaurusWords:
    thesaurus = thesaurus_table(language)
    rows = () if thesaurus is None else listed_words(thesaurus, words)
    table = np.array([*rows], dtype=np.int32).reshape(-1, 3)
    return ThesaurusWords(*(np.ascontiguousarray(column) for column in table.T))
