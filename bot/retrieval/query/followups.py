"""Follow-ups, such as "and in July?", rewritten as standalone questions.

Example, after "How many civilians were evacuated from eastern Aleppo in May?":

    and in July?          and in July? (How many civilians, evacuated, eastern Aleppo)
    and from Idlib?       and from Idlib? (How many civilians, evacuated, May)
    what about fighters?  what about fighters? (How many, evacuated, eastern Aleppo, May)
    how many fighters?    none: it stands by itself
    who were they?        who were they? (civilians, evacuated, eastern Aleppo, May)

The borrowed words stand in brackets at the end, in the order of the previous question. Words
that the follow-up replaces (May by July, eastern Aleppo by Idlib) are not borrowed. A follow-up
without a question word borrows the question phrase ("How many"), too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile, takewhile, zip_longest

import regex

from bot.retrieval.query.dependence import Dependence, dependence
from bot.retrieval.query.followup_words import ARTICLES, LANGUAGES, QUESTION_WORDS
from bot.retrieval.query.query import question_language
from bot.retrieval.query.word_tags import (
    DATE_TAGS,
    TaggedQuestion,
    TaggedWord,
    WordTag,
    tag_question,
)
from bot.retrieval.text.analysis import words

MOST_BORROWED = 12
"""Words that are borrowed at most, the first ones."""

MOST_WORDS = 64
"""Words of the longest question that may be a follow-up, or lend words to one."""

_DAY = regex.compile(r"^\p{Nd}{1,2}(?:st|nd|rd|th)?$")


@dataclass(frozen=True, slots=True)
class LendingQuestion:
    """A question as it was typed, with the words it borrowed, that lends words to the next one."""

    question: str
    borrowed: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The question with the borrowed words behind it in brackets."""
        inside = ", ".join(self.borrowed)
        return f"{self.question} ({inside})" if inside else self.question


@dataclass(frozen=True, slots=True)
class StandaloneQuestion:
    """A follow-up, rewritten so that it can be understood alone.

    `question` is its text with the borrowed words behind it in brackets; `words` are those
    as they were typed, neighbours together. `lends` is set where it asks the question before
    again with one part changed ("and in July?"), rather than another question on the same topic:
    then with those borrowed words that a follow-up before it did not add.
    """

    question: str
    words: tuple[str, ...]
    lends: LendingQuestion | None = field(default=None, compare=False)


def lending_question(
    question: str, standalone: StandaloneQuestion | None, previous: LendingQuestion | None
) -> LendingQuestion | None:
    """The question that lends words to the next one, after `question` was asked.

    That is `question`, but with the words it borrowed only where it asks the same again with one
    part changed: then with those of the question that began the row, and without those that
    follow-ups between them added. Another follow-up lends its own words, or, if it has hardly any,
    leaves that to the question it follows. So words of several questions never pile up. Example,
    with the questions on the left asked one after the other:

        When did snow close the road?      itself
        and in March?                      and in March? (When, snow close, road)
        and for carts?                     and for carts? (When, snow close, road)
        who said so?                       the one before
    """
    if standalone is not None and standalone.lends:
        return standalone.lends
    question_words = list(words(question))
    if len(question_words) > MOST_WORDS:
        return LendingQuestion(question)
    language = question_language(question_words, LANGUAGES)
    content = tag_question(question, question_words, language).content
    least = 1 if standalone is None else 2
    return LendingQuestion(question) if len(content) >= least else previous


def standalone_question(
    question: str, previous: LendingQuestion | None
) -> StandaloneQuestion | None:
    """`question` as a follow-up of `previous`, rewritten; None where it stands by itself."""
    if previous is None:
        return None
    question_words, previous_words = list(words(question)), list(words(previous.text))
    if len(question_words) > MOST_WORDS or len(previous_words) > MOST_WORDS:
        return None
    language = question_language(previous_words, LANGUAGES)
    # The language of the previous question comes first, as the default of question_language().
    languages = (language, *(each for each in LANGUAGES if each != language))
    follow_up = tag_question(question, question_words, question_language(question_words, languages))
    needs = dependence(follow_up)
    if needs is Dependence.NONE:
        return None
    tagged = tag_question(previous.text, previous_words, language)
    # The place tells borrowed words from typed ones: brackets may be typed, too.
    own_end = len(previous.question)
    borrowed = _borrowed_words(follow_up, tagged, needs, own_end)
    if not any(word.is_content for word in borrowed):
        return None
    typed = question.strip()
    phrases = tuple(_phrases(borrowed, previous.text))
    lends = None
    if follow_up.content and not follow_up.has_question_word:
        kept = [word for word in borrowed if not previous.borrowed or word.start >= own_end]
        lends = LendingQuestion(typed, tuple(_phrases(kept, previous.text)))
    return StandaloneQuestion(LendingQuestion(typed, phrases).text, phrases, lends)


def _borrowed_words(
    follow_up: TaggedQuestion, previous: TaggedQuestion, needs: Dependence, own_end: int
) -> list[TaggedWord]:
    """The words of the previous question that the follow-up borrows, in their order.

    Behind `own_end` stand words that the previous question borrowed itself.
    """
    replaced = _replaced(follow_up, previous, own_end)
    phrase = previous.phrase
    with_phrase = needs is Dependence.ALL and not follow_up.has_question_word
    borrowed: list[TaggedWord] = []
    for word in previous.words:
        if phrase is not None and phrase.start <= word.start < phrase.end:
            if with_phrase:
                borrowed.append(word)
        elif (
            word.is_content
            and (needs is Dependence.ALL or word.is_name or word.tag in DATE_TAGS)
            and word not in replaced
            and not set(word.forms) & follow_up.forms
        ):
            borrowed.append(word)
    return borrowed[:MOST_BORROWED]


