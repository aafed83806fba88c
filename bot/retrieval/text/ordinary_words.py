"""Ordinary words of a language, which are never read as other words: the lists of simplemma.

Its dictionaries hold inflected forms of 54 languages. They are read as compressed streams, so that
English takes 2 MB and a tenth of a second, Polish, the longest, 47 MB and two seconds; nothing is
loaded before the first word is looked up.
"""

from collections.abc import Mapping
from functools import lru_cache

LISTED_AS = {"no": "nb", "bs": "hbs", "hr": "hbs", "sr": "hbs"}
"""Languages (ISO 639-1) whose list has another code."""

NOUNS_WITH_CAPITAL = frozenset(("de", "lb"))
"""Languages that write ordinary nouns with a capital; in others words with one are names."""

_MOST_LANGUAGES = 4


def is_ordinary_word(word: str, language: str) -> bool:
    """Whether `word`, in normal form, is in the list of `language` (ISO 639-1)."""
    words = _word_list(LISTED_AS.get(language, language))
    if word in words:
        return True
    return language in NOUNS_WITH_CAPITAL and word.capitalize() in words


@lru_cache(maxsize=_MOST_LANGUAGES)
def _word_list(language: str) -> Mapping[str, str]:
    # Most questions need no list, and a program that has none loaded is smaller.
    from simplemma.strategies.dictionaries import LOW_MEMORY_DICTIONARY_FACTORY  # noqa: PLC0415

    try:
        return LOW_MEMORY_DICTIONARY_FACTORY.get_dictionary(language)
    except ValueError:
        return {}
