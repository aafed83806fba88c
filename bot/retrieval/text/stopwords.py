"""Stopwords: words that ask or join and do not name the topic of a question.

They have a small weight in ranking, since a question may depend on one of them, and none in the
decision about silence. They are those of stopwordsiso and, from `asking_words.toml`, the question
words it lacks, which stand in questions and not in documents. English has all its own in that
file, since the packaged list counts words such as "act" and "system" as stopwords.
"""

import tomllib
from functools import cache
from importlib import resources

import stopwordsiso

from bot.retrieval.text.analysis import normalise, words


@cache
def _asking_words() -> dict[str, str]:
    file = resources.files("bot.retrieval.text") / "asking_words.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def stopwords(language: str) -> frozenset[str]:
    """The stopwords of a language (ISO 639-1), in normal form; empty if it is unknown."""
    has_packaged = language != "en" and stopwordsiso.has_lang(language)
    packaged = stopwordsiso.stopwords(language) if has_packaged else ()
    listed = (*packaged, *_asking_words().get(language, "").split())
    if language == "th":
        # Thai is indexed by trigrams, so its stopwords are the trigrams of the listed words.
        return frozenset(trigram.form for word in listed for trigram in words(word))
    return frozenset(normalise(word) for word in listed)
