"""Words that people ask with and words that texts answer with: paid for, financed.

A table of our own for each language that has one (`related_words/`): everyday meanings,
a line each, with the families of words that express them. Forms of one family (flee,
fled; decide, decision) count more for each other than families of one line do (begin,
launch). Both count less than the word itself: what they find is likely, not sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from weakref import WeakKeyDictionary

import regex

from bot.retrieval.shard.delta import SequenceDelta
from bot.retrieval.shard.index import Index
from bot.retrieval.text.analysis import fold, normalise

FAMILY_WEIGHT = 0.9
"""What another form of a word counts for, beside 1 for the word itself."""

MEANING_WEIGHT = 0.5
"""What a word of like meaning counts for."""

LONGEST_PHRASE = 3
"""Words of the longest entry."""

Phrase = tuple[str, ...]
Place = tuple[int, int]
"""Where an entry stands: line and family."""

_NO_ENDINGS = "="
_COMMENT = "#"
_STEM = "-"
_BLANK = "_"
_VOWELS = frozenset("aeiou")
_BEFORE_STEMS = {
    "ar": regex.compile(r"^[وف]?(?:[بلك]?ال|لل|[بلك](?=.{3})|[سي](?=.{3})|[تن](?=.{3}))?")
}
"""What Arabic writes before a word without a blank: and, the, to, by, like, he will."""
_LONGEST_ENDING = 6
"""Letters that may follow a stem; what goes on longer is mostly another word."""


def endings(word: str) -> Iterator[str]:
    """An English word, itself first, with each regular ending of plurals and verbs."""
    yield word
    if len(word) < 3:
        return
    last, before = word[-1], word[-2]
    if last == "y" and before not in _VOWELS:
        yield from (word[:-1] + "ies", word[:-1] + "ied", word + "ing")
    elif last == "e":
        yield from (word + "s", word + "d", word[:-1] + "ing")
    else:
        hisses = last in "sxz" or word.endswith(("ch", "sh"))
        yield word + ("es" if hisses else "s")
        yield from (word + "ed", word + "ing")
        if last not in _VOWELS and last not in "wxy" and before in _VOWELS:
            yield from (word + last + "ed", word + last + "ing")


@dataclass(frozen=True, slots=True)
class Table:
    """The meanings of one language: where each phrase stands, and each stem of words."""

    phrases: Mapping[Phrase, frozenset[Place]]
    stems: Mapping[str, frozenset[Place]]
    before: regex.Pattern[str] | None = None

    @property
    def by_stem(self) -> bool:
        """Whether a word may be known by its stem alone."""
        return bool(self.stems or self.before)

    @property
    def listed(self) -> Iterator[Phrase]:
        """The phrases that are looked for as they stand here."""
        return (phrase for phrase in self.phrases if len(phrase) > 1 or not self.by_stem)

    def places(self, phrase: Phrase) -> frozenset[Place]:
        """Where a phrase of words in normal form stands, itself or by the stem it begins with."""
        found = self.phrases.get(phrase, frozenset())
        if len(phrase) > 1:
            return found
        if self.before is not None and (bare := self.before.sub("", phrase[0])) != phrase[0]:
            found |= self.phrases.get((bare,), frozenset()) | self._by_stem(bare)
        return found | self._by_stem(phrase[0])

    def _by_stem(self, form: str) -> frozenset[Place]:
        found: frozenset[Place] = frozenset()
        if self.stems:
            folded = fold(form)
            for end in range(max(len(folded) - _LONGEST_ENDING, 2), len(folded) + 1):
                found |= self.stems.get(folded[:end], frozenset())
        return found


@cache
def table_of(language: str) -> Table | None:
    """The meanings of a language (ISO 639-1); None where we have none."""
    file = resources.files("bot.retrieval.query") / "related_words" / f"{language}.txt"
    if not file.is_file():
        return None
    rows = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    fixed = frozenset(
        word for row in rows if row.startswith(_NO_ENDINGS) for word in row[1:].split()
    )
    phrases: dict[Phrase, set[Place]] = {}
    stems: dict[str, set[Place]] = {}
    meanings = [row for row in rows if row and not row.startswith((_COMMENT, _NO_ENDINGS))]
    for line, row in enumerate(meanings):
        for number, family in enumerate(row.split(";")):
            for entry in family.split():
                if entry.endswith(_STEM):
                    stems.setdefault(fold(normalise(entry[:-1])), set()).add((line, number))
                    continue
                head, *rest = entry.split(_BLANK)
                inflects = language == "en" and head not in fixed
                for form in endings(head) if inflects else (head,):
                    phrase = tuple(normalise(word) for word in (form, *rest))
                    phrases.setdefault(phrase, set()).add((line, number))
    return Table(
        {phrase: frozenset(places) for phrase, places in phrases.items()},
        {stem: frozenset(places) for stem, places in stems.items()},
        _BEFORE_STEMS.get(language),
    )


class Meanings:
    """What the words of one corpus mean, as far as the table of one language knows."""

    def __init__(self, vocabulary: Mapping[str, int], table: Table) -> None:
        self._table = table
        self._lines: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
        # Where no word is known by its stem, only those of the table need be looked up.
        known = ((form,) for form in vocabulary) if table.by_stem else iter(())
        self._add((*known, *table.listed), vocabulary)

    def _add(self, phrases: Iterable[Phrase], vocabulary: Mapping[str, int]) -> None:
        touched: set[int] = set()
        for phrase in phrases:
            numbers = tuple(n for form in phrase if (n := vocabulary.get(form)) is not None)
            if len(numbers) < len(phrase):
                continue
            for line, family in self._table.places(phrase):
                self._lines.setdefault(line, []).append((family, numbers))
                touched.add(line)
        for line in touched:
            # By what they are: in which order they came tells how this came about.
            self._lines[line].sort(key=lambda entry: (entry[1], entry[0]))

    def updated(
        self, vocabulary: Mapping[str, int], delta: SequenceDelta, fresh: set[str]
    ) -> Meanings:
        """The meanings after a change of words, `fresh` being those that came."""
        if delta.is_empty:
            return self
        made = Meanings({}, self._table)
        number, gone = delta.new_numbers.item, frozenset(delta.removed.tolist())
        for line, entries in self._lines.items():
            made._lines[line] = [
                (family, tuple(map(number, numbers)))
                for family, numbers in entries
                if gone.isdisjoint(numbers)
            ]
        known = ((form,) for form in fresh) if self._table.by_stem else iter(())
        listed = (phrase for phrase in self._table.listed if not fresh.isdisjoint(phrase))
        made._add((*known, *listed), vocabulary)
        return made

    def of(self, phrase: Phrase) -> dict[tuple[int, ...], float]:
        """Words of the corpus, by number, that may stand for `phrase`, with their weights."""
        found: dict[tuple[int, ...], float] = {}
        for line, own in sorted(self._table.places(phrase)):
            for family, numbers in self._lines.get(line, ()):
                weight = FAMILY_WEIGHT if family == own else MEANING_WEIGHT
                found[numbers] = max(found.get(numbers, 0.0), weight)
        return found


# Kept beside the index that they are made from, and let go with it.
_MADE: WeakKeyDictionary[Index, dict[str, Meanings | None]] = WeakKeyDictionary()


def meanings_of(index: Index, language: str) -> Meanings | None:
    """The meanings of an index's words in a language; None where we have no table."""
    made = _MADE.setdefault(index, {})
    if language not in made:
        table = table_of(language)
        made[language] = None if table is None else Meanings(index.vocabulary, table)
    return made[language]


def take_over(index: Index, before: Index, delta: SequenceDelta) -> None:
    """Make the meanings of an index from those of the one before, `delta` being that of words."""
    fresh = {index.words[number] for number in delta.inserted_numbers.tolist()}
    made = _MADE.setdefault(index, {})
    for language, meanings in dict(_MADE.get(before, {})).items():
        made[language] = meanings and meanings.updated(index.vocabulary, delta, fresh)
