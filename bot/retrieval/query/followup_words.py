"""Word lists that distinguish follow-ups from standalone questions: `followup_words.toml`."""

import tomllib
from importlib import resources

import regex

_FILE = resources.files("bot.retrieval.query") / "followup_words.toml"
_LISTS = tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _words(name: str) -> frozenset[str]:
    return frozenset(_LISTS[name].split())


def _sets(name: str) -> dict[str, frozenset[str]]:
    return {key: frozenset(forms.split()) for key, forms in _LISTS[name].items()}


QUESTION_WORDS = _sets("question_words")
PERSONAL_PRONOUNS = _sets("personal_pronouns")
POINTING_WORDS = _sets("pointing_words")
ADDRESS_PRONOUNS = _sets("address_pronouns")
EXPLETIVE_BESIDE = _sets("expletive_beside")
EXPLETIVE_WITH = _sets("expletive_with")
DETERMINERS = _words("determiners")
ARTICLES = _words("articles")
POSSESSIVES = _words("possessives")
WHO = _words("who")
REPORTING_WORDS = _words("reporting_words")
PLACE_PREPOSITIONS = _words("place_prepositions")
PREPOSITIONS = PLACE_PREPOSITIONS | _words("other_prepositions")
MONTHS = _words("months")
AMBIGUOUS_MONTHS = _words("ambiguous_months")
WEEKDAYS = _words("weekdays")

LANGUAGES = tuple(QUESTION_WORDS)
"""The languages in which follow-ups are recognised (ISO 639-1)."""


_WORD_ENDS = r"(?![\p{L}\p{N}'’-])"
_OTHERS = r"[^\p{L}\p{N}]"
_PLEASANTRY = rf"(?:{'|'.join(_LISTS['pleasantries'])}){_WORD_ENDS}"
_F = regex.IGNORECASE | regex.VERSION1
_PLEASANTRIES = regex.compile(rf"(?:{_OTHERS}*+{_PLEASANTRY})++{_OTHERS}*+", _F)
_LAST_PLEASANTRIES = regex.compile(rf"(?:{_OTHERS}++{_PLEASANTRY})++{_OTHERS}*+$", _F)


def without_pleasantries(text: str) -> tuple[int, int]:
    """Where `text` begins and ends without greetings and thanks around it."""
    first, last = _PLEASANTRIES.match(text), _LAST_PLEASANTRIES.search(text)
    return first.end() if first else 0, last.start() if last else len(text)


def opening_end(text: str, language: str) -> int:
    """Where the opening of a follow-up ends in `text` ("and", "what about"); 0 without one."""
    openings = "|".join((*_LISTS["openings"], *_LISTS["brief_openings"].get(language, ())))
    pattern = rf"[\s¿¡\"'“«(]*(?:{openings}){_WORD_ENDS}"
    match = regex.compile(pattern, _F).match(text, without_pleasantries(text)[0])
    return match.end() if match else 0
