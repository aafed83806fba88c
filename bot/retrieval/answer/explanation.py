"""Explanation: why a question got its reply, for curators who improve glossary or documents.

It calls the functions that make the reply, so the two cannot differ.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bot.retrieval.answer.searcher import JudgedSearch, Searcher
from bot.retrieval.pins.matcher import PinMatch
from bot.retrieval.query.answer_type import AnswerType
from bot.retrieval.query.query import AlternativeKind, Query
from bot.retrieval.ranking.calibration import MatchVerdict, StrengthLevels
from bot.retrieval.ranking.matches import match_passages
from bot.retrieval.ranking.search import Candidate, SearchResult
from bot.retrieval.ranking.sentence_scores import score_sentences
from bot.retrieval.ranking.similarity import without_names
from bot.retrieval.shard.index import Index

MOST_CANDIDATES = 10
"""Candidates in an explanation."""

BEGINNING = 100
"""Characters of a candidate's sentence in an explanation."""

LACKING = 0.5
"""A word is lacking in a passage that covers less of it than this."""


# The fields of the next six classes are those of the JSON that `explain --json` prints.


@dataclass(frozen=True, slots=True)
class WordExplanation:
    """One distinct word of the question, as typed.

    `function` marks stopwords; `passages` counts the passages it stands in, titles and headings
    included; `weight` is its idf in nats; `covered` says how well the best passage covers it, from
    0 to 1, and is None for words that do not count there, such as stopwords.
    """

    typed: str
    function: bool
    passages: int
    weight: float
    covered: float | None


@dataclass(frozen=True, slots=True)
class AlternativeExplanation:
    """Words of the question, and words of the documents that may be meant by them."""

    typed: str
    meant: str
    kind: AlternativeKind
    weight: float


@dataclass(frozen=True, slots=True)
class CandidateExplanation:
    """A candidate sentence: its document and place, its score, and its first characters.

    `start` and `end` are offsets into the document's text, in code points; `value` is the score,
    `signal` the match strength of the passage.
    """

    document: str
    locator: str
    start: int
    end: int
    value: float
    signal: float
    beginning: str


@dataclass(frozen=True, slots=True)
class PickExplanation:
    """A passage that a judge chose: its document and place, and its first characters."""

    document: str
    locator: str
    beginning: str


@dataclass(frozen=True, slots=True)
class JudgeExplanation:
    """The choice of a judge among so many passages, best first, and whether it decides alone.

    `words` are those by which it had the documents searched again, `seconds` the time it took.
    """

    words: tuple[str, ...]
    seconds: float
    passages: int
    decides: bool
    picks: tuple[PickExplanation, ...]


