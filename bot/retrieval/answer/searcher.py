"""Searcher: replies to a question with an answer, which has excerpts in order, or with silence."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from bot.core.corpus import Corpus
from bot.core.documents import Passage, Span
from bot.core.replies import (
    MOST_NEAREST,
    Answer,
    Confidence,
    Excerpt,
    Reading,
    Reply,
    Silence,
)
from bot.retrieval.answer.differences import differences
from bot.retrieval.answer.excerpts import excerpt
from bot.retrieval.answer.judge import MOST_PICKS, NO_WORDS, Choice, SearchWords
from bot.retrieval.answer.selection import ExcerptSelection, with_pinned
from bot.retrieval.pins.board import PinBoard
from bot.retrieval.pins.matcher import PinMatcher
from bot.retrieval.query.answer_type import EXACT_COUNT
from bot.retrieval.query.other_language import other_language
from bot.retrieval.query.query import Query
from bot.retrieval.ranking.calibration import (
    MatchVerdict,
    StrengthLevels,
    Thresholds,
    calibrate,
    calibrate_across,
)
from bot.retrieval.ranking.search import Candidate, SearchResult, search
from bot.retrieval.shard.index import Index

SPEAKING_SHARE = 0.5
"""A document speaks to the question if its best candidate has this share of the best score."""

MEANING_SPEAKING_SHARE = 0.65
"""The same where meaning is searched, since any two sentences are a little alike in meaning."""

SPEAKING_STRENGTH = 0.8
"""A second condition: the match strength of its passage is this share of the upper threshold."""

SHOWN_SHARE = 0.5
"""An excerpt is shown at once if it has this share of the first one's score: in benchmarks of a
thousand questions the right quote never had less."""

FURTHER_SHARE = 0.3
"""An excerpt is shown on request if it has this share of the first one's score."""

FIGURE_SHARE = 0.8
"""A figure that is asked for goes before other sentences if it has this share of their score."""

MOST_FURTHER = 9
"""Excerpts for showing on request, beyond those that are shown at once."""

PICKED_FACTOR = 4 / 3
"""The length of an excerpt that a judge chose, as a multiple of the usual one: a judge chooses
passages as a whole, whose last sentence may be the one that matters. It was chosen on the community
pack, with recorded choices."""

AHEAD = 2.1
"""The score of a pick of a judge that decides, in best scores of others: they are too far behind
to be shown at once."""


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """The number of excerpts shown, their target length, and the share of false answers.

    `calibration` are questions that must get no answer; empty: the bundled ones.
    """

    max_excerpts: int = 4
    excerpt_chars: int = 300
    false_answer_rate: float = 0.05
    calibration: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedSearch:
    """The result for a question, and the choice of the judge with that fingerprint.

    `words` are those by which it was searched a second time, `seconds` the time of the judge.
    """

    result: SearchResult
    choice: Choice | None = None
    judge: str = ""
    words: SearchWords = NO_WORDS
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if (self.choice is None) == bool(self.judge):
            raise ValueError("a judge that is named chose, and one that chose is named")


