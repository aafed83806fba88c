"""Dependence: how much of the previous question a question needs to be understood.

A missed follow-up costs the member a few words; a false one answers another question. So a
question depends on the previous one only where its form says so:

    and in July?                      an opening, and hardly any content
    who were they?                    a pronoun, and nothing in the question that it means
    why?                              a question word without content
    In July?                          nothing but a place or a time
    who said they would not come?     independent: "they" are the ones who said so
"""

from enum import Enum

import regex

from bot.retrieval.query.followup_words import (
    ADDRESS_PRONOUNS,
    DETERMINERS,
    EXPLETIVE_BESIDE,
    EXPLETIVE_WITH,
    PERSONAL_PRONOUNS,
    PLACE_PREPOSITIONS,
    POSSESSIVES,
    REPORTING_WORDS,
    WHO,
)
from bot.retrieval.query.word_tags import TaggedQuestion, pronouns_of

_BORROWED_WORDS = regex.compile(r"\([^()]*[\p{L}\p{N}][^()]*\)\s*$")
"""Brackets at the end: the words that a rewritten follow-up, asked once more, has already."""

_PAST_VERB = regex.compile(r"^(?:\w+ed|left|fled|fell|went|came|lost|won)$")
_AUXILIARIES = frozenset(
    "are were have had wurden sind waren haben hatten fueron han ont furent étaient".split()
)


class Dependence(Enum):
    """How much of the previous question one needs: nothing, its place and time, or all of it."""

    NONE = "none"
    SETTING = "setting"
    ALL = "all"


def dependence(question: TaggedQuestion) -> Dependence:
    """How much of the previous question `question` needs."""
    content = len(question.content)
    rest = [word for word in question.words if word.start >= question.opening]
    if not rest or _is_address(question) or _BORROWED_WORDS.search(question.text):
        return Dependence.NONE
    if any(_has_no_antecedent(question, place) for place, _ in enumerate(question.words)):
        return Dependence.ALL
    asks = question.has_question_word
    if question.opening:
        if content <= (1 if asks else 2):
            return Dependence.ALL
        return Dependence.SETTING if content == 2 else Dependence.NONE
    if asks:
        incomplete = content == 0 or (content == 1 and _counts_nothing(question))
    else:
        incomplete = content == 1 and len(rest) <= 4 and rest[0].forms[0] in PLACE_PREPOSITIONS
    return Dependence.ALL if incomplete else Dependence.NONE


def _is_address(question: TaggedQuestion) -> bool:
    """Whether the question addresses the one who answers, or mentions the one who asks."""
    formal = question.language == "de" and any(w.surface == "Sie" for w in question.words[1:])
    pronouns = ADDRESS_PRONOUNS[question.language]
    return formal or any(not w.is_content and w.forms[0] in pronouns for w in question.words)


def _has_no_antecedent(question: TaggedQuestion, place: int) -> bool:
    """Whether the word at `place` is a pronoun for something that the question does not name.

    The more content words a question has, the likelier the pronoun refers to one of them. The
    limits below are low for pronouns that often refer to something in their own question.
    """
    tagged, language = question.words, question.language
    form = tagged[place].forms[0]
    if tagged[place].is_content or form not in pronouns_of(language):
        return False
    beside = {word.forms[0] for word in tagged[max(place - 1, 0) : place + 2]}
    if beside & EXPLETIVE_BESIDE.get(form, frozenset()):
        return False
    if question.forms & EXPLETIVE_WITH.get(form, frozenset()):
        return False
    content = len(question.content)
    content_before = any(word.is_content for word in tagged[:place])
    content_next = place + 1 < len(tagged) and tagged[place + 1].is_content
    if (form == "das" and content_next) or (content_before and form in POSSESSIVES):
        return False
    if place and tagged[0].forms[0] in WHO and tagged[place - 1].forms[0] in REPORTING_WORDS:
        return False
    if form in PERSONAL_PRONOUNS[language]:
        return content <= (1 if content_before else 3)
    if form == "it":
        return content <= (1 if content_before or place == 1 else 2)
    return content <= (2 if form in DETERMINERS and content_next else 1)


def _counts_nothing(question: TaggedQuestion) -> bool:
    """Whether the question counts nothing that it names: "how many were killed"."""
    following = question.after_how_many
    if not following:
        return False
    first = following[0]
    if first.is_content:
        return len(following) == 1 and _PAST_VERB.match(first.forms[0]) is not None
    return len(following) > 1 and following[-1].is_content and first.forms[0] in _AUXILIARIES
