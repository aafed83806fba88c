"""Excerpts: the span of a passage that is quoted, around its best sentence.

The best sentence is widened by whole neighbouring sentences up to a target length. A sentence
that is too long by itself is cut, with a visible gap. An excerpt from the middle of a quotation
begins with the clause that names the speaker, one from a list with the line that introduces it.

Example, with the second sentence as the best and a target of 100 characters:

    The clerk lost the key. He found it after a week in the stove. The end came in spring.

"He" refers back, so the sentence before is added first. With the sentence after, the excerpt
would be longer than 100 characters, so that is left out.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate

import regex

from bot.core.documents import Passage, Span
from bot.core.replies import ELLIPSIS, Excerpt
from bot.retrieval.answer.lead_in import lead_within
from bot.retrieval.text.analysis import grams, similarity, words
from bot.retrieval.text.quotations import is_anaphoric, speaker_clause

HARD_FACTOR = 4 / 3
"""The longest excerpt, as a multiple of the target length; longer sentences are cut."""

_CLAUSE_END = regex.compile(r"[,;:—–)](?=\s)|(?<=[、，；])")
_CLAUSE_AFTER_NAME = regex.compile(
    r"(?:[\s’'-]+\p{Lu}[\p{L}\p{M}’'-]*+)*+(?P<clause>[^\p{L}\p{N}]*+[^,;:—–()、，；]*+[,;:—–)、，；]?)"
)
_LIST_MARK = regex.compile(r"\s*(?:[-*+•]|\p{Nd}{1,9}[.)])?\s*")
_CLAUSE_WEIGHT = 0.5
_HEAD = 60
_TAIL = 40
_NEIGHBOURHOOD = 80


def excerpt(
    passage: Passage,
    sentence: int,
    ranks: Sequence[float],
    terms: Collection[str],
    characters: int,
    score: float,
) -> Excerpt:
    """The excerpt of `passage` around its sentence number `sentence`.

    `ranks` has the score of each sentence, by which neighbours are chosen; `terms` are the
    question's words in normal form, by which a long sentence is cut; `characters` is the target
    length.
    """
    text = passage.document.text
    best = passage.sentences[sentence]
    longest = int(characters * HARD_FACTOR)
    if len(best) > longest:
        return Excerpt(passage, _cut(text, best, terms, longest - 2 * len(ELLIPSIS)), score, best)
    clause = _introduction(passage, best.start)
    budget = characters - (0 if clause is None else len(clause))
    span = _widened(passage, sentence, ranks, max(budget, len(best)))
    if clause is None or clause.end > span.start:
        clause = _introduction(passage, span.start)
    too_long = longest - len(ELLIPSIS) - 2
    if clause is None or clause.end > span.start or len(clause) + len(span) > too_long:
        return Excerpt(passage, (span,), score, best)
    return Excerpt(passage, _joined(text, clause, span), score, best)


def _introduction(passage: Passage, start: int) -> Span | None:
    """The words that an excerpt from offset `start` on is not understood without."""
    return speaker_clause(passage, start) or lead_within(passage, start)


def _joined(text: str, clause: Span, span: Span) -> tuple[Span, *tuple[Span, ...]]:
    """Two parts with a visible gap; one span where only blanks or a mark stand between them."""
    between = text[clause.end : span.start]
    if _LIST_MARK.fullmatch(between):
        return (Span(clause.start, span.end),)
    # The blanks around the gap belong to the excerpt, so that they separate the ellipsis.
    blank_after = len(between) - len(between.lstrip())
    blank_before = len(between) - len(between.rstrip())
    return (
        Span(clause.start, clause.end + min(blank_after, 1)),
        Span(span.start - min(blank_before, 1), span.end),
    )


def _widened(passage: Passage, sentence: int, ranks: Sequence[float], budget: int) -> Span:
    """The sentence with as many neighbours as `budget` characters allow, the better first."""
    sentences = passage.sentences
    text = passage.document.text
    first = last = sentence

    def length(a: int, b: int) -> int:
        return sentences[b].end - sentences[a].start

    if first and is_anaphoric(sentences[first].of(text)) and length(first - 1, last) <= budget:
        first -= 1
    while True:
        options = [
            (ranks[place] if place < len(ranks) else 0.0, -abs(place - sentence), place)
            for place in (first - 1, last + 1)
            if 0 <= place < len(sentences) and length(min(first, place), max(last, place)) <= budget
        ]
        if not options:
            return Span(sentences[first].start, sentences[last].end)
        _, _, place = max(options)
        first, last = min(first, place), max(last, place)


def _cut(
    text: str, sentence: Span, terms: Collection[str], characters: int
) -> tuple[Span, *tuple[Span, ...]]:
    """A long sentence with one gap where that is enough, else its best stretch and its ends."""
    body = sentence.of(text)
    base = sentence.start
    stops = _stops(body)
    hits = sorted([*_hits(body, terms), *_clauses_after_names(body, terms)])
    gap = _smallest_gap(body, stops, hits, characters)
    if gap is not None:
        return (Span(base, base + gap.start), Span(base + gap.end, sentence.end))
    start, end = _best_stretch(body, stops, hits, characters)
    bounds = [0]
    head_end = _head_end(body)
    if start > head_end + 1:
        while body[start - 1].isspace() and start - 1 > head_end:
            start -= 1
        bounds += [head_end, start]
    tail = _tail_start(body)
    if end < tail - 1:
        bounds += [end + body[end].isspace(), tail]
    bounds.append(len(body))
    first, *rest = (
        Span(base + a, base + b) for a, b in zip(bounds[::2], bounds[1::2], strict=True)
    )
    return (first, *rest)


def _best_stretch(
    body: str, stops: Sequence[int], hits: Sequence[tuple[int, float]], characters: int
) -> tuple[int, int]:
    """The stretch between two stops with most hits that leaves room for the ends of `body`."""
    best = (-1.0, 0, 0)
    places = [place for place, _ in hits]
    sums = [0.0, *accumulate(weight for _, weight in hits)]
    for start in (0, *stops):
        limit = characters - _TAIL - (_HEAD if start else 0)
        last = bisect_right(stops, start + limit) - 1
        end = stops[last] if last >= 0 and stops[last] > start else min(start + limit, len(body))
        weight = sums[bisect_left(places, end)] - sums[bisect_left(places, start)]
        if weight > best[0] + 1e-9:
            best = (weight, start, end)
    _, start, end = best
    stretch = body[start:end].strip()
    start = body.index(stretch, start)
    return start, start + len(stretch)


def _smallest_gap(
    body: str, stops: Sequence[int], hits: Sequence[tuple[int, float]], characters: int
) -> Span | None:
    """The gap that brings `body` down to `characters` and costs the fewest hits.

    Of gaps with the same cost, the one farthest from any hit is chosen, since the words beside a
    hit explain it. None if more than half of `body` would be left out. The blanks on both sides
    of the gap stay.
    """
    least = len(body) - characters + 1
    if least > len(body) // 2:
        return None
    best: tuple[float, int, int, Span] | None = None
    # The text after the gap begins with a clause; the text before it may end after any word.
    starts = {stop for stop in stops if stop >= _HEAD // 2}
    starts.update(m.start() for m in regex.finditer(r"\s+", body) if m.start() >= _HEAD // 2)
    for start in sorted(starts):
        for end in stops:
            if not least <= end - start <= least + _NEIGHBOURHOOD or end == len(body):
                continue
            lost = sum(weight for place, weight in hits if start <= place < end)
            apart = min((max(start - place, place - end, 0) for place, _ in hits), default=0)
            gap = Span(start + body[start].isspace(), end)
            cost = (lost, -min(apart, _NEIGHBOURHOOD), end - start)
            if best is None or cost < best[:3]:
                best = (*cost, gap)
    return None if best is None else best[3]


def _stops(body: str) -> list[int]:
    """The places where `body` may be cut: ends of clauses, and of words if clauses are long."""
    stops = [match.end() for match in _CLAUSE_END.finditer(body)]
    if not stops or max(b - a for a, b in zip([0, *stops], [*stops, len(body)], strict=True)) > 200:
        stops += [match.start() for match in regex.finditer(r"\s+", body)]
    if not stops:
        stops = list(range(20, len(body), 20))
    return sorted({*stops, len(body)})


def _hits(body: str, terms: Collection[str]) -> list[tuple[int, float]]:
    """The places in `body` of words similar to those of the question, with their similarity."""
    term_grams = [grams(form) for form in terms]
    every = frozenset(gram for each in term_grams for gram in each)
    hits: list[tuple[int, float]] = []
    for word in words(body):
        own = grams(word.form)
        if word.form in terms:
            hits.append((word.start, 1.0))
        elif not every.isdisjoint(own):
            alike = max(similarity(own, other) for other in term_grams)
            if alike >= 0.5:
                hits.append((word.start, alike))
    return hits


def _clauses_after_names(body: str, terms: Collection[str]) -> Iterator[tuple[int, float]]:
    """The first and the last place of each clause that tells of a name asked about.

    Example: of "Aleksei Brandt, who kept the Corvel light, left" the clause after `brandt` is
    ", who kept the Corvel light,". A gap that takes it costs as much as one that takes a term.
    """
    for word in words(body):
        if word.form not in terms or not body[word.start].isupper():
            continue
        match = _CLAUSE_AFTER_NAME.match(body, word.end)
        if match is not None and any(map(str.isalnum, match["clause"])):
            start, end = match.span("clause")
            yield start, _CLAUSE_WEIGHT
            yield end - 1, _CLAUSE_WEIGHT


def _head_end(body: str) -> int:
    blanks = regex.finditer(r"\s", body[:_HEAD])
    return max((match.end() for match in blanks), default=min(20, len(body)))


def _tail_start(body: str) -> int:
    blank = regex.search(r"\s", body, pos=max(len(body) - _TAIL, 0))
    return blank.start() if blank else max(len(body) - 10, 0)
