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

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

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
_SCALE = r"thousand|million|billion|tausend|millionen|milliarden|mil|millones|mln|bn"
_UNIT = r"%|percent|per cent|prozent|por ciento"
_NUMBER = regex.compile(
    rf"(?:\b(?P<about>{_QUALIFIER})\s+)?(?P<money>[$€£¥]\s?)?(?<![\p{{L}}\p{{N}}.,-])"
    rf"(?P<digits>\p{{Nd}}+(?:[.,]\p{{Nd}}+)*)(?:\s?(?P<scale>{_SCALE})\b)?"
    rf"(?:\s?(?P<unit>{_UNIT}))?(?![\p{{L}}\p{{N}}])",
    _F,
)
_MONTH_NAMES = (
    "january|janvier|januar|enero", "february|février|februar|febrero", "march|mars|märz|marzo",
    "april|avril|abril", "may|mai|mayo", "june|juin|juni|junio", "july|juillet|juli|julio",
    "august|août|agosto", "september|septembre|septiembre", "october|octobre|oktober|octubre",
    "november|novembre|noviembre", "december|décembre|dezember|diciembre",
)  # fmt: skip
_MONTHS = {name: n for n, names in enumerate(_MONTH_NAMES, 1) for name in names.split("|")}
_MONTH = "|".join(_MONTHS)
_DATE = regex.compile(
    rf"\b(?:(?P<day>\p{{Nd}}{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:de\s+|of\s+)?(?P<month>{_MONTH})"
    rf"|(?P<part>mid|early|late|end of)[-\s](?P<month>{_MONTH})"
    rf"|(?P<month>{_MONTH})\s+(?P<day>\p{{Nd}}{{1,2}})(?:st|nd|rd|th)?(?!\p{{Nd}})"
    rf"|(?P<month>{_MONTH}))"
    rf"(?:,?\s+(?:de\s+|of\s+)?(?P<year>(?:1[5-9]|20)\p{{Nd}}\p{{Nd}}))?\b"
    rf"|\b(?P<year>(?:1[5-9]|20)\p{{Nd}}\p{{Nd}})\b",
    _F,
)
_YEAR = regex.compile(r"^(?:1[5-9]|20)\p{Nd}\p{Nd}$")
_NEAR_WORDS = 6
_SAME_SHARE = 0.7
_COVERED = 0.5
_TOLERANCE = 0.005
_SIMILAR = 0.5


@dataclass(frozen=True, slots=True)
class ContentTerm:
    """A content word of the question, and its weight as a share of all."""

    form: str
    weight: float


@dataclass(frozen=True, slots=True)
class _FigureMatch:
    """A figure of an excerpt, and the words of the question around it.

    `covered` are the question's words in its sentence, `nearby` those in its passage; `distance`
    counts the words from the figure to the nearest word of the question.
    """

    figure: Figure
    value: tuple[float, str] | tuple[int | None, int | None, int | None]
    covered: frozenset[str]
    nearby: frozenset[str]
    distance: int


def differences(
    excerpts: Sequence[Excerpt], answer_type: AnswerType, terms: Collection[ContentTerm]
) -> tuple[Difference, ...]:
    """The difference of the documents' figures, from the first excerpt of each; at most one."""
    if answer_type not in (AnswerType.NUMBER, AnswerType.DATE) or not terms:
        return ()
    best: dict[str, _FigureMatch] = {}
    similar_term = _SimilarTerms(terms)
    for excerpt in excerpts:
        path = excerpt.passage.document.path
        match = _best_figure(excerpt, answer_type, terms, similar_term)
        if match is not None and path not in best:
            best[path] = match
    weight = {term.form: term.weight for term in terms}
    comparable: list[_FigureMatch] = []
    for match in best.values():
        if not comparable or _are_comparable(comparable[0], match, weight):
            comparable.append(match)
    if len(comparable) < 2 or not any(_differ(comparable[0], other) for other in comparable[1:]):
        return ()
    first, second, *rest = (match.figure for match in comparable)
    kind = FigureKind.FIGURE if answer_type is AnswerType.NUMBER else FigureKind.DATE
    return (Difference(kind, (first, second, *rest)),)


def _are_comparable(one: _FigureMatch, other: _FigureMatch, weight: dict[str, float]) -> bool:
    """Whether both figures have one unit, and both passages the words of either sentence."""
    in_either = one.covered | other.covered
    shared = sum(weight[form] for form in in_either & one.nearby & other.nearby)
    total = sum(weight[form] for form in in_either)
    units = one.value[1] == other.value[1] if isinstance(one.value[1], str) else True
    return units and shared >= _SAME_SHARE * total


