"""Questions that lean on the one before, as "and in July?", made into questions that stand.

A missed follow-up costs the asker a few words; a false one answers what was not asked.
So a question leans only where its form says so: an opening such as "and", a pronoun that
stands for nothing in it, or words that ask and nothing to ask about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache

import regex

from bot.retrieval.query.answer_type import Asking, Cue, asking_of
from bot.retrieval.query.followup_words import (
    ADDRESS,
    AMBIGUOUS_MONTHS,
    DEMONSTRATIVES,
    IDLE_AMONG,
    IDLE_BESIDE,
    LANGUAGES,
    MONTHS,
    OWNING,
    PERSONS,
    PLACING,
    POINTERS,
    PREPOSITIONS,
    QUESTION_WORDS,
    SAYING,
    WEEKDAYS,
    WHO,
    opening_end,
)
from bot.retrieval.query.query import question_language
from bot.retrieval.text.analysis import Word, words
from bot.retrieval.text.stopwords import function_words

MOST_BORROWED = 12
"""Content words that are borrowed at most, the first ones."""

MOST_READ = 64
"""Words of a question that are looked at; one that is longer stands by itself."""

_YEAR = regex.compile(r"^(?:1[5-9]|20)\p{Nd}\p{Nd}$")
_EXPLAINED = regex.compile(r"\([^()]*[\p{L}\p{N}][^()]*\)\s*$")
"""Words in brackets at the end: what a follow-up that is asked again has borrowed already."""

_DAY = regex.compile(r"^\p{Nd}{1,2}(?:st|nd|rd|th)?$")
_DEED = regex.compile(r"^(?:\w+ed|left|fled|fell|went|came|lost|won)$")
_ELISION = regex.compile(
    r"^(?:qu|jusqu|lorsqu|puisqu|[cdjlmnst]|dell|all|nell|dall|un)['’]", regex.I
)


@dataclass(frozen=True, slots=True)
class Borrowed:
    """What is asked instead of a question that leans on the one before.

    `question` is its text with the borrowed words behind it in brackets; `words` are
    those as they were typed, neighbours together.
    """

    question: str
    words: tuple[str, ...]


class _Kind(Enum):
    FUNCTION = "function"
    CONTENT = "content"
    MONTH = "month"
    YEAR = "year"
    WEEKDAY = "weekday"


_DATES = (_Kind.MONTH, _Kind.YEAR, _Kind.WEEKDAY)


class _Lean(Enum):
    """How much a question needs of the one before: nothing, where and when, or all."""

    NOT = "not"
    SETTING = "setting"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word of a question, or words that hyphens join, with their normal forms."""

    surface: str
    start: int
    end: int
    forms: tuple[str, ...]
    kind: _Kind
    name: bool

    @property
    def tells(self) -> bool:
        return self.kind is not _Kind.FUNCTION


@dataclass(frozen=True, slots=True)
class _Question:
    text: str
    language: str
    opening: int
    asking: Asking | None
    units: tuple[_Unit, ...]

    @property
    def content(self) -> tuple[_Unit, ...]:
        return tuple(unit for unit in self.units if unit.tells)

    @property
    def forms(self) -> frozenset[str]:
        return frozenset(form for unit in self.units for form in unit.forms)

    @property
    def asks(self) -> bool:
        """Whether it has a word that asks, behind its opening."""
        asking = QUESTION_WORDS[self.language]
        return any(
            not unit.tells and unit.start >= self.opening and unit.forms[0] in asking
            for unit in self.units
        ) or (self.asking is not None and self.asking.start >= self.opening)

    @property
    def counted(self) -> _Unit | None:
        """The thing that is counted: the word of content right behind "how many"."""
        if self.asking is None or self.asking.cue is not Cue.NUMBER:
            return None
        following = [unit for unit in self.units if unit.start >= self.asking.end]
        if following and following[0].forms[0] in PREPOSITIONS:
            following = following[1:]
        return following[0] if following and following[0].tells else None


def language_of(found: Iterable[Word]) -> str:
    """The one of `LANGUAGES` that a question with these words is read in."""
    return question_language(found, LANGUAGES)


def borrow(
    question: str,
    before: str,
    found: Sequence[Word] | None = None,
    language: str | None = None,
) -> Borrowed | None:
    """The question that is meant by `question` after `before`; None where it stands by itself.

    `found` are the words of `question`, and `language` is that of `before`, where they are
    known already.
    """
    found = list(words(question)) if found is None else found
    language = language or language_of(words(before))
    others = (language, *(each for each in LANGUAGES if each != language))
    follow = _read(question, found, question_language(found, others))
    if follow is None:
        return None
    lean = _lean(follow)
    earlier = None if lean is _Lean.NOT else _read(before, list(words(before)), language)
    if earlier is None:
        return None
    chosen = _chosen(follow, earlier, lean)
    if not any(unit.tells for unit in chosen):
        return None
    phrases = tuple(_phrases(chosen, before))
    return Borrowed(f"{question.strip()} ({', '.join(phrases)})", phrases)


