"""Generated corpora: passages of a seeded Zipf vocabulary, and questions to them.

Words are drawn by the thousand passages, each such part with a seed of its own, so that a
million passages are made in a minute and no table of all words is ever held. Passages are
laid out by arithmetic, without looking for sentences or for the language: that is what
reading documents costs, and is measured where documents are read (`benchmarks/reloading.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.core.documents import Block, Document, Locator, Passage, Source, Span
from bot.core.passages import PassageTable
from tests.harness.documents import table_of

QUESTION_WORDS = 8
PASSAGES_A_DOCUMENT = 10
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
_WORDS_A_SENTENCE = 18
_SENTENCES_A_PASSAGE = 5
_WORDS_A_PASSAGE = _WORDS_A_SENTENCE * _SENTENCES_A_PASSAGE
_PART = 5_000
"""Passages drawn at once."""

_BATCH = 200
"""Documents in one table: as many as a build reads in one task."""

_BETWEEN = "\n\n"
_LARGEST_VOCABULARY = 300_000

Rows = npt.NDArray[np.int64]
"""Word numbers, a row for each passage."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The passages of a corpus as texts alone, and questions to them."""

    passages: tuple[str, ...]
    questions: tuple[str, ...]


def vocabulary(size: int, seed: int) -> list[str]:
    """`size` distinct pronounceable words, the same for the same seed."""
    random = np.random.default_rng(seed)
    found: dict[str, None] = {}
    while len(found) < size:
        lengths = random.integers(2, 5, size=size)
        syllables = random.integers(0, len(_SYLLABLES), size=(size, 4))
        for length, row in zip(lengths.tolist(), syllables.tolist(), strict=True):
            found["".join(_SYLLABLES[i] for i in row[:length])] = None
    return list(found)[:size]


class _Drawn:
    """Passages drawn part by part, and the questions to them, collected on the way."""

    def __init__(self, size: int, questions: int, seed: int) -> None:
        self._size, self._seed = size, seed
        count = max(2_000, min(size * 3, _LARGEST_VOCABULARY))
        plain = vocabulary(count, seed)
        # A word as it stands within a sentence, at its beginning and at its end.
        self.forms = [*plain, *(word.capitalize() for word in plain), *(f"{w}." for w in plain)]
        self._words = count
        self._rising = np.cumsum(1.0 / np.arange(1, count + 1))
        random = np.random.default_rng((seed, 0))
        self._of = random.integers(size, size=questions)
        self._begin = random.integers(_WORDS_A_PASSAGE - QUESTION_WORDS, size=questions)
        self._asked = [""] * questions

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions, once all parts have been drawn."""
        return tuple(self._asked)

    def parts(self) -> Iterator[tuple[int, Rows]]:
        """The number of a part's first passage, and the numbers of its forms."""
        for start in range(0, self._size, _PART):
            count = min(_PART, self._size - start)
            random = np.random.default_rng((self._seed, 1, start))
            drawn = random.random((count, _WORDS_A_PASSAGE)) * self._rising[-1]
            rows = np.searchsorted(self._rising, drawn, side="right")
            self._ask(start, rows)
            rows[:, ::_WORDS_A_SENTENCE] += self._words
            rows[:, _WORDS_A_SENTENCE - 1 :: _WORDS_A_SENTENCE] += 2 * self._words
            yield start, rows

    def _ask(self, start: int, rows: Rows) -> None:
        for number in np.flatnonzero((self._of >= start) & (self._of < start + len(rows))):
            begin = int(self._begin[number])
            row = rows[int(self._of[number]) - start, begin : begin + QUESTION_WORDS]
            self._asked[number] = " ".join(self.forms[i] for i in row.tolist())

    def texts(self, rows: Rows) -> list[str]:
        """One text for each row."""
        form = self.forms.__getitem__
        return [" ".join(map(form, row)) for row in rows.tolist()]