def _differ(one: _FigureMatch, other: _FigureMatch) -> bool:
    if isinstance(one.value[1], str):
        a, b = float(one.value[0] or 0), float(other.value[0] or 0)
        return abs(a - b) > _TOLERANCE * max(abs(a), abs(b), 1e-9)
    pairs = zip(one.value, other.value, strict=True)
    return any(a is not None and b is not None and a != b for a, b in pairs)


def _best_figure(
    excerpt: Excerpt,
    answer_type: AnswerType,
    terms: Collection[ContentTerm],
    similar_term: _SimilarTerms,
) -> _FigureMatch | None:
    """The figure in the sentence with most words of the question, nearest to one of them."""
    matches = (
        match
        for sentence in excerpt.passage.sentences
        for part in excerpt.parts
        if part.overlaps(sentence)
        for match in _figures(
            excerpt,
            Span(max(part.start, sentence.start), min(part.end, sentence.end)),
            answer_type,
            terms,
            similar_term,
        )
    )
    return min(matches, key=lambda match: (-len(match.covered), match.distance), default=None)


def _figures(
    excerpt: Excerpt,
    sentence: Span,
    answer_type: AnswerType,
    terms: Collection[ContentTerm],
    similar_term: _SimilarTerms,
) -> list[_FigureMatch]:
    """The figures of one sentence that stand near words of the question."""
    body = sentence.of(excerpt.passage.document.text)
    places = [(word.start, similar_term[word.form]) for word in words(body) if not word.joined]
    covered = frozenset(form for _, form in places if form is not None)
    if sum(term.weight for term in terms if term.form in covered) < _COVERED:
        return []
    in_passage = (similar_term[word.form] for word in words(excerpt.passage.text))
    nearby = covered.union(form for form in in_passage if form is not None)
    is_number = answer_type is AnswerType.NUMBER
    dates = [match.span() for match in _DATE.finditer(body)]
    figures = []
    for match in (_NUMBER if is_number else _DATE).finditer(body):
        value = _number(match, dates) if is_number else _date(match)
        if value is None:
            continue
        first = sum(start < match.start() for start, _ in places)
        last = sum(start < match.end() for start, _ in places) - 1
        distance = min(
            (max(first - i, i - last, 0) for i, (_, form) in enumerate(places) if form),
            default=_NEAR_WORDS + 1,
        )
        if distance <= _NEAR_WORDS:
            span = Span(sentence.start + match.start(), sentence.start + match.end())
            figures.append(_FigureMatch(Figure(excerpt, span), value, covered, nearby, distance))
    return figures


class _SimilarTerms(dict[str, str | None]):
    """The question's word that a word is similar to, or None; computed once for each word."""

    def __init__(self, terms: Collection[ContentTerm]) -> None:
        super().__init__()
        self._grams = {term.form: grams(term.form) for term in terms}

    def __missing__(self, form: str) -> str | None:
        own = grams(form)
        similar = (
            term
            for term, other in self._grams.items()
            if form == term or similarity(own, other) >= _SIMILAR
        )
        self[form] = result = next(similar, None)
        return result


def _number(match: regex.Match[str], dates: Sequence[tuple[int, int]]) -> tuple[float, str] | None:
    start, end = match.span("digits")
    digits = match["digits"]
    unit = "%" if match["unit"] else (match["money"] or "").strip()
    bare = not unit and not match["scale"] and not match["about"]
    if bare and (_YEAR.match(digits) or any(a <= start and end <= b for a, b in dates)):
        return None
    value = _value(digits) * _scale(match["scale"])
    return value, unit


def _value(digits: str) -> float:
    """The value of digits with separators: 78,000 and 78.000 are thousands, 4.5 and 4,5 are not."""
    plain = regex.sub(r"[.,](?=\p{Nd}{3}(?:\D|$))", "", digits)
    parts = regex.split(r"[.,]", plain)
    whole = "".join(parts[:-1]) + "." + parts[-1] if len(parts) > 1 else parts[0]
    return float(whole)


def _scale(word: str | None) -> float:
    if word is None:
        return 1.0
    name = fold(word.casefold())
    if name in ("thousand", "tausend", "mil"):
        return 1e3
    return 1e9 if name in ("billion", "milliarden", "bn") else 1e6


def _date(match: regex.Match[str]) -> tuple[int | None, int | None, int | None] | None:
    year = int(match["year"]) if match["year"] else None
    month = _MONTHS.get(match["month"].casefold()) if match["month"] else None
    day = int(match["day"]) if match["day"] else None
    if match["month"] and match["month"].casefold() == "may" and not (day or year):
        return None  # "may" alone is the verb as often as the month
    return (year, month, day)
