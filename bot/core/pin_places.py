"""Places of pinned quotes: the words of a pin, found as spans of the documents.

A quote is looked for at its place, then elsewhere in its document, then, if that is not there, in
the other documents of its collection: a file that was renamed keeps its pins. Blanks and line
breaks are taken for each other, and marks that a page does not show may be missing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from bot.core.corpus import Corpus, collection_of
from bot.core.documents import Document, Passage, Span
from bot.core.pins import Pin, PinnedQuote, PinState, PlacedPin, PlacedQuote
from bot.core.replies import Excerpt


def spans_of(words: str, document: Document, *, ignore_case: bool = False) -> Iterator[Span]:
    """The spans of `document` that read as `words`, in order."""
    if not words.strip():
        return
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    pattern = re.compile(r"\s+".join(map(re.escape, words.split())), flags)
    spans = [Span(*match.span()) for match in pattern.finditer(document.text)]
    if not spans and document.hidden:
        spans = list(_spans_as_shown(pattern, document))
    yield from spans


def _spans_as_shown(pattern: re.Pattern[str], document: Document) -> Iterator[Span]:
    """The matches in the text as a page shows it, as spans of the text itself."""
    shown = document.shown(0, len(document.text))
    # The place in `shown` of each hidden mark, and how many hidden characters end there.
    hidden = list(accumulate(map(len, document.hidden)))
    places = [mark.end - before for mark, before in zip(document.hidden, hidden, strict=True)]

    def origin(place: int) -> int:
        number = bisect_right(places, place)
        return place + (hidden[number - 1] if number else 0)

    for match in pattern.finditer(shown):
        yield Span(origin(match.start()), origin(match.end() - 1) + 1)


def excerpts_of(
    words: str, document: Document, passages: Sequence[Passage], *, ignore_case: bool = False
) -> Iterator[Excerpt]:
    """The places of `words` in `document` that may be quoted, in order.

    A quote lies inside one of the `passages`, which are those of the document.
    """
    starts = [passage.span.start for passage in passages]
    for span in spans_of(words, document, ignore_case=ignore_case):
        number = bisect_right(starts, span.start) - 1
        if number < 0 or not passages[number].span.covers(span):
            continue
        if not any(span.overlaps(each) for each in document.excluded):
            yield Excerpt(passages[number], (span,))


def place_of(excerpt: Excerpt) -> str:
    """The text of an excerpt's locator, as a pin has it."""
    return str(excerpt.citation.locator)


def place_pins(pins: Iterable[Pin], corpus: Corpus) -> tuple[PlacedPin, ...]:
    """The pins with their quotes as spans of `corpus`, in order."""
    return tuple(_placed(pin, corpus) for pin in pins)


def _placed(pin: Pin, corpus: Corpus) -> PlacedPin:
    first, *others = (_placed_quote(quote, corpus) for quote in pin.quotes)
    return PlacedPin(pin, (first, *others))


def _placed_quote(quote: PinnedQuote, corpus: Corpus) -> PlacedQuote:
    document = corpus.document(quote.document)
    if document is None:
        return _renamed(quote, corpus)
    places = list(excerpts_of(quote.quote, document, corpus.passages_of(document)))
    if not places:
        return PlacedQuote(quote, PinState.CHANGED, document.collection)
    at_place = [each for each in places if quote.place in ("", place_of(each))]
    state = PinState.LIVE if at_place else PinState.MOVED
    return PlacedQuote(quote, state, document.collection, (at_place or places)[0])


def _renamed(quote: PinnedQuote, corpus: Corpus) -> PlacedQuote:
    """The quote in the one other document of its collection that has its words.

    What other collections hold has no part in this: their rooms may be others.
    """
    collection = collection_of(quote.document)
    documents = (each for each in corpus.documents if each.collection == collection)
    found = ((each, next(_excerpts(quote, each, corpus), None)) for each in documents)
    excerpts = [excerpt for _, excerpt in found if excerpt is not None]
    if len(excerpts) != 1:
        return PlacedQuote(quote, PinState.GONE, collection)
    return PlacedQuote(quote, PinState.MOVED, collection, excerpts[0])


def _excerpts(quote: PinnedQuote, document: Document, corpus: Corpus) -> Iterator[Excerpt]:
    return excerpts_of(quote.quote, document, corpus.passages_of(document))
