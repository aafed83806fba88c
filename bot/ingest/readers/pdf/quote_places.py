"""The places of quoted words among the characters of a PDF page.

A reader makes text of characters: it joins lines, mends hyphens and puts columns in order. Here
letters and digits alone are compared, and a quote is found only where each of its letters stands
on the page, in runs of characters that follow each other, which are lines or cells of them:

    quote       The exam-ple ends.     key  "theexampleends"
    runs        "… The exam-"  "ple ends. Then …"
    chain       run 0 from "the" to its end, run 1 from its beginning to "ends"

The next run is that behind in the file, else any that goes on with the same letters, as where a
file has columns line by line. Equal words elsewhere on the page are told apart by the words around
the quote. Where that does not decide, there is no place at all.
"""

from __future__ import annotations

import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise, takewhile

from bot.ingest.page_picture import QuotedWords
from bot.ingest.readers.pdf.characters import BREAK, Box, Glyph, upright
from bot.ingest.readers.pdf.right_to_left import RIGHT_TO_LEFT

_GAP = 1.8  # in sizes of type, as of cells
_SHIFT = 0.7  # in sizes of type, more than that of a raised figure
_DESCENT, _ASCENT = 0.25, 0.8  # in sizes of type
_CONTEXT = 60
_SHORT = 12
"""A quote with fewer letters is found only together with a word around it."""

_FEWEST_CONTINUED = 20
"""Least letters of the part of a quote on a page, where the rest stands on another."""

_LEAST_JUMP = 3
_MOST_STEPS = 50_000


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters of one line without a wide gap; letter n of `key` is in `glyphs[places[n]]`."""

    key: str
    places: tuple[int, ...]
    glyphs: tuple[Glyph, ...]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Letters `start` to `end` of run `run`."""

    run: int
    start: int
    end: int


_Chain = tuple[_Stretch, ...]
_State = tuple[int, int]
"""The number of letters of a key that are found, and the run that holds the last of them."""


