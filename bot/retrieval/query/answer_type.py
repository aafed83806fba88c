"""The kind of answer a question wants, and how well a sentence holds such a thing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

import regex


class Cue(Enum):
    """What a question asks for: a number, a date, a name, a reason, or anything."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    REASON = "reason"
    ANY = "any"


_F = regex.IGNORECASE | regex.VERSION1

# One line a language or two; whole words first, then what scripts without blanks write.
_ASKING: dict[Cue, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Cue.NUMBER: (
        (
            r"how (?:many|much|large|big|long|old|far|often|high|deep|tall|heavy|fast|wide)",
            r"what (?:number|share|percentage|percent|proportion|amount|price|fee|size|cost)",
            r"wie ?viele?|wie (?:hoch|gro(?:ß|ss)|lange|oft|weit|alt|teuer)",
            r"welcher (?:anteil|betrag)",
            r"cu[aá]nt[oa]s?|qu[eé] (?:porcentaje|cantidad)",
            r"combien|quant[ieo]|quant[oa]s|c[aâ]te|c[aâ][tţț]i|hoeveel|hur m[aå]nga|ile",
            r"скільки|сколько|kaç|bao nhiêu|πόσ\w+",
        ),
        (
            "كم",
            "कितन",
            "多少",
            "几",
            "幾",
            "เท่าไ",
            "กี่",
            "何(?:人|年|個|回)",
            "いくつ",
            "몇",
            "얼마",
        ),
    ),
    Cue.DATE: (
        (
            r"when|(?:what|which) (?:year|date|day|month|time)|(?:since|until) when",
            r"(?:seit |bis )?wann|welche[ms] (?:jahr|tag|datum)",
            r"cu[aá]ndo|qu[eé] (?:a[ñn]o|fecha|d[ií]a)",
            r"quand|quando|c[aâ]nd|wanneer|n[aä]r|kiedy|коли|когда|ne zaman|khi nào|năm nào|πότε",
        ),
        ("متى", "कब", "什么时候", "何时", "哪一?年", "เมื่อ(?:ไร|ใด)", "いつ", "언제"),
    ),
    Cue.NAME: (
        (
            r"who|whom|whose|which (?:person|country|city|company|general|minister|group)",
            r"wer|wen|wem|wessen|qui[eé]n(?:es)?|qui|chi|quem|cine|wie is|vem",
            r"kto|хто|кто|kim|ai|ποι\w+",
        ),
        ("من هو", "من الذي", "कौन", "किस", "谁", "誰", "ใคร", "だれ", "누구"),
    ),
    Cue.REASON: (
        (
            r"why|what (?:is|was|were) the (?:reason|cause)|what caused|how come",
            r"warum|wieso|weshalb|weswegen|por ?qu[eé]|pourquoi|perch[eé]|de ce|waarom|varf[oö]r",
            r"dlaczego|чому|почему|зачем|neden|niçin|niye|tại sao|vì sao|γιατί",
        ),
        ("لماذا", "क्यों", "为什么", "為什麼", "ทำไม", "なぜ", "왜"),
    ),
}


def _one_of(whole_words: tuple[str, ...], pieces: tuple[str, ...] = ()) -> regex.Pattern[str]:
    return regex.compile("|".join((rf"\b(?:{'|'.join(whole_words)})\b", *pieces)), _F)


