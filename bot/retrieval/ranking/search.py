"""Search: the sentences of an index that fit a question best, as candidates for excerpts.

The sentences of the passages with the best BM25 scores are scored. A candidate's score is a sum
of shares of the question's ideal score and of bonuses:

    sentence    its BM25 score + 0.4 * coverage with its neighbours + up to 0.05 for its length
    passage     its BM25 score + 0.5 * the best BM25 score of its sentences
    definition  0.4 for the first sentence of a document titled X, where "What is X?" was asked
    part        2 for one in the part that the question names by its number
    answer      0.2 * how well it holds the type of answer wanted; - 0.07 if it refers back

Example: "How many sailors were rescued from the harbour?" and one passage, with rounded figures:

    sentence                                    BM25   cover   length   answer   passage   score
    On 9 May sailors left the harbour.          0.31    0.40     0.01     0.08      0.77    1.57
    Some 290 sailors were rescued from there.   0.39    0.40     0.01     0.40      0.77    1.96
    They were rescued by boats.                 0.32    0.33     0.01    -0.07      0.77    1.36

The second is chosen: its figure counts sailors, while "9" is part of a date, and "They" refers
back. Neighbours cover for each other, so the coverage of the three differs little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from bot.retrieval.query.query import Query, analyse
from bot.retrieval.ranking.definitions import definition_bonus
from bot.retrieval.ranking.part_matches import PART_BONUS, cover_named, named_passages
from bot.retrieval.ranking.passage_scores import RankedPassages, rank_passages
from bot.retrieval.ranking.sentence_scores import SentenceScores, score_sentences
from bot.retrieval.ranking.similarity import Nearness, Similarity
from bot.retrieval.shard.arrays import Doubles, Floats, Integers, Offsets
from bot.retrieval.shard.index import Index
from bot.retrieval.text.quotations import is_anaphoric

CANDIDATE_PASSAGES = 50
"""Passages whose sentences are scored."""

CANDIDATES = 100
"""Sentences that become candidates; the rest is too far behind to be quoted."""

TEXTS_READ = 40
"""Best sentences whose text is read for the type of answer and for anaphora."""

BEST_SENTENCE_SHARE = 0.5
COVERAGE_SHARE = 0.4
LENGTH_BONUS = 0.05
_FULL_LENGTH = 150
ANSWER_BONUS = 0.2
ANAPHORA_PENALTY = 0.07
"""Of two sentences that fit alike, the one that can be understood alone is quoted."""

IDEAL_POWER = 0.7
"""The power of the ideal score in the match strength, below 1: the longer a question, the
smaller the share of it that even its own answer repeats."""

SCORE_STRENGTH = 0.54
"""The weight of a passage's score, divided by that power, in the match strength."""

COVERAGE_STRENGTH = 0.3
"""The weight of the coverage of the question's content words."""

NAMES_STRENGTH = 0.4
"""The weight of the coverage of names: a passage without them is about other things."""

NAMES_EXPECTED = 0.6
"""The coverage of names that changes nothing, as a question without names changes nothing."""

SURE_COVERAGE = 0.4
"""The coverage by the best passage from which an answer may be sure: a question on the topic that
has no answer may share enough names with a passage to reach the upper threshold."""

UNKNOWN_STRENGTH = 0.1
"""The weight of words that stand in no document, corrected or not; it is subtracted."""


_RANK_SHIFT = 60
"""So much is added to a rank before its reciprocal is taken, as in the paper."""

CALIBRATION_PASSAGES = 10
"""Passages by words, and as many by meaning, that are compared with a bundled question."""

SENTENCE_NEARNESS = 1.5
PASSAGE_NEARNESS = 1.5
"""The weights of the nearness of a sentence, and of its passage, to the question in meaning."""

WORDS_STRENGTH = 0.5
MEANING_COVERAGE = 0.5
MEANING_STRENGTH = 1.0
REST_STRENGTH = 2.0
"""With an encoder, the weights in the match strength: of the strength by words alone, of the
coverage again, of the nearness in meaning, and of that without the names of the documents."""

