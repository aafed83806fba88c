"""A passage and its best sentence to the span worth quoting.

Whole sentences: the best one, widened by its neighbours up to the wished length. One
that is too long by itself is cut with a visible gap. One that goes on with somebody
else's words keeps the clause that says whose they are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate

import regex

from bot.core.documents import Passage, Span
from bot.core.replies import ELLIPSIS, Excerpt
from bot.retrieval.text.analysis import grams, words
from bot.retrieval.text.quotations import quotes, speaker_clause

HARD_FACTOR = 4 / 3
"""How far beyond the wished length a single sentence may go before it is cut."""

_LEANS = regex.compile(
    r"^[“‘\"']?(they|he|she|it|this|these|those|that|such|there|the (following|same|next|latter"
    r"|former)|as a result|following|but|and|however|moreover|also|both|then|its|his|her|their"
    r"|instead|therefore|thus|so|in (it|this|that)|other)\b",
    regex.IGNORECASE,
)
_CLAUSE_END = regex.compile(r"[,;:—–)](?=\s)|(?<=[、，；])")
_HEAD = 60
_TAIL = 40
_NEIGHBOURHOOD = 80


def excerpt(
    passage: Passage,
    sentence: int,
    worth: Sequence[float],
    wanted: Collection[str],
    characters: int,
    score: float,
) -> Excerpt:
    """The excerpt of `passage` around its sentence number `sentence`.

    `worth` ranks the neighbours, `wanted` are the question's words in normal form (they
    decide what stays of a sentence that must be cut), `characters` is the wished length.
    """
    text = passage.document.text
    chosen = passage.sentences[sentence]
    hard = int(characters * HARD_FACTOR)
    if len(chosen) > hard:
        return Excerpt(passage, _cut(text, chosen, wanted, hard - 2 * len(ELLIPSIS)), score)
    lead = _lead(passage, chosen.start)
    budget = characters - (0 if lead is None else len(lead))
    span = _widened(passage, sentence, worth, max(budget, len(chosen)))
    if lead is None or lead.end > span.start:
        moved = _lead(passage, span.start)
        lead = None if moved is None or moved.end > span.start else moved
    if lead is None or len(lead) + len(span) > hard - len(ELLIPSIS) - 2:
        return Excerpt(passage, (span,), score)
    return Excerpt(passage, _joined(text, lead, span), score)


def leans(sentence: str) -> bool:
    """Whether `sentence` begins as one that is understood from the one before: "They", "So"."""
    return _LEANS.match(sentence) is not None


def _joined(text: str, lead: Span, span: Span) -> tuple[Span, *tuple[Span, ...]]:
    """Two parts with a visible gap; one span where only blanks stand between them."""
    between = text[lead.end : span.start]
    if not between.strip():
        return (Span(lead.start, span.end),)
    # The blanks around the gap are quoted too, so that the mark stands free.
    blank_after = len(between) - len(between.lstrip())
    blank_before = len(between) - len(between.rstrip())
    return (
        Span(lead.start, lead.end + min(blank_after, 1)),
        Span(span.start - min(blank_before, 1), span.end),
    )


def _lead(passage: Passage, start: int) -> Span | None:
    if not quotes(passage.text):
        return None
    offset = passage.span.start
    local = tuple(Span(s.start - offset, s.end - offset) for s in passage.sentences)
    clause = speaker_clause(passage.text, local, start - offset)
    return None if clause is None else Span(clause.start + offset, clause.end + offset)


def _widened(passage: Passage, sentence: int, worth: Sequence[float], budget: int) -> Span:
    sentences = passage.sentences
    text = passage.document.text
    first = last = sentence

    def length(a: int, b: int) -> int:
        return sentences[b].end - sentences[a].start

    if first and leans(sentences[first].of(text)) and length(first - 1, last) <= budget:
        first -= 1
    while True:
        options = [
            (worth[place] if place < len(worth) else 0.0, -abs(place - sentence), place)
            for place in (first - 1, last + 1)
            if 0 <= place < len(sentences) and length(min(first, place), max(last, place)) <= budget
        ]
        if not options:
            return Span(sentences[first].start, sentences[last].end)
        _, _, place = max(options)
        first, last = min(first, place), max(last, place)


def _cut(
    text: str, sentence: Span, wanted: Collection[str], characters: int
) -> tuple[Span, *tuple[Span, ...]]:
    """The stretch of a long sentence that holds most wanted words, with its beginning."""
    body = sentence.of(text)
    stops = _stops(body)
    hits = _hits(body, wanted)
    gap = _smallest_gap(body, stops, hits, characters)
    if gap is not None:
        base = sentence.start
        return (Span(base, base + gap.start), Span(base + gap.end, sentence.end))
    room = characters - _HEAD - _TAIL
    best = (-1.0, 0, 0)
    starts = [0, *stops]
    places = [place for place, _ in hits]
    sums = [0.0, *accumulate(weight for _, weight in hits)]
    for start in starts:
        limit = characters - _TAIL if start == 0 else room
        last = bisect_right(stops, start + limit) - 1
        end = stops[last] if last >= 0 and stops[last] > start else min(start + limit, len(body))
        gained = sums[bisect_left(places, end)] - sums[bisect_left(places, start)]
        if gained > best[0] + 1e-9:
            best = (gained, start, end)
    _, start, end = best
    start, end = _to_words(body, start, end)
    parts: list[Span] = []
    base = sentence.start
    head_end = _head_end(body)
    if start > head_end + 1:
        parts.append(Span(base, base + head_end))
        while start and body[start - 1].isspace() and start - 1 > head_end:
            start -= 1
    else:
        start = 0
    tail = _tail_start(body)
    if end < tail - 1:
        if body[end].isspace() and end + 1 < tail:
            end += 1
        parts += [Span(base + start, base + end), Span(base + tail, base + len(body))]
    else:
        parts.append(Span(base + start, base + len(body)))
    first, *rest = parts
    return (first, *rest)


def _smallest_gap(
    body: str, stops: Sequence[int], hits: Sequence[tuple[int, float]], characters: int
) -> Span | None:
    """The clauses whose loss brings `body` down to `characters` and costs the fewest hits.

    Of those that cost none, the ones farthest from any hit: what stands by a wanted word
    is what makes it understood. None where one gap would not do: where more than half would
    have to go. The blanks on both sides of the gap stay.
    """
    least = len(body) - characters + 1
    if least > len(body) // 2:
        return None
    best: tuple[float, int, int, Span] | None = None
    # After the gap a clause begins; before it one may break off, as it does where one is cut.
    starts = {stop for stop in stops if stop >= _HEAD // 2}
    starts.update(m.start() for m in regex.finditer(r"\s+", body) if m.start() >= _HEAD // 2)
    for start in sorted(starts):
        for end in stops:
            if not least <= end - start <= least + _NEIGHBOURHOOD or end == len(body):
                continue
            lost = sum(weight for place, weight in hits if start <= place < end)
            apart = min((max(start - place, place - end, 0) for place, _ in hits), default=0)
            inner = Span(start + body[start].isspace(), end)
            cost = (lost, -min(apart, _NEIGHBOURHOOD), end - start)
            if best is None or cost < best[:3]:
                best = (*cost, inner)
    return None if best is None else best[3]


def _stops(body: str) -> list[int]:
    stops = [match.end() for match in _CLAUSE_END.finditer(body)]
    if not stops or max(b - a for a, b in zip([0, *stops], [*stops, len(body)], strict=True)) > 200:
        stops += [match.start() for match in regex.finditer(r"\s+", body)]
    if not stops:
        stops = list(range(20, len(body), 20))
    return sorted({*stops, len(body)})


def _hits(body: str, wanted: Collection[str]) -> list[tuple[int, float]]:
    wanted_grams = {form: frozenset(grams(form)) for form in wanted}
    every = frozenset[str]().union(*wanted_grams.values())
    found: list[tuple[int, float]] = []
    for word in words(body):
        if word.form in wanted:
            found.append((word.start, 1.0))
            continue
        own = frozenset(grams(word.form))
        if own.isdisjoint(every):
            continue
        alike = max(
            (
                2 * len(own & other) / (len(own) + len(other))
                for other in wanted_grams.values()
                if other
            ),
            default=0.0,
        )
        if alike >= 0.5:
            found.append((word.start, alike))
    return found


def _to_words(body: str, start: int, end: int) -> tuple[int, int]:
    while start < end and body[start].isspace():
        start += 1
    while end > start and body[end - 1].isspace():
        end -= 1
    return start, end


def _head_end(body: str) -> int:
    blanks = [match.end() for match in regex.finditer(r"\s", body[:_HEAD])]
    return blanks[-1] if blanks else min(20, len(body))


def _tail_start(body: str) -> int:
    tail = max(len(body) - _TAIL, 0)
    blanks = [tail + match.start() for match in regex.finditer(r"\s", body[tail:])]
    return blanks[0] if blanks else max(len(body) - 10, 0)
