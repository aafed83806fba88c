"""Names that mean the same: from the glossary, and acronyms the documents explain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

from bot.core.corpus import NameGroup
from bot.retrieval.text.analysis import Word, words

_SMALL = r"(?:of|for|the|and|in|de|del|la|los|für|der|des|und|du|et|al)"
# Nothing is tried again with a letter or a blank less: what must follow is neither, and a
# document of capitals would keep the program busy for hours. Longer words are no names.
_CAPITAL = r"\p{Lu}[\p{L}\p{M}’'-]{0,63}+"
_PHRASE = rf"{_CAPITAL}(?:\s++(?:{_SMALL}\s++){{0,2}}{_CAPITAL}){{1,6}}+"
_SHORT_FORM = r"\p{Lu}[\p{Lu}\p{N}]{1,7}"
_EXPLAINED = regex.compile(rf"(?P<phrase>{_PHRASE})\s*+[(\[](?P<short>{_SHORT_FORM})[)\]]")
_EXPLAINING = regex.compile(rf"\b(?P<short>{_SHORT_FORM})\s*+[(\[](?P<phrase>{_PHRASE})[)\]]")
_SMALL_WORD = regex.compile(rf"^{_SMALL}$")
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Match:
    """A name found in a question: which of its words, and the other names it has.

    `start` and `end` count the question's words, end exclusive; each of `others` is a
    name as its words in normal form.
    """

    start: int
    end: int
    others: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Name:
    surface: str
    forms: tuple[str, ...]
    group: int


def explained(text: str) -> Iterator[tuple[str, str]]:
    """The acronyms that `text` explains, such as "Free Syrian Army (FSA)": short form, phrase."""
    if "(" not in text and "[" not in text:
        return
    for pattern in (_EXPLAINED, _EXPLAINING):
        for match in pattern.finditer(text):
            phrase = _explaining_part(match["phrase"], match["short"])
            if phrase:
                yield match["short"], phrase


def learnt(found: Iterable[tuple[str, str]]) -> tuple[NameGroup, ...]:
    """The acronyms `found`, each once, as names that mean the same."""
    return tuple(NameGroup((short, phrase)) for short, phrase in dict.fromkeys(found))


def _explaining_part(phrase: str, short: str) -> str | None:
    """The end of `phrase` whose initials are the letters of `short`, in any order."""
    parts = phrase.split()
    for start in range(len(parts)):
        heads = [part for part in parts[start:] if not _SMALL_WORD.match(part)]
        initials = "".join(part[0] for part in heads)
        if sorted(initials) == sorted(short) and initials[:1] == short[:1]:
            return " ".join(parts[start:])
    return None


class Names:
    """Finds, in a question, names that have other names."""

    def __init__(self, groups: Sequence[NameGroup]) -> None:
        self._groups: list[tuple[_Name, ...]] = []
        self._by_first: dict[str, list[_Name]] = {}
        for number, group in enumerate(groups):
            names = tuple(
                _Name(name, forms, number)
                for name in group.names
                if (forms := tuple(w.form for w in words(name) if not w.joined))
            )
            self._groups.append(names)
            for name in names:
                self._by_first.setdefault(name.forms[0], []).append(name)

    def find(self, found: Sequence[Word], question: str) -> tuple[Match, ...]:
        """The names in `question`, whose words are `found` (without joined ones)."""
        matches: list[Match] = []
        for start, word in enumerate(found):
            for name in self._by_first.get(word.form, ()):
                end = start + len(name.forms)
                if tuple(w.form for w in found[start:end]) != name.forms:
                    continue
                surface = question[word.start : found[end - 1].end]
                if _is_short_capitals(name.surface) and surface != name.surface:
                    continue
                others = tuple(
                    other.forms for other in self._groups[name.group] if other.forms != name.forms
                )
                matches.append(Match(start, end, others))
        return tuple(matches)


def _is_short_capitals(surface: str) -> bool:
    """Whether only the case tells a name from a common word: IS, US, WHO."""
    return len(surface) <= _SHORT and surface.isupper()
