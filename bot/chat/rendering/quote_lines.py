"""Lines of a quote: visible text, with the part of each line that is emphasized."""

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from bot.chat.rendering.escape import visible, visible_pieces
from bot.core.documents import Span
from bot.core.replies import ELLIPSIS, Excerpt

# Marks belong to the character before them, and so does the joiner of an emoji.
_MARKS = regex.compile(r"[\p{M}\u200C\u200D]*")


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line; `strong` is the part that is emphasized: it begins and ends with no blank."""

    text: str
    strong: Span | None = None

    @property
    def pieces(self) -> tuple[str, str, str]:
        """The text before the emphasis, the emphasis, and the text behind it."""
        if self.strong is None:
            return self.text, "", ""
        start, end = self.strong.start, self.strong.end
        return self.text[:start], self.text[start:end], self.text[end:]


def quote_lines(excerpt: Excerpt, *, emphasis: bool) -> Iterator[QuoteLine]:
    """The lines of the quote; joined by line breaks they are `visible(excerpt.quote)`.

    With `emphasis` the sentence of the excerpt is emphasized, each of its lines by itself.
    """
    quote, sentence = excerpt.quote, excerpt.emphasis
    if sentence is None or not emphasis:
        yield from map(QuoteLine, visible(quote).split("\n"))
        return
    bounds = (_after_marks(quote, place) for place in (sentence.start, sentence.end))
    before, strong, after = visible_pieces(quote, *bounds)
    start, end = len(before), len(before) + len(strong)
    place = 0
    for line in (before + strong + after).split("\n"):
        yield QuoteLine(line, _without_blanks(line, start - place, end - place))
        place += len(line) + 1


def above_lines(excerpt: Excerpt) -> Iterator[str]:
    """The lines above the quote, visible, and `[…]` where the document has words in between."""
    document = excerpt.passage.document
    end = None
    for span in excerpt.above:
        yield from visible(span.of(document.text)).split("\n")
        end = span.end
    if end is not None and any(map(str.isalnum, document.text[end : excerpt.span.start])):
        yield ELLIPSIS


def _after_marks(text: str, place: int) -> int:
    match = _MARKS.match(text, place)
    return match.end() if match else place


def _without_blanks(line: str, start: int, end: int) -> Span | None:
    """The span of the words between two places of a line, which may lie beyond its ends."""
    start = max(start, 0)
    words = line[start : max(end, start)]
    start += len(words) - len(words.lstrip())
    return Span(start, start + len(words.strip())) if words.strip() else None