def _replaced(
    follow_up: TaggedQuestion, previous: TaggedQuestion, own_end: int
) -> list[TaggedWord]:
    """The words of the previous question that the follow-up replaces by others."""
    replaced = [*_replaced_dates(follow_up, previous)]
    content = [word for word in follow_up.content if word.tag is WordTag.CONTENT]
    if content:
        replaced += _replaced_places(follow_up, previous)
    if _begins_with_thing(follow_up) and _begins_with_thing(previous):
        # "what about carts?" after "what about the old bridge?": one thing for the other.
        replaced += [word for word in previous.content if word.start < own_end]
    is_opening_and_thing = bool(content) and _is_opening_and_thing(follow_up)
    only = content[0] if len(content) == 1 and is_opening_and_thing else None
    is_thing = only is not None and not only.is_name and follow_up.language != "de"
    counted = previous.counted_thing
    if counted is not None and (is_thing or follow_up.counted_thing is not None):
        replaced.append(counted)
    if only is not None and only.is_name:
        replaced += _replaced_name(previous)
    if is_opening_and_thing and not any(word.tag is WordTag.CONTENT for word in replaced):
        replaced += _topic(previous)
    return replaced


def _topic(previous: TaggedQuestion) -> list[TaggedWord]:
    """The topic of a question: the words after its first article, else its first ones.

    At most two words, since a verb may follow: "the final offensive" of "when did the final
    offensive start". A name is taken whole.
    """
    tagged = [word for word in previous.words if word.start >= previous.opening]
    places = (place for place, word in enumerate(tagged) if word.forms[0] in ARTICLES)
    rest = tagged[next(places, -1) + 1 :]
    run = [*takewhile(_is_topical, dropwhile(lambda word: not _is_topical(word), rest))]
    name = [*takewhile(lambda word: word.is_name, run)]
    return name or run[:2]


def _is_topical(word: TaggedWord) -> bool:
    return word.tag is WordTag.CONTENT


def _replaced_dates(follow_up: TaggedQuestion, previous: TaggedQuestion) -> Iterator[TaggedWord]:
    """Months, years or weekdays, if the follow-up has such; with a month the day beside it."""
    tags = {word.tag for word in follow_up.words} & DATE_TAGS
    for place, word in enumerate(previous.words):
        if word.tag in tags:
            yield word
            if word.tag is not WordTag.YEAR:
                beside = previous.words[max(place - 1, 0) : place + 2]
                yield from (each for each in beside if _DAY.match(each.forms[0]))


def _replaced_name(previous: TaggedQuestion) -> Iterator[TaggedWord]:
    """The name in the previous question, with the words between it and its preposition.

    Example: "eastern" and "Aleppo" in "evacuated from eastern Aleppo". None where names stand
    in several places, since the follow-up may mean any.
    """
    places = [
        place
        for place, word in enumerate(previous.words)
        if word.is_name and word.tag is WordTag.CONTENT
    ]
    if not places or places[-1] - places[0] != len(places) - 1:
        return
    yield from (previous.words[place] for place in places)
    run: list[TaggedWord] = []
    for word in reversed(previous.words[: places[0]]):
        if word.tag is not WordTag.CONTENT:
            if word.is_preposition:
                yield from run
            return
        run.append(word)


def _begins_with_thing(question: TaggedQuestion) -> bool:
    """Whether a thing stands behind the opening at once: "what about the bridge in the valley?"."""
    rest = (word for word in question.words if word.start >= question.opening)
    first = next((word for word in rest if word.forms[0] not in ARTICLES), None)
    return bool(question.opening) and first is not None and first.tag is WordTag.CONTENT


def _is_opening_and_thing(question: TaggedQuestion) -> bool:
    """Whether it is nothing but an opening and a thing: "what about Idlib?"."""
    return bool(question.opening) and not any(
        word.is_preposition or word.forms[0] in QUESTION_WORDS[question.language]
        for word in question.words
        if word.start >= question.opening and not word.is_content
    )


def _replaced_places(follow_up: TaggedQuestion, previous: TaggedQuestion) -> Iterator[TaggedWord]:
    """Words after a preposition that stands before another word in the follow-up."""
    prepositions = {
        word.forms[0]
        for word, after in zip(follow_up.words, follow_up.words[1:], strict=False)
        if word.is_preposition and after.tag is WordTag.CONTENT
    }
    is_lower = previous.text == previous.text.lower()
    for place, word in enumerate(previous.words):
        if word.forms[0] not in prepositions:
            continue
        run: list[TaggedWord] = []
        for after in previous.words[place + 1 :]:
            name_ends = run and _has_capital(run[-1]) and not _has_capital(after)
            if after.tag is not WordTag.CONTENT or name_ends:
                break
            run.append(after)
        if is_lower:
            yield from run[:1]
        elif run and _has_capital(run[-1]):
            yield from run


def _has_capital(word: TaggedWord) -> bool:
    return word.surface[0].isupper()


def _phrases(borrowed: Sequence[TaggedWord], text: str) -> Iterator[str]:
    """The borrowed words as typed; those with nothing but a blank between them as one phrase."""
    start: int | None = None
    for word, after in zip_longest(borrowed, borrowed[1:]):
        start = word.start if start is None else start
        if after is not None and text[word.end : after.start] == " ":
            continue
        yield text[start : word.end]
        start = None
