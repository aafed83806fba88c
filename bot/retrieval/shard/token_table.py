"""Stretches without blanks, found many at a time by arithmetic.

A dictionary is asked for one string after the other, and of a large one each answer waits
for memory. Here the letters of a stretch, as UTF-8, are up to four numbers of 64 bits, and
thousands of them are looked up at once in tables of such numbers. Those numbers are the
whole stretch: nothing is found by a hash alone. What is longer, and what finds no slot in a
few tries (texts may be written to that end), is left to a dictionary.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Codes = list[npt.NDArray[np.uint64]]

_BLANK = 32
"""Bytes up to this one part stretches: blanks, line ends, and what is in no word either."""

_LETTERS = 8
"""Bytes in a number."""

_WIDTHS = (1, 2, 3, 4)
"""How many numbers a stretch in a table may take."""

_TRIES = 12
_LONGEST = 256
"""A stretch of more bytes than this is given a new number each time and not kept."""

_MIX = np.uint64(0x9E3779B97F4A7C15)
_BITS = 64
_HALF = np.uint64(32)
_LEAST = 8
_FIRST = np.asarray([(1 << 8 * size) - 1 for size in range(_LETTERS + 1)], dtype=np.uint64)
"""What leaves so many of a number's first bytes."""


class _Table:
    """The numbers of stretches that take `width` numbers of 64 bits each."""

    def __init__(self, width: int) -> None:
        self._held = 0
        self._empty(width, _LEAST)

    def _empty(self, width: int, bits: int) -> None:
        self._bits = bits
        self._codes = [np.zeros(1 << bits, dtype=np.uint64) for _ in range(width)]
        self._number = np.full(1 << bits, -1, dtype=np.int32)

    def find(self, codes: Codes, count: int) -> tuple[Integers, Integers]:
        """The number of each stretch, and the places of those that are new.

        New ones are numbered from `count` on, in the order of their places; -1 is said of
        what has no room.
        """
        self._make_room(len(codes[0]))
        found, fresh = self._found(codes, count)
        self._held += len(fresh)
        return found, fresh

    def _found(self, codes: Codes, count: int) -> tuple[Integers, Integers]:
        found = np.full(len(codes[0]), -1, dtype=np.int32)
        place = np.arange(len(found), dtype=np.int32)
        fresh = [place[:0]]
        slot = self._slots(codes)
        for _ in range(_TRIES):
            here = self._number[slot]
            empty = np.flatnonzero(here < 0).astype(np.int32)
            if len(empty):
                # One of those that want a slot has it; the table says which.
                wanted = slot[empty]
                self._number[wanted] = empty
                won = empty[self._number[wanted] == empty]
                had = slot[won]
                self._number[had] = np.arange(count, count + len(won), dtype=np.int32)
                count += len(won)
                for own, code in zip(self._codes, codes, strict=True):
                    own[had] = code[won]
                fresh.append(place[won])
                here = self._number[slot]
            same = self._codes[0][slot] == codes[0]
            for own, code in zip(self._codes[1:], codes[1:], strict=True):
                same &= own[slot] == code
            found[place[same]] = here[same]
            other = np.flatnonzero(~same)
            if not len(other):
                break
            place, slot = place[other], slot[other] + 1 & (1 << self._bits) - 1
            codes = [code[other] for code in codes]
        return found, np.concatenate(fresh)

    def _slots(self, codes: Codes) -> Offsets:
        mixed = codes[0] * _MIX
        for code in codes[1:]:
            mixed = (mixed ^ mixed >> _HALF ^ code) * _MIX
        return (mixed >> np.uint64(_BITS - self._bits)).astype(np.int64)

    def _make_room(self, more: int) -> None:
        """Keep half of the slots free, whatever comes."""
        bits = (2 * (self._held + more)).bit_length()
        if bits <= self._bits:
            return
        full = np.flatnonzero(self._number >= 0)
        codes, number = [own[full] for own in self._codes], self._number[full]
        self._empty(len(codes), bits)
        _, fresh = self._found(codes, 0)
        full = np.flatnonzero(self._number >= 0)
        self._number[full] = number[fresh[self._number[full]]]
        self._held = len(full)


class Chunks:
    """Numbers of stretches without blanks, as they come."""

    def __init__(self) -> None:
        self.count = 0
        self._tables = [_Table(width) for width in _WIDTHS]
        self._others: dict[bytes, int] = {}

    def find(self, text: bytes) -> tuple[Integers, Offsets, list[str]]:
        """The numbers of the stretches in `text`, where each begins, and the new ones.

        The new ones follow each other in the order of their numbers.
        """
        byte = np.frombuffer(text, dtype=np.uint8)
        filled = np.zeros(len(byte) + 2, dtype=np.bool_)
        np.greater(byte, _BLANK, out=filled[1:-1])
        edges = np.flatnonzero(filled[1:] != filled[:-1])
        begins, ends = edges[::2], edges[1::2]
        sizes = ends - begins
        width = (sizes + (_LETTERS - 1)) // _LETTERS
        # Beyond the end there is something to be read, and masked.
        padded = text + bytes(_LETTERS * len(_WIDTHS))
        letters: npt.NDArray[np.uint64] = np.ndarray(
            (len(padded) - _LETTERS + 1,), dtype="<u8", buffer=padded, strides=(1,)
        )
        found = np.full(len(begins), -1, dtype=np.int32)
        fresh = []
        for each, table in zip(_WIDTHS, self._tables, strict=True):
            which = np.flatnonzero(width == each)
            if not len(which):
                continue
            first, last = begins[which], _LETTERS * (each - 1)
            codes = [letters[first + step] for step in range(0, last, _LETTERS)]
            codes.append(letters[first + last] & _FIRST[sizes[which] - last])
            found[which], new = table.find(codes, self.count)
            self.count += len(new)
            fresh += which[new].tolist()
        for place in np.flatnonzero(found < 0).tolist():
            piece = text[begins.item(place) : ends.item(place)]
            number = self._others.get(piece)
            if number is None:
                number = self.count
                self.count += 1
                fresh.append(place)
                if len(piece) <= _LONGEST:
                    self._others[piece] = number
            found[place] = number
        spans = zip(begins[fresh].tolist(), ends[fresh].tolist(), strict=True)
        return found, begins, [text[a:b].decode("utf-8", "surrogatepass") for a, b in spans]
