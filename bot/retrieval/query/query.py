"""A question to weighted terms, and the kind of answer it wants.

A word of the question brings its universal terms. Besides, it may stand for other words
of the corpus: a likely correction, another spelling of a name, another name of the same
thing. Those add to the score of what holds them; the typed word keeps its weight in the
ideal all the same, so that a correction never makes a poor question look well met.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bot.retrieval.query.answer_type import Asking, Wanted, asking_of, is_date_word, wanted_of
from bot.retrieval.query.thesaurus import LONGEST_PHRASE, Phrase, meanings_of
from bot.retrieval.shard.arrays import Offsets
from bot.retrieval.shard.index import Index
from bot.retrieval.text.analysis import Word, grams, words
from bot.retrieval.text.stopwords import function_words

Weights = npt.NDArray[np.float64]

FUNCTION_WEIGHT = 0.25
"""What a function word counts for in ranking, beside 1 for any other word."""

OTHER_NAME_WEIGHT = 0.8
"""What another name of the same thing counts for, beside the name as typed."""

TYPED_SMALL = frozenset(("us",))
"""Names with capitals that people type without, and seldom mean otherwise in a question."""

MAX_WORDS = 64
"""Words of a question beyond which the rest is not searched for."""


@dataclass(frozen=True, slots=True)
class QueryWord:
    """One distinct word of a question.

    `number` is its place in the corpus's vocabulary, None where no document has it;
    `idf` is its weight in nats, function words not yet discounted; `asks` marks the words
    that ask, as "what share"; `name` those with a capital that neither a beginning nor a
    date explains. `grams` are the term numbers of its n-grams that are known; with the
    unknown ones it has `gram_count`.
    """

    form: str
    surface: str
    number: int | None
    idf: float
    function: bool
    asks: bool
    name: bool
    grams: tuple[int, ...]
    gram_count: int


@dataclass(frozen=True, slots=True)
class Alternative:
    """Words of the corpus that may be meant by words of the question.

    `numbers` are the corpus's words, in order; `means` the forms of the question's words
    they stand for; `weight` from 0 to 1 how much they count; `related` marks words of like
    meaning, which nobody mistyped.
    """

    numbers: tuple[int, ...]
    means: tuple[str, ...]
    weight: float
    related: bool = False


@dataclass(frozen=True, eq=False)
class Query:
    """A question, analysed against one index.

    `terms` are distinct term numbers, `worth` what each counts: its weight times its idf;
    `pairs` name the two words and the term of each known pair among them; `ideal` is the
    score of a passage of average length that holds every term of the question once, the
    unknown ones included.
    """

    words: tuple[QueryWord, ...]
    alternatives: tuple[Alternative, ...]
    terms: Offsets
    worth: Weights
    pairs: tuple[tuple[int, int, int], ...]
    ideal: float
    language: str
    asking: Asking | None
    text: str = field(repr=False)

    @cached_property
    def wanted(self) -> Wanted:
        """The kind of answer that is wanted; made where sentences are looked at only."""
        telling = {word.surface for word in self.words if not word.function}
        return wanted_of(self.text, self.asking, telling)

    @property
    def content(self) -> tuple[QueryWord, ...]:
        """The words that say what the question is about; all of them if none does."""
        return tuple(word for word in self.words if not word.function) or self.words

    @property
    def says_nothing(self) -> bool:
        """Whether the question has no word that says what it is about."""
        return all(word.function for word in self.words)

    @property
    def unknown(self) -> float:
        """The share of the content, by idf, that stands in no document as it was typed."""
        total = sum(word.idf for word in self.content)
        unknown = sum(word.idf for word in self.content if word.number is None)
        return unknown / total if total else 0.0

    @property
    def missing(self) -> tuple[str, ...]:
        """The words, as typed, that stand in no document, nor anything they may mean."""
        meant = {form for each in self.alternatives if not each.related for form in each.means}
        return tuple(
            word.surface for word in self.content if word.number is None and word.form not in meant
        )


def question_language(found: Iterable[Word], languages: Sequence[str]) -> str:
    """The one of `languages` whose function words the question uses most; the first if none."""
    forms = {word.form for word in found}
    shared = {language: len(forms & function_words(language)) for language in languages}
    return max(languages, key=lambda language: shared[language], default="und")


def _is_name(surface: str) -> bool:
    return surface[:1].isupper() and not is_date_word(surface)


def _query_words(
    found: Iterable[Word],
    question: str,
    index: Index,
    stopped: frozenset[str],
    asking: Asking | None,
) -> Iterator[QueryWord]:
    seen: set[str] = set()
    capitals = not question.isupper()
    for word in found:
        if word.form in seen:
            continue
        begins = not seen
        seen.add(word.form)
        number = index.vocabulary.get(word.form)
        idf = index.unknown_idf if number is None else index.word_idf.item(number)
        pieces = grams(word.form)
        yield QueryWord(
            form=word.form,
            surface=question[word.start : word.end] or word.form,
            number=number,
            idf=idf,
            function=word.form in stopped,
            asks=asking is not None and asking.start <= word.start < asking.end,
            name=capitals and not begins and _is_name(question[word.start : word.end]),
            grams=index.gram_numbers(pieces),
            gram_count=len(pieces),
        )


def _alternatives(
    query_words: Iterable[QueryWord], plain: Sequence[Word], question: str, index: Index
) -> Iterator[Alternative]:
    for match in index.names.find(plain, question):
        means = tuple(word.form for word in plain[match.start : match.end])
        for other in match.others:
            numbers = tuple(
                number for form in other if (number := index.vocabulary.get(form)) is not None
            )
            if len(numbers) == len(other):
                yield Alternative(numbers, means, OTHER_NAME_WEIGHT)
    for word in query_words:
        name = index.vocabulary.get(word.form.upper()) if word.form in TYPED_SMALL else None
        if name is not None:
            yield Alternative((name,), (word.form,), OTHER_NAME_WEIGHT)
        if word.function:
            continue
        variants = (
            index.lexicon.corrections(word.form)
            if word.number is None
            else index.lexicon.variants(word.number)
        )
        for variant in variants:
            yield Alternative((variant.number,), (word.form,), variant.weight)


def _related(
    query_words: Sequence[QueryWord], plain: Sequence[Word], index: Index, language: str
) -> Iterator[Alternative]:
    """Words of the corpus that mean about the same as words of the question."""
    meanings = meanings_of(index, language)
    if meanings is None:
        return
    phrases: list[Phrase] = [(word.form,) for word in query_words if not word.function]
    forms = [word.form for word in plain]
    for size in range(2, LONGEST_PHRASE + 1):
        phrases += [tuple(forms[i : i + size]) for i in range(len(forms) - size + 1)]
    asked = {word.number for word in query_words}
    for phrase in dict.fromkeys(phrases):
        for numbers, weight in meanings.of(phrase).items():
            if not asked.issuperset(numbers):
                yield Alternative(numbers, phrase, weight, related=True)


class _Terms:
    """Collects the terms of a question, each with its greatest weight, and their ideal."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._weights: dict[int, float] = {}
        self.pairs: dict[tuple[int, int, int], None] = {}
        self.unknown = 0.0

    def add(self, number: int | None, weight: float) -> None:
        """A term of the question, known (by number) or not, or of what may be meant by it."""
        if number is None:
            self.unknown += weight
        else:
            self._weights[number] = max(self._weights.get(number, 0.0), weight)

    def add_known(self, weights: Mapping[int, float]) -> None:
        """Terms of a kind of which there was none before, with their weights."""
        self._weights |= weights

    def pair(self, one: str, other: str) -> int | None:
        """The number of two neighbouring words, None where they never stand so."""
        number = self._index.pair_number(one, other)
        if number is not None:
            vocabulary = self._index.vocabulary
            self.pairs[vocabulary[one], vocabulary[other], number] = None
        return number

    def weighed(self) -> tuple[Offsets, Weights]:
        """The terms so far, and the weight of each times its idf."""
        terms = np.fromiter(self._weights, dtype=np.int64, count=len(self._weights))
        weights = np.fromiter(self._weights.values(), dtype=np.float64, count=len(terms))
        return terms, weights * self._index.idfs(terms)

    def widen(self, alternative: Alternative) -> None:
        """Words that may be meant: they add to scores, and nothing to the ideal."""
        index, weight = self._index, alternative.weight
        if alternative.related and len(alternative.numbers) == 1:
            # A word of like meaning is not spelt like the one it stands for.
            self.add(alternative.numbers[0], weight)
            return
        forms = [index.words[number] for number in alternative.numbers]
        if not alternative.related:
            for number, form in zip(alternative.numbers, forms, strict=True):
                self.add(number, weight)
                for gram in grams(form):
                    self.add(index.gram_number(gram), weight)
        for one, other in pairwise(forms):
            self.add(self.pair(one, other), weight)


