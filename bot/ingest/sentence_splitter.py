"""Sentence splitting: the spans of the sentences of a paragraph.

Wikimedia's sentencex finds most ends. On hard places of real articles (abbreviations,
quotations, figures, eight languages) it was right more often than pysbd, syntok and
blingfire. This module adds the ends it misses: inside long quotations, where no blank
follows, and in scripts whose signs it does not know.
"""

from itertools import accumulate

import regex
from sentencex import segment

from bot.core.documents import Span
from bot.ingest.exclusions import trimmed

LONG = 300
"""A sentence of more characters is searched for ends inside its quotations."""

WINDOW = 6_000
"""A longer paragraph is split window by window: sentencex takes quadratic time."""

_OVERLAP = 1_000
_QUOTE_MARKS = str.maketrans(dict.fromkeys('“”„‟«»"‘‚‹›()[]（）「」『』', " "))
_TITLE = regex.compile(r"(?:^|\P{L})(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nr|vs|cf|etc|approx)\.\s*$")
_TITLE_CHARACTERS = 12
_MISSING_BLANK = regex.compile(r"(?<=\p{Ll}{2})[.!?]+[”’»\"]?(?=\p{Lu}\p{Ll}+[\s,’'])")
_GREEK_QUESTION_MARK = regex.compile(r"(?<=\p{Greek})[;;](?=\s)")
# Thai, Lao, Khmer and Burmese have blanks between phrases and no sign at a sentence's end.
_PHRASE_END = regex.compile(r"(?<=[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])\s+(?=[\p{L}“‘\"])")
_WIDE_BLANKS = regex.compile(r"[^\S\x00-\x7f]")
_FALLBACK_LANGUAGE = "en"
_NUMBER = regex.compile(
    r"\s*(?:(?:\p{Lu}\p{Ll}{0,12}|§{1,2})\s)?\(?(?:\p{Nd}{1,4}(?:\.\p{Nd}{1,3})*|[ivxlc]+|[IVXLC]+|\p{L})[.)]\s*"
)
_WORD = regex.compile(r"[\p{L}\p{N}]")


def split_sentences(text: str, language: str, offset: int = 0) -> tuple[Span, ...]:
    """The sentences of one paragraph as trimmed spans, shifted by `offset`.

    Every word of `text` lies in exactly one of them. A stretch without any word (a closing
    mark, three dots) is joined to the sentence before it, and the number of a paragraph
    ("2.1.", "Article 2.", "iv.") to the first sentence.
    """
    spans: list[Span] = []
    start = 0
    for end in _ends(text, language):
        if (span := trimmed(text, start, end)) is not None:
            first, last = offset + span.start, offset + span.end
            if spans and not _WORD.search(text, span.start, span.end):
                spans[-1] = Span(spans[-1].start, last)
            elif len(spans) == 1 and _NUMBER.fullmatch(text, pos=0, endpos=start):
                spans[0] = Span(spans[0].start, last)
            else:
                spans.append(Span(first, last))
        start = end
    return tuple(spans)


def _ends(text: str, language: str) -> list[int]:
    """The ends of the sentences of `text`: ascending offsets, `len(text)` the last."""
    ends = _split(text, language)
    patterns = [_MISSING_BLANK, _PHRASE_END]
    if language == "el":
        patterns.append(_GREEK_QUESTION_MARK)
    added = {match.end() for pattern in patterns for match in pattern.finditer(text)}
    ends = sorted(added.union(ends))
    if len(text) > LONG:
        ends = _with_ends_in_quotations(text, ends, language)
    *inner, last = ends
    return [*(end for end in inner if not _is_title(text, end)), last]


def _split(text: str, language: str) -> list[int]:
    """The ends that sentencex finds, window by window.

    A sentence that ends within the last 1,000 characters of a window may be cut off there,
    so the next window begins at the last end before them: with ends at 2,500, 4,800 and
    5,700 of the first 6,000 characters, the second window begins at 4,800.
    """
    ends: list[int] = []
    start = 0
    while len(text) - start > WINDOW:
        window = text[start : start + WINDOW]
        inner = [end for end in _split_window(window, language) if end <= WINDOW - _OVERLAP]
        ends += [start + end for end in inner]
        blank = window.rfind(" ", WINDOW // 2, WINDOW - _OVERLAP) + 1
        start += inner[-1] if inner else blank or WINDOW - _OVERLAP
    return ends + [start + end for end in _split_window(text[start:], language)]


def _split_window(text: str, language: str) -> list[int]:
    if language == "kk":
        text = _WIDE_BLANKS.sub(" ", text)  # after an initial, they make its Kazakh rules panic
    try:
        # The segments add up to the text, so that their lengths give the offsets.
        return list(accumulate(map(len, segment(language, text)))) or [len(text)]
    except BaseException as fault:
        # A panic of the compiled module is no Exception and would end the whole load.
        if type(fault).__name__ != "PanicException":
            raise
        if language == _FALLBACK_LANGUAGE:
            return [len(text)]
        return _split_window(text, _FALLBACK_LANGUAGE)


def _with_ends_in_quotations(text: str, ends: list[int], language: str) -> list[int]:
    """`ends`, with long sentences split as if they had no quotation marks and brackets."""
    result: list[int] = []
    start = 0
    for end in ends:
        if end - start > LONG:
            bare = text[start:end].translate(_QUOTE_MARKS)
            result += [start + inner for inner in _split(bare, language)]
        else:
            result.append(end)
        start = end
    return result


def _is_title(text: str, end: int) -> bool:
    """Whether the sentence that ends at `end` ends in an abbreviation such as "Mr."."""
    return _TITLE.search(text[max(end - _TITLE_CHARACTERS, 0) : end]) is not None
