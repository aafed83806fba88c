"""Answer type: what a question asks for, and how well a sentence holds such an answer.

Example: "How many sailors were rescued?" has the question phrase "How many" and the answer
type NUMBER, and counts sailors. "On 9 May sailors were rescued" holds a number that is a date
(strength 0.4); "some 290 sailors were rescued" holds one that counts sailors (strength 2).
"""

import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from importlib import resources

import regex


class AnswerType(Enum):
    """The type of answer that a question asks for; ANY for one without a question phrase."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    REASON = "reason"
    ANY = "any"


_FILE = resources.files("bot.retrieval.query") / "answer_type.toml"
_PATTERNS = tomllib.loads(_FILE.read_text(encoding="utf-8"))
_HELD = _PATTERNS["holds"]
_NUMBER_WORDS = "|".join(_HELD["number"]["words"])
_MONTHS, _WEEKDAYS = ("|".join(_HELD["date"][names]) for names in ("months", "weekdays"))
_F = regex.IGNORECASE | regex.VERSION1


def _one_of(words: Iterable[str], parts: Iterable[str]) -> regex.Pattern[str]:
    return regex.compile(rf"\b(?:{'|'.join(words)})\b|{'|'.join(parts)}", _F)


_PHRASE = {
    AnswerType(name): _one_of(each["words"], each["parts"])
    for name, each in _PATTERNS["asks"].items()
}
_HOLDS = {
    AnswerType.NUMBER: _one_of([_NUMBER_WORDS], _HELD["number"]["parts"]),
    AnswerType.DATE: _one_of([*_HELD["date"]["words"], _MONTHS, _WEEKDAYS], _HELD["date"]["parts"]),
    AnswerType.NAME: regex.compile(
        r"(?<!^)(?<![.!?]\s)(?<![“\"‘«„]) \p{Lu}\p{Ll}+|\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+", regex.VERSION1
    ),
    AnswerType.REASON: _one_of(_HELD["reason"]["words"], _HELD["reason"]["parts"]),
}
_DEFINES = regex.compile(
    rf"[\W_]*+(?:(?:{'|'.join(_PATTERNS['defines']['before'])})(?=\W|\p{{Han}})(?P<subject>.+)"
    rf"|(?P<subject>.+?)(?:{'|'.join(_PATTERNS['defines']['after'])})[\W_]*)$",
    _F | regex.DOTALL,
)
_DATE_WORD = regex.compile(rf"(?:{_MONTHS}|{_WEEKDAYS}|mittwoch)", _F)

# A number that is not part of a date: "December 9", "9 December", "May 9, 2016" and "9th" fail.
_COUNT = (
    rf"(?=\p{{Nd}})(?<![\p{{Nd}}.,])(?<!\b(?:{_MONTHS})\.?\s(?:\p{{Nd}}\p{{Nd}}?,\s)?)"
    rf"\p{{Nd}}[\p{{Nd}}.,]*+%?(?!\.?\s(?:of\s|de\s)?(?:{_MONTHS})\b)(?!(?:st|nd|rd|th)\b)"
)
_WORD = r"[^\p{L}\p{N}.!?]+[\p{L}\p{M}\p{N}'’]+"
_BEFORE = rf"(?:{_WORD}){{0,3}}?[^\p{{L}}\p{{N}}]+"
_AFTER = rf"(?:{_WORD}){{0,9}}?[^\p{{L}}\p{{N}}]+"
_STEM = 4
EXACT_COUNT = 2.0
"""The strength of a sentence in which a figure counts the very thing asked about."""
_OTHER_NUMBER = 0.4


@dataclass(frozen=True, slots=True)
class AnswerMatcher:
    """Tells how well a sentence holds an answer of one type.

    `count` finds a number that counts the thing asked about, in a text in lower case; None
    where no such thing is named.
    """

    answer_type: AnswerType
    count: regex.Pattern[str] | None = None

    def strength(self, sentence: str) -> float:
        """How well `sentence` holds such an answer, from 0 (not at all) over 1 to `EXACT_COUNT`.

        That is for a figure that counts the thing asked about; another number has less than 1.
        """
        pattern = _HOLDS.get(self.answer_type)
        if pattern is None or pattern.search(sentence) is None:
            return 0.0
        if self.count is None:
            return 1.0
        match = self.count.search(sentence.lower())
        if match is None:
            return _OTHER_NUMBER
        return EXACT_COUNT if regex.search(r"\p{Nd}", match.group()) else 1.0


def _count_of(thing: str) -> regex.Pattern[str]:
    """A number at most three words before, or nine after, a word that begins like `thing`.

    For texts in lower case: a pattern that ignores case takes six times as long.
    """
    stem = regex.escape(thing.lower()[: max(_STEM, len(thing) - 3)])
    number = rf"(?:{_COUNT}|\b(?:{_NUMBER_WORDS})\b)"
    pattern = rf"{number}{_BEFORE}{stem}|\b{stem}[\p{{L}}\p{{M}}]*{_AFTER}{number}"
    return regex.compile(pattern, regex.VERSION1)


def defined_subject(question: str) -> str:
    """The X of a question that is no more than "What is X?"; "" for any other question."""
    match = _DEFINES.match(question)
    return "" if match is None else match["subject"]


@dataclass(frozen=True, slots=True)
class QuestionPhrase:
    """The words that ask ("how many", "seit wann"), at `start` to `end`, and their answer type."""

    answer_type: AnswerType
    start: int
    end: int


def is_date_word(word: str) -> bool:
    """Whether `word` is the name of a month or a day of the week."""
    return _DATE_WORD.fullmatch(word) is not None


def question_phrase(question: str) -> QuestionPhrase | None:
    """The first question phrase of `question`; None without any."""
    matches = [
        (match.start(), place, QuestionPhrase(answer_type, match.start(), match.end()))
        for place, (answer_type, pattern) in enumerate(_PHRASE.items())
        if (match := pattern.search(question))
    ]
    return min(matches, key=lambda each: each[:2])[2] if matches else None


def answer_matcher(
    question: str, phrase: QuestionPhrase | None, content: Collection[str]
) -> AnswerMatcher:
    """The matcher for answers to `question`; `content` are its content words, as typed."""
    if phrase is None:
        return AnswerMatcher(AnswerType.ANY)
    if phrase.answer_type is not AnswerType.NUMBER:
        return AnswerMatcher(phrase.answer_type)
    things = [word.strip(".,;:?!()") for word in question[phrase.end :].split()]
    thing = next((word for word in things if word in content and len(word) >= _STEM), None)
    return AnswerMatcher(phrase.answer_type, None if thing is None else _count_of(thing))
