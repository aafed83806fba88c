"""Documents and corpora made of paragraphs, for tests that need no files."""

from bot.core.corpus import Corpus
from bot.core.documents import Block, Document, Source, Span
from bot.core.passages import DocumentPassages, PassageTable
from bot.ingest.segment import passages


def document(path: str, *paragraphs: str, title: str | None = None) -> Document:
    """A document of these paragraphs; its title is its path if no other is given."""
    blocks, start = [], 0
    for paragraph in paragraphs:
        blocks.append(Block(Span(start, start + len(paragraph))))
        start += len(paragraph) + 2
    text = "\n\n".join(paragraphs)
    return Document(path, "main", path, Source(title or path), text, tuple(blocks))


def corpus(*documents: Document) -> Corpus:
    """The corpus of these documents."""
    tables = [PassageTable.of_one_document(each, passages(each)) for each in documents]
    return Corpus((PassageTable.concatenate(DocumentPassages(table, 0) for table in tables),))