class Searcher:
    """One scope, indexed and calibrated, that replies to questions; thread-safe.

    A language that the documents lack is calibrated when the first question in it comes.
    """

    def __init__(
        self,
        corpus: Corpus,
        index: Index,
        options: AnswerOptions,
        thresholds: Thresholds | None = None,
        pins: PinBoard | None = None,
    ) -> None:
        """`index` is that of the documents of `corpus`; without `thresholds` it is calibrated.

        `pins` are those with quotes in these documents.
        """
        self.corpus = corpus
        self.pins = pins or PinBoard((), lambda _: PinMatcher((), index))
        self.options = options
        self.index = index
        # Thresholds depend on nothing but the documents: the same ones give the same answers,
        # whatever was served before them.
        self.thresholds = thresholds or calibrate(
            index, options.false_answer_rate, options.calibration
        )
        self._across: dict[str, StrengthLevels] = {}
        self._calibrating = threading.Lock()

    def language_to_calibrate(self, question: str) -> str | None:
        """The language of `question`, if the documents lack it and it is not calibrated yet."""
        language = other_language(question, self.index)
        return None if language in self._across else language

    def calibrate_across(self, language: str) -> StrengthLevels:
        """The thresholds for questions in `language`, which the documents lack.

        The first call computes them, and may load the model of the encoder: a few seconds.
        """
        if language not in self._across:
            with self._calibrating:
                if language not in self._across:
                    rate = self.options.false_answer_rate
                    self._across[language] = calibrate_across(self.index, rate, language)
        return self._across[language]

    def thresholds_of(self, query: Query) -> StrengthLevels:
        """The thresholds for a question."""
        if query.is_across:
            return self.calibrate_across(query.language)
        return self.thresholds.of(query.language)

    def search(self, question: str) -> SearchResult:
        """All that is found for `question`."""
        return search(question, self.index, other_language(question, self.index))

    def search_again(self, words: Sequence[str]) -> SearchResult:
        """All that is found for other words of a question, in a language of the documents."""
        return search(", ".join(words), self.index)

    def passages(self, result: SearchResult) -> tuple[Passage, ...]:
        """The passages of `result`, best first."""
        return tuple(map(self.index.passage, result.passages))

    def verdict(self, result: SearchResult, choice: Choice | None = None) -> MatchVerdict:
        """The kind of reply; a judge may make a sure answer doubtful, and none sure.

        Where it decides, an answer stays sure only if it chose a passage that words are sure of.
        """
        thresholds = self.thresholds_of(result.query)
        verdict = thresholds.verdict(result.match_strength, may_be_sure=result.may_be_sure)
        if choice is None or not choice.decides:
            return verdict if result.candidates else MatchVerdict.SILENCE
        if verdict is MatchVerdict.ANSWER:
            sure = {e.passage for e in result.candidates if e.match_strength >= thresholds.high}
            chosen = {result.passages[pick.place] for pick in choice.picks}
            return MatchVerdict.CLOSE if sure.isdisjoint(chosen) else MatchVerdict.ANSWER
        return MatchVerdict.CLOSE if choice.picks else MatchVerdict.SILENCE

    def revision(self, space: str | None = None, judge: str = "") -> str:
        """The revision of the replies to questions from a space."""
        return self.corpus.revision_with(judge, self.pins.of(space).fingerprint)

    def reply(
        self, question: str, judged: JudgedSearch | None = None, space: str | None = None
    ) -> Reply:
        """The answer to `question`, or silence; `judged` is what was found for it, if it was.

        `space` is where it is asked; None has no pins of its own.
        """
        if judged is None:
            judged = JudgedSearch(self.search(question))
        result, choice = judged.result, judged.choice
        query = result.query
        verdict = self.verdict(result, choice)
        match = self.pins.of(space).match(result)
        revision = self.revision(space, judged.judge)
        if choice is not None:
            result = self._with_picks(result, choice)
        selection = None if verdict is MatchVerdict.SILENCE else self._selection(result)
        if match is not None:
            selection = with_pinned(match.pin.excerpts, selection, self.options.max_excerpts)
        if selection is None:
            return self._silence(question, revision, result, is_judged=choice is not None)
        # A curator has vouched for this very question only.
        is_pinned = match is not None and match.is_same and not query.is_across
        is_sure = verdict is MatchVerdict.ANSWER or is_pinned
        return Answer(
            question=question,
            revision=revision,
            excerpts=selection.shown,
            speaking=len(selection.speaking),
            documents=len(self.corpus.documents),
            further=selection.further,
            readings=_readings(query),
            differences=differences(
                selection.shown, query.answer.answer_type, _content_weights(query)
            ),
            confidence=Confidence.HIGH if is_sure else Confidence.LOW,
            missing_terms=() if is_sure else result.unmatched,
            is_judged=choice is not None,
            quote_languages=_languages(selection.shown) if query.is_across else (),
            pinned=0 if match is None else len(match.pin.excerpts),
        )

    def candidates(self, question: str, count: int) -> tuple[Excerpt, ...]:
        """The `count` best excerpts for a question, best first, whatever its match strength."""
        result = self.search(question)
        return tuple(islice(self._disjoint_excerpts(result, result.candidates), count))

    def _selection(self, result: SearchResult) -> ExcerptSelection:
        """The excerpts of an answer from what was found."""
        excerpts, speaking = self._excerpts(result)
        first, *rest = excerpts[: self.options.max_excerpts]
        # An answer is not padded: weaker excerpts are shown on request only.
        strong = (each for each in rest if each.score >= SHOWN_SHARE * first.score)
        shown: tuple[Excerpt, *tuple[Excerpt, ...]] = (first, *strong)
        further = tuple(
            each
            for each in excerpts
            if each not in shown and each.score >= FURTHER_SHARE * first.score
        )
        return ExcerptSelection(shown, further, speaking)

    def _with_picks(self, result: SearchResult, choice: Choice) -> SearchResult:
        """`result` with the picks of a judge as its best candidates.

        An excerpt is widened by the other sentences that the judge chose before any others.
        """
        top = result.candidates[0].score if result.candidates else 1.0
        picked: list[Candidate] = []
        ranks = result.sentence_ranks
        for place, pick in enumerate(choice.picks):
            passage = result.passages[pick.place]
            # The first search may not have found the passage, and ranks no sentence of it then.
            known = ranks.of(passage)
            own = np.zeros(len(self.index.passage(passage).sentences))
            own[: len(known)] = known
            sentence = pick.sentences[0] if pick.sentences else int(own.argmax())
            own[list(pick.sentences)] += top
            ranks = ranks.with_passage(passage, own)
            # The least step keeps their order.
            score = top * (AHEAD if choice.decides else 1.0) * (1 - 1e-6 * (place - MOST_PICKS))
            document = self.index.document_number(passage)
            picked.append(Candidate(passage, document, sentence, score, np.inf, 0.0, True))
        chosen = {(each.passage, each.sentence) for each in picked}
        others = (e for e in result.candidates if (e.passage, e.sentence) not in chosen)
        return replace(result, candidates=(*picked, *others), sentence_ranks=ranks)

    def _silence(
        self, question: str, revision: str, result: SearchResult, *, is_judged: bool
    ) -> Silence:
        return Silence(
            question=question,
            revision=revision,
            documents=len(self.corpus.documents),
            missing_terms=result.query.missing,
            readings=_readings(result.query),
            nearest=tuple(self._nearest(result)),
            is_judged=is_judged,
        )

    def _nearest(self, result: SearchResult) -> Iterator[Excerpt]:
        """The best excerpts of passages that are near; one of each document comes first."""
        least = self.thresholds_of(result.query).near
        firsts: dict[int, Candidate] = {}
        others: dict[int, Candidate] = {}
        for candidate in result.candidates:
            if candidate.match_strength >= least:
                first = firsts.setdefault(candidate.document, candidate)
                if candidate.passage != first.passage:
                    others.setdefault(candidate.passage, candidate)
        near = (*firsts.values(), *others.values())
        return islice(self._disjoint_excerpts(result, near), MOST_NEAREST)

    def _excerpt(self, result: SearchResult, candidate: Candidate) -> Excerpt:
        characters = self.options.excerpt_chars
        if candidate.is_picked:
            characters = int(characters * PICKED_FACTOR)
        return excerpt(
            self.index.passage(candidate.passage),
            candidate.sentence,
            result.sentence_ranks.of(candidate.passage),
            result.query.content_forms,
            characters,
            candidate.score,
        )

    def _excerpts(self, result: SearchResult) -> tuple[list[Excerpt], frozenset[str]]:
        """Excerpts in the order they are shown, and the paths of the documents that speak.

        The best excerpt of each document that speaks comes first, by score; then the others of
        these documents, by score. Documents that do not speak are not quoted.
        """
        least_strength = SPEAKING_STRENGTH * self.thresholds_of(result.query).high
        share = MEANING_SPEAKING_SHARE if result.nearness is not None else SPEAKING_SHARE
        least_score = share * result.candidates[0].score
        best: dict[int, Candidate] = {}
        others: list[Candidate] = []
        for candidate in _figures_first(result.candidates):
            speaks = candidate.score >= least_score and candidate.match_strength >= least_strength
            if speaks and candidate.document not in best:
                best[candidate.document] = candidate
            else:
                others.append(candidate)
        if not best:
            first, *others = result.candidates
            best = {first.document: first}
        others = [candidate for candidate in others if candidate.document in best]
        most = self.options.max_excerpts + MOST_FURTHER
        excerpts = self._disjoint_excerpts(result, [*best.values(), *others])
        paths = frozenset(self.index.document(each.passage).path for each in best.values())
        return list(islice(excerpts, most)), paths

    def _disjoint_excerpts(
        self, result: SearchResult, candidates: Sequence[Candidate]
    ) -> Iterator[Excerpt]:
        """The excerpts of `candidates` in order, none sharing words with one before it."""
        quoted: dict[int, list[Span]] = {}
        for candidate in candidates:
            spans = quoted.setdefault(candidate.document, [])
            sentence = self.index.sentence(candidate.passage, candidate.sentence)
            if any(span.overlaps(sentence) for span in spans):
                continue
            new_excerpt = self._excerpt(result, candidate)
            if not any(span.overlaps(new_excerpt.span) for span in spans):
                spans.append(new_excerpt.span)
                yield new_excerpt


