"""Documents, corpora and searchers, made of paragraphs or read from a folder."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from bot.core.corpus import Corpus, NameGroup
from bot.core.documents import Block, Document, Passage, Source, Span
from bot.core.passages import DocumentPassages, PassageTable
from bot.ingest.folder_record import NO_RECORD
from bot.ingest.formats import Limits
from bot.ingest.loader import FolderLoad, read_files
from bot.ingest.segment import passages
from bot.retrieval.answer.searcher import AnswerOptions, Searcher
from bot.retrieval.shard.build import build_shard
from bot.retrieval.shard.index import Index


def document(
    path: str, *paragraphs: str, title: str | None = None, collection: str = "main"
) -> Document:
    """A document of these paragraphs; its title is its path if no other is given."""
    blocks, start = [], 0
    for paragraph in paragraphs:
        blocks.append(Block(Span(start, start + len(paragraph))))
        start += len(paragraph) + 2
    text = "\n\n".join(paragraphs)
    return Document(path, collection, path, Source(title or path), text, tuple(blocks))


def table_of(passages: Iterable[Passage]) -> PassageTable:
    """The table of `passages`, in which those of one document are adjacent."""
    groups = (list(group) for _, group in groupby(passages, lambda passage: id(passage.document)))
    return PassageTable.concatenate(
        DocumentPassages(PassageTable.of_one_document(group[0].document, group), 0)
        for group in groups
    )


def table(*documents: Document) -> PassageTable:
    """The passages of these documents."""
    return PassageTable.concatenate(map(_passages, documents))


def corpus(*documents: Document, glossary: Sequence[NameGroup] = ()) -> Corpus:
    """The corpus of these documents, with one table for each collection."""
    return _corpus(map(_passages, documents), glossary)


def read_folder(folder: Path) -> Corpus:
    """The corpus of the files in a folder."""
    load = FolderLoad(folder, NO_RECORD, (), trust_times=False)
    _, read = read_files(load.unread, Limits())
    parts = (DocumentPassages(read, number) for number in range(len(read.documents)))
    return _corpus(parts, load.glossary)


def searcher(corpus: Corpus, options: AnswerOptions | None = None) -> Searcher:
    """A searcher of the whole corpus, with one shard for each of its tables."""
    index = Index([build_shard(each) for each in corpus.tables], corpus.names)
    return Searcher(corpus, index, options or AnswerOptions())


def _passages(document: Document) -> DocumentPassages:
    return DocumentPassages(PassageTable.of_one_document(document, passages(document)), 0)


def _corpus(parts: Iterable[DocumentPassages], glossary: Sequence[NameGroup]) -> Corpus:
    collections: dict[str, list[DocumentPassages]] = {}
    for part in parts:
        name = part.table.documents[part.number].collection
        collections.setdefault(name, []).append(part)
    return Corpus(tuple(map(PassageTable.concatenate, collections.values())), tuple(glossary))