WORDS_STRENGTH_ACROSS = 0.25
"""The weight of the strength by words for a question in a language that the documents lack: they
share names with it at most. The nearness has the weight 1, and nothing else counts."""


class Candidate(NamedTuple):
    """One sentence of a passage with its score for the question.

    `document` is the number of its document in the table of passages. `score` orders the
    candidates of one question. `match_strength` is that of its passage: how well the passage fits
    the question, comparable over questions to one corpus. `answer_strength` says how well the
    sentence holds the type of answer asked for (`AnswerMatcher.strength`). `is_picked` marks the
    choice of a judge.
    """

    passage: int
    document: int
    sentence: int
    score: float
    match_strength: float
    answer_strength: float
    is_picked: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SentenceRanks:
    """Every sentence's own score, without its passage's: the better neighbour widens an excerpt.

    `score[i]` is that of sentence number `number[i]` of the passage `passage[i]`. Sentences of
    one passage stand together, in order; those without words are missing.
    """

    passage: Integers
    number: Offsets
    score: Doubles

    def of(self, passage: int) -> tuple[float, ...]:
        """The score of each sentence of a passage, 0 for one without words."""
        own = np.flatnonzero(self.passage == passage)
        values = np.zeros(int(self.number[own[-1]]) + 1 if len(own) else 0)
        values[self.number[own]] = self.score[own]
        return tuple(values.tolist())

    def with_passage(self, passage: int, scores: Doubles) -> SentenceRanks:
        """These ranks, with those of one passage replaced by `scores` for all its sentences."""
        others = self.passage != passage
        return SentenceRanks(
            np.append(self.passage[others], np.full(len(scores), passage)),
            np.append(self.number[others], np.arange(len(scores))),
            np.append(self.score[others], scores),
        )


