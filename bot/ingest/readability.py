"""Readability: how much of a file could be read, as one figure for its curator."""

from collections.abc import Iterable
from itertools import groupby

from bot.core.documents import Parsed
from bot.ingest.readers.builder import UNREADABLE

_MOST_RANGES = 12


def percent_read(parsed: Parsed) -> int:
    """The part of a file that could be read in full, in percent and rounded down.

    It is counted in blocks: paragraphs, headings, items and rows. One with a `[…]` for what could
    not be read is not read in full, and a `[…]` between two blocks stands for one that is missing.
    A page without text counts as many blocks as the other pages have on average.
    """
    bodies = [block.span.of(parsed.text) for block in parsed.blocks]
    between = parsed.text.count(UNREADABLE) - sum(body.count(UNREADABLE) for body in bodies)
    damaged = sum(UNREADABLE in body for body in bodies)
    missing = min(between, parsed.gaps)
    pages = {block.page for block in parsed.blocks}
    unseen = len(parsed.unrecognised) * len(bodies) / max(len(pages), 1)
    lost = missing + min(damaged, parsed.gaps - missing) + unseen
    if not lost:
        return 100
    total = len(bodies) + missing + unseen
    return min(int(100 * (total - lost) / total), 99)


def page_list(pages: Iterable[int]) -> str:
    """Numbers of pages in words: "page 3", "pages 1, 2 and 5 to 7"."""
    numbers = sorted(pages)
    runs = [
        [page for _, page in run]
        for _, run in groupby(enumerate(numbers), lambda each: each[1] - each[0])
    ]
    names: list[str] = []
    for run in runs[:_MOST_RANGES]:
        names += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else map(str, run)
    if more := sum(map(len, runs[_MOST_RANGES:])):
        names.append(f"{more:,} more")
    noun = "page" if len(numbers) == 1 else "pages"
    *others, last = names
    return f"{noun} {', '.join(others)} and {last}" if others else f"{noun} {last}"


def remarks_on(parsed: Parsed) -> list[str]:
    """Remarks for the curator on parts that could not be read, as `Parsed.remarks`."""
    percent = percent_read(parsed)
    if percent == 100:
        return []
    shown = f"; {UNREADABLE} shows where something is missing" if parsed.gaps else ""
    return [f"could be read to {percent} %{shown}"]
