"""Ordinary words of a language, which are never read as other words."""

from bot.language.word_lists import word_list

NOUNS_WITH_CAPITAL = frozenset(("de", "lb"))
"""Languages that write ordinary nouns with a capital; in others words with one are names."""


def is_ordinary_word(word: str, language: str) -> bool:
    """Whether `word`, in normal form, is in the list of `language` (ISO 639-1)."""
    words = word_list(language)
    if word in words:
        return True
    return language in NOUNS_WITH_CAPITAL and word.capitalize() in words