def texts(size: int, questions: int = 200, seed: int = 7) -> Texts:
    """The texts of `Documents(size, questions, seed)`, for engines that need no more.

    Questions are eight words that stand together in one of the passages.
    """
    drawn = _Drawn(size, questions, seed)
    made = [text for _, rows in drawn.parts() for text in drawn.texts(rows)]
    return Texts(tuple(made), drawn.questions)


class Documents:
    """Generated documents of several passages of 90 words each, and questions to them."""

    def __init__(self, size: int, questions: int = 200, seed: int = 7) -> None:
        self._drawn = _Drawn(size, questions, seed)

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions, once all tables have been made."""
        return self._drawn.questions

    def tables(self) -> Iterator[PassageTable]:
        """All documents in order, a few hundred at a time."""
        lengths = np.asarray([len(form) for form in self._drawn.forms])
        rows_a_table = _BATCH * PASSAGES_A_DOCUMENT
        for start, rows in self._drawn.parts():
            ends = _sentence_ends(lengths[rows]).tolist()
            paragraphs = self._drawn.texts(rows)
            for first in range(0, len(rows), rows_a_table):
                part = slice(first, first + rows_a_table)
                yield table_of(_passages(start + first, paragraphs[part], ends[part]))


def write(folder: Path, documents: int, collections: int = 1, seed: int = 7) -> None:
    """Write generated text files, one for each document, for what reads folders.

    With several `collections` documents are dealt out to as many folders in turn.
    """
    drawn = _Drawn(documents * PASSAGES_A_DOCUMENT, 0, seed)
    places = [folder]
    if collections > 1:
        places = [folder / f"{number:03}" for number in range(collections)]
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
    left: list[str] = []
    number = 0
    for _, rows in drawn.parts():
        left += drawn.texts(rows)
        while len(left) >= PASSAGES_A_DOCUMENT:
            text = _BETWEEN.join(left[:PASSAGES_A_DOCUMENT])
            file = places[number % len(places)] / f"{number:06}.txt"
            file.write_text(text + "\n", encoding="utf-8")
            del left[:PASSAGES_A_DOCUMENT]
            number += 1


def title_of(passage: int) -> str:
    """The title and path of the generated document that holds a passage."""
    return f"generated/{passage // PASSAGES_A_DOCUMENT * PASSAGES_A_DOCUMENT:08}.txt"


def first_passage(path: str) -> int:
    """The number of the first passage of the generated document at `path`."""
    return int(path.removeprefix("generated/").removesuffix(".txt"))


def _sentence_ends(lengths: Rows) -> Rows:
    """Where each passage's sentences end, in characters from the passage's beginning."""
    # Every word but the last is followed by one blank.
    ends = np.cumsum(lengths + 1, axis=1) - 1
    return ends[:, _WORDS_A_SENTENCE - 1 :: _WORDS_A_SENTENCE]


def _passages(
    number: int, paragraphs: Sequence[str], ends: Sequence[list[int]]
) -> Iterator[Passage]:
    for first in range(0, len(paragraphs), PASSAGES_A_DOCUMENT):
        part = slice(first, first + PASSAGES_A_DOCUMENT)
        yield from _document(title_of(number + first), paragraphs[part], ends[part])


def _document(path: str, paragraphs: Sequence[str], ends: Sequence[list[int]]) -> Iterator[Passage]:
    spans: list[tuple[Span, *tuple[Span, ...]]] = []
    wholes: list[Span] = []
    place = 0
    for paragraph, own in zip(paragraphs, ends, strict=True):
        starts = [0, *(end + 1 for end in own)]
        first, *rest = (Span(place + s, place + e) for s, e in zip(starts, own, strict=False))
        spans.append((first, *rest))
        wholes.append(Span(place, place + len(paragraph)))
        place += len(paragraph) + len(_BETWEEN)
    document = Document(
        path=path,
        collection="generated",
        revision=path,
        source=Source(title=path),
        text=_BETWEEN.join(paragraphs),
        blocks=tuple(map(Block, wholes)),
    )
    for at, (whole, sentences) in enumerate(zip(wholes, spans, strict=True), 1):
        yield Passage(document, whole, sentences, Locator(paragraph=at), "en")