@dataclass(frozen=True, slots=True)
class PinExplanation:
    """The pin that answers: its key and question, how alike the questions are, and the quotes.

    `level` is the likeness from which on a pin answers; `documents` are those of the quotes.
    """

    key: str
    question: str
    likeness: float
    level: float
    same: bool
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The analysis of a question, its candidates, best first, and the verdict.

    `missing` words stand in no document, nor do corrections or aliases of them, and where there is
    an answer, nor do similar words or those of like meaning in its passages. `lacking` words
    stand in some document, but not in the best passage. `coverage` is the share of the question,
    by weight, that the best passage covers. With an encoder, `nearness` is that of the best
    passage to `without_names`, the question without the names of the documents; else None.
    `across` names the encoder if the documents lack the question's language; `without_names` is
    then the whole question.
    """

    question: str
    language: str
    answer_type: AnswerType
    words: tuple[WordExplanation, ...]
    alternatives: tuple[AlternativeExplanation, ...]
    missing: tuple[str, ...]
    lacking: tuple[str, ...]
    only_stopwords: bool
    match_strength: float
    coverage: float
    nearness: float | None
    without_names: str | None
    across: str | None
    thresholds: StrengthLevels
    verdict: MatchVerdict
    candidates: tuple[CandidateExplanation, ...]
    judge: JudgeExplanation | None
    pin: PinExplanation | None


def explain(
    searcher: Searcher,
    question: str,
    judged: JudgedSearch | None = None,
    space: str | None = None,
) -> Explanation:
    """The explanation of what `searcher.reply` replies to the same arguments."""
    index = searcher.index
    if judged is None:
        judged = JudgedSearch(searcher.search(question))
    result = judged.result
    query = result.query
    covered = _covered(result, index)
    verdict = searcher.verdict(result, judged.choice)
    return Explanation(
        question=question,
        language=query.language,
        answer_type=query.answer.answer_type,
        words=tuple(
            WordExplanation(w.surface, w.is_stopword, w.passages, w.idf, covered.get(w.form))
            for w in query.words
        ),
        alternatives=tuple(dict.fromkeys(_alternatives(query))),
        missing=query.missing if verdict is MatchVerdict.SILENCE else result.unmatched,
        lacking=tuple(
            word.surface
            for word in query.content
            if word.is_known and covered.get(word.form, 1.0) < LACKING
        ),
        only_stopwords=query.only_stopwords,
        match_strength=result.match_strength,
        coverage=result.coverage,
        nearness=result.nearness,
        without_names=_compared(result),
        across=_encoder_across(query, index),
        thresholds=searcher.thresholds_of(query),
        verdict=verdict,
        candidates=tuple(_candidate(each, index) for each in result.candidates[:MOST_CANDIDATES]),
        judge=_judge(judged, searcher),
        pin=_pin(searcher.pins.of(space).match(result)),
    )


def _compared(result: SearchResult) -> str | None:
    """The question as it was compared in meaning; None where words alone were searched."""
    if result.nearness is None:
        return None
    return result.query.text if result.query.is_across else without_names(result.query)


def _encoder_across(query: Query, index: Index) -> str | None:
    meaning = index.meaning_across(query.language) if query.is_across else None
    return None if meaning is None else meaning.encoder.name


def _covered(result: SearchResult, index: Index) -> dict[str, float]:
    """How well the best passage, which gives the match strength, covers each content word."""
    strength = result.match_strength
    best = next((c.passage for c in result.candidates if c.match_strength == strength), None)
    if best is None:
        return {}
    matches = match_passages(index, result.query, np.asarray([best]))
    cover = score_sentences(result.query, matches).cover.max(axis=0)
    content = result.query.content
    return {word.form: float(share) for word, share in zip(content, cover, strict=True)}


def _alternatives(query: Query) -> Iterator[AlternativeExplanation]:
    surfaces = {word.form: word.surface for word in query.words}
    for alternative in query.alternatives:
        yield AlternativeExplanation(
            typed=" ".join(surfaces.get(form, form) for form in alternative.stands_for),
            meant=" ".join(alternative.forms),
            kind=alternative.kind,
            weight=alternative.weight,
        )


def _judge(judged: JudgedSearch, searcher: Searcher) -> JudgeExplanation | None:
    if judged.choice is None:
        return None
    passages = searcher.passages(judged.result)
    picked = (passages[pick.place] for pick in judged.choice.picks)
    return JudgeExplanation(
        words=judged.words.words,
        seconds=judged.seconds,
        passages=len(passages),
        decides=judged.choice.decides,
        picks=tuple(
            PickExplanation(each.document.path, str(each.locator), _beginning(each.text))
            for each in picked
        ),
    )


def _pin(match: PinMatch | None) -> PinExplanation | None:
    if match is None:
        return None
    return PinExplanation(
        match.pin.pin.key,
        match.pin.pin.question,
        match.likeness,
        match.level,
        match.is_same,
        tuple(each.passage.document.path for each in match.pin.excerpts),
    )


def _beginning(text: str) -> str:
    return " ".join(text.split())[:BEGINNING]


def _candidate(candidate: Candidate, index: Index) -> CandidateExplanation:
    passage = index.passage(candidate.passage)
    span = passage.sentences[candidate.sentence]
    return CandidateExplanation(
        document=passage.document.path,
        locator=str(passage.locator),
        start=span.start,
        end=span.end,
        value=candidate.score,
        signal=candidate.match_strength,
        beginning=_beginning(span.of(passage.document.text)),
    )
