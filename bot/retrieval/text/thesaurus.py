"""Thesaurus: words of like meaning, since people ask in other words than documents use.

Some languages have a table (`related_words/`): a line for each meaning, with families of words
that express it. A word counts for another form of its family (flee, fled; decide, decision) by
more than for a word of another family in its line (begin, launch). Both count less than the
word itself, since such a match is only likely.

Example: the line `build built building; erect erection` has two families. In a corpus that
holds "built", "erected" and "erection", the question word `build` stands for

    built      by 0.9   same family
    erected    by 0.5   same line; "erected" is a regular form of "erect"
    erection   by 0.5
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import regex

from bot.retrieval.text.analysis import fold, normalise

FAMILY_WEIGHT = 0.9
"""The weight of another form of a word, beside 1 for the word itself."""

MEANING_WEIGHT = 0.5
"""The weight of a word of like meaning."""

LONGEST_PHRASE = 3
"""Words of the longest entry."""

Phrase = tuple[str, ...]
Position = tuple[int, int]
"""The position of an entry in a table: line and family."""

_NO_ENDINGS = "="
_COMMENT = "#"
_STEM = "-"
_BLANK = "_"
_VOWELS = frozenset("aeiou")
_PREFIXES = {"ar": regex.compile(r"^[وف]?(?:[بلك]?ال|لل|[بلك](?=.{3})|[سي](?=.{3})|[تن](?=.{3}))?")}
"""Prefixes that Arabic writes without a blank: and, the, to, by, like, he will."""
_LONGEST_ENDING = 6
"""Letters that may follow a stem; a longer rest mostly makes another word."""

_STEM_HEAD = 3
"""Letters of the shortest stem."""


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
        sibilant = last in "sxz" or word.endswith(("ch", "sh"))
        yield word + ("es" if sibilant else "s")
        yield from (word + "ed", word + "ing")
        if last not in _VOWELS and last not in "wxy" and before in _VOWELS:
            yield from (word + last + "ed", word + last + "ing")


@dataclass(frozen=True, slots=True)
class ThesaurusTable:
    """The thesaurus of one language: the positions of each phrase and of each word stem.

    `stem_heads` are the first letters of all stems, of which most words of a corpus have none;
    `prefixes` matches what may be written before a word without a blank. `longer` has the
    phrases of several words in each line, with their families.
    """

    phrases: Mapping[Phrase, frozenset[Position]]
    stems: Mapping[str, frozenset[Position]]
    stem_heads: frozenset[str]
    longer: Mapping[int, Sequence[tuple[int, Phrase]]]
    prefixes: regex.Pattern[str] | None = None

    @property
    def by_stem(self) -> bool:
        """Whether a word may be known by its stem alone."""
        return bool(self.stems or self.prefixes)

    def positions(self, phrase: Phrase) -> frozenset[Position]:
        """The positions of a phrase in normal form, by itself or by the stem it begins with."""
        positions = self.phrases.get(phrase, frozenset())
        if len(phrase) > 1:
            return positions
        if self.prefixes is not None and (bare := self.prefixes.sub("", phrase[0])) != phrase[0]:
            positions |= self.phrases.get((bare,), frozenset()) | self._by_stem(bare)
        return positions | self._by_stem(phrase[0])

    def _by_stem(self, form: str) -> frozenset[Position]:
        folded = fold(form)
        if folded[:_STEM_HEAD] not in self.stem_heads:
            return frozenset()
        ends = range(max(len(folded) - _LONGEST_ENDING, 2), len(folded) + 1)
        stems = (self.stems.get(folded[:end]) for end in ends)
        return frozenset().union(*filter(None, stems))


THESAURUS_LANGUAGES = ("ar", "de", "el", "en", "es", "ro", "ru")
"""The languages that have a table (ISO 639-1)."""


@cache
def thesaurus_table(language: str) -> ThesaurusTable | None:
    """The table of a language (ISO 639-1); None for one without."""
    if language not in THESAURUS_LANGUAGES:
        return None
    file = resources.files("bot.retrieval.text") / "related_words" / f"{language}.txt"
    rows = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    fixed = frozenset(
        word for row in rows if row.startswith(_NO_ENDINGS) for word in row[1:].split()
    )
    phrases: dict[Phrase, set[Position]] = {}
    stems: dict[str, set[Position]] = {}
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
    longer: dict[int, list[tuple[int, Phrase]]] = {}
    for phrase, positions in phrases.items():
        for position in sorted(positions) if len(phrase) > 1 else ():
            longer.setdefault(position[0], []).append((position[1], phrase))
    return ThesaurusTable(
        {phrase: frozenset(positions) for phrase, positions in phrases.items()},
        {stem: frozenset(positions) for stem, positions in stems.items()},
        frozenset(stem[:_STEM_HEAD] for stem in stems),
        longer,
        _PREFIXES.get(language),
    )


def listed_words(table: ThesaurusTable, words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Line, family and place of each of `words` that a table knows, in the order of lines."""
    if table.by_stem:
        # Any word may be known by its stem. Most ASCII words need no closer look: they are as they
        # are when folded, and no prefix is written in ASCII.
        listed = {phrase[0] for phrase in table.phrases if len(phrase) == 1}
        heads = table.stem_heads
        known = (
            (place, table.positions((form,)))
            for place, form in enumerate(words)
            if form in listed or not form.isascii() or form[:_STEM_HEAD] in heads
        )
    else:
        places = {form: place for place, form in enumerate(words)}
        known = (
            (places[phrase[0]], positions)
            for phrase, positions in table.phrases.items()
            if len(phrase) == 1 and phrase[0] in places
        )
    rows = ((line, family, place) for place, positions in known for line, family in positions)
    yield from sorted(rows)
