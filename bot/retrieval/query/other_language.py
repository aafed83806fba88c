"""Questions in another language than all documents.

Such a question shares no words with the documents but names and figures, so it is compared with
them in meaning, by an encoder that reads both languages. A question in a language of the documents
must never be taken for one. So its letters must speak for the other language (`bot.language`), and,
unless they leave no doubt, its words as well: more of them are stopwords of that language than of
any of the documents', and another one at least stands in no document.

Example, on English documents: the letters of "¿Qué hacen las mareas con los barcos?" speak for
Spanish by 73, which leaves no doubt. Those of "tribunal de la Haya" do by 20, and it has three
Spanish stopwords and no English one: it is Spanish if the documents lack one of the other words.
"El Niño" stays English where the documents speak of it.
"""

from bot.language.identification import language_scores
from bot.retrieval.shard.index import Index
from bot.retrieval.text.analysis import words
from bot.retrieval.text.stopwords import stopwords

LANGUAGES = frozenset("ar de el en es fr hi it ja ko nl pl pt ro ru sv th tr uk vi zh".split())
"""The languages (ISO 639-1) that are told apart: those in which there are bundled questions."""

LIKELIER = 10.0
"""The least difference of scores in favour of a language for which the words speak, too."""

MUCH_LIKELIER = 40.0
"""The difference that is enough alone: no list of content words of a language of `LANGUAGES`
speaks so clearly for another (3,000 questions without their stopwords)."""


def other_language(question: str, index: Index) -> str | None:
    """The language of a question (ISO 639-1), if the documents lack it and an encoder reads it.

    None if it is one of the documents' languages, or is in doubt.
    """
    if not any(index.meaning_across(each) for each in LANGUAGES.difference(index.written_in)):
        return None
    scores = language_scores(question, LANGUAGES.union(index.written_in))
    own = [scores[language] for language in index.written_in if language in scores]
    language = max(LANGUAGES, key=lambda each: scores[each])
    if not own or language in index.written_in or index.meaning_across(language) is None:
        return None
    difference = scores[language] - max(own)
    is_other = difference >= MUCH_LIKELIER or (
        difference >= LIKELIER and _words_speak_for(language, question, index)
    )
    return language if is_other else None


def _words_speak_for(language: str, question: str, index: Index) -> bool:
    """Whether a question's words are rather those of `language` than of the documents."""
    forms = {word.form for word in words(question.lower())}
    content = forms - stopwords(language)
    own = max(len(forms & stopwords(each)) for each in index.written_in)
    if len(forms) - len(content) <= own:
        return False
    lookup = index.lookup()
    lookup.add_words(content)
    return not content or not all(map(lookup.frequency, content))
