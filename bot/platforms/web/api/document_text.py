"""A range of a document's text as JSON, with the passages in it; a pure function."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from bot.chat.rendering.json import JsonObject
from bot.core.documents import Document, Passage, Span
from bot.core.errors import RequestError
from bot.platforms.web.api.models import MOST_TEXT


def document_text(
    document: Document, passages: Sequence[Passage], start: int, end: int, around: int
) -> JsonObject:
    """The text from `start` to `end`, widened by `around` passages on either side.

    At most `MOST_TEXT` characters; `next` is where the rest begins. What is excluded from quoting
    is left out between the parts. Raises `RequestError` for a range that is none.
    """
    length = len(document.text)
    if not 0 <= start < end or start >= max(length, 1):
        raise RequestError(f"The range {start}-{end} is not in the document of {length} characters")
    end = min(end, length)
    if around:
        start, end = _widened(passages, start, end, around)
    end = min(end, start + MOST_TEXT)
    inside = passages[_first(passages, start) : _last(passages, end)]
    return {
        "length": length,
        "start": start,
        "end": end,
        "parts": [
            {"text": span.of(document.text), "start": span.start, "end": span.end}
            for span in _quotable(document, start, end)
        ],
        "passages": [
            {
                "start": each.span.start,
                "end": each.span.end,
                "locator": str(each.locator),
                "sentences": [(one.start, one.end) for one in each.sentences],
            }
            for each in inside
        ],
        "next": end if end < length else None,
    }


def _first(passages: Sequence[Passage], start: int) -> int:
    """The number of the first passage that ends behind `start`."""
    return bisect_right(passages, start, key=lambda passage: passage.span.end)


def _last(passages: Sequence[Passage], end: int) -> int:
    """One more than the number of the last passage that begins before `end`."""
    return bisect_left(passages, end, key=lambda passage: passage.span.start)


def _widened(passages: Sequence[Passage], start: int, end: int, around: int) -> tuple[int, int]:
    first = max(0, _first(passages, start) - around)
    last = min(len(passages), _last(passages, end) + around)
    near = passages[first:last]
    if not near:
        return start, end
    return min(start, near[0].span.start), max(end, near[-1].span.end)


def _quotable(document: Document, start: int, end: int) -> Iterator[Span]:
    for left_out in document.excluded:
        if left_out.end > start and left_out.start < end:
            if start < left_out.start:
                yield Span(start, left_out.start)
            start = min(end, left_out.end)
    if start < end:
        yield Span(start, end)
