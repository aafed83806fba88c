r"""Text analysis: splits text into words with offsets, and words into index terms.

The terms need no knowledge of the language: the exact word, the character 4-grams of its
folded form, and pairs of neighbouring words (bigrams). Each Chinese or Japanese character is
a word; Thai, Lao, Khmer and Burmese, written without blanks, are cut into trigrams. `\w`
would drop Indic and Thai vowel signs, hence `\p{M}`.

Example: "The U.S. air-strikes" has the words `the`, `US`, `air`, `airstrikes`, `strikes`; the
word `air` has the 4-grams `_air` and `air_`; its pairs are `the US`, `US air`, `air strikes`.
"""

import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

import regex

_SINGLE = r"\p{Han}\p{Hiragana}\p{Katakana}"
_RUNS = r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_SPACED = rf"[[\p{{L}}\p{{M}}\p{{N}}]--[{_SINGLE}{_RUNS}]]"
_WORD = regex.compile(
    rf"""
      (?P<acronym> (?<![\p{{L}}\p{{N}}]) \p{{Lu}}(?:\.\p{{Lu}})+ (?![\p{{Ll}}\p{{N}}]) \.? )
    | (?P<number>  \p{{Nd}}+(?:[.,]\p{{Nd}}+)* (?!\p{{L}}) )
    | (?P<character> [{_SINGLE}] )
    | (?P<unspaced> [{_RUNS}][{_RUNS}\p{{M}}]* )
    | (?P<word> {_SPACED}+ (?: ['’ʼ′`´] {_SPACED}+ )* )
    """,
    regex.VERBOSE | regex.VERSION1,
)
_APOSTROPHES = regex.compile(r"['’ʼ′`´]")
_POSSESSIVE = regex.compile(r"['’ʼ′`´]s$")
_HYPHENS = frozenset("-‐‑\u00ad")
_THOUSANDS = regex.compile(r"^\p{Nd}{1,3}(?:[.,]\p{Nd}{3})+$")
_ACCENTS = regex.compile(r"[\u0300-\u036f\u064b-\u065f\u0670\u0640\u0591-\u05c7]")
_UNSPACED = regex.compile(rf"^[{_SINGLE}{_RUNS}]", regex.VERSION1)
_HANGUL = regex.compile(r"\p{Hangul}")
_UNSPACED_GRAM = 3
_GRAM = 4


CAPITALS_MATTER = frozenset("US IS WHO IT OR AM AN AS AT BE BY DO ID IN ME NO ON SO WE".split())
"""Names that differ from common words only by their capitals, which their normal form keeps."""


class Word(NamedTuple):
    """One word of a text: its normal form and its offsets, in code points.

    `joined` marks the extra word made of two that a hyphen joins (`airstrikes` of
    `air-strikes`); it comes before the second of them, and its offsets cover both.
    """

    form: str
    start: int
    end: int
    joined: bool = False


@lru_cache(maxsize=20_000)
def fold(form: str) -> str:
    """A word without accents and dots, so that one typed without them matches."""
    if form.isascii():
        return form
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", form)).replace("ı", "i")
    return unicodedata.normalize("NFC", bare)


@lru_cache(maxsize=20_000)
def normalise(surface: str) -> str:
    """The normal form of a word: NFKC, case-folded, without apostrophes and possessive s."""
    if surface.isascii() and surface.isalpha():
        return surface.lower()  # the same, in a tenth of the time
    form = unicodedata.normalize("NFKC", surface).casefold().replace("i\u0307", "i")
    form = _APOSTROPHES.sub("", _POSSESSIVE.sub("", form))
    return unicodedata.normalize("NFC", form)


def words(text: str) -> Iterator[Word]:
    """The words of `text` in order, with hyphen compounds also as one word."""
    previous: Word | None = None
    for match in _WORD.finditer(text):
        start, end = match.span()
        surface = match.group()
        kind = match.lastgroup
        if kind == "unspaced":
            yield from _trigrams(surface, start)
            previous = None
            continue
        if kind == "acronym" or surface in CAPITALS_MATTER:
            letters = surface.replace(".", "")
            form = letters if letters in CAPITALS_MATTER else letters.casefold()
        elif kind == "number" and _THOUSANDS.match(surface):
            form = surface.replace(".", "").replace(",", "")
        else:
            form = normalise(surface)
        if not form:
            continue
        word = Word(form, start, end)
        if (
            previous is not None
            and kind == "word"
            and previous.end == start - 1
            and text[start - 1] in _HYPHENS
        ):
            yield Word(previous.form + form, previous.start, end, joined=True)
        yield word
        previous = word if kind == "word" else None


def _trigrams(run: str, offset: int) -> Iterator[Word]:
    last = max(len(run) - _UNSPACED_GRAM, 0)
    for start in range(last + 1):
        gram = run[start : start + _UNSPACED_GRAM]
        yield Word(gram, offset + start, offset + start + len(gram))


def uncached_grams(form: str) -> tuple[str, ...]:
    """The distinct character n-grams of a word's folded form, its ends marked with `_`.

    They have four characters, or two in Hangul, whose characters are syllables. Words of
    scripts without blanks are as short as n-grams and have none.
    """
    folded = form if form.isascii() else fold(form)
    if not folded or (not folded.isascii() and _UNSPACED.match(folded)):
        return ()
    is_hangul = not folded.isascii() and _HANGUL.match(folded)
    marked, size = (folded, 2) if is_hangul else (f"_{folded}_", _GRAM)
    runs = [marked[i : i + size] for i in range(max(len(marked) - size + 1, 1))]
    return tuple(dict.fromkeys(runs))


grams = lru_cache(maxsize=20_000)(uncached_grams)
"""As `uncached_grams`, for words that are looked up again and again."""


def similarity(one: Collection[str], other: Collection[str]) -> float:
    """How alike two words are, from 0 to 1: the Dice coefficient of their distinct n-grams.

    Example: `rain` (_rai, rain, ain_) and `rains` (_rai, rain, ains, ins_) share two n-grams
    of seven, so they are alike by 2 * 2 / 7 = 0.57.
    """
    both = len(one) + len(other)
    return 2 * len(frozenset(one).intersection(other)) / both if both else 0.0
