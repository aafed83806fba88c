"""A corpus folder read and indexed in memory, for what measures the quality of replies."""

from collections.abc import Sequence
from pathlib import Path

from bot.core.corpus import Corpus
from bot.core.passages import DocumentPassages, PassageTable
from bot.ingest.folder_record import NO_RECORD
from bot.ingest.formats import Limits
from bot.ingest.loader import FolderLoad, read_files
from bot.meaning.encoder import Encoder
from bot.meaning.vectors import encode_passages
from bot.retrieval.answer.searcher import AnswerOptions, Searcher
from bot.retrieval.shard.build import build_shard
from bot.retrieval.shard.index import Index
from bot.retrieval.shard.vectors import Meaning


def read_corpus(folder: Path) -> Corpus:
    """The documents of a folder, a table for each collection."""
    load = FolderLoad(folder, NO_RECORD, (), trust_times=False)
    outcomes, table = read_files(load.unread, Limits())
    load.finish(outcomes)
    collections: dict[str, list[int]] = {}
    for number, document in enumerate(table.documents):
        collections.setdefault(document.collection, []).append(number)
    tables = (subset(table, numbers) for _, numbers in sorted(collections.items()))
    return Corpus(tuple(tables), load.glossary)


def subset(table: PassageTable, documents: Sequence[int]) -> PassageTable:
    """Some of the documents of `table`, by number."""
    return PassageTable.concatenate(DocumentPassages(table, number) for number in documents)


def searcher_of(corpus: Corpus, encoder: Encoder | None = None) -> Searcher:
    """The searcher over all of `corpus`, a shard for each table; without `encoder` by words."""
    meaning = None
    if encoder is not None:
        tables = [encode_passages(encoder, table, range(len(table))) for table in corpus.tables]
        meaning = Meaning(encoder, tables)
    index = Index([build_shard(table) for table in corpus.tables], corpus.names, meaning)
    return Searcher(corpus, index, AnswerOptions())