_NO_RANKS = SentenceRanks(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0))


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The candidates for a question, best first, and every sentence's own score.

    `match_strength` is that of the best passage, 0 where none shares a term; `coverage` the share
    of the content words, by idf, that this passage covers; `nearness` its nearness in meaning to
    the question without names, None where words alone are searched. `unmatched` are those of the
    query's missing words of which no ranked passage has a similar word or one of like meaning.
    Pieces of words, as in scripts without blanks, are not among them. `is_covered` says whether
    that passage covers enough of the question, by words, or by words and meaning. `passages` are
    those of which sentences were scored, in the order of their best sentences. `vector` is that of
    the question by the encoder of the documents' languages.
    """

    query: Query
    candidates: tuple[Candidate, ...]
    sentence_ranks: SentenceRanks = _NO_RANKS
    match_strength: float = 0.0
    coverage: float = 0.0
    nearness: float | None = None
    unmatched: tuple[str, ...] = ()
    is_covered: bool = False
    passages: tuple[int, ...] = ()
    vector: Floats | None = None

    @property
    def may_be_sure(self) -> bool:
        """Whether an answer may be sure."""
        return self.is_covered and not self.unmatched

    def merged_with(self, other: SearchResult) -> SearchResult:
        """This result with the passages of another search among its own.

        Passages are ordered by the sum of the reciprocal ranks that they have in both (Cormack
        and others, "Reciprocal rank fusion", 2009).
        """
        sums: dict[int, float] = {}
        for passages in (self.passages, other.passages):
            for rank, passage in enumerate(passages, start=1):
                sums[passage] = sums.get(passage, 0.0) + 1 / (_RANK_SHIFT + rank)
        order = sorted(sums, key=lambda passage: (-sums[passage], passage))
        return replace(self, passages=tuple(order))


@dataclass(frozen=True, slots=True)
class MatchStrength:
    """How well the best passage matches a question.

    `coverage` is the share of the question's content words, by idf, that it covers, from 0 to 1;
    `nearness` is its nearness in meaning, 0 where words alone are searched.
    """

    value: float
    coverage: float
    nearness: float = 0.0


@np.errstate(invalid="ignore")  # as in scoring sentences
def _match_strengths(scores: Floats, cover: Floats, query: Query, near: Nearness | None) -> Doubles:
    """How well passages with these scores match the question.

    `cover[p, w]` is how well passage p as a whole covers content word w, from 0 to 1.
    """
    if query.only_stopwords:
        return np.zeros(len(scores))
    content = query.content
    idf = np.asarray([word.idf for word in content])
    coverage = cover @ idf / max(float(idf.sum()), 1e-9)
    name_idf = idf * [word.is_name for word in content]
    names = cover @ name_idf / name_idf.sum() - NAMES_EXPECTED if name_idf.any() else 0.0
    score = SCORE_STRENGTH * scores.astype(np.float64) / query.ideal_score**IDEAL_POWER
    covered = COVERAGE_STRENGTH * coverage + NAMES_STRENGTH * names
    strength = score + (covered - UNKNOWN_STRENGTH * query.unknown_share)
    if near is not None and query.is_across:
        strength = WORDS_STRENGTH_ACROSS * strength + near.best
    elif near is not None:
        strength = WORDS_STRENGTH * strength + MEANING_COVERAGE * coverage
        strength += MEANING_STRENGTH * near.best + REST_STRENGTH * near.best_without_names
    return np.asarray(strength, dtype=np.float64)


@np.errstate(invalid="ignore")
def match_strength(question: str, index: Index, across: str | None = None) -> MatchStrength:
    """The match strength that `search` would find, at a fraction of its cost.

    `across` is the question's language if the documents are known to lack it.
    """
    query = analyse(question, index, across)
    if not index.shards:
        return MatchStrength(0.0, 0.0)
    similarity = Similarity.of(query, index)
    ranked = _ranked(index, query, similarity, 1 if similarity is None else CALIBRATION_PASSAGES)
    if not len(ranked.passages):
        return MatchStrength(0.0, 0.0)
    scores = score_sentences(query, ranked.matches)
    cover_named(index, query, ranked, scores)
    near = None if similarity is None else Nearness.of(similarity, ranked, scores)
    cover = scores.passage_cover(len(ranked.passages))
    strengths = _match_strengths(ranked.scores, cover, query, near)
    best = 0 if near is None else int(strengths.argmax())
    return MatchStrength(
        float(strengths[best]),
        float(cover[best] @ scores.weight),
        0.0 if near is None else float(near.best[best]),
    )


def _ranked(
    index: Index, query: Query, similarity: Similarity | None, count: int
) -> RankedPassages:
    """The best by words, as many that are nearest in meaning, and those named by a number."""
    named = named_passages(index, query)
    if similarity is not None:
        named = np.union1d(named, similarity.nearest(count))
    return rank_passages(index, query, count, named)


def search(question: str, index: Index, across: str | None = None) -> SearchResult:
    """The sentences that fit `question`, best first; `across` is as in `match_strength`."""
    query = analyse(question, index, across)
    if not index.shards:
        return _nothing(query)
    similarity = Similarity.of(query, index)
    ranked = _ranked(index, query, similarity, CANDIDATE_PASSAGES)
    if not len(ranked.passages):
        return _nothing(query)
    scores = score_sentences(query, ranked.matches)
    is_named = cover_named(index, query, ranked, scores)
    passages = ranked.passages[scores.passage]
    passage_score = _passage_scores(query, ranked, scores)
    window = scores.window_coverage()
    documents, lengths = _documents_and_lengths(index, passages, scores.number)
    length = LENGTH_BONUS * np.minimum(lengths / _FULL_LENGTH, 1.0)
    own_score = scores.score + COVERAGE_SHARE * window + length
    near = None if similarity is None else Nearness.of(similarity, ranked, scores)
    if near is not None:
        own_score += SENTENCE_NEARNESS * near.sentence
        passage_score += PASSAGE_NEARNESS * near.passage
    score = own_score + passage_score[scores.passage]
    score += definition_bonus(index, query, passages, scores.number) + PART_BONUS * is_named
    best = np.lexsort((scores.number, scores.passage, -score))[:TEXTS_READ]
    sentences = _texts(index, passages[best], scores.number[best])
    answer_strength = np.zeros(len(score))
    answer_strength[best], bonus = _text_bonus(query, sentences, window[best])
    own_score[best] += bonus
    score[best] += bonus
    cover = scores.passage_cover(len(ranked.passages))
    strengths = _match_strengths(ranked.scores, cover, query, near)
    ranking = np.lexsort((scores.number, passages, -score))
    strength = strengths[scores.passage]
    columns = (passages, documents, scores.number, score, strength, answer_strength)
    candidates = map(Candidate, *(column[ranking[:CANDIDATES]].tolist() for column in columns))
    best_passage = 0 if near is None else int(strengths.argmax())
    coverage = float(cover[best_passage] @ scores.weight)
    nearness = None if near is None else float(near.best_without_names[best_passage])
    return SearchResult(
        query,
        tuple(candidates),
        SentenceRanks(passages, scores.number, own_score),
        float(strengths[best_passage]),
        coverage,
        nearness,
        _unmatched(query, cover),
        not query.is_across and _is_covered(index, coverage, nearness),
        tuple(dict.fromkeys(passages[ranking].tolist())),
        None if similarity is None or query.is_across else similarity.question,
    )


def _nothing(query: Query) -> SearchResult:
    """The result where no passage fits."""
    cover = np.zeros((0, len(query.content)), np.float32)
    return SearchResult(query, (), unmatched=_unmatched(query, cover))


def _text_bonus(query: Query, sentences: Sequence[str], window: Floats) -> tuple[Doubles, Doubles]:
    """The answer strength of sentences, and their bonus for it, less the penalty for anaphora."""
    strengths = np.asarray([query.answer.strength(sentence) for sentence in sentences])
    refers_back = np.asarray([is_anaphoric(sentence) for sentence in sentences])
    bonus = ANSWER_BONUS * strengths * np.minimum(window * 2, 1.0) - ANAPHORA_PENALTY * refers_back
    return strengths, np.asarray(bonus, dtype=np.float64)


def _passage_scores(query: Query, ranked: RankedPassages, scores: SentenceScores) -> Doubles:
    """The part of each passage in the scores of its sentences."""
    best_sentence = np.zeros(len(ranked.passages))
    np.maximum.at(best_sentence, scores.passage, scores.score)
    score = ranked.scores.astype(np.float64) / query.ideal_score
    return np.asarray(score + BEST_SENTENCE_SHARE * best_sentence)


def _is_covered(index: Index, coverage: float, nearness: float | None) -> bool:
    """Whether enough of a question is covered for a sure answer."""
    if index.meaning is None or nearness is None:
        return coverage >= SURE_COVERAGE
    return coverage + REST_STRENGTH * nearness >= index.meaning.encoder.sure


def _unmatched(query: Query, cover: Floats) -> tuple[str, ...]:
    """The missing words that no passage covers; `cover` is as in `_match_strengths`."""
    is_covered = np.any(cover > 0, axis=0).tolist()
    matched = {
        word.surface
        for word, covered in zip(query.content, is_covered, strict=True)
        if covered or not word.gram_count
    }
    return tuple(surface for surface in query.missing if surface not in matched)


def _texts(index: Index, passages: Integers, numbers: Offsets) -> list[str]:
    """The text of sentence number `numbers[i]` of the passage `passages[i]`."""
    return [
        index.sentence(passage, number).of(index.document(passage).text)
        for passage, number in zip(passages.tolist(), numbers.tolist(), strict=True)
    ]


def _documents_and_lengths(
    index: Index, passages: Integers, numbers: Offsets
) -> tuple[Offsets, Offsets]:
    """Of sentence number `numbers[i]` of the passage `passages[i]`: document, and characters."""
    documents, lengths = np.zeros((2, len(passages)), dtype=np.int64)
    parts = index.part_of(passages)
    for place in np.unique(parts).tolist():
        here, part = parts == place, index.parts[place]
        columns = part.shard.table.columns
        own = passages[here] - part.first
        sentences = part.shard.tokens.sentences[own] + numbers[here]
        document = np.asarray(columns.firsts).searchsorted(own, side="right") - 1
        documents[here] = document + part.first_document
        ends, starts = np.asarray(columns.sentence_end), np.asarray(columns.sentence_start)
        lengths[here] = ends[sentences] - starts[sentences]
    return documents, lengths
