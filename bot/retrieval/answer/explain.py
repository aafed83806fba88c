"""Why a question meets what it meets: what a curator needs to mend glossary or documents.

Everything is taken from the functions that make the reply, so that what is told here is
what happened there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.query.answer_type import Cue
from bot.retrieval.query.query import Alternative, Query, QueryWord
from bot.retrieval.ranking.calibration import Grade, Levels
from bot.retrieval.ranking.matches import look
from bot.retrieval.ranking.search import Candidate, Found, search
from bot.retrieval.ranking.sentences import score_sentences
from bot.retrieval.shard.index import Index

CONSIDERED = 10
"""Candidates that are told of."""

BEGINNING = 100
"""Characters of a candidate's sentence that are told."""

LACKED = 0.5
"""A word is lacking in a passage that covers less of it than this."""


class Kind(Enum):
    """Why a word may stand for another."""

    CORRECTION = "correction"
    SPELLING = "other spelling"
    NAME = "other name"
    MEANING = "like meaning"


@dataclass(frozen=True, slots=True)
class WordExplained:
    """One distinct word of the question, as typed.

    `passages` counts the passages it stands in, titles and headings included; `weight` is
    its idf in nats; `covered` says how well the best passage covers it, from 0 to 1, and
    is None for words that do not count there, such as function words.
    """

    typed: str
    function: bool
    passages: int
    weight: float
    covered: float | None


@dataclass(frozen=True, slots=True)
class StandsFor:
    """Words of the question and words of the documents that they may be meant for."""

    typed: str
    meant: str
    kind: Kind
    weight: float


@dataclass(frozen=True, slots=True)
class Considered:
    """A sentence that came into question: where it stands, its worth, how it begins.

    `start` and `end` are its place in the document's text, in code points.
    """

    document: str
    locator: str
    start: int
    end: int
    value: float
    signal: float
    beginning: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a question was read as, what was found for it, and what follows.

    `missing` stand in no document, nor anything they may mean; `lacking` stand in some,
    but not in the best passage. `candidates` are the best ones, best first.
    """

    question: str
    language: str
    wanted: Cue
    words: tuple[WordExplained, ...]
    alternatives: tuple[StandsFor, ...]
    missing: tuple[str, ...]
    lacking: tuple[str, ...]
    says_nothing: bool
    signal: float
    levels: Levels
    grade: Grade
    candidates: tuple[Considered, ...]


def explain(searcher: Searcher, question: str) -> Explanation:
    """What the reply of `searcher` to `question` comes from."""
    index = searcher.index
    found = search(question, index, searcher.languages)
    query = found.query
    levels = searcher.thresholds.of(query.language)
    covered = _covered(found, index)
    return Explanation(
        question=question,
        language=query.language,
        wanted=query.wanted.cue,
        words=tuple(_word(word, covered.get(word.form), index) for word in query.words),
        alternatives=tuple(dict.fromkeys(_stands_for(query, index))),
        missing=query.missing,
        lacking=tuple(
            word.surface
            for word in query.content
            if word.number is not None and covered.get(word.form, 1.0) < LACKED
        ),
        says_nothing=query.says_nothing,
        signal=found.signal,
        levels=levels,
        grade=levels.grade(found.signal) if found.candidates else Grade.SILENCE,
        candidates=tuple(_considered(each, index) for each in found.candidates[:CONSIDERED]),
    )


def _covered(found: Found, index: Index) -> dict[str, float]:
    """How well the passage that gives the signal covers each content word, by form."""
    best = next((c.passage for c in found.candidates if c.signal == found.signal), None)
    if best is None:
        return {}
    looked = look(index, found.query, np.asarray([best]))
    cover = score_sentences(index, found.query, looked).cover.max(axis=0)
    return {word.form: float(share) for word, share in zip(found.query.content, cover, strict=True)}


def _word(word: QueryWord, covered: float | None, index: Index) -> WordExplained:
    passages = 0 if word.number is None else int(index.document_frequencies[word.number])
    return WordExplained(word.surface, word.function, passages, word.idf, covered)


def _stands_for(query: Query, index: Index) -> Iterator[StandsFor]:
    by_form = {word.form: word for word in query.words}
    for alternative in query.alternatives:
        yield StandsFor(
            typed=" ".join(
                by_form[form].surface if form in by_form else form for form in alternative.means
            ),
            meant=" ".join(index.words[number] for number in alternative.numbers),
            kind=_kind(alternative, by_form, index),
            weight=alternative.weight,
        )


def _kind(alternative: Alternative, by_form: dict[str, QueryWord], index: Index) -> Kind:
    if alternative.related:
        return Kind.MEANING
    form, *more = alternative.means
    if more or form not in by_form or len(alternative.numbers) > 1:
        return Kind.NAME
    number = by_form[form].number
    if number is None:
        like, kind = index.lexicon.corrections(form), Kind.CORRECTION
    else:
        like, kind = index.lexicon.variants(number), Kind.SPELLING
    alike = any(variant.number == alternative.numbers[0] for variant in like)
    return kind if alike else Kind.NAME


def _considered(candidate: Candidate, index: Index) -> Considered:
    passage = index.passages[candidate.passage]
    span = passage.sentences[candidate.sentence]
    return Considered(
        document=passage.document.path,
        locator=str(passage.locator),
        start=span.start,
        end=span.end,
        value=candidate.value,
        signal=candidate.signal,
        beginning=" ".join(span.of(passage.document.text).split())[:BEGINNING],
    )
