"""Differences: where excerpts of several documents give different figures or dates.

Precision goes before recall, since a false alarm is worse than a miss. Figures are compared only
if the question asks for one, if they stand near words of the question, and if the sentences of
both documents cover the same part of the question.

Example: "How many sailors were rescued from the harbour?"

    In the storm 78,000 sailors were rescued from the harbour.      78,000
    By noon 80,000 sailors had been rescued from the harbour.       80,000, which differs
    The harbour has 12 cranes, and sailors love them.               12 is not compared

The third document has sailors and harbour, but "rescued" is neither in its sentence nor elsewhere
in its passage, so that it shares too little with the first.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import regex

from bot.core.documents import Span
from bot.core.replies import Difference, Excerpt, Figure, FigureKind
from bot.retrieval.query.answer_type import AnswerType
from bot.retrieval.text.analysis import fold, grams, similarity, words

_F = regex.IGNORECASE | regex.VERSION1
_QUALIFIER = (
    r"more than|less than|fewer than|at least|at most|up to|over|about|around|nearly|almost"
    r"|close to|some|approximately|roughly|exactly|mehr als|weniger als|mindestens|höchstens|über"
    r"|rund|etwa|knapp|fast|circa|más de|menos de|al menos|unos|unas|casi|cerca de|alrededor de"
)
_SCALES = {
    **dict.fromkeys(("thousand", "tausend", "mil"), 1e3),
    **dict.fromkeys(("millionen", "million", "millones", "mln"), 1e6),
    **dict.fromkeys(("milliarden", "billion", "bn"), 1e9),
}
_UNIT = r"%|percent|per cent|prozent|por ciento"
# These two are compiled, and kept by the library, when a question first asks for a figure or date.
_NUMBER = (
    rf"(?:\b(?P<about>{_QUALIFIER})\s+)?(?P<money>[$€£¥]\s?)?(?<![\p{{L}}\p{{N}}.,-])"
    rf"(?P<digits>\p{{Nd}}+(?:[.,]\p{{Nd}}+)*)(?:\s?(?P<scale>{'|'.join(_SCALES)})\b)?"
    rf"(?:\s?(?P<unit>{_UNIT}))?(?![\p{{L}}\p{{N}}])"
)
_MONTH_NAMES = (
    "january|janvier|januar|enero", "february|février|februar|febrero", "march|mars|märz|marzo",
    "april|avril|abril", "may|mai|mayo", "june|juin|juni|junio", "july|juillet|juli|julio",
    "august|août|agosto", "september|septembre|septiembre", "october|octobre|oktober|octubre",
    "november|novembre|noviembre", "december|décembre|dezember|diciembre",
)  # fmt: skip
_MONTHS = {name: n for n, names in enumerate(_MONTH_NAMES, 1) for name in names.split("|")}
_MONTH = "|".join(_MONTHS)
_DATE = (
    rf"\b(?:(?P<day>\p{{Nd}}{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:de\s+|of\s+)?(?P<month>{_MONTH})"
    rf"|(?P<part>mid|early|late|end of)[-\s](?P<month>{_MONTH})"
    rf"|(?P<month>{_MONTH})\s+(?P<day>\p{{Nd}}{{1,2}})(?:st|nd|rd|th)?(?!\p{{Nd}})"
    rf"|(?P<month>{_MONTH}))"
    rf"(?:,?\s+(?:de\s+|of\s+)?(?P<year>(?:1[5-9]|20)\p{{Nd}}\p{{Nd}}))?\b"
    rf"|\b(?P<year>(?:1[5-9]|20)\p{{Nd}}\p{{Nd}})\b"
)
_YEAR = regex.compile(r"^(?:1[5-9]|20)\p{Nd}\p{Nd}$")
_NEAR_WORDS = 6
_SAME_SHARE = 0.7
_COVERED = 0.5
_TOLERANCE = 0.005
_SIMILAR = 0.5
_KINDS = {AnswerType.NUMBER: FigureKind.FIGURE, AnswerType.DATE: FigureKind.DATE}


@dataclass(frozen=True, slots=True)
class _FigureMatch:
    """A figure of an excerpt, and the words of the question around it.

    `value` is one number, or year, month and day as far as a date has them. `covered` are the
    question's words in its sentence, `nearby` those in its passage; `distance` counts the words
    from the figure to the nearest word of the question.
    """

    figure: Figure
    value: tuple[float | None, ...]
    unit: str
    covered: frozenset[str]
    nearby: frozenset[str]
    distance: int


def differences(
    excerpts: Sequence[Excerpt], answer_type: AnswerType, weights: Mapping[str, float]
) -> tuple[Difference, ...]:
    """The difference of the documents' figures, from the first excerpt of each; at most one.

    `weights` has the content words of the question, each with its share of the weight of all.
    """
    kind = _KINDS.get(answer_type)
    if kind is None or not weights:
        return ()
    best: dict[str, _FigureMatch] = {}
    similar_word = _similar_word(weights)
    for excerpt in excerpts:
        figures = _figures(excerpt, kind, weights, similar_word)
        # The sentence with most words of the question, and there the figure nearest to one.
        match = min(figures, key=lambda each: (-len(each.covered), each.distance), default=None)
        if match is not None:
            best.setdefault(excerpt.passage.document.path, match)
    comparable: list[_FigureMatch] = []
    for match in best.values():
        if not comparable or _are_comparable(comparable[0], match, weights):
            comparable.append(match)
    tolerance = _TOLERANCE if kind is FigureKind.FIGURE else 0.0
    if not any(_differ(comparable[0], other, tolerance) for other in comparable[1:]):
        return ()
    first, second, *rest = (match.figure for match in comparable)
    return (Difference(kind, (first, second, *rest)),)


def _are_comparable(one: _FigureMatch, other: _FigureMatch, weights: Mapping[str, float]) -> bool:
    """Whether both figures have one unit, and both passages the words of either sentence."""
    in_either = one.covered | other.covered
    shared = sum(weights[form] for form in in_either & one.nearby & other.nearby)
    total = sum(weights[form] for form in in_either)
    return one.unit == other.unit and shared >= _SAME_SHARE * total


def _differ(one: _FigureMatch, other: _FigureMatch, tolerance: float) -> bool:
    return any(
        a is not None and b is not None and abs(a - b) > tolerance * max(a, b)
        for a, b in zip(one.value, other.value, strict=True)
    )


def _figures(
    excerpt: Excerpt,
    kind: FigureKind,
    weights: Mapping[str, float],
    similar_word: Callable[[str], str | None],
) -> Iterator[_FigureMatch]:
    """The figures in the sentences of an excerpt that stand near words of the question."""
    passage = excerpt.passage
    for sentence, part in product(passage.sentences, excerpt.parts):
        if not part.overlaps(sentence):
            continue
        start = max(part.start, sentence.start)
        body = passage.document.text[start : min(part.end, sentence.end)]
        places = [(word.start, similar_word(word.form)) for word in words(body) if not word.joined]
        covered = frozenset(form for _, form in places if form is not None)
        if sum(weight for form, weight in weights.items() if form in covered) < _COVERED:
            continue
        in_passage = (similar_word(word.form) for word in words(passage.text))
        nearby = covered.union(form for form in in_passage if form is not None)
        for match, value, unit in _numbers(body) if kind is FigureKind.FIGURE else _dates(body):
            first = sum(place < match.start() for place, _ in places)
            last = sum(place < match.end() for place, _ in places) - 1
            distance = min(
                max(first - i, i - last, 0) for i, (_, form) in enumerate(places) if form
            )
            if distance <= _NEAR_WORDS:
                figure = Figure(excerpt, Span(start + match.start(), start + match.end()))
                yield _FigureMatch(figure, value, unit, covered, nearby, distance)


def _similar_word(question_words: Collection[str]) -> Callable[[str], str | None]:
    """A function from a word to the question's word that it is similar to, or None."""
    grams_of = {form: grams(form) for form in question_words}

    @cache
    def similar_word(form: str) -> str | None:
        own = grams(form)
        similar = (
            word
            for word, other in grams_of.items()
            if form == word or similarity(own, other) >= _SIMILAR
        )
        return next(similar, None)

    return similar_word