class GlyphRuns:
    """The characters of a page, among which quotes are found."""

    def __init__(self, glyphs: Sequence[Glyph]) -> None:
        self._runs = tuple(_runs(glyphs))
        self._text = "".join(run.key for run in self._runs)
        self._offsets = (0, *accumulate(len(run.key) for run in self._runs))
        self._by_letter: dict[str, list[int]] = {}
        for number, run in enumerate(self._runs):
            self._by_letter.setdefault(run.key[0], []).append(number)
        self._steps = 0

    def places(self, quote: QuotedWords) -> list[Box]:
        """The boxes of a quote, one for each stretch of a line, in points of the page.

        If only its beginning or its end stands on the page, these are the boxes of that.
        """
        key, self._steps = _key(quote.words), 0
        if not key:
            return []
        before, after = _key(quote.before)[-_CONTEXT:], _key(quote.after)[:_CONTEXT]
        places = [(chain, (before, after)) for chain in self._whole(key)]
        if not places and len(key) > _FEWEST_CONTINUED:
            places += [(chain, (before, "")) for chain in self._beginnings(key)]
            places += [(chain, ("", after)) for chain in self._ends(key)]
        chain = self._best(places)
        if chain is None:
            return []
        ends = _ends_of(quote.words)
        return [self._box(chain, number, ends) for number in range(len(chain))]

    def _whole(self, key: str) -> list[_Chain]:
        return [
            chain
            for first in self._starts(key)
            for chain, length in [self._longest(key, first)]
            if length == len(key)
        ]

    def _beginnings(self, key: str) -> Iterator[_Chain]:
        """Chains of the beginning of a key, to the end of a run."""
        for first in self._starts(key):
            chain, length = self._longest(key, first)
            if length >= _FEWEST_CONTINUED:
                yield chain

    def _ends(self, key: str) -> Iterator[_Chain]:
        """Chains of the end of a key, from the beginning of a run."""
        for number, run in enumerate(self._runs):
            if len(run.key) < _FEWEST_CONTINUED // 2:
                continue
            at = key.find(run.key)
            if at > 0:
                rest = key[at:]
                chain, length = self._longest(rest, _Stretch(number, 0, len(run.key)))
                if _FEWEST_CONTINUED <= length == len(rest):
                    yield chain

    def _starts(self, key: str) -> Iterator[_Stretch]:
        """The stretches of runs that can begin the key: they hold it, or end with a part of it."""
        for number, run in enumerate(self._runs):
            at = run.key.find(key[0])
            while at >= 0:
                stop = min(len(run.key), at + len(key))
                if key.startswith(run.key[at:stop]):
                    yield _Stretch(number, at, stop)
                at = run.key.find(key[0], at + 1)

    def _longest(self, key: str, first: _Stretch) -> tuple[_Chain, int]:
        """The chain from `first` that holds most letters of `key`, with few jumps, and how many.

        A breadth-first search in which a step to the run behind costs nothing, a jump one.
        """
        before: dict[_State, tuple[_Stretch, _State | None]] = {}
        best = begin = (first.end - first.start, first.run)
        queue: deque[tuple[_State, _Stretch, _State | None]] = deque([(begin, first, None)])
        while queue and self._steps < _MOST_STEPS:
            state, stretch, last = queue.popleft()
            if state in before:
                continue
            self._steps += 1
            before[state] = (stretch, last)
            best = max(best, state, key=lambda each: each[0])
            if best[0] == len(key):
                break
            for following in self._following(key, state):
                done = (state[0] + following.end, following.run)
                if following.run == state[1] + 1:
                    queue.appendleft((done, following, state))
                else:
                    queue.append((done, following, state))
        chain: list[_Stretch] = []
        place: _State | None = best
        while place is not None and place in before:
            stretch, place = before[place]
            chain.append(stretch)
        return tuple(reversed(chain)), best[0]

    def _following(self, key: str, state: _State) -> Iterator[_Stretch]:
        """The stretches that go on with the key behind a state, the nearest first."""
        done, last = state
        wanted = self._by_letter.get(key[done], ())
        end = self._runs[last].glyphs[-1]
        near = sorted(
            (number for number in wanted if number != last),
            key=lambda number: (number != last + 1, _distance(end, self._runs[number].glyphs[0])),
        )
        for number in near:
            run = self._runs[number].key
            length = min(len(run), len(key) - done)
            if number != last + 1 and length < _LEAST_JUMP:
                continue
            is_behind = not _goes_back(self._runs[last], self._runs[number])
            if is_behind and key.startswith(run[:length], done):
                yield _Stretch(number, 0, length)

    def _best(self, places: Sequence[tuple[_Chain, tuple[str, str]]]) -> _Chain | None:
        """The chain with most letters, those of its context around it included, if one is.

        Of those with as many the one with the fewest jumps.
        """
        ranked = sorted(
            (
                (-_length(chain) - self._likeness(chain, context), _jumps(chain), chain)
                for chain, context in places
            ),
            key=lambda each: each[:2],
        )
        if not ranked or (len(ranked) > 1 and ranked[0][:2] == ranked[1][:2]):
            return None
        letters, chain = -ranked[0][0], ranked[0][2]
        has_context = letters > _length(chain)
        return chain if has_context or letters >= _SHORT else None

    def _likeness(self, chain: _Chain, context: tuple[str, str]) -> int:
        """The number of letters before and behind a chain that are those of the context."""
        start = self._offsets[chain[0].run] + chain[0].start
        end = self._offsets[chain[-1].run] + chain[-1].end
        before = _alike(self._text[max(0, start - _CONTEXT) : start][::-1], context[0][::-1])
        return before + _alike(self._text[end : end + _CONTEXT], context[1])

    def _box(self, chain: _Chain, number: int, ends: tuple[str, str]) -> Box:
        """The box of a stretch, with the signs around its letters that belong to the quote."""
        stretch = chain[number]
        run = self._runs[stretch.run]
        first, last = run.places[stretch.start], run.places[stretch.end - 1]
        while first and (number > 0 or run.glyphs[first - 1].text in ends[0]):
            first -= 1
        final = len(run.glyphs) - 1
        while last < final and (number + 1 < len(chain) or run.glyphs[last + 1].text in ends[1]):
            last += 1
        glyphs = run.glyphs[first : last + 1]
        largest = max(glyphs, key=lambda glyph: glyph.style.size)
        size, turn = max(largest.style.size, 1.0), largest.style.turn
        box = (
            min(glyph.left for glyph in glyphs),
            largest.y - _DESCENT * size,
            max(glyph.right for glyph in glyphs),
            largest.y + _ASCENT * size,
        )
        return upright(box, -turn % 4)


