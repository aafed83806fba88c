"""Matched words: the words of a quote that the question has, too, or another form of them."""

from collections.abc import Iterator
from functools import lru_cache

from bot.core.documents import Span
from bot.retrieval.query.followup_words import LANGUAGES
from bot.retrieval.query.query import question_language
from bot.retrieval.text.analysis import fold, grams, similarity, words
from bot.retrieval.text.stopwords import stopwords

ALIKE = 0.5
"""The least similarity of two forms of one word, such as "evacuated" and "evacuation"."""


def matched_words(question: str, text: str) -> Iterator[Span]:
    """The spans in `text` of words of `question` that are no stopwords, in order."""
    asked = _content(question)
    for word in words(text) if asked else ():
        form = fold(word.form)
        if not word.joined and any(
            form == each or similarity(grams(form), grams(each)) >= ALIKE for each in asked
        ):
            yield Span(word.start, word.end)


@lru_cache(maxsize=100)
def _content(question: str) -> frozenset[str]:
    """The folded forms of the words of a question that are no stopwords."""
    typed = list(words(question))
    common = stopwords(question_language(typed, LANGUAGES))
    return frozenset(fold(word.form) for word in typed if word.form not in common)
