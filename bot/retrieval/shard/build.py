"""Building a shard: documents to the arrays of their index, as a pure function."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bot.core.document_arrays import documents_to_arrays
from bot.core.passages import PassageTable
from bot.retrieval.shard import counts
from bot.retrieval.shard.ngrams import NGrams
from bot.retrieval.shard.shard import EXACT_UP_TO, WITH_CAPITAL, Shard, Statistics, ThesaurusWords
from bot.retrieval.shard.spelling_tables import SpellingTables
from bot.retrieval.shard.store import write_arrays
from bot.retrieval.shard.tokens import acronyms, tokenise
from bot.retrieval.text.thesaurus import THESAURUS_LANGUAGES, listed_words, thesaurus_table


def write_shard(folder: Path, table: PassageTable) -> None:
    """Build the shard of `table` and write it as a new folder; raises OSError.

    A folder that is there already holds the same, and stays.
    """
    if not folder.is_dir():
        write_arrays(folder, {**documents_to_arrays(table), **build_shard(table).arrays()})


def build_shard(table: PassageTable) -> Shard:
    """The shard of the passages in `table`, in memory; it depends on nothing else."""
    tokenised = tokenise(table)
    tokens, strings = tokenised.tokens, tokenised.words
    ngrams, grams = NGrams.of(strings)
    words = counts.word_counts(tokens, len(strings))
    gram_postings = counts.gram_postings(ngrams, words) if len(table) <= EXACT_UP_TO else None
    pair_codes, pairs = counts.pair_postings(tokens)
    case = counts.word_case(tokens, len(strings))
    return Shard(
        table=table,
        words=tokenised.vocabulary,
        grams=grams,
        tokens=tokens,
        ngrams=ngrams,
        statistics=Statistics(
            lengths=counts.passage_lengths(tokens, ngrams),
            case=case,
            gram_frequencies=counts.gram_frequencies(ngrams, words)
            if gram_postings is None
            else np.diff(gram_postings.starts).astype(np.int32),
            pair_codes=pair_codes,
        ),
        word_postings=counts.postings_of(words),
        pair_postings=pairs,
        gram_postings=gram_postings,
        spelling=SpellingTables.of(strings, case == WITH_CAPITAL),
        thesaurus={
            language: _thesaurus_words(language, strings) for language in THESAURUS_LANGUAGES
        },
        acronyms=tuple(dict.fromkeys(acronyms(table))),
    )


def _thesaurus_words(language: str, words: tuple[str, ...]) -> ThesaurusWords:
    thesaurus = thesaurus_table(language)
    rows = () if thesaurus is None else listed_words(thesaurus, words)
    table = np.array([*rows], dtype=np.int32).reshape(-1, 3)
    return ThesaurusWords(*(np.ascontiguousarray(column) for column in table.T))
