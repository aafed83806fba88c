"""Answer type: what a question asks for, and how well a sentence holds such an answer.

Example: "How many sailors were rescued?" has the question phrase "How many" and the answer
type NUMBER, and counts sailors. "On 9 May sailors were rescued" holds a number that is a date
(strength 0.4); "some 290 sailors were rescued" holds one that counts sailors (strength 2).
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

import regex


class AnswerType(Enum):
    """The type of answer that a question asks for; ANY for one without a question phrase."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    REASON = "reason"
    ANY = "any"


_F = regex.IGNORECASE | regex.VERSION1

# For each type: patterns of whole words, by language; then parts of words, for scripts without
# blanks.
_PHRASES: dict[AnswerType, tuple[str, str]] = {
    AnswerType.NUMBER: (
        r"how (?:many|much|large|big|long|old|far|often|high|deep|tall|heavy|fast|wide)|"
        r"what (?:number|share|percentage|percent|proportion|amount|price|fee|size|cost)|"
        r"wie ?viele?|wie (?:hoch|gro(?:ß|ss)|lange|oft|weit|alt|teuer)|"
        r"welcher (?:anteil|betrag)|"
        r"cu[aá]nt[oa]s?|qu[eé] (?:porcentaje|cantidad)|"
        r"combien|quant[ieo]|quant[oa]s|c[aâ]te|c[aâ][tţț]i|hoeveel|hur m[aå]nga|ile|"
        r"скільки|сколько|kaç|bao nhiêu|πόσ\w+",
        "كم|कितन|多少|几|幾|เท่าไ|กี่|何(?:人|年|個|回)|いくつ|몇|얼마",
    ),
    AnswerType.DATE: (
        r"when|(?:what|which) (?:year|date|day|month|time)|(?:since|until) when|"
        r"(?:seit |bis )?wann|welche[ms] (?:jahr|tag|datum)|"
        r"cu[aá]ndo|qu[eé] (?:a[ñn]o|fecha|d[ií]a)|"
        r"quand|quando|c[aâ]nd|wanneer|n[aä]r|kiedy|коли|когда|ne zaman|khi nào|năm nào|πότε",
        "متى|कब|什么时候|何时|哪一?年|เมื่อ(?:ไร|ใด)|いつ|언제",
    ),
    AnswerType.NAME: (
        r"who|whom|whose|which (?:person|country|city|company|general|minister|group)|"
        r"wer|wen|wem|wessen|qui[eé]n(?:es)?|qui|chi|quem|cine|wie is|vem|"
        r"kto|хто|кто|kim|ai|ποι\w+",
        "من هو|من الذي|कौन|किस|谁|誰|ใคร|だれ|누구",
    ),
    AnswerType.REASON: (
        r"why|what (?:is|was|were) the (?:reason|cause)|what caused|how come|"
        r"warum|wieso|weshalb|weswegen|por ?qu[eé]|pourquoi|perch[eé]|de ce|waarom|varf[oö]r|"
        r"dlaczego|чому|почему|зачем|neden|niçin|niye|tại sao|vì sao|γιατί",
        "لماذا|क्यों|为什么|為什麼|ทำไม|なぜ|왜",
    ),
}


def _one_of(whole_words: str, parts: str) -> regex.Pattern[str]:
    return regex.compile(rf"\b(?:{whole_words})\b|{parts}", _F)


_PHRASE = {answer_type: _one_of(*fragments) for answer_type, fragments in _PHRASES.items()}

_NUMBER_WORDS = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|"
    r"hundreds?|thousands?|dozens?|millions?|billions?|half|third|quarter|twice|single|none|"
    r"eine?[rmn]?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|hundert|tausend|dutzend|"
    r"una?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|cien(?:to)?|mil"
)
_MONTHS = (
    r"jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch|s)?|märz|apr(?:il)?|may|mai|june?|juni|july?|"
    r"juli|aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?|enero|"
    r"febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)
# A number that is not part of a date: "December 9", "9 December", "May 9, 2016" and "9th" fail.
_COUNT = (
    rf"(?=\p{{Nd}})(?<![\p{{Nd}}.,])(?<!\b(?:{_MONTHS})\.?\s(?:\p{{Nd}}\p{{Nd}}?,\s)?)"
    rf"\p{{Nd}}[\p{{Nd}}.,]*+%?(?!\.?\s(?:of\s|de\s)?(?:{_MONTHS})\b)(?!(?:st|nd|rd|th)\b)"
)
_WEEKDAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag"
_DATE_WORD = regex.compile(rf"(?:{_MONTHS}|{_WEEKDAYS}|mittwoch)", _F)
_HOLDS: dict[AnswerType, regex.Pattern[str]] = {
    AnswerType.NUMBER: _one_of(_NUMBER_WORDS, r"\p{Nd}|[一二三四五六七八九十百千万两]"),
    AnswerType.DATE: _one_of(
        rf"(?:1\d|20)\d\d|{_MONTHS}|{_WEEKDAYS}",
        r"\p{Nd}{4}|\p{Nd}+\s*[年月日]|\p{Nd}{1,2}[./]\p{Nd}{1,2}|\p{Nd}+(?:st|nd|rd|th)\b"
        r"|\bcentur(?:y|ies)\b",
    ),
    AnswerType.NAME: regex.compile(
        r"(?<!^)(?<![.!?]\s)(?<![“\"‘«„]) \p{Lu}\p{Ll}+|\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+", regex.VERSION1
    ),
    AnswerType.REASON: _one_of(
        r"because|since|due to|in order to|so that|therefore|reason|cause[sd]?|as a (?:way|result)|"
        r"owing to|thus|aims? to|purpose|weil|da(?:mit)?|denn|wegen|aufgrund|grund|um .{3,40} zu|"
        r"porque|debido|a causa|ya que|para|por ello|puesto que|motivo|vì|do|bởi|"
        r"для|потому|из-за|поскольку|çünkü|için|nedeniyle|επειδή|λόγω",
        "因为|由于|लिए|क्योंकि|कारण|لأن|بسبب|เพราะ|เนื่องจาก",
    ),
}

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
