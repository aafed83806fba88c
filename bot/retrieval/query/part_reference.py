"""Reference to a numbered part of a document: "rule 4", "§ 1 (2)", "Article 2.1"."""

from collections.abc import Iterable
from dataclasses import dataclass

import regex

from bot.retrieval.text.analysis import grams, similarity, words
from bot.retrieval.text.part_numbers import SECTION_SIGN, label_of, numbers_of

_REFERENCE = regex.compile(
    r"(?P<label>§{1,2}|\p{L}[\p{L}\p{M}]+\.?)\p{Zs}?"
    r"(?P<number>(?<!\p{Nd})\p{Nd}{1,3}(?:\.\p{Nd}{1,3})*+\p{L}?+(?!\w|[.,:]\p{Nd}|\p{Zs}?%)"
    r"(?:\p{Zs}?\((?:\p{Nd}{1,3}|\p{L}{1,5})\))*)"
)
_LONGEST_LABEL = 40
_ALIKE = 0.5
# Words for parts of any document, in languages that many documents are written in.
_SECTIONS = frozenset(
    "section sec article art paragraph para clause abschnitt artikel paragraf absatz alinéa"
    " artículo apartado articolo sezione статья раздел параграф".split()
)
_ITEMS = frozenset(
    "item point rule step number no nr punkt regel schritt nummer ziffer règle étape numéro punto"
    " regla paso número regola passo numero пункт правило шаг".split()
)


@dataclass(frozen=True, slots=True)
class PartReference:
    """A part that a question names: `numbers` from the outermost, `label` the word before them.

    `forms` are its words in normal form.
    """

    label: str
    numbers: tuple[str, ...]
    forms: frozenset[str]

    @property
    def is_section(self) -> bool:
        """Whether the label is a word for sections of any document, or the sign for them."""
        return self.has_sign or self.label in _SECTIONS

    @property
    def has_sign(self) -> bool:
        """Whether the label is the sign for sections."""
        return self.label == SECTION_SIGN

    @property
    def is_general(self) -> bool:
        """Whether the label says no more than that a part is meant, whatever it is called."""
        return self.is_section or self.label in _ITEMS

    def is_labelled(self, texts: Iterable[str]) -> bool:
        """Whether `texts` have a word like the label, as "Pool rules" has for "rule"."""
        own = grams(self.label)
        found = (word.form for text in texts for word in words(text))
        return any(form == self.label or similarity(own, grams(form)) >= _ALIKE for form in found)


def part_reference(question: str) -> PartReference | None:
    """The numbered part that a question may name: the first with a general label, or any."""
    if not any(map(str.isdecimal, question)):
        return None
    found = [
        PartReference(
            label_of(match["label"]),
            numbers_of(match["number"]),
            frozenset(word.form for word in words(match[0])),
        )
        for match in _REFERENCE.finditer(question)
        if len(match["label"]) <= _LONGEST_LABEL
    ]
    return max(found, key=lambda reference: reference.is_general, default=None)
