"""Whose words a passage quotes: where quotations open and close, and who is named."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from bot.core.documents import Span

# A single mark opens only where no letter stands before it, else it is an apostrophe.
_PAIRS = {"“": "”", "„": "“”", "«": "»", "「": "」", "『": "』", "‘": "’"}
_STRAIGHT = '"'
_EVERY_MARK = '"“”„«»「」『』‘’'
_MARKS = regex.compile(f"[{_EVERY_MARK}]")
_LETTER = regex.compile(r"[\p{L}\p{N}]")


def quotes(text: str) -> bool:
    """Whether `text` has any quotation mark: most has none, and that is soon seen."""
    return any(mark in text for mark in _EVERY_MARK)


@dataclass(frozen=True, slots=True)
class Quotation:
    """A stretch between quotation marks, marks included; offsets into the passage's text."""

    start: int
    end: int


def quotations(text: str) -> tuple[Quotation, ...]:
    """The outermost quotations of `text`; one left open reaches to the end."""
    found: list[Quotation] = []
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
            found.append(Quotation(start, place + 1))
            start = None
    if start is not None:
        found.append(Quotation(start, len(text)))
    return tuple(found)


def speaker_clause(text: str, sentences: tuple[Span, ...], start: int) -> Span | None:
    """The clause that introduces the quotation which is open at `start`, if it lies before.

    All offsets are into `text`. It runs from the beginning of the sentence in which the
    quotation opens up to the opening mark; None where `start` is in no quotation, or
    where nothing is said before the mark.
    """
    opened = next((q for q in quotations(text) if q.start < start < q.end), None)
    if opened is None:
        return None
    for sentence in sentences:
        if sentence.start <= opened.start < sentence.end:
            lead = text[sentence.start : opened.start].rstrip()
            if _LETTER.search(lead) is None:
                return _introduction_before(text, sentences, sentence)
            return Span(sentence.start, sentence.start + len(lead))
    return None


def _introduction_before(text: str, sentences: tuple[Span, ...], sentence: Span) -> Span | None:
    """The sentence before, where it ends in a colon and so introduces the quotation."""
    place = sentences.index(sentence)
    if place and text[: sentences[place - 1].end].rstrip().endswith(":"):
        return sentences[place - 1]
    return None