def _languages(excerpts: Sequence[Excerpt]) -> tuple[str, ...]:
    """The languages that excerpts are written in, in their order."""
    return tuple(dict.fromkeys(each.passage.language for each in excerpts))


def _figures_first(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, with the best figure of each document before its other sentences.

    Nothing changes unless the best candidate of all has a figure that counts the thing asked
    about: then the other documents' part in the answer is their figure.
    """
    if candidates[0].answer_strength < EXACT_COUNT:
        return list(candidates)
    best: dict[int, float] = {}
    for candidate in candidates:
        best.setdefault(candidate.document, candidate.score)

    def rank(candidate: Candidate) -> float:
        top = best[candidate.document]
        has_figure = candidate.answer_strength >= EXACT_COUNT
        goes_first = has_figure and candidate.score >= FIGURE_SHARE * top
        return top + candidate.score / 1e6 if goes_first else candidate.score

    return sorted(candidates, key=rank, reverse=True)


def _readings(query: Query) -> tuple[Reading, ...]:
    """The words that were taken for unknown words of the question, inflections left out."""
    readings: list[Reading] = []
    for word in query.content:
        if word.is_known:
            continue
        meant = tuple(
            each.forms[0]
            for each in query.alternatives
            if each.stands_for == (word.form,) and len(each.forms) == 1 and not each.is_meaning
        )
        inflects = any(word.form.startswith(m) or m.startswith(word.form) for m in meant)
        if meant and not inflects:
            first, *rest = meant
            readings.append(Reading(word.surface, (first, *rest)))
    return tuple(readings)


def _content_weights(query: Query) -> dict[str, float]:
    """The content words of a question, each with its share of the weight of all."""
    content = [word for word in query.content if not word.in_phrase]
    total = sum(word.idf for word in content) or 1.0
    return {word.form: word.idf / total for word in content}