_ASKS = {cue: _one_of(*fragments) for cue, fragments in _ASKING.items()}

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
# A number that is no part of a date: not in "December 9", "9 December", "May 9, 2016", "9th".
_COUNT = (
    rf"(?=\p{{Nd}})(?<![\p{{Nd}}.,])(?<!\b(?:{_MONTHS})\.?\s(?:\p{{Nd}}\p{{Nd}}?,\s)?)"
    rf"\p{{Nd}}[\p{{Nd}}.,]*+%?(?!\.?\s(?:of\s|de\s)?(?:{_MONTHS})\b)(?!(?:st|nd|rd|th)\b)"
)
_WEEKDAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag"
_DATE_WORD = regex.compile(rf"(?:{_MONTHS}|{_WEEKDAYS}|mittwoch)", _F)
_HOLDS: dict[Cue, regex.Pattern[str]] = {
    Cue.NUMBER: _one_of((_NUMBER_WORDS,), (r"\p{Nd}", "[一二三四五六七八九十百千万两]")),
    Cue.DATE: _one_of(
        (r"(?:1\d|20)\d\d", _MONTHS, _WEEKDAYS),
        (
            r"\p{Nd}{4}",
            r"\p{Nd}+\s*[年月日]",
            r"\p{Nd}{1,2}[./]\p{Nd}{1,2}",
            r"\p{Nd}+(?:st|nd|rd|th)\b",
            r"\bcentur(?:y|ies)\b",
        ),
    ),
    Cue.NAME: regex.compile(
        r"(?<!^)(?<![.!?]\s)(?<![“\"‘«„]) \p{Lu}\p{Ll}+|\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+", regex.VERSION1
    ),
    Cue.REASON: _one_of(
        (
            r"because|since|due to|in order to|so that|therefore|reason|cause[sd]?",
            r"as a (?:way|result)",
            r"owing to|thus|aims? to|purpose|weil|da(?:mit)?|denn|wegen|aufgrund|grund",
            r"um .{3,40} zu",
            r"porque|debido|a causa|ya que|para|por ello|puesto que|motivo|vì|do|bởi",
            r"для|потому|из-за|поскольку|çünkü|için|nedeniyle|επειδή|λόγω",
        ),
        ("因为", "由于", "लिए", "क्योंकि", "कारण", "لأن", "بسبب", "เพราะ", "เนื่องจาก"),
    ),
}

_WORD = r"[^\p{L}\p{N}.!?]+[\p{L}\p{M}\p{N}'’]+"
_BEFORE = rf"(?:{_WORD}){{0,3}}?[^\p{{L}}\p{{N}}]+"
_AFTER = rf"(?:{_WORD}){{0,9}}?[^\p{{L}}\p{{N}}]+"
_STEM = 4
COUNTED = 2.0
"""The strength of a sentence in which a figure counts the very thing asked about."""
_WEAK = 0.4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question asks for.

    `near` finds a number that counts the thing asked about, in a text in small letters.
    """

    cue: Cue
    near: regex.Pattern[str] | None = None

    def strength(self, sentence: str) -> float:
        """How well `sentence` holds such a thing: 0 not, 1 it does, 2 a figure counts the thing."""
        pattern = _HOLDS.get(self.cue)
        if pattern is None or pattern.search(sentence) is None:
            return 0.0
        if self.near is None:
            return 1.0
        match = self.near.search(sentence.lower())
        if match is None:
            return _WEAK
        return COUNTED if regex.search(r"\p{Nd}", match.group()) else 1.0


def _counts(thing: str) -> regex.Pattern[str] | None:
    """A number at most three words before, or nine after, what begins as `thing` does.

    For texts in small letters: to pass over the case takes six times as long.
    """
    stem = regex.escape(thing.lower()[: max(_STEM, len(thing) - 3)])
    number = rf"(?:{_COUNT}|\b(?:{_NUMBER_WORDS})\b)"
    pattern = rf"{number}{_BEFORE}{stem}|\b{stem}[\p{{L}}\p{{M}}]*{_AFTER}{number}"
    return regex.compile(pattern, regex.VERSION1)


@dataclass(frozen=True, slots=True)
class Asking:
    """The words of a question that ask, `start` to `end`, and what they ask for."""

    cue: Cue
    start: int
    end: int


def is_date_word(word: str) -> bool:
    """Whether `word` is the name of a month or a day of the week."""
    return _DATE_WORD.fullmatch(word) is not None


def asking_of(question: str) -> Asking | None:
    """The first words of asking in `question`: "how many", "seit wann"; None without any."""
    found = [
        (match.start(), place, Asking(cue, match.start(), match.end()))
        for place, (cue, pattern) in enumerate(_ASKS.items())
        if (match := pattern.search(question))
    ]
    return min(found, key=lambda each: each[:2])[2] if found else None


def wanted_of(question: str, asking: Asking | None, content: Collection[str]) -> Wanted:
    """The kind of answer `question` wants.

    `content` are the words of the question, as typed, that say what it is about.
    """
    if asking is None:
        return Wanted(Cue.ANY)
    if asking.cue is not Cue.NUMBER:
        return Wanted(asking.cue)
    things = [word.strip(".,;:?!()") for word in question[asking.end :].split()]
    thing = next((word for word in things if word in content and len(word) >= _STEM), None)
    return Wanted(asking.cue, None if thing is None else _counts(thing))