def _runs(glyphs: Sequence[Glyph]) -> Iterator[_Run]:
    """The runs of characters that stand upright or turned by quarters; oblique ones have none."""
    part: list[Glyph] = []
    for glyph in (*glyphs, Glyph(BREAK)):
        if glyph.text == " ":
            continue
        if part and (glyph.text == BREAK or _parts_runs(part[-1], glyph)):
            yield from _run(part)
            part = []
        if glyph.is_visible and glyph.style.turn >= 0:
            part.append(glyph)


def _parts_runs(before: Glyph, after: Glyph) -> bool:
    size = max(before.style.size, after.style.size, 1.0)
    if before.style.turn != after.style.turn or abs(before.y - after.y) > _SHIFT * size:
        return True
    if RIGHT_TO_LEFT.match(before.text) or RIGHT_TO_LEFT.match(after.text):
        return max(before.left - after.right, after.left - before.right) > _GAP * size
    return not -size < after.left - before.right < _GAP * size


def _goes_back(before: _Run, after: _Run) -> bool:
    """Whether a run stands above another, and in no column behind it.

    Nobody reads on there: its words are equal to those of the quote that stand on the next page.
    """
    last, first = before.glyphs[-1], after.glyphs[0]
    size = max(last.style.size, first.style.size, 1.0)
    if last.style.turn != first.style.turn or first.y - last.y < size:
        return False
    if RIGHT_TO_LEFT.search(before.key + after.key):
        right = max(glyph.right for glyph in after.glyphs)
        return right > min(glyph.left for glyph in before.glyphs)
    left = min(glyph.left for glyph in after.glyphs)
    return left < max(glyph.right for glyph in before.glyphs)


def _run(glyphs: Sequence[Glyph]) -> Iterator[_Run]:
    letters = [(letter, place) for place, glyph in enumerate(glyphs) for letter in _key(glyph.text)]
    if letters:
        yield _Run(
            "".join(letter for letter, _ in letters),
            tuple(place for _, place in letters),
            tuple(glyphs),
        )


def _ends_of(words: str) -> tuple[str, str]:
    """The signs before the first letter of a quote, and those behind the last."""
    letters = [place for place, sign in enumerate(words) if sign.isalnum()]
    return (words[: letters[0]], words[letters[-1] + 1 :]) if letters else ("", "")


@lru_cache(maxsize=20_000)
def _key(text: str) -> str:
    """The letters and digits of a text, without case, marks, and forms such as ligatures."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(each for each in plain if each.isalnum())


def _length(chain: _Chain) -> int:
    return sum(stretch.end - stretch.start for stretch in chain)


def _alike(text: str, other: str) -> int:
    """The number of letters at the beginning of two texts that are the same."""
    return sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False))
    )


def _jumps(chain: _Chain) -> int:
    return sum(after.run != before.run + 1 for before, after in pairwise(chain))


def _distance(before: Glyph, after: Glyph) -> float:
    return abs(before.y - after.y) + abs(before.left - after.left)
