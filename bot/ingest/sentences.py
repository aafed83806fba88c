"""A paragraph's sentences, as spans.

Wikimedia's sentencex does the splitting. Measured on the traps of our articles
(abbreviations, quotations, glued words, figures, eight languages) it was right on more
of them than pysbd, syntok and blingfire, and it alone returns offsets. What it leaves
is mended here: long quotations it keeps in one piece, ends without a following blank,
and the signs it does not know as ends.

What is true of nearly every paragraph is asked first and cheaply: `re` tells in a
microsecond that a sign is not there, where a full search takes ten.
"""

from __future__ import annotations

import re
from itertools import accumulate

import regex
from sentencex import segment

from bot.core.documents import Span

LONG = 300
"""Characters beyond which a sentence is looked at again for ends inside quotations."""

WINDOW = 6_000
"""A longer paragraph is split window by window: splitting takes time by its square."""

_MARGIN = 1_000
_QUOTE_MARKS = str.maketrans(dict.fromkeys('“”„‟«»"‘‚‹›()[]（）「」『』', " "))
_TITLES = tuple("Mr. Mrs. Ms. Dr. Prof. St. No. Nr. vs. cf. etc. approx.".split())
_TITLE = regex.compile(r"(?:^|\P{L})(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nr|vs|cf|etc|approx)\.\s*$")
_TITLE_CHARACTERS = 12
_GLUED = regex.compile(r"(?<=\p{Ll}{2})[.!?]+[”’»\"]?(?=\p{Lu}\p{Ll}+[\s,’'])")
_MAYBE_GLUED = re.compile(
    '[.!?](?<![^a-z\u00b0-\U0010ffff].)[.!?]*[”’»"]?'
    "[A-Z\u00b0-\u1fff\u2070-\U0010ffff][a-z\u00b0-\U0010ffff]"
)
_GREEK_END = regex.compile(r"(?<=\p{Greek})[;;](?=\s)")
# Thai and its kin put blanks between phrases and no sign at the end of a sentence.
_PHRASE_END = regex.compile(r"(?<=[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])\s+(?=[\p{L}“‘\"])")
_MAYBE_PHRASE_END = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff"
    "\ua9e0-\ua9ff\uaa60-\uaa7f\U000116d0-\U000116ff]\\s"
)
_WIDE_BLANKS = re.compile(r"[^\S\x00-\x7f]")
_PLAIN = "en"
_WORDS = regex.compile(r"[\p{L}\p{N}]")


def _boundaries(text: str, language: str) -> list[int]:
    """Where sentences end in `text`: offsets in code points, ascending, the last included."""
    ends: list[int] = []
    start = 0
    while len(text) - start > WINDOW:
        window = text[start : start + WINDOW]
        # What stands near the end of a window is seen again, whole, in the next one.
        inner = [end for end in _split(window, language) if end <= WINDOW - _MARGIN]
        ends += [start + end for end in inner]
        blank = window.rfind(" ", WINDOW // 2, WINDOW - _MARGIN) + 1
        start += inner[-1] if inner else blank or WINDOW - _MARGIN
    ends += [start + end for end in _split(text[start:], language)]
    return ends


def _split(text: str, language: str) -> list[int]:
    if language == "kk":
        text = _WIDE_BLANKS.sub(" ", text)  # after an initial they make its Kazakh rules panic
    try:
        # The pieces make up the text. To ask for offsets would cost twice the time.
        return list(accumulate(map(len, segment(language, text)))) or [len(text)]
    except BaseException as fault:
        # A panic of the compiled module is no Exception, and would end the whole load.
        if type(fault).__name__ != "PanicException":
            raise
        return [len(text)] if language == _PLAIN else _split(text, _PLAIN)


def _ends(text: str, language: str) -> list[int]:
    ends = _boundaries(text, language)
    more: list[int] = []
    # `regex` lets other threads run while it searches and `re` does not: no quick look at
    # what is very long.
    long = len(text) > WINDOW
    if long or _MAYBE_GLUED.search(text):
        more += [match.end() for match in _GLUED.finditer(text)]
    if language == "el":
        more += [match.end() for match in _GREEK_END.finditer(text)]
    if long or (not text.isascii() and _MAYBE_PHRASE_END.search(text)):
        more += [match.end() for match in _PHRASE_END.finditer(text)]
    if more:
        ends = sorted({*ends, *more})
    if len(text) > LONG:
        ends = _with_inner(text, ends, language)
    *inner, last = ends
    return [*(end for end in inner if not _is_title(text, end)), last]


def _with_inner(text: str, ends: list[int], language: str) -> list[int]:
    """`ends`, and those within what is long, where a quotation's marks hide them."""
    found: list[int] = []
    start = 0
    for end in ends:
        if end - start > LONG:
            # A sentence of a quotation ends where it would without its marks.
            bare = text[start:end].translate(_QUOTE_MARKS)
            found += [start + inner for inner in _boundaries(bare, language)]
        else:
            found.append(end)
        start = end
    return found


def _is_title(text: str, end: int) -> bool:
    """Whether what ends at `end` is no sentence but "Mr."."""
    tail = text[max(end - _TITLE_CHARACTERS, 0) : end]
    return tail.rstrip().endswith(_TITLES) and _TITLE.search(tail) is not None


def sentences(text: str, language: str, offset: int = 0) -> tuple[Span, ...]:
    """The sentences of one paragraph as trimmed spans, shifted by `offset`.

    Every word of `text` lies in exactly one of them. A stretch without any word (a
    closing mark, three dots) joins the sentence before it.
    """
    spans: list[Span] = []
    start = 0
    for end in _ends(text, language):
        piece = text[start:end]
        body = piece.strip()
        if body:
            first = offset + start + piece.index(body[0])
            last = first + len(body)
            if spans and not body[0].isalnum() and not _WORDS.search(body):
                spans[-1] = Span(spans[-1].start, last)
            else:
                spans.append(Span(first, last))
        start = end
    return tuple(spans)
