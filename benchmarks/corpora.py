"""Generated corpora: passages of a seeded Zipf vocabulary, and questions to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.core.corpus import Corpus
from bot.core.documents import Block, Document, Passage, Source, Span
from bot.core.passages import PassageTable
from bot.ingest.segmenting import passages

_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
_PASSAGES_A_DOCUMENT = 50
_WORDS_A_SENTENCE = 18
_SENTENCES_A_PASSAGE = 5


@dataclass(frozen=True, slots=True)
class Generated:
    """A corpus and questions of eight words that stand together in one of its passages."""

    corpus: Corpus
    questions: tuple[str, ...]


def vocabulary(size: int, seed: int) -> list[str]:
    """`size` distinct pronounceable words, the same for the same seed."""
    random = np.random.default_rng(seed)
    found: dict[str, None] = {}
    while len(found) < size:
        length = int(random.integers(2, 5))
        found["".join(_SYLLABLES[i] for i in random.integers(0, len(_SYLLABLES), length))] = None
    return list(found)


def generate(size: int, questions: int = 200, seed: int = 7) -> Generated:
    """A corpus of `size` passages of some 90 words each, with questions to it."""
    random = np.random.default_rng(seed)
    words = vocabulary(max(2_000, min(size * 3, 300_000)), seed)
    weights = 1.0 / np.arange(1, len(words) + 1)
    weights /= weights.sum()
    made: list[Passage] = []
    documents: list[Document] = []
    asked: list[str] = []
    per_passage = _WORDS_A_SENTENCE * _SENTENCES_A_PASSAGE
    for start in range(0, size, _PASSAGES_A_DOCUMENT):
        count = min(_PASSAGES_A_DOCUMENT, size - start)
        drawn = random.choice(len(words), size=(count, per_passage), p=weights)
        paragraphs = [_paragraph([words[i] for i in row]) for row in drawn]
        document = _document(start, paragraphs)
        documents.append(document)
        made += passages(document)
        if len(asked) < questions:
            row = drawn[int(random.integers(count))]
            begin = int(random.integers(per_passage - 8))
            asked.append(" ".join(words[i] for i in row[begin : begin + 8]))
    while len(asked) < questions:
        asked.append(asked[len(asked) % max(len(asked), 1)])
    return Generated(Corpus(tuple(documents), PassageTable.of(made)), tuple(asked))


def _paragraph(words: list[str]) -> str:
    sentences = [
        " ".join(words[i : i + _WORDS_A_SENTENCE]).capitalize() + "."
        for i in range(0, len(words), _WORDS_A_SENTENCE)
    ]
    return " ".join(sentences)


def _document(number: int, paragraphs: list[str]) -> Document:
    text = "\n\n".join(paragraphs)
    blocks, place = [], 0
    for paragraph in paragraphs:
        blocks.append(Block(Span(place, place + len(paragraph))))
        place += len(paragraph) + 2
    path = f"generated/{number:08}.txt"
    return Document(path, "generated", path, Source(title=path), text, tuple(blocks))