def _read(text: str, found: Sequence[Word], language: str) -> _Question | None:
    """The question in `text`, whose words are `found`; None for a long one."""
    if len(found) > MOST_READ:
        return None
    opening = opening_end(text, language)
    cased = text != text.upper()
    units: list[_Unit] = []
    for group in _joined(found, language):
        start, end = group[0].start, group[-1].end
        surface = text[start:end]
        kind = _kind(group, surface, language, opening, bool(units), cased)
        name = bool(units) and cased and surface[0].isupper() and language != "de"
        units.append(_Unit(surface, start, end, tuple(w.form for w in group), kind, name))
    return _Question(text, language, opening, asking_of(text), tuple(units))


def _joined(found: Sequence[Word], language: str) -> Iterator[tuple[Word, ...]]:
    """Words that a hyphen joins together, pronouns excepted ("dit-elle")."""
    pronouns, stopped = _pronouns(language), function_words(language)
    joins = {(word.start, word.end) for word in found if word.joined}
    group: list[Word] = []
    for word in found:
        if word.joined:
            continue
        tied = group and any(s <= group[-1].start and word.end <= e for s, e in joins)
        both = {word.form, *(each.form for each in group)}
        if group and not (tied and not both & pronouns and both - stopped):
            yield tuple(group)
            group = []
        group.append(word)
    if group:
        yield tuple(group)


@cache
def _pronouns(language: str) -> frozenset[str]:
    return PERSONS[language] | POINTERS[language]


@cache
def _small(language: str) -> frozenset[str]:
    """The words of a language that tell nothing."""
    asking = QUESTION_WORDS[language] | PREPOSITIONS
    return function_words(language) | _pronouns(language) | ADDRESS[language] | asking


def _kind(
    group: Sequence[Word], surface: str, language: str, opening: int, inside: bool, cased: bool
) -> _Kind:
    if group[0].start < opening:
        return _Kind.FUNCTION
    capital = surface[0].isupper() and inside and cased
    forms = {word.form for word in group}
    if any(form in MONTHS and (capital or form not in AMBIGUOUS_MONTHS) for form in forms):
        return _Kind.MONTH
    if forms & WEEKDAYS:
        return _Kind.WEEKDAY
    if len(forms) == 1 and _YEAR.match(group[0].form):
        return _Kind.YEAR
    if cased and len(surface) > 1 and surface.isupper():
        # The organisation WHO and the country US are not the words they look like.
        return _Kind.CONTENT
    small = _small(language)
    bare = _ELISION.sub("", surface).casefold() if len(group) == 1 else ""
    return _Kind.FUNCTION if forms <= small or bare in small else _Kind.CONTENT


def _lean(question: _Question) -> _Lean:
    content = len(question.content)
    rest = [unit for unit in question.units if unit.start >= question.opening]
    if not rest or _addresses(question) or _EXPLAINED.search(question.text):
        return _Lean.NOT
    if any(_stands_for_what_was_before(question, place) for place, _ in enumerate(question.units)):
        return _Lean.ALL
    if question.opening:
        if content <= (1 if question.asks else 2):
            return _Lean.ALL
        return _Lean.SETTING if content == 2 else _Lean.NOT
    if question.asks and (content == 0 or (content == 1 and _counts_nothing(question))):
        return _Lean.ALL
    fragment = rest[0].forms[0] in PLACING and not question.asks and len(rest) <= 4
    return _Lean.ALL if fragment and content == 1 else _Lean.NOT


def _addresses(question: _Question) -> bool:
    """Whether it speaks to the one who answers, or of the one who asks."""
    formal = question.language == "de" and any(u.surface == "Sie" for u in question.units[1:])
    return formal or any(
        not unit.tells and unit.forms[0] in ADDRESS[question.language] for unit in question.units
    )


def _stands_for_what_was_before(question: _Question, place: int) -> bool:
    """Whether the word at `place` is a pronoun, and nothing in the question is what it means."""
    units, language = question.units, question.language
    form = units[place].forms[0]
    if units[place].tells or form not in _pronouns(language):
        return False
    beside = {unit.forms[0] for unit in units[max(place - 1, 0) : place + 2]}
    if beside & IDLE_BESIDE.get(form, frozenset()):
        return False
    if question.forms & IDLE_AMONG.get(form, frozenset()):
        return False
    content = len(question.content)
    named = any(unit.tells for unit in units[:place])
    before_content = place + 1 < len(units) and units[place + 1].tells
    if (form == "das" and before_content) or (named and form in OWNING):
        return False
    if place and units[0].forms[0] in WHO and units[place - 1].forms[0] in SAYING:
        return False
    points = form in DEMONSTRATIVES and before_content
    if form in PERSONS[language]:
        return content <= (1 if named else 3)
    if form == "it":
        return content <= (1 if named or place == 1 else 2)
    return content <= (2 if points else 1)