def _ask(
    terms: _Terms, query_words: Iterable[QueryWord], plain: Sequence[Word], index: Index
) -> None:
    """The terms of the question itself: its words, their n-grams, its pairs."""
    weight_of = {word.form: FUNCTION_WEIGHT if word.function else 1.0 for word in query_words}
    known: dict[int, float] = {}
    strange: dict[str, float] = {}
    for word in query_words:
        weight = weight_of[word.form]
        terms.add(word.number, weight)
        for number in word.grams:
            if known.get(number, 0.0) < weight:
                known[number] = weight
        if len(word.grams) < word.gram_count:
            for gram in grams(word.form):
                if index.gram_number(gram) is None:
                    strange[gram] = max(strange.get(gram, 0.0), weight)
    terms.add_known(known)
    for weight in strange.values():
        terms.add(None, weight)
    for one, other in dict.fromkeys((a.form, b.form) for a, b in pairwise(plain)):
        terms.add(terms.pair(one, other), min(weight_of[one], weight_of[other]))


def analyse(question: str, index: Index, languages: Sequence[str]) -> Query:
    """The query that `question` makes on `index`, whose passages are in `languages`."""
    # Capitals that are everywhere tell nothing.
    found = list(words(question.lower() if question.isupper() else question))[:MAX_WORDS]
    plain = [word for word in found if not word.joined]
    language = question_language(found, languages)
    asking = asking_of(question)
    stopped = function_words(language)
    query_words = tuple(_query_words(found, question, index, stopped, asking))
    terms = _Terms(index)
    _ask(terms, query_words, plain, index)
    ideal = float(terms.weighed()[1].sum()) + terms.unknown * index.unknown_idf
    alternatives = (
        *_alternatives(query_words, plain, question, index),
        *_related(query_words, plain, index, language),
    )
    for alternative in alternatives:
        terms.widen(alternative)
    numbers, worth = terms.weighed()
    return Query(
        words=query_words,
        alternatives=alternatives,
        terms=numbers,
        worth=worth,
        pairs=tuple(terms.pairs),
        ideal=ideal or 1.0,
        language=language,
        asking=asking,
        text=question,
    )
