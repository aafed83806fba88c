"""Word lists of simplemma: inflected forms of 54 languages.

They are read as compressed streams, so that English takes 2 MB and a tenth of a second, Polish,
the longest, 47 MB and two seconds; nothing is loaded before the first word is looked up.
"""

from collections.abc import Mapping
from functools import lru_cache

_LISTED_AS = {"no": "nb", "bs": "hbs", "hr": "hbs", "sr": "hbs"}
"""Languages (ISO 639-1) whose list has another code."""

_MOST_LANGUAGES = 4


def word_list(language: str) -> Mapping[str, str]:
    """The words of `language` (ISO 639-1); empty for a language without a list."""
    return _listed(_LISTED_AS.get(language, language))


@lru_cache(maxsize=_MOST_LANGUAGES)
def _listed(code: str) -> Mapping[str, str]:
    # Most questions need no list, and a program that has none loaded is smaller.
    from simplemma.strategies.dictionaries import LOW_MEMORY_DICTIONARY_FACTORY  # noqa: PLC0415

    try:
        return LOW_MEMORY_DICTIONARY_FACTORY.get_dictionary(code)
    except ValueError:
        return {}
