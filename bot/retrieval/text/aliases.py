"""Aliases: names of the same thing, from the glossary and from acronyms in the documents.

Example: a passage with "the Free Syrian Army (FSA) held the mill" makes FSA and Free Syrian
Army aliases. A question about the FSA then also matches passages that spell the name out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

from bot.core.corpus import NameGroup
from bot.retrieval.text.analysis import Word, words

_SMALL = r"(?:of|for|the|and|in|de|del|la|los|für|der|des|und|du|et|al)"
# Possessive quantifiers (++, *+, {0,63}+) forbid backtracking: a document of capitals would
# otherwise keep the pattern busy for hours. Words above 64 letters are no names.
_CAPITAL = r"\p{Lu}[\p{L}\p{M}’'-]{0,63}+"
_PHRASE = rf"{_CAPITAL}(?:\s++(?:{_SMALL}\s++){{0,2}}{_CAPITAL}){{1,6}}+"
_ACRONYM = r"\p{Lu}[\p{Lu}\p{N}]{1,7}"
_PHRASE_FIRST = regex.compile(rf"(?P<phrase>{_PHRASE})\s*+[(\[](?P<acronym>{_ACRONYM})[)\]]")
_ACRONYM_FIRST = regex.compile(rf"\b(?P<acronym>{_ACRONYM})\s*+[(\[](?P<phrase>{_PHRASE})[)\]]")
_SMALL_WORD = regex.compile(rf"^{_SMALL}$")
_LONGEST_AMBIGUOUS = 3


Forms = tuple[str, ...]
"""The words of a name, in normal form."""


@dataclass(frozen=True, slots=True)
class AliasMatch:
    """A name in a question that has aliases.

    `start` and `end` count the question's words, end exclusive; each of `aliases` is another
    name of the same thing, as words in normal form.
    """

    start: int
    end: int
    aliases: tuple[Forms, ...]


@dataclass(frozen=True, slots=True)
class _Alias:
    surface: str
    forms: Forms
    others: tuple[Forms, ...]


def explained_acronyms(text: str) -> Iterator[tuple[str, str]]:
    """The acronyms that `text` explains, as in "Free Syrian Army (FSA)", each with its phrase."""
    if "(" not in text and "[" not in text:
        return
    for pattern in (_PHRASE_FIRST, _ACRONYM_FIRST):
        for match in pattern.finditer(text):
            phrase = _phrase_of(match["acronym"], match["phrase"])
            if phrase:
                yield match["acronym"], phrase


def acronym_groups(pairs: Iterable[tuple[str, str]]) -> tuple[NameGroup, ...]:
    """Acronyms with their phrases as groups of names, repeated pairs left out."""
    return tuple(NameGroup((acronym, phrase)) for acronym, phrase in dict.fromkeys(pairs))


def _phrase_of(acronym: str, text: str) -> str | None:
    """The end of `text` whose initials are the letters of `acronym`; only the first is in place.

    It begins with a name: of "Then the Free Army (FA)" it is "Free Army".
    """
    parts = text.split()
    for start, first in enumerate(parts):
        if _SMALL_WORD.match(first):
            continue
        heads = [part for part in parts[start:] if not _SMALL_WORD.match(part)]
        initials = "".join(part[0] for part in heads)
        if sorted(initials) == sorted(acronym) and initials[:1] == acronym[:1]:
            return " ".join(parts[start:])
    return None


def _forms(name: str) -> Forms:
    return tuple(word.form for word in words(name) if not word.joined)


class AliasTable:
    """Groups of names that mean the same, looked up by the first word of each name.

    It also has the groups of names that are kept apart.
    """

    def __init__(self, groups: Sequence[NameGroup]) -> None:
        self._by_first: dict[str, list[_Alias]] = {}
        self._apart: dict[Forms, set[Forms]] = {}
        for group in groups:
            split = ((name, _forms(name)) for name in group.names)
            if group.apart:
                forms_apart = {forms for _, forms in split}
                for forms in forms_apart:
                    self._apart.setdefault(forms, set()).update(forms_apart)
                continue
            names = [(name, forms) for name, forms in split if forms]
            for name, forms in names:
                others = tuple(other for _, other in names if other != forms)
                self._by_first.setdefault(forms[0], []).append(_Alias(name, forms, others))

    def are_apart(self, one: Forms, other: Forms) -> bool:
        """Whether a curator forbids to read one of two names as the other."""
        return other in self._apart.get(one, ())

    def matches(self, question_words: Sequence[Word], question: str) -> tuple[AliasMatch, ...]:
        """The names in `question` that have aliases; `question_words` has no joined words."""
        matches: list[AliasMatch] = []
        for start, word in enumerate(question_words):
            for name in self._by_first.get(word.form, ()):
                own = question_words[start : start + len(name.forms)]
                if tuple(w.form for w in own) != name.forms:
                    continue
                # A short name may differ from a common word only by its capitals: IS, US, WHO.
                by_case = len(name.surface) <= _LONGEST_AMBIGUOUS and name.surface.isupper()
                if not by_case or question[word.start : own[-1].end] == name.surface:
                    matches.append(AliasMatch(start, start + len(own), name.others))
        return tuple(matches)
