"""Places of pinned quotes: the words of a pin, found as spans of the documents.

A quote is looked for at its place, then elsewhere in its document, then, if that is not there, in
the other documents of its collection: a file that was renamed keeps its pins. Blanks and line
breaks are taken for each other, and marks that a page does not show may be missing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, takewhile

from bot.core.corpus import Corpus, collection_of
from bot.core.documents import Document, Span
from bot.core.pins import Pin, PinnedQuote, PinState, PlacedPin, PlacedQuote
from bot.core.replies import Excerpt


def excerpts_of(
    words: str, document: Document, corpus: Corpus, *, ignore_case: bool = False
) -> Iterator[Excerpt]:
    """The places of `words` in `document` that may be quoted, in order.

    A quote lies inside one passage of `corpus`. It is found in time that is proportional to the
    text, whatever the words: readers choose words and documents.
    """
    wanted = " ".join(words.split())
    places = _places(wanted, document, corpus, ignore_case=ignore_case, is_shown=False)
    first = next(places, None)
    if first is None and document.hidden:
        yield from _places(wanted, document, corpus, ignore_case=ignore_case, is_shown=True)
    elif first is not None:
        yield first
        yield from places


def _places(
    wanted: str, document: Document, corpus: Corpus, *, ignore_case: bool, is_shown: bool
) -> Iterator[Excerpt]:
    """The places in the text itself, or in the text as a page shows it."""
    folded = wanted.casefold()
    for within in corpus.passage_spans(document) if wanted else ():
        text = document.shown(within.start, within.end) if is_shown else within.of(document.text)
        # Most passages end here, with neither a `Passage` nor a list of offsets.
        if folded not in " ".join(text.casefold().split()):
            continue
        hidden = document.hidden if is_shown else ()
        for span in _spans(wanted, document.text, within, hidden, ignore_case=ignore_case):
            passage = corpus.passage_at(document, span.start)
            is_excluded = any(span.overlaps(each) for each in document.excluded)
            if passage is not None and not is_excluded:
                yield Excerpt(passage, (span,))


def _spans(
    wanted: str, text: str, within: Span, hidden: Sequence[Span], *, ignore_case: bool
) -> Iterator[Span]:
    """The spans of `text` within one that read as `wanted`, where blanks are single.

    For "a b" in "A   b", where case is ignored: `offsets` = 0 1 4 and `signs` = "a b".
    """
    first = bisect_right(hidden, within.start, key=lambda mark: mark.end)
    inside = takewhile(lambda mark: mark.start < within.end, islice(hidden, first, None))
    left_out = {offset for mark in inside for offset in range(mark.start, mark.end)}
    offsets: list[int] = []
    signs: list[str] = []
    for offset in range(within.start, within.end):
        sign = " " if text[offset].isspace() else text[offset]
        is_blank_again = sign == " " and signs[-1:] == [" "]
        if offset not in left_out and not is_blank_again:
            offsets.append(offset)
            signs.append(_without_case(sign) if ignore_case else sign)
    there = "".join(signs)
    wanted = "".join(map(_without_case, wanted)) if ignore_case else wanted
    place = there.find(wanted)
    while place >= 0:
        behind = place + len(wanted)
        yield Span(offsets[place], offsets[behind - 1] + 1)
        place = there.find(wanted, behind)


def _without_case(sign: str) -> str:
    """A character without its case, as one character: "ß" is no "ss" here."""
    folded = sign.casefold()
    return folded if len(folded) == 1 else sign.lower()[:1]


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
    places = list(excerpts_of(quote.quote, document, corpus))
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
    firsts = (next(excerpts_of(quote.quote, each, corpus), None) for each in documents)
    excerpts = [excerpt for excerpt in firsts if excerpt is not None]
    if len(excerpts) != 1:
        return PlacedQuote(quote, PinState.GONE, collection)
    return PlacedQuote(quote, PinState.MOVED, collection, excerpts[0])
