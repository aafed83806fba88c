"""Small talk: messages that ask the documents nothing, told from questions by their shape alone.

A message is small talk only if nothing is left of it beside the phrases of one language in
`small_talk.toml`, signs and emoji, or if it is a sum. Example: "hi bot, thanks 🙂" is, while
"what does the hello command do?", "hello world" and "“hello”" are questions.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources

import regex

from bot.chat.texts.languages import LANGUAGES, Language

MOST_WORDS = 12
"""Words of the longest small talk."""

_FILE = resources.files("bot.chat") / "small_talk.toml"
_LISTS: dict[str, dict[str, list[str]]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
_FILLER = "filler"

_PICTURE = regex.compile(
    r"[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\u200d\ufe0f\u20e3]"
    r"|<a?:\w+:\d+>|(?<!\S):[\w+-]+:(?!\S)|(?<!\S)(?:[:;=]['-]?[()DPpOo3*|/\\]|<3|\^\^|xd)(?!\S)",
    regex.IGNORECASE,
)
"""An emoji, its name as Discord and Matrix write it, or an emoticon such as ":-)"."""

_MARKS = regex.compile(r"[.,;:!?…¡¿~()]|(?<!\S)[-–—](?!\S)")
_LONG_LETTER = regex.compile(r"(\p{L})\1{2,}")
_NUMBER = r"[(\s]*[+-]?\d+(?:[.,]\d+)*[)\s]*"
_SIGNS = r"\*\*|[+*×÷^]"
_DOUBTFUL_SIGNS = r"(?<=[\s)])[/x](?=[\s(])"
"""Signs that stand in dates and names, too ("9/11", "24/7"), so blanks surround them.

A dash or a colon makes no sum: it stands in spans and scales, with blanks too ("7.1 - 7.3").
"""


class SmallTalkKind(Enum):
    """The kind of a greeting or the like; of several in one message the first here counts."""

    ABILITIES = "abilities"
    IDENTITY = "identity"
    ARITHMETIC = "arithmetic"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    GREETING = "greeting"
    REACTION = "reaction"


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """A message that asks the documents nothing; `languages` are those that have its phrases.

    Example: "hi" is English and German, an emoji is of no language.
    """

    kind: SmallTalkKind
    languages: tuple[Language, ...] = ()


def small_talk(text: str) -> SmallTalk | None:
    """Classify a message as small talk; None for all that may be a question to the documents."""
    folded = " ".join(text.casefold().replace("’", "'").split())
    if sums := tuple(language for language in LANGUAGES if _is_sum(folded, language)):
        has_words = any(map(str.isalpha, folded))
        return SmallTalk(SmallTalkKind.ARITHMETIC, sums if has_words else ())
    without_pictures = _PICTURE.sub(" ", folded)
    words = _LONG_LETTER.sub(r"\1", _MARKS.sub(" ", without_pictures)).split()
    if not words and without_pictures != folded:
        return SmallTalk(SmallTalkKind.REACTION)
    if len(words) > MOST_WORDS:
        return None
    kinds = {language: _kind(words, language) for language in LANGUAGES}
    kind = next(filter(None, kinds.values()), None)
    if kind is None:
        return None
    return SmallTalk(kind, tuple(each for each, its_kind in kinds.items() if its_kind is kind))


def _kind(words: list[str], language: Language) -> SmallTalkKind | None:
    """The first kind of the phrases of a language that are all of `words`; None if not all are."""
    names = set(_phrase_kinds(words, language)) - {_FILLER}
    if None in names:
        return None
    return next((kind for kind in SmallTalkKind if kind.value in names), None)


def _phrase_kinds(words: list[str], language: Language) -> Iterator[str | None]:
    """The kind of each phrase that `words` are made of, None for a word that belongs to none.

    The longest phrase is taken first.
    """
    phrases, at = _phrases(language), 0
    while at < len(words):
        ends = range(len(words), at, -1)
        end = next((end for end in ends if " ".join(words[at:end]) in phrases), at + 1)
        yield phrases.get(" ".join(words[at:end]))
        at = end


@cache
def _phrases(language: Language) -> dict[str, str]:
    """The kind of each phrase of a language."""
    kinds = (_FILLER, *(kind.value for kind in SmallTalkKind))
    return {phrase.casefold(): kind for kind in kinds for phrase in _LISTS[language].get(kind, ())}


def _is_sum(text: str, language: Language) -> bool:
    sure, doubtful = _sums(language)
    return sure.fullmatch(text) is not None or doubtful.fullmatch(text) is not None


@cache
def _sums(language: Language) -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    """Patterns of a sum: with signs that make one, and with others where words ask for it."""
    lists = _LISTS[language]
    asks = "|".join(map(regex.escape, lists["sums"]))
    named = "|".join(map(regex.escape, lists["operators"]))
    end = r"(?:=\s*)?[?\s.!]*+"
    sure = rf"¿?(?:(?:{asks})\s+)?{_NUMBER}(?:(?:{_SIGNS}|{named}){_NUMBER})++{end}"
    signs = rf"(?:{_SIGNS}|{_DOUBTFUL_SIGNS}|{named})"
    doubtful = rf"¿?(?:{asks})\s+{_NUMBER}(?:{signs}{_NUMBER})++{end}"
    return regex.compile(sure), regex.compile(doubtful)
