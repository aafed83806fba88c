"""Quotations inside a passage: their spans, and the clauses that name their speakers."""

import regex

from bot.core.documents import Span

# A single mark opens a quotation only if no letter precedes it; else it is an apostrophe.
_PAIRS = {"“": "”", "„": "“”", "«": "»", "「": "」", "『": "』", "‘": "’"}
_STRAIGHT = '"'
_EVERY_MARK = '"“”„«»「」『』‘’'
_MARKS = regex.compile(f"[{_EVERY_MARK}]")
_LETTER = regex.compile(r"[\p{L}\p{N}]")


def has_quotation_marks(text: str) -> bool:
    """Whether `text` has any quotation mark: a cheap test before `quotations`."""
    return any(mark in text for mark in _EVERY_MARK)


def quotations(text: str) -> tuple[Span, ...]:
    """The outermost quotations of `text`, marks included; one left open reaches to the end."""
    spans: list[Span] = []
    start: int | None = None
    closers = ""
    for match in _MARKS.finditer(text):
        place, mark = match.start(), match.group()
        letter_before = place > 0 and _LETTER.match(text[place - 1]) is not None
        if start is None:
            if mark == _STRAIGHT and not letter_before:
                start, closers = place, _STRAIGHT
            elif mark in _PAIRS and not (mark == "‘" and letter_before):
                start, closers = place, _PAIRS[mark]
        elif mark in closers:
            letter_after = place + 1 < len(text) and _LETTER.match(text[place + 1]) is not None
            if mark == "’" and letter_before and letter_after:
                continue
            spans.append(Span(start, place + 1))
            start = None
    if start is not None:
        spans.append(Span(start, len(text)))
    return tuple(spans)


def speaker_clause(text: str, sentences: tuple[Span, ...], start: int) -> Span | None:
    """The clause that introduces the quotation in which offset `start` lies.

    All offsets are into `text`. The clause runs from the beginning of the sentence in which
    the quotation opens up to the opening mark. None where `start` is outside any quotation,
    or where no words stand before the mark.

    Example: in `The minister said: “It rains. The dam holds.”` the offset of "The dam" gives
    `The minister said:`.
    """
    quotation = next((q for q in quotations(text) if q.start < start < q.end), None)
    if quotation is None:
        return None
    for sentence in sentences:
        if sentence.start <= quotation.start < sentence.end:
            clause = text[sentence.start : quotation.start].rstrip()
            if _LETTER.search(clause) is None:
                return _sentence_with_colon_before(text, sentences, sentence)
            return Span(sentence.start, sentence.start + len(clause))
    return None


def _sentence_with_colon_before(
    text: str, sentences: tuple[Span, ...], sentence: Span
) -> Span | None:
    """The sentence before, if it ends in a colon and so introduces the quotation."""
    place = sentences.index(sentence)
    if place and text[: sentences[place - 1].end].rstrip().endswith(":"):
        return sentences[place - 1]
    return None
