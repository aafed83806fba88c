"""Searches for curators who pin: places of words in the documents, and pins with their states."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from rapidfuzz.distance import Indel

from bot.core.corpus import Corpus
from bot.core.documents import Passage, Span
from bot.core.pin_places import excerpts_of
from bot.core.pins import Pin, PinState, PlacedPin, PlacedQuote
from bot.core.replies import Excerpt

LEAST_COMMON = 0.4
"""The share of the words of a lost quote that a passage must have to be shown beside it."""

MOST_COMPARED = 80
"""Lost quotes that are compared with the documents: those of ten pins, as many as a list shows."""

_WORDS_COMPARED = 200
"""Words of a quote that are compared with sentences."""

_WORST = (PinState.GONE, PinState.CHANGED, PinState.MOVED, PinState.LIVE)


@dataclass(frozen=True, slots=True)
class QuotePlace:
    """A place of some words: just these, the whole sentences they stand in, and the passage."""

    exact: Excerpt
    sentences: Excerpt
    passage: Excerpt


@dataclass(frozen=True, slots=True)
class QuoteStatus:
    """A pinned quote as it stands now; `nearest` are the words most like one that is lost."""

    placed: PlacedQuote
    nearest: Excerpt | None = None


@dataclass(frozen=True, slots=True)
class PinStatus:
    """A pin with its quotes as they stand now; it answers if none of them is lost."""

    pin: Pin
    quotes: tuple[QuoteStatus, *tuple[QuoteStatus, ...]]

    @property
    def state(self) -> PinState:
        """The worst state of its quotes."""
        states = {each.placed.state for each in self.quotes}
        return next(state for state in _WORST if state in states)

    @property
    def answers(self) -> bool:
        """Whether it answers its question."""
        return self.state in {PinState.LIVE, PinState.MOVED}


def quote_places(words: str, corpus: Corpus, count: int) -> tuple[QuotePlace, ...]:
    """The first `count` places of `words` in the documents, capitals and blanks ignored."""
    return tuple(islice(_quote_places(words, corpus), count))


def _quote_places(words: str, corpus: Corpus) -> Iterator[QuotePlace]:
    for document in corpus.documents:
        for exact in excerpts_of(words, document, corpus, ignore_case=True):
            sentences = _sentences_around(exact)
            whole = Excerpt(exact.passage, (exact.passage.span,))
            yield QuotePlace(exact, sentences, whole)


def _sentences_around(exact: Excerpt) -> Excerpt:
    """The whole sentences that an excerpt stands in."""
    own = [each for each in exact.passage.sentences if each.overlaps(exact.span)]
    start = min(exact.span.start, *(each.start for each in own[:1]))
    end = max(exact.span.end, *(each.end for each in own[-1:]))
    return Excerpt(exact.passage, (Span(start, end),))


def pin_statuses(
    pins: Iterable[PlacedPin], corpus: Corpus, space: str | None
) -> tuple[PinStatus, ...]:
    """The pins of a space and those for all, with the words of `corpus` nearest to lost ones."""
    own = [each for each in pins if each.pin.space in (None, space)]
    lost = [quote for each in own for quote in each.quotes if quote.excerpt is None]
    nearest = _nearest(lost[:MOST_COMPARED], corpus)
    return tuple(_status(each, nearest) for each in own)


def _status(placed: PlacedPin, nearest: Mapping[PlacedQuote, Excerpt]) -> PinStatus:
    first, *others = (QuoteStatus(each, nearest.get(each)) for each in placed.quotes)
    return PinStatus(placed.pin, (first, *others))


def _nearest(lost: Iterable[PlacedQuote], corpus: Corpus) -> dict[PlacedQuote, Excerpt]:
    """The sentences most like lost quotes: of their document, or of its collection without that.

    Each passage is split into words once, for all quotes that may be in it.
    """
    wanted = {each: Counter(each.pinned.quote.casefold().split()) for each in lost}
    own = {each: corpus.document(each.pinned.document) for each in wanted}
    best: dict[PlacedQuote, tuple[float, Passage]] = {}
    for document in corpus.documents:
        by_word: dict[str, list[tuple[PlacedQuote, int]]] = defaultdict(list)
        for each, of in own.items():
            if each.collection == document.collection if of is None else of.path == document.path:
                for word, count in wanted[each].items():
                    by_word[word].append((each, count))
        for passage in corpus.passages_of(document) if by_word else ():
            common: Counter[PlacedQuote] = Counter()
            for word, there in Counter(passage.text.casefold().split()).items():
                for each, count in by_word.get(word, ()):
                    common[each] += min(count, there)
            for each, number in common.items():
                share = number / wanted[each].total()
                if share >= LEAST_COMMON and (each not in best or share > best[each][0]):
                    best[each] = share, passage
    return {each: _most_like(each.pinned.quote, passage)[1] for each, (_, passage) in best.items()}


def nearest_words(quote: str, candidates: Iterable[Excerpt]) -> Excerpt | None:
    """The sentences most like a quote, of the passages of `candidates`; None if nothing is."""
    ranked = [_most_like(quote, each.passage) for each in candidates]
    likeness, nearest = max(ranked, key=lambda each: each[0], default=(0.0, None))
    return nearest if likeness else None


def _most_like(quote: str, passage: Passage) -> tuple[float, Excerpt]:
    """The sentences of a passage that are most like a quote, and how much: from 0 to 1."""
    text, wanted = passage.document.text, quote.split()[:_WORDS_COMPARED]

    def likeness(span: Span) -> float:
        # Whoever asks may choose quote and text: time has to stay short for any.
        return Indel.normalized_similarity(span.of(text).split(), wanted)

    span = max(passage.sentences, key=likeness)
    while True:
        wider = [
            Span(min(span.start, each.start), max(span.end, each.end))
            for each in passage.sentences
            if not span.covers(each)
        ]
        best = max(wider, key=likeness, default=span)
        if likeness(best) <= likeness(span):
            return likeness(span), Excerpt(passage, (span,))
        span = best


def pin_notes(pins: Iterable[PlacedPin], *states: PinState) -> tuple[str, ...]:
    """A sentence for each pinned quote in one of these states, for the report of a load."""
    quotes = ((each.pin, quote) for each in pins for quote in each.quotes)
    return tuple(_note(pin, quote) for pin, quote in quotes if quote.state in states)


def _note(pin: Pin, quote: PlacedQuote) -> str:
    question, document = pin.question, quote.pinned.document
    match quote.state:
        case PinState.MOVED:
            now = quote.excerpt.passage.document.path if quote.excerpt else document
            return f'the pin "{question}" follows its quote, which is elsewhere now, in {now}'
        case PinState.CHANGED:
            return (
                f'the pin "{question}" does not answer, for {document} has its words no more:'
                " pin it anew or take it out"
            )
        case _:
            return (
                f'the pin "{question}" does not answer, for {document} is gone:'
                " pin it anew or take it out"
            )
