"""Agreement: what keeps a question from being that of a pin however alike the two are.

"In 2016" is not "in 2017", one group is not the other, and "who" is not "when". A question that
repeats the words of a pin but for one or two asks about something else: "can I get this on my
phone" and "can I get this on my boat".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import regex

from bot.retrieval.pins.question_words import QuestionTerms, QuestionWords
from bot.retrieval.query.answer_type import QuestionPhrase, question_phrase
from bot.retrieval.shard.index import Index
from bot.retrieval.text.analysis import fold, words
from bot.retrieval.text.thesaurus import FAMILY_WEIGHT

COPIED_SHARE, COPIED_RUN = 0.6, 4
"""A question copies another from this share of common words in order on, or from so many words in
a row. Of eighty paraphrases by others than the author of the question, none did."""

_NEGATIONS = frozenset(
    "not no nobody never nowhere without nothing none dont doesnt didnt cant cannot wont isnt"
    " arent wasnt werent shouldnt wouldnt couldnt nicht kein keine keinen keinem keiner nie"
    " niemals nichts niemand ohne pas jamais aucun aucune sans rien nunca sin ningún ninguna nada"
    " не нет никогда без ничего non mai senza niet geen nooit zonder".split()
)
"""Words that negate, of some languages, as `words` gives them."""

_FIGURE = regex.compile(r"\p{Nd}+")
_YEAR = regex.compile(r"1\d{3}|20\d{2}")


@dataclass(frozen=True, slots=True)
class QuestionSide:
    """A pinned question as another one is held against it; `quoted` are words of its quotes.

    `quoted` has the words of the passages, titles and headings, too, in their normal form, folded.
    """

    terms: QuestionTerms
    figures: frozenset[str]
    names: frozenset[str]
    phrase: QuestionPhrase | None
    quoted: frozenset[str]

    @classmethod
    def of(cls, question: str, index: Index, quoted: str = "") -> QuestionSide:
        """The side of a question on the documents of `index`."""
        terms = QuestionTerms.of(question, index)
        lookup = index.lookup()
        lookup.add_words(terms.content)
        names = (form for form in terms.content if lookup.is_name(form))
        return cls(
            terms,
            figures_of(question),
            frozenset(map(fold, names)),
            question_phrase(question),
            frozenset(fold(word.form) for word in words(quoted)),
        )


def figures_of(text: str) -> frozenset[str]:
    """The figures of a text, without leading zeros."""
    return frozenset(figure.lstrip("0") or "0" for figure in _FIGURE.findall(text))


def agree(asked: QuestionSide, pinned: QuestionSide, vocabulary: QuestionWords) -> bool:
    """Whether nothing in `asked` says that it is another question than `pinned`.

    `vocabulary` has the words of the pinned one.
    """
    return (
        _types_agree(asked.phrase, pinned.phrase)
        and _figures_agree(asked, pinned)
        and _names_agree(asked, pinned)
        and not _is_altered_copy(asked.terms, pinned.terms, vocabulary)
    )


def _types_agree(one: QuestionPhrase | None, other: QuestionPhrase | None) -> bool:
    return one is None or other is None or one.answer_type is other.answer_type


def _figures_agree(asked: QuestionSide, pinned: QuestionSide) -> bool:
    one, other = _without_centuries(asked.figures, pinned.figures)
    if one and other:
        return one <= other or other <= one
    # A year that neither the pin nor its quotes have is another one.
    return all(year in pinned.quoted for year in one if _YEAR.fullmatch(year))


def _without_centuries(
    one: frozenset[str], other: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Both sets of figures, a year short in one of them if it is so in the other: 1982 and 82."""

    def short(figures: frozenset[str], others: Collection[str]) -> frozenset[str]:
        return frozenset(
            figure[2:] if _YEAR.fullmatch(figure) and figure[2:] in others else figure
            for figure in figures
        )

    return short(one, other), short(other, one)


def _names_agree(asked: QuestionSide, pinned: QuestionSide) -> bool:
    """Whether the asked question has no other name in place of one of the pin's."""
    own = {_in_pin(name, pinned) for name in asked.names}
    return all(own) or pinned.names <= asked.names


def _in_pin(name: str, pinned: QuestionSide) -> bool:
    return name in pinned.quoted or any(name == fold(form) for form in pinned.terms.content)


def _is_altered_copy(
    asked: QuestionTerms, pinned: QuestionTerms, vocabulary: QuestionWords
) -> bool:
    """Whether `asked` repeats the words of `pinned` but is negated, or has others in place of some.

    Questions in other wordings say the same with a negation or without.
    """
    matcher = SequenceMatcher(None, asked.tokens, pinned.tokens, autojunk=False)
    if matcher.ratio() < COPIED_SHARE and matcher.find_longest_match().size < COPIED_RUN:
        return False
    if _NEGATIONS.isdisjoint(asked.tokens) != _NEGATIONS.isdisjoint(pinned.tokens):
        return True
    language = asked.language
    others = _others(asked.content, pinned.content, vocabulary, language)
    missing = [
        form
        for form in pinned.content
        if not any(
            vocabulary.stands_for(own, (form,), language, FAMILY_WEIGHT) for own in asked.content
        )
    ]
    return bool(others and missing)


def _others(
    forms: Sequence[str], pinned: Sequence[str], vocabulary: QuestionWords, language: str
) -> list[str]:
    return [
        form for form in forms if not vocabulary.stands_for(form, pinned, language, FAMILY_WEIGHT)
    ]
