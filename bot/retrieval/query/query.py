"""Query analysis: the weighted terms of a question, and the type of answer it asks for.

Each word of the question contributes its terms: the word, its character n-grams, and its pairs
with the words beside it. A word may also stand for other words of the corpus: a spelling
correction, another spelling of a name, an alias, or a word of like meaning. Such alternatives
add to the score of passages that hold them. They do not change the ideal score, which is that
of the question as typed, so that a correction never makes a poor question look well matched.

Example: "who repaired the Zinki", on a corpus with "Mrs Zenki repairs the mill". The terms, each
with its weight before idf:

    the, _the, the_           0.25   a stopword with its n-grams
    _rep, repa, epai, pair    1      n-grams of `repaired` that "repairs" has, too
    nki_                      1      the n-gram of `zinki` that "Zenki" has, too
    zenki, _zen, zenk, enki   0.8    another spelling of the name Zinki, with its n-grams
    repairs                   0.9    another form of `repaired`, from the thesaurus

The first three rows make up the ideal score, together with `who`, `repaired`, `zinki` and those of
their n-grams that no document has.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bot.retrieval.query.answer_type import (
    AnswerMatcher,
    QuestionPhrase,
    answer_matcher,
    is_date_word,
    question_phrase,
)
from bot.retrieval.query.thesaurus import LONGEST_PHRASE, Phrase, thesaurus
from bot.retrieval.shard.arrays import Offsets
from bot.retrieval.shard.index import Index
from bot.retrieval.text.analysis import Word, grams, words
from bot.retrieval.text.stopwords import stopwords

Weights = npt.NDArray[np.float64]

STOPWORD_WEIGHT = 0.25
"""The weight of a stopword in ranking, beside 1 for any other word."""

ALIAS_WEIGHT = 0.8
"""The weight of another name of the same thing, beside 1 for the name as typed."""

TYPED_IN_LOWER_CASE = frozenset(("us",))
"""Names in capitals that people type in lower case, and that seldom are other words then."""

MAX_WORDS = 64
"""Words of a question that are analysed; later ones are ignored."""


@dataclass(frozen=True, slots=True)
class QueryWord:
    """One distinct word of a question.

    `number` is its place in the corpus's vocabulary, None where no document has it; `idf` is
    in nats, not yet reduced for stopwords; `in_phrase` marks words of the question phrase, such as
    "what share"; `is_name` marks words with a capital, except the first word and dates. `grams`
    are the term numbers of its known n-grams, `gram_count` the number of all its n-grams.
    """

    form: str
    surface: str
    number: int | None
    idf: float
    is_stopword: bool
    in_phrase: bool
    is_name: bool
    grams: tuple[int, ...]
    gram_count: int


@dataclass(frozen=True, slots=True)
class Alternative:
    """Words of the corpus that may be meant by words of the question.

    `numbers` are the corpus's words, in order; `stands_for` the forms of the question's words
    that they replace; `weight`, from 0 to 1, how much they count; `from_thesaurus` marks words
    of like meaning, which are no correction of what was typed.
    """

    numbers: tuple[int, ...]
    stands_for: tuple[str, ...]
    weight: float
    from_thesaurus: bool = False


@dataclass(frozen=True, eq=False)
class Query:
    """A question, analysed against one index.

    `terms` are distinct term numbers, `weights` the weight of each times its idf; `pairs` name
    the two words and the term of each known pair among them; `ideal_score` is the score of a
    passage of average length that holds every term of the question once, unknown ones included.
    """

    words: tuple[QueryWord, ...]
    alternatives: tuple[Alternative, ...]
    terms: Offsets
    weights: Weights
    pairs: tuple[tuple[int, int, int], ...]
    ideal_score: float
    language: str
    phrase: QuestionPhrase | None
    text: str = field(repr=False)

    @cached_property
    def answer(self) -> AnswerMatcher:
        """The matcher for the answer; made on demand, since only scoring sentences needs it."""
        content = {word.surface for word in self.words if not word.is_stopword}
        return answer_matcher(self.text, self.phrase, content)

    @property
    def content(self) -> tuple[QueryWord, ...]:
        """The content words, which name the topic; all words where there are stopwords only."""
        return tuple(word for word in self.words if not word.is_stopword) or self.words

    @property
    def only_stopwords(self) -> bool:
        """Whether no word of the question names a topic."""
        return all(word.is_stopword for word in self.words)

    @property
    def unknown_share(self) -> float:
        """The share of the content words, by idf, that stand in no document as typed."""
        total = sum(word.idf for word in self.content)
        unknown = sum(word.idf for word in self.content if word.number is None)
        return unknown / total if total else 0.0

    @property
    def missing(self) -> tuple[str, ...]:
        """The content words, as typed, that no document has, nor a correction or alias of them."""
        meant = (each for each in self.alternatives if not each.from_thesaurus)
        replaced = {form for each in meant for form in each.stands_for}
        return tuple(
            word.surface
            for word in self.content
            if word.number is None and word.form not in replaced
        )


def question_language(question_words: Iterable[Word], languages: Sequence[str]) -> str:
    """The one of `languages` whose stopwords the question uses most; the first if it uses none."""
    forms = {word.form for word in question_words}
    shared = {language: len(forms & stopwords(language)) for language in languages}
    return max(languages, key=lambda language: shared[language], default="und")


def _query_words(
    question_words: Iterable[Word],
    question: str,
    index: Index,
    stopword_forms: frozenset[str],
    phrase: QuestionPhrase | None,
) -> Iterator[QueryWord]:
    earlier_forms: set[str] = set()
    has_small_letters = not question.isupper()
    for word in question_words:
        if word.form in earlier_forms:
            continue
        begins = not earlier_forms
        earlier_forms.add(word.form)
        surface = question[word.start : word.end]
        number = index.vocabulary.get(word.form)
        every_gram = grams(word.form)
        yield QueryWord(
            form=word.form,
            surface=surface or word.form,
            number=number,
            idf=index.unknown_idf if number is None else index.word_idf.item(number),
            is_stopword=word.form in stopword_forms,
            in_phrase=phrase is not None and phrase.start <= word.start < phrase.end,
            is_name=has_small_letters
            and not begins
            and surface[:1].isupper()
            and not is_date_word(surface),
            grams=index.gram_numbers(every_gram),
            gram_count=len(every_gram),
        )


def _spelling_alternatives(
    query_words: Iterable[QueryWord], plain_words: Sequence[Word], question: str, index: Index
) -> Iterator[Alternative]:
    """Aliases, corrections of unknown words, and other spellings of known names."""
    for match in index.aliases.matches(plain_words, question):
        stands_for = tuple(word.form for word in plain_words[match.start : match.end])
        for alias in match.aliases:
            numbers = tuple(
                number for form in alias if (number := index.vocabulary.get(form)) is not None
            )
            if len(numbers) == len(alias):
                yield Alternative(numbers, stands_for, ALIAS_WEIGHT)
    for word in query_words:
        if word.form in TYPED_IN_LOWER_CASE and word.form.upper() in index.vocabulary:
            yield Alternative((index.vocabulary[word.form.upper()],), (word.form,), ALIAS_WEIGHT)
        if word.is_stopword:
            continue
        variants = (
            index.lexicon.corrections(word.form)
            if word.number is None
            else index.lexicon.variants(word.number)
        )
        for variant in variants:
            yield Alternative((variant.number,), (word.form,), variant.weight)


def _thesaurus_alternatives(
    query_words: Sequence[QueryWord], plain_words: Sequence[Word], index: Index, language: str
) -> Iterator[Alternative]:
    """Words of the corpus that mean about the same as words of the question."""
    meanings = thesaurus(index, language)
    if meanings is None:
        return
    phrases: list[Phrase] = [(word.form,) for word in query_words if not word.is_stopword]
    forms = [word.form for word in plain_words]
    for size in range(2, LONGEST_PHRASE + 1):
        phrases += [tuple(forms[i : i + size]) for i in range(len(forms) - size + 1)]
    in_question = {word.number for word in query_words}
    for phrase in dict.fromkeys(phrases):
        for numbers, weight in meanings.alternatives(phrase).items():
            if not in_question.issuperset(numbers):
                yield Alternative(numbers, phrase, weight, from_thesaurus=True)


class _TermCollector:
    """Collects the terms of a question, each with its greatest weight."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._weights: dict[int, float] = {}
        self.pairs: dict[tuple[int, int, int], None] = {}
        self.unknown = 0.0

    def add(self, number: int | None, weight: float) -> None:
        """Add a term by its number; None for one that is unknown to the corpus."""
        if number is None:
            self.unknown += weight
        else:
            self._weights[number] = max(self._weights.get(number, 0.0), weight)

    def _pair(self, one: str, other: str) -> int | None:
        """The term number of two neighbouring words, None where they never stand so."""
        number = self._index.pair_number(one, other)
        if number is not None:
            vocabulary = self._index.vocabulary
            self.pairs[vocabulary[one], vocabulary[other], number] = None
        return number

    def weighted(self) -> tuple[Offsets, Weights]:
        """The terms so far, and the weight of each times its idf."""
        terms = np.fromiter(self._weights, dtype=np.int64, count=len(self._weights))
        weights = np.fromiter(self._weights.values(), dtype=np.float64, count=len(terms))
        return terms, weights * self._index.idfs(terms)

    def add_question(self, query_words: Iterable[QueryWord], plain_words: Sequence[Word]) -> None:
        """Add the terms of the question itself: its words, their n-grams, its pairs."""
        weight_of = {
            word.form: STOPWORD_WEIGHT if word.is_stopword else 1.0 for word in query_words
        }
        known: dict[int, float] = {}
        unknown: dict[str, float] = {}
        for word in query_words:
            weight = weight_of[word.form]
            self.add(word.number, weight)
            for number in word.grams:
                if known.get(number, 0.0) < weight:
                    known[number] = weight
            if len(word.grams) < word.gram_count:
                for gram in grams(word.form):
                    if self._index.gram_number(gram) is None:
                        unknown[gram] = max(unknown.get(gram, 0.0), weight)
        self._weights |= known
        self.unknown += sum(unknown.values())
        for one, other in dict.fromkeys((a.form, b.form) for a, b in pairwise(plain_words)):
            self.add(self._pair(one, other), min(weight_of[one], weight_of[other]))

    def add_alternative(self, alternative: Alternative) -> None:
        """Add the words that may be meant, and their n-grams and pairs where spelling counts."""
        index, weight = self._index, alternative.weight
        if alternative.from_thesaurus and len(alternative.numbers) == 1:
            # A word of like meaning is spelt otherwise, so its n-grams say nothing.
            self.add(alternative.numbers[0], weight)
            return
        forms = [index.words[number] for number in alternative.numbers]
        if not alternative.from_thesaurus:
            for number, form in zip(alternative.numbers, forms, strict=True):
                self.add(number, weight)
                for gram in grams(form):
                    self.add(index.gram_number(gram), weight)
        for one, other in pairwise(forms):
            self.add(self._pair(one, other), weight)


def analyse(question: str, index: Index, languages: Sequence[str]) -> Query:
    """The query for `question` on `index`, whose passages are in `languages`."""
    # In a question that is all capitals, a capital does not mark a name.
    text = question.lower() if question.isupper() else question
    question_words = list(words(text))[:MAX_WORDS]
    plain_words = [word for word in question_words if not word.joined]
    language = question_language(question_words, languages)
    phrase = question_phrase(question)
    query_words = tuple(_query_words(question_words, question, index, stopwords(language), phrase))
    collector = _TermCollector(index)
    collector.add_question(query_words, plain_words)
    ideal_score = float(collector.weighted()[1].sum()) + collector.unknown * index.unknown_idf
    alternatives = (
        *_spelling_alternatives(query_words, plain_words, question, index),
        *_thesaurus_alternatives(query_words, plain_words, index, language),
    )
    for alternative in alternatives:
        collector.add_alternative(alternative)
    terms, weights = collector.weighted()
    return Query(
        words=query_words,
        alternatives=alternatives,
        terms=terms,
        weights=weights,
        pairs=tuple(collector.pairs),
        ideal_score=ideal_score or 1.0,
        language=language,
        phrase=phrase,
        text=question,
    )
