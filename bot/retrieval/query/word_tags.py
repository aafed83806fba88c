"""Tagged questions: each word of a question as a function word, content, or part of a date."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache

import regex

from bot.retrieval.query.answer_type import AnswerType, QuestionPhrase, question_phrase
from bot.retrieval.query.followup_words import (
    ADDRESS_PRONOUNS,
    AMBIGUOUS_MONTHS,
    MONTHS,
    PERSONAL_PRONOUNS,
    POINTING_WORDS,
    PREPOSITIONS,
    QUESTION_WORDS,
    WEEKDAYS,
    opening_end,
    without_pleasantries,
)
from bot.retrieval.text.analysis import Word
from bot.retrieval.text.stopwords import stopwords

_YEAR = regex.compile(r"^(?:1[5-9]|20)\p{Nd}\p{Nd}$")
_ELISION = regex.compile(
    r"^(?:qu|jusqu|lorsqu|puisqu|[cdjlmnst]|dell|all|nell|dall|un)['’]", regex.I
)


class WordTag(Enum):
    """The role of a word in its question."""

    FUNCTION = "function"
    CONTENT = "content"
    MONTH = "month"
    YEAR = "year"
    WEEKDAY = "weekday"


DATE_TAGS = frozenset((WordTag.MONTH, WordTag.YEAR, WordTag.WEEKDAY))


@dataclass(frozen=True, slots=True)
class TaggedWord:
    """A word of a question, or words that hyphens join, with their normal forms."""

    surface: str
    start: int
    end: int
    forms: tuple[str, ...]
    tag: WordTag
    is_name: bool

    @property
    def is_content(self) -> bool:
        """Whether it says something about the topic: content, or part of a date."""
        return self.tag is not WordTag.FUNCTION

    @property
    def is_preposition(self) -> bool:
        """Whether it is a preposition."""
        return self.forms[0] in PREPOSITIONS


@dataclass(frozen=True, slots=True)
class TaggedQuestion:
    """A question with its tagged words; `opening` is where its "and" or "what about" ends."""

    text: str
    language: str
    opening: int
    phrase: QuestionPhrase | None
    words: tuple[TaggedWord, ...]

    @property
    def content(self) -> tuple[TaggedWord, ...]:
        """The words that are content or part of a date."""
        return tuple(word for word in self.words if word.is_content)

    @property
    def forms(self) -> frozenset[str]:
        """The normal forms of all words."""
        return frozenset(form for word in self.words for form in word.forms)

    @property
    def has_question_word(self) -> bool:
        """Whether a question word or phrase stands behind the opening."""
        question_words = QUESTION_WORDS[self.language]
        return any(
            not word.is_content and word.start >= self.opening and word.forms[0] in question_words
            for word in self.words
        ) or (self.phrase is not None and self.phrase.start >= self.opening)

    @property
    def after_how_many(self) -> tuple[TaggedWord, ...]:
        """The words after "how many"; none in other questions."""
        if self.phrase is None or self.phrase.answer_type is not AnswerType.NUMBER:
            return ()
        return tuple(word for word in self.words if word.start >= self.phrase.end)

    @property
    def counted_thing(self) -> TaggedWord | None:
        """The thing that is counted: "civilians" in "how many civilians" or "of civilians"."""
        following = self.after_how_many
        if following and following[0].is_preposition:
            following = following[1:]
        return following[0] if following and following[0].is_content else None


def tag_question(text: str, question_words: Sequence[Word], language: str) -> TaggedQuestion:
    """The question in `text`, whose words are `question_words`, with its words tagged.

    Greetings and thanks around it are left out.
    """
    opening = opening_end(text, language)
    first, last = without_pleasantries(text)
    has_case = text != text.upper()
    tagged: list[TaggedWord] = []
    for group in _hyphenated(question_words, language):
        start, end = group[0].start, group[-1].end
        if start < first or end > last:
            continue
        surface = text[start:end]
        # The capital of the first word does not mark a name.
        capital = bool(tagged) and has_case and any(map(str.isupper, surface))
        if start < opening:
            tag = WordTag.FUNCTION
        else:
            all_capitals = has_case and len(surface) > 1 and surface.isupper()
            tag = _tag(group, surface, language, capital=capital, all_capitals=all_capitals)
        is_name = capital and language != "de"
        forms = tuple(word.form for word in group)
        tagged.append(TaggedWord(surface, start, end, forms, tag, is_name))
    return TaggedQuestion(text, language, opening, question_phrase(text), tuple(tagged))


def _hyphenated(question_words: Sequence[Word], language: str) -> Iterator[tuple[Word, ...]]:
    """Words grouped by the hyphens that join them, pronouns excepted ("dit-elle")."""
    pronouns, stopword_forms = pronouns_of(language), stopwords(language)
    compounds = {(word.start, word.end) for word in question_words if word.joined}
    group: list[Word] = []
    for word in question_words:
        if word.joined:
            continue
        is_joined = group and any(s <= group[-1].start and word.end <= e for s, e in compounds)
        both = {word.form, *(each.form for each in group)}
        if group and not (is_joined and not both & pronouns and both - stopword_forms):
            yield tuple(group)
            group = []
        group.append(word)
    if group:
        yield tuple(group)


@cache
def pronouns_of(language: str) -> frozenset[str]:
    """The pronouns and pointing words of a language."""
    return PERSONAL_PRONOUNS[language] | POINTING_WORDS[language]


@cache
def _function_words(language: str) -> frozenset[str]:
    others = ADDRESS_PRONOUNS[language] | QUESTION_WORDS[language] | PREPOSITIONS
    return stopwords(language) | pronouns_of(language) | others


def _tag(
    group: Sequence[Word], surface: str, language: str, *, capital: bool, all_capitals: bool
) -> WordTag:
    forms = {word.form for word in group}
    if any(form in MONTHS and (capital or form not in AMBIGUOUS_MONTHS) for form in forms):
        return WordTag.MONTH
    if forms & WEEKDAYS:
        return WordTag.WEEKDAY
    if len(forms) == 1 and _YEAR.match(group[0].form):
        return WordTag.YEAR
    if all_capitals:
        # WHO and US in capitals are an organisation and a country, not the common words.
        return WordTag.CONTENT
    function_words = _function_words(language)
    bare = _ELISION.sub("", surface).casefold() if len(group) == 1 else ""
    is_function = forms <= function_words or bare in function_words
    return WordTag.FUNCTION if is_function else WordTag.CONTENT
