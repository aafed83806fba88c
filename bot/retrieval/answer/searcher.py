"""Ranked candidates to a reply: which excerpts, in which order, or silence."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bot.core.corpus import Corpus
from bot.core.documents import Span
from bot.core.replies import Answer, Confidence, Excerpt, Reading, Reply, Silence
from bot.retrieval.answer.differences import Asked, differences
from bot.retrieval.answer.excerpts import excerpt
from bot.retrieval.query.answer_type import COUNTED
from bot.retrieval.query.thesaurus import meanings_of
from bot.retrieval.ranking.calibration import Thresholds, calibrate, languages_of
from bot.retrieval.ranking.search import Candidate, Found, search
from bot.retrieval.shard.build import build_index
from bot.retrieval.shard.counts import IndexArrays
from bot.retrieval.shard.index import Index

SPEAKS = 0.5
"""A document speaks if its best excerpt is worth this share of the best of all."""

MET = 0.8
"""And if its passage meets the question by this share of the threshold."""

SHOWN = 0.5
"""An excerpt is shown at once if it is worth this share of the first; the wanted quote was
never found below that in our sets of a thousand questions."""

WORTH_READING = 0.3
"""And offered on request if it is worth this share."""

TELLS = 0.8
"""A figure that is asked for goes before a sentence at most so much better."""

FURTHER = 9
"""Excerpts kept for reading on, beyond those that are shown."""


@dataclass(frozen=True, slots=True)
class Options:
    """How replies are made: excerpts shown, wished characters of each, false answers borne.

    `calibration` are questions that must meet silence; none: the bundled ones.
    """

    max_excerpts: int = 3
    excerpt_chars: int = 300
    false_answer_rate: float = 0.05
    calibration: tuple[str, ...] = ()


class Searcher:
    """One corpus, indexed and calibrated: questions to replies. Immutable; thread-safe.

    What it shares with the searcher `before` is taken over from there.
    """

    def __init__(self, corpus: Corpus, options: Options, before: Searcher | None = None) -> None:
        index = None if before is None else before.index
        self._take(corpus, options, build_index(corpus.passages, corpus.names, index), None)

    @classmethod
    def restored(
        cls, corpus: Corpus, options: Options, arrays: IndexArrays, thresholds: Thresholds | None
    ) -> Searcher:
        """The searcher of a corpus whose index, and perhaps levels, are made already."""
        searcher = cls.__new__(cls)
        index = Index(corpus.passages, arrays, corpus.names)
        Searcher._take(searcher, corpus, options, index, thresholds)
        return searcher

    def _take(
        self, corpus: Corpus, options: Options, index: Index, thresholds: Thresholds | None
    ) -> None:
        self.corpus = corpus
        self.options = options
        self.index = index
        self.languages = languages_of(corpus.passages)
        for language in self.languages:
            # Made now, not when the first question waits for it.
            meanings_of(index, language)
        # Found anew for each corpus, and of nothing but the corpus: the same documents give
        # the same answers, however they came to be served.
        self.thresholds = thresholds or calibrate(
            index, self.languages, options.false_answer_rate, options.calibration
        )

    def reply(self, question: str) -> Reply:
        """The answer to `question`, or silence."""
        found = search(question, self.index, self.languages)
        levels = self.thresholds.of(found.query.language)
        if not found.candidates or found.signal < levels.low:
            return self._silence(question, found)
        chosen, speaking = self._choose(found)
        first, *rest = chosen[: self.options.max_excerpts]
        # An answer is not padded: what comes close enough is shown, the rest on request.
        near = tuple(each for each in rest if each.score >= SHOWN * first.score)
        shown: tuple[Excerpt, *tuple[Excerpt, ...]] = (first, *near)
        return Answer(
            question=question,
            revision=self.corpus.revision,
            excerpts=shown,
            speaking=speaking,
            documents=len(self.corpus.documents),
            further=tuple(
                each
                for each in chosen
                if each not in shown and each.score >= WORTH_READING * first.score
            ),
            readings=_readings(found, self.index),
            differences=differences(shown, found.query.wanted.cue, _asked(found)),
            confidence=Confidence.HIGH if found.signal >= levels.high else Confidence.LOW,
        )

    def _silence(self, question: str, found: Found) -> Silence:
        wanted = self._wanted(found)
        nearest = self._excerpt(found, found.candidates[0], wanted) if found.candidates else None
        return Silence(
            question=question,
            revision=self.corpus.revision,
            documents=len(self.corpus.documents),
            missing_terms=found.query.missing,
            readings=_readings(found, self.index),
            nearest=nearest,
        )

    def _excerpt(self, found: Found, candidate: Candidate, wanted: Collection[str]) -> Excerpt:
        return excerpt(
            self.index.passages[candidate.passage],
            candidate.sentence,
            found.worth.of(candidate.passage),
            wanted,
            self.options.excerpt_chars,
            candidate.value,
        )

    def _wanted(self, found: Found) -> frozenset[str]:
        """The question's words and those it may mean, in normal form."""
        meant = (n for a in found.query.alternatives for n in a.numbers)
        typed = (word.form for word in found.query.content)
        return frozenset((*typed, *(self.index.words[number] for number in meant)))

    def _choose(self, found: Found) -> tuple[list[Excerpt], int]:
        """Excerpts in the order they are shown, and how many documents speak.

        The best of each document that speaks, by worth; then the rest by worth.
        """
        met = MET * self.thresholds.of(found.query.language).high
        bar = SPEAKS * found.candidates[0].value
        voices: list[Candidate] = []
        others: list[Candidate] = []
        heard: set[int] = set()
        for candidate in self._telling_first(found):
            document = candidate.document
            if document not in heard and candidate.value >= bar and candidate.signal >= met:
                heard.add(document)
                voices.append(candidate)
            else:
                others.append(candidate)
        if not voices:
            voices, others = [found.candidates[0]], list(found.candidates[1:])
            heard = {voices[0].document}
        # A document that does not speak is not quoted: its best would come after the second
        # of one that does, and an answer is not padded.
        others = [candidate for candidate in others if candidate.document in heard]
        wanted = self.options.max_excerpts + FURTHER
        chosen = list(self._apart(found, [*voices, *others], wanted))
        return chosen, len(voices)

    def _telling_first(self, found: Found) -> list[Candidate]:
        """The candidates, a document's best figure before its other sentences.

        Only where a figure is asked for and the best of all candidates gives one: then
        what other documents have to say to it is their figure.
        """
        candidates = list(found.candidates)
        if found.candidates[0].kind < COUNTED:
            return candidates
        best: dict[int, float] = {}
        for candidate in candidates:
            best.setdefault(candidate.document, candidate.value)

        def rank(candidate: Candidate) -> float:
            top = best[candidate.document]
            tells = candidate.kind >= COUNTED and candidate.value >= TELLS * top
            return top + candidate.value / 1e6 if tells else candidate.value

        return sorted(candidates, key=rank, reverse=True)

    def _apart(
        self, found: Found, candidates: Sequence[Candidate], count: int
    ) -> Iterator[Excerpt]:
        """The excerpts of `candidates` in order, none sharing words with one before it."""
        wanted = self._wanted(found)
        taken: dict[int, list[Span]] = {}
        for candidate in candidates:
            if count <= 0:
                return
            spans = taken.setdefault(candidate.document, [])
            sentence = self.index.passages.sentence(candidate.passage, candidate.sentence)
            if any(span.overlaps(sentence) for span in spans):
                continue
            made = self._excerpt(found, candidate, wanted)
            if any(span.overlaps(made.span) for span in spans):
                continue
            spans.append(made.span)
            count -= 1
            yield made


def _readings(found: Found, index: Index) -> tuple[Reading, ...]:
    """What unknown words were taken for; a word that was only inflected is not worth telling."""
    made: list[Reading] = []
    for word in found.query.content:
        if word.number is not None:
            continue
        read = tuple(
            index.words[number]
            for alternative in found.query.alternatives
            if alternative.means == (word.form,)
            and len(alternative.numbers) == 1
            and not alternative.related
            for number in alternative.numbers
        )
        if read and not any(_inflects(word.form, each) for each in read):
            first, *rest = read
            made.append(Reading(word.surface, (first, *rest)))
    return tuple(made)


def _inflects(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _asked(found: Found) -> tuple[Asked, ...]:
    content = [word for word in found.query.content if not word.asks]
    total = sum(word.idf for word in content) or 1.0
    return tuple(Asked(word.form, word.idf / total) for word in content)