_Values = Iterator[tuple[regex.Match[str], tuple[float | None, ...], str]]


def _numbers(text: str) -> _Values:
    """The numbers in `text` that are no part of a date, with their values and units."""
    dates = [match.span() for match in regex.finditer(_DATE, text, _F)]
    for match in regex.finditer(_NUMBER, text, _F):
        start, end = match.span("digits")
        unit = "%" if match["unit"] else (match["money"] or "").strip()
        is_bare = not unit and not match["scale"] and not match["about"]
        in_date = _YEAR.match(match["digits"]) or any(a <= start and end <= b for a, b in dates)
        if not (is_bare and in_date):
            scale = _SCALES[fold(match["scale"].casefold())] if match["scale"] else 1.0
            yield match, (_value(match["digits"]) * scale,), unit


def _value(digits: str) -> float:
    """The value of digits with separators: 78,000 and 78.000 are thousands, 4.5 and 4,5 are not."""
    plain = regex.sub(r"[.,](?=\p{Nd}{3}(?:\D|$))", "", digits)
    whole, _, decimals = plain.replace(",", ".").rpartition(".")
    return float(f"{whole.replace('.', '')}.{decimals}" if whole else plain)


def _dates(text: str) -> _Values:
    """The dates in `text`, each with year, month and day as far as it has them."""
    for match in regex.finditer(_DATE, text, _F):
        month = (match["month"] or "").casefold()
        year, day = (int(match[part]) if match[part] else None for part in ("year", "day"))
        # "may" alone is the verb as often as the month.
        if month != "may" or day or year:
            yield match, (year, _MONTHS.get(month), day), ""
