"""The levels of silence are those of the corpus, however it came to be served."""

from functools import cache

from bot.core.corpus import Corpus, NameGroup
from bot.core.documents import Block, Document, Source, Span
from bot.core.passages import DocumentPassages, PassageTable
from bot.ingest.segment import passages
from bot.retrieval.answer.searcher import AnswerOptions, Searcher
from bot.retrieval.ranking.calibration import foreign_questions
from bot.retrieval.shard.index import EXACT_UP_TO

OPTIONS = AnswerOptions(calibration=tuple(foreign_questions("en")[:40]))
LINES = 2_500


@cache
def share(name: str, lines: int) -> DocumentPassages:
    blocks, start, text = [], 0, []
    for number in range(lines):
        line = f"The mill of village {name}{number} burnt in June."
        blocks.append(Block(Span(start, start + len(line))))
        text.append(line)
        start += len(line) + 1
    document = Document(f"{name}.txt", "main", name, Source(name), "\n".join(text), tuple(blocks))
    return DocumentPassages(PassageTable.of_one_document(document, passages(document)), 0)


def corpus(*more: DocumentPassages, glossary: tuple[NameGroup, ...] = ()) -> Corpus:
    shares = [*(share(name, LINES) for name in "abcdefghi"), *more]
    table = PassageTable.concatenate(shares)
    return Corpus(table.documents, table, glossary)


def test_a_small_change_of_a_large_corpus_has_the_levels_of_a_start_from_nothing() -> None:
    first = Searcher(corpus(), OPTIONS)
    assert len(first.corpus.passages) > EXACT_UP_TO
    second = Searcher(corpus(share("x", 100)), OPTIONS, first)
    third = Searcher(corpus(share("y", 100)), OPTIONS, second)
    assert third.thresholds == Searcher(corpus(share("y", 100)), OPTIONS).thresholds
    names = corpus(glossary=(NameGroup(("mill", "grinder")),))
    assert Searcher(names, OPTIONS, third).thresholds == Searcher(names, OPTIONS).thresholds


def test_a_part_has_levels_of_its_own() -> None:
    # Those of the whole would tell a room of what it may not see.
    part = corpus(share("x", 1))
    whole = Searcher(corpus(share("x", 1), share("y", 100)), OPTIONS)
    assert Searcher(part, OPTIONS, whole).thresholds == Searcher(part, OPTIONS).thresholds
