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
from enum import Enum
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from bot.retrieval.query.answer_type import (
    AnswerMatcher,
    QuestionPhrase,
    answer_matcher,
    defined_subject,
    is_date_word,
    question_phrase,
)
from bot.retrieval.shard.arrays import Doubles, Integers
from bot.retrieval.shard.index import Index
from bot.retrieval.shard.lookup import Lookup, Term, TermKind
from bot.retrieval.text.aliases import AliasMatch
from bot.retrieval.text.analysis import Word, fold, grams, words
from bot.retrieval.text.stopwords import stopwords
from bot.retrieval.text.thesaurus import (
    FAMILY_WEIGHT,
    LONGEST_PHRASE,
    MEANING_WEIGHT,
    Phrase,
    thesaurus_table,
)

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

    `passages` counts the passages that hold it; `idf` is in nats, not yet reduced for
    stopwords; `in_phrase` marks words of the question phrase, such as "what share"; `is_name`
    marks words with a capital, except the first word and dates. `grams` are those of its
    n-grams that documents have, `gram_count` the number of all its n-grams.
    """

    form: str
    surface: str
    passages: int
    idf: float
    is_stopword: bool
    in_phrase: bool
    is_name: bool
    grams: tuple[str, ...]
    gram_count: int

    @property
    def is_known(self) -> bool:
        """Whether any document has the word."""
        return self.passages > 0


class AlternativeKind(Enum):
    """Why a word may stand for another."""

    CORRECTION = "correction"
    SPELLING = "other spelling"
    NAME = "other name"
    MEANING = "like meaning"


@dataclass(frozen=True, slots=True)
class Alternative:
    """Words of the documents that may be meant by words of the question.

    `forms` are the documents' words, in order; `stands_for` the forms of the question's words
    that they replace; `weight`, from 0 to 1, how much they count.
    """

    forms: tuple[str, ...]
    stands_for: tuple[str, ...]
    weight: float
    kind: AlternativeKind

    @property
    def is_meaning(self) -> bool:
        """Whether they are words of like meaning, which are no correction of what was typed."""
        return self.kind is AlternativeKind.MEANING


class QueryPair(NamedTuple):
    """A pair of words among a query's terms: its column there, its words among the named."""

    column: int
    first: int
    second: int


