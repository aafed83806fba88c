"""Where the excerpts of different documents give different figures or dates.

Precision before recall: a false alarm is worse than a miss. A figure is compared only
where the question asks for one, it stands beside words the question asks about, and the
sentences of both documents cover the same part of the question.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import regex

from bot.core.documents import Span
from bot.core.replies import Difference, Excerpt, Figure, FigureKind
from bot.retrieval.query.answer_type import Cue
from bot.retrieval.text.analysis import fold, grams, words

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
_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """A content word of the question, and its weight as a share of the whole."""

    form: str
    weight: float


@dataclass(frozen=True, slots=True)
class _Found:
    """The figure of one excerpt that answers best, with the words that stand by it.

    `covered` are the question's words in its sentence, `nearby` those in its passage.
    """

    figure: Figure
    value: tuple[float, str] | tuple[int | None, int | None, int | None]
    covered: frozenset[str]
    nearby: frozenset[str]
    distance: int


def differences(
    excerpts: Sequence[Excerpt], cue: Cue, asked: Collection[Asked]
) -> tuple[Difference, ...]:
    """What the first excerpt of each document says differently; at most one difference."""
    if cue not in (Cue.NUMBER, Cue.DATE) or not asked:
        return ()
    best: dict[str, _Found] = {}
    matching = _Matching(asked)
    for excerpt in excerpts:
        path = excerpt.passage.document.path
        found = _best_figure(excerpt, cue, asked, matching)
        if found is not None and path not in best:
            best[path] = found
    weight = {each.form: each.weight for each in asked}
    kept: list[_Found] = []
    for found in best.values():
        if not kept or _same_thing(kept[0], found, weight):
            kept.append(found)
    if len(kept) < 2 or not any(_differ(kept[0], other) for other in kept[1:]):
        return ()
    first, second, *rest = (found.figure for found in kept)
    kind = FigureKind.FIGURE if cue is Cue.NUMBER else FigureKind.DATE
    return (Difference(kind, (first, second, *rest)),)


def _same_thing(one: _Found, other: _Found, weight: dict[str, float]) -> bool:
    # What one sentence names may be said before in the other's passage.
    named = one.covered | other.covered
    shared = sum(weight[form] for form in named & one.nearby & other.nearby)
    either = sum(weight[form] for form in named)
    units = one.value[1] == other.value[1] if isinstance(one.value[1], str) else True
    return units and shared >= _SAME_SHARE * either


def _differ(one: _Found, other: _Found) -> bool:
    if isinstance(one.value[1], str):
        a, b = float(one.value[0] or 0), float(other.value[0] or 0)
        return abs(a - b) > _TOLERANCE * max(abs(a), abs(b), 1e-9)
    pairs = zip(one.value, other.value, strict=True)
    return any(a is not None and b is not None and a != b for a, b in pairs)


def _best_figure(
    excerpt: Excerpt, cue: Cue, asked: Collection[Asked], matching: _Matching
) -> _Found | None:
    """The figure that stands nearest to what is asked, in a sentence that is about it."""
    best: _Found | None = None
    for sentence in excerpt.passage.sentences:
        for part in excerpt.parts:
            if not part.overlaps(sentence):
                continue
            shown = Span(max(part.start, sentence.start), min(part.end, sentence.end))
            for found in _figures(excerpt, shown, cue, asked, matching):
                if best is None or (-len(found.covered), found.distance) < (
                    -len(best.covered),
                    best.distance,
                ):
                    best = found
    return best


def _figures(
    excerpt: Excerpt, sentence: Span, cue: Cue, asked: Collection[Asked], matching: _Matching
) -> list[_Found]:
    body = sentence.of(excerpt.passage.document.text)
    spots = [(word.start, matching[word.form]) for word in words(body) if not word.joined]
    places = [start for start, _ in spots]
    covered = frozenset(form for _, form in spots if form is not None)
    share = sum(each.weight for each in asked if each.form in covered)
    if share < _COVERED:
        return []
    nearby = covered.union(
        form for word in words(excerpt.passage.text) if (form := matching[word.form]) is not None
    )
    found = []
    dates = [match.span() for match in _DATE.finditer(body)]
    pattern = _NUMBER if cue is Cue.NUMBER else _DATE
    for match in pattern.finditer(body):
        value = _number(match, dates) if cue is Cue.NUMBER else _date(match)
        if value is None:
            continue
        first = sum(place < match.start() for place in places)
        last = sum(place < match.end() for place in places) - 1
        distance = min(
            (max(first - i, i - last, 0) for i, (_, form) in enumerate(spots) if form),
            default=_NEAR_WORDS + 1,
        )
        if distance <= _NEAR_WORDS:
            span = Span(sentence.start + match.start(), sentence.start + match.end())
            found.append(_Found(Figure(excerpt, span), value, covered, nearby, distance))
    return found


class _Matching(dict[str, str | None]):
    """The question's word that a word is like, None where it is like none; found once each."""

    def __init__(self, asked: Collection[Asked]) -> None:
        super().__init__()
        self._asked = [(each.form, frozenset(grams(each.form))) for each in asked]

    def __missing__(self, form: str) -> str | None:
        self[form] = found = self._found(form)
        return found

    def _found(self, form: str) -> str | None:
        own = frozenset(grams(form))
        for each, other in self._asked:
            if form == each:
                return each
            if own and other and 2 * len(own & other) >= _ALIKE * (len(own) + len(other)):
                return each
        return None


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
    """78,000 and 78.000 are thousands; 4.5 and 4,5 are not."""
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
        return None  # the verb, as often as the month
    return (year, month, day)