def _counts_nothing(question: _Question) -> bool:
    """Whether it asks how many without saying of what: "how many were killed", "how many died"."""
    if question.asking is None or question.asking.cue is not Cue.NUMBER:
        return False
    following = [unit for unit in question.units if unit.start >= question.asking.end]
    if not following:
        return False
    if following[0].tells:
        return len(following) == 1 and _DEED.match(following[0].forms[0]) is not None
    return len(following) > 1 and following[-1].tells and following[0].forms[0] in _AUXILIARIES


_AUXILIARIES = frozenset(
    "are were have had wurden sind waren haben hatten fueron han ont furent étaient".split()
)


def _chosen(follow: _Question, earlier: _Question, lean: _Lean) -> list[_Unit]:
    """The words of the question before that are borrowed, in its order."""
    gone = _replaced(follow, earlier)
    asking = earlier.asking
    with_asking = lean is _Lean.ALL and not follow.asks and asking is not None
    chosen: list[_Unit] = []
    for unit in earlier.units:
        inside = asking is not None and asking.start <= unit.start < asking.end
        if inside:
            if with_asking:
                chosen.append(unit)
        elif (
            unit.tells
            and (lean is _Lean.ALL or unit.name or unit.kind in _DATES)
            and unit not in gone
            and not set(unit.forms) & follow.forms
        ):
            chosen.append(unit)
    return chosen[:MOST_BORROWED]


def _replaced(follow: _Question, earlier: _Question) -> list[_Unit]:
    """The words of the question before that the follow-up puts others for."""
    gone: list[_Unit] = []
    kinds = {unit.kind for unit in follow.units} & set(_DATES)
    for place, unit in enumerate(earlier.units):
        if unit.kind in kinds:
            gone.append(unit)
            if unit.kind is not _Kind.YEAR:
                near = (*earlier.units[max(place - 1, 0) : place], *earlier.units[place + 1 :][:1])
                gone += [each for each in near if _DAY.match(each.forms[0])]
    own = [unit for unit in follow.content if unit.kind is _Kind.CONTENT]
    if own:
        gone += _places_replaced(follow, earlier)
    counted = earlier.counted
    if counted is not None and (
        follow.counted is not None
        or (len(own) == 1 and _bare(follow) and not own[0].name and follow.language != "de")
    ):
        gone.append(counted)
    names = [unit for unit in earlier.content if unit.name and unit.kind is _Kind.CONTENT]
    if len(own) == 1 and own[0].name and _bare(follow) and names:
        first, last = earlier.units.index(names[0]), earlier.units.index(names[-1])
        if last - first == len(names) - 1:
            gone += names
            gone += _before_name(earlier, first)
    return gone


def _before_name(question: _Question, first: int) -> list[_Unit]:
    """The words between a preposition and the name at `first`: "eastern" of "from eastern X"."""
    run: list[_Unit] = []
    for unit in reversed(question.units[:first]):
        if unit.kind is not _Kind.CONTENT:
            return run if unit.forms[0] in PREPOSITIONS else []
        run.append(unit)
    return []


def _bare(question: _Question) -> bool:
    """Whether it is an opening and a thing only: "what about Idlib?"."""
    return bool(question.opening) and not any(
        unit.forms[0] in PREPOSITIONS or unit.forms[0] in QUESTION_WORDS[question.language]
        for unit in question.units
        if unit.start >= question.opening and not unit.tells
    )


def _places_replaced(follow: _Question, earlier: _Question) -> Iterator[_Unit]:
    """What follows a preposition, where the follow-up has the same one before another word."""
    used = {
        unit.forms[0]
        for unit, after in zip(follow.units, follow.units[1:], strict=False)
        if unit.forms[0] in PREPOSITIONS and after.kind is _Kind.CONTENT
    }
    lower = earlier.text == earlier.text.lower()
    for place, unit in enumerate(earlier.units):
        if unit.forms[0] not in used:
            continue
        run: list[_Unit] = []
        for after in earlier.units[place + 1 :]:
            capital = after.surface[0].isupper()
            if after.kind is not _Kind.CONTENT or (run and not capital and _ends(run)):
                break
            run.append(after)
        if lower:
            yield from run[:1]
        elif run and _ends(run):
            yield from run


def _ends(run: Sequence[_Unit]) -> bool:
    """Whether words that follow a preposition have come to their name."""
    return run[-1].surface[0].isupper()


def _phrases(chosen: Sequence[_Unit], text: str) -> Iterator[str]:
    """The chosen words as typed; those with nothing but a blank between them as one."""
    start: int | None = None
    for unit, after in zip(chosen, (*chosen[1:], None), strict=True):
        start = unit.start if start is None else start
        if after is not None and text[unit.end : after.start] == " ":
            continue
        yield text[start : unit.end]
        start = None