@dataclass(frozen=True, eq=False)
class Query:
    """A question, analysed against one index.

    `terms` are distinct and occur in the documents, `weights` is the weight of each times its
    idf; `numbers` has the number of each in each shard, a row a shard, -1 where a shard lacks
    it. `named` are the words of the question and of its alternatives, and
    `named_numbers` their numbers. `ideal_score` is the score of a passage of average length that
    holds every term of the question once, unknown ones included. `is_across` says that the
    documents lack the question's language; its words are then read as typed.
    """

    words: tuple[QueryWord, ...]
    alternatives: tuple[Alternative, ...]
    terms: tuple[Term, ...]
    weights: Doubles
    numbers: Integers
    named: tuple[str, ...]
    named_numbers: Integers
    ideal_score: float
    language: str
    is_across: bool
    phrase: QuestionPhrase | None
    text: str = field(repr=False)
    lookup: Lookup = field(repr=False)

    @cached_property
    def kinds(self) -> Integers:
        """The kind of each term."""
        return np.array([term.kind for term in self.terms], dtype=np.int32)

    @cached_property
    def pairs(self) -> tuple[QueryPair, ...]:
        """The pairs of words among the terms."""
        place = {form: number for number, form in enumerate(self.named)}
        return tuple(
            QueryPair(column, place[term.text], place[term.second])
            for column, term in enumerate(self.terms)
            if term.kind is TermKind.PAIR
        )

    @cached_property
    def column_of_word(self) -> dict[str, int]:
        """The place of each content word among these."""
        return {word.form: column for column, word in enumerate(self.content)}

    def columns_of(self, alternative: Alternative) -> list[int]:
        """The places of the content words that an alternative stands for."""
        column_of = self.column_of_word
        return [column_of[form] for form in alternative.stands_for if form in column_of]

    @cached_property
    def column_of_gram(self) -> dict[str, int]:
        """The place of each n-gram among the terms."""
        return {t.text: place for place, t in enumerate(self.terms) if t.kind is TermKind.GRAM}

    @cached_property
    def answer(self) -> AnswerMatcher:
        """The matcher for the answer; made on demand, since only scoring sentences needs it."""
        content = {word.surface for word in self.words if not word.is_stopword}
        return answer_matcher(self.text, self.phrase, content)

    @cached_property
    def defined(self) -> frozenset[str]:
        """The content words of X, folded, in a question such as "What is X?"; else none.

        An unknown word gives way to its correction.
        """
        subject = defined_subject(self.text)
        forms = {word.form for word in words(subject)} if subject else frozenset[str]()
        meant = {
            form: each.forms[0]
            for each in reversed(self.alternatives)
            if each.kind is AlternativeKind.CORRECTION
            for form in each.stands_for
        }
        return frozenset(
            fold(meant.get(word.form, word.form)) for word in self.content if word.form in forms
        )

    @cached_property
    def content(self) -> tuple[QueryWord, ...]:
        """The content words, which name the topic; all words where there are stopwords only."""
        return tuple(word for word in self.words if not word.is_stopword) or self.words

    @cached_property
    def content_forms(self) -> frozenset[str]:
        """The content words and their alternatives, in normal form."""
        typed = (word.form for word in self.content)
        return frozenset((*typed, *(form for each in self.alternatives for form in each.forms)))

    @property
    def only_stopwords(self) -> bool:
        """Whether no word of the question names a topic."""
        return all(word.is_stopword for word in self.words)

    @property
    def unknown_share(self) -> float:
        """The share of the content words, by idf, that stand in no document as typed."""
        total = sum(word.idf for word in self.content)
        unknown = sum(word.idf for word in self.content if not word.is_known)
        return unknown / total if total else 0.0

    @property
    def missing(self) -> tuple[str, ...]:
        """The content words, as typed, that no document has, nor a correction or alias of them.

        None where the documents lack the question's language: they have hardly any of its words.
        """
        if self.is_across:
            return ()
        meant = (each for each in self.alternatives if not each.is_meaning)
        replaced = {form for each in meant for form in each.stands_for}
        return tuple(
            word.surface for word in self.content if not word.is_known and word.form not in replaced
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
    lookup: Lookup,
) -> Iterator[QueryWord]:
    has_small_letters = not question.isupper()
    first_words: dict[str, Word] = {}
    for word in question_words:
        first_words.setdefault(word.form, word)
    for place, word in enumerate(first_words.values()):
        surface = question[word.start : word.end]
        passages = lookup.frequency(word.form)
        every_gram = grams(word.form)
        yield QueryWord(
            form=word.form,
            surface=surface or word.form,
            passages=passages,
            idf=index.idf(passages),
            is_stopword=word.form in stopword_forms,
            in_phrase=phrase is not None and phrase.start <= word.start < phrase.end,
            is_name=has_small_letters
            and place > 0
            and surface[:1].isupper()
            and not is_date_word(surface),
            grams=tuple(gram for gram in every_gram if lookup.gram_frequency(gram)),
            gram_count=len(every_gram),
        )


def _name_alternatives(
    aliases: Iterable[AliasMatch], plain_words: Sequence[Word], lookup: Lookup
) -> Iterator[Alternative]:
    """Other names of what the question names."""
    for match in aliases:
        stands_for = tuple(word.form for word in plain_words[match.start : match.end])
        for alias in match.aliases:
            if all(map(lookup.frequency, alias)):
                yield Alternative(alias, stands_for, ALIAS_WEIGHT, AlternativeKind.NAME)


def _spelling_alternatives(
    query_words: Sequence[QueryWord], language: str, index: Index, lookup: Lookup
) -> Iterator[Alternative]:
    """Corrections of unknown words, and other spellings of known names."""
    content = [word.form for word in query_words if not word.is_stopword]
    variants = index.lexicon.variants(content, lookup, language)
    for word in query_words:
        capitals = word.form.upper()
        if word.form in TYPED_IN_LOWER_CASE and lookup.frequency(capitals):
            yield Alternative((capitals,), (word.form,), ALIAS_WEIGHT, AlternativeKind.NAME)
        kind = AlternativeKind.SPELLING if word.is_known else AlternativeKind.CORRECTION
        for variant in variants.get(word.form, ()):
            yield Alternative((variant.form,), (word.form,), variant.weight, kind)


def _thesaurus_alternatives(
    query_words: Sequence[QueryWord],
    plain_words: Sequence[Word],
    language: str,
    index: Index,
) -> Iterator[Alternative]:
    """Words of the documents that mean about the same as words of the question."""
    table = thesaurus_table(language)
    if table is None:
        return
    phrases: list[Phrase] = [(word.form,) for word in query_words if not word.is_stopword]
    forms = [word.form for word in plain_words]
    for size in range(2, LONGEST_PHRASE + 1):
        phrases += zip(*(forms[i:] for i in range(size)), strict=False)
    positions = {phrase: table.positions(phrase) for phrase in dict.fromkeys(phrases)}
    in_question = {word.form for word in query_words}
    for phrase, own in positions.items():
        weights: dict[Phrase, float] = {}
        for line, own_family in sorted(own):
            for meant, family in index.like_phrases(language, line):
                weight = FAMILY_WEIGHT if family == own_family else MEANING_WEIGHT
                weights[meant] = max(weights.get(meant, 0.0), weight)
        for meant, weight in weights.items():
            if not in_question.issuperset(meant):
                yield Alternative(meant, phrase, weight, AlternativeKind.MEANING)


def _question_terms(
    query_words: Iterable[QueryWord], plain_words: Sequence[Word]
) -> Iterator[tuple[Term, float]]:
    """The terms of the question itself: its words, their n-grams, its pairs."""
    weight_of = {word.form: STOPWORD_WEIGHT if word.is_stopword else 1.0 for word in query_words}
    for form, weight in weight_of.items():
        yield Term(TermKind.WORD, form), weight
        for gram in grams(form):
            yield Term(TermKind.GRAM, gram), weight
    for one, other in pairwise(word.form for word in plain_words):
        yield Term(TermKind.PAIR, one, other), min(weight_of[one], weight_of[other])


def _alternative_terms(alternative: Alternative) -> Iterator[tuple[Term, float]]:
    """The words that may be meant, and their n-grams and pairs where spelling counts."""
    weight = alternative.weight
    # A word of like meaning is spelt otherwise, so its n-grams say nothing. The words of a
    # phrase say nothing alone.
    if not alternative.is_meaning or len(alternative.forms) == 1:
        for form in alternative.forms:
            yield Term(TermKind.WORD, form), weight
            for gram in () if alternative.is_meaning else grams(form):
                yield Term(TermKind.GRAM, gram), weight
    for one, other in pairwise(alternative.forms):
        yield Term(TermKind.PAIR, one, other), weight


def _greatest_weights(terms: Iterable[tuple[Term, float]]) -> dict[Term, float]:
    weights: dict[Term, float] = {}
    for term, weight in terms:
        weights[term] = max(weights.get(term, 0.0), weight)
    return weights


def analyse(question: str, index: Index, across: str | None = None) -> Query:
    """The query for `question` on `index`.

    `across` is the question's language (ISO 639-1) if the documents lack it (`other_language`).
    """
    # In a question that is all capitals, a capital does not mark a name.
    text = question.lower() if question.isupper() else question
    question_words = list(words(text))[:MAX_WORDS]
    plain_words = [word for word in question_words if not word.joined]
    language = across or question_language(question_words, index.languages)
    phrase = question_phrase(question)
    aliases = index.aliases.matches(plain_words, question)
    lookup = _looked_up([word.form for word in question_words], aliases, index)
    query_words = tuple(
        _query_words(question_words, question, index, stopwords(language), phrase, lookup)
    )
    possible = [*_name_alternatives(aliases, plain_words, lookup)]
    if across is None:
        possible += _spelling_alternatives(query_words, language, index, lookup)
        possible += _thesaurus_alternatives(query_words, plain_words, language, index)
    are_apart = index.aliases.are_apart
    alternatives = tuple(each for each in possible if not are_apart(each.stands_for, each.forms))
    own = _greatest_weights(_question_terms(query_words, plain_words))
    others = (term for alternative in alternatives for term in _alternative_terms(alternative))
    weight_of = _greatest_weights((*own.items(), *others))
    meant = (form for alternative in alternatives for form in alternative.forms)
    named = tuple(dict.fromkeys((*(word.form for word in query_words), *meant)))
    lookup.add_words(named)
    every_term = tuple(weight_of)
    lookup.add_grams(term.text for term in every_term if term.kind is TermKind.GRAM)
    numbers, frequencies = lookup.numbers(every_term)
    idf = index.bm25.idf(frequencies)
    known = np.flatnonzero(frequencies)
    return Query(
        words=query_words,
        alternatives=alternatives,
        terms=tuple(every_term[place] for place in known.tolist()),
        weights=(np.array(list(weight_of.values())) * idf)[known],
        numbers=numbers[:, known],
        named=named,
        named_numbers=lookup.numbers_of_words(named),
        ideal_score=float(np.dot(list(own.values()), idf[: len(own)])) or 1.0,
        language=language,
        is_across=across is not None,
        phrase=phrase,
        text=question,
        lookup=lookup,
    )


def _looked_up(forms: Sequence[str], aliases: Iterable[AliasMatch], index: Index) -> Lookup:
    """A lookup of the question's words and n-grams, and of words that are certainly needed."""
    lookup = index.lookup()
    capitals = (form.upper() for form in forms if form in TYPED_IN_LOWER_CASE)
    other_names = (form for match in aliases for alias in match.aliases for form in alias)
    lookup.add_words((*forms, *capitals, *other_names))
    lookup.add_grams(gram for form in forms for gram in grams(form))
    return lookup
