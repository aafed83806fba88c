"""Strings in the order of their characters, each with its place as its number.

The numbers are decided by what is there and by nothing else. Where some go and some come,
those that stay keep their order, so whatever is sorted by number stays sorted: that is what
makes a change of a few documents cheap.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, overload

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Default = TypeVar("Default")

_OWN_SHARE = 1 / 8
"""New strings beside those of a shared table, up to which it is shared on."""


@dataclass(frozen=True, eq=False)
class Moved:
    """How numbers change where some things go and others come.

    `number[n]` is the new number of what had `n`; it ascends, and means nothing for what is
    `gone`, in old numbers. `fresh` are the new numbers of what came, `places` the old ones
    before which each stands. All ascend. `count` is how many there are now.
    """

    number: Integers
    gone: Integers | Offsets
    fresh: Offsets
    places: Offsets
    count: int

    @classmethod
    def of(cls, count: int, gone: Integers | Offsets, places: Offsets) -> Moved:
        """The change of `count` things, of which some are `gone`, by what came before them."""
        step = np.zeros(count + 2, dtype=np.int32)
        np.add.at(step, places, 1)
        step[gone + 1] -= 1
        number = np.cumsum(step[:count], dtype=np.int32)
        number += np.arange(count, dtype=np.int32)
        fresh = places + np.arange(len(places)) - np.searchsorted(gone, places)
        return cls(number, gone, fresh, places, count - len(gone) + len(places))

    def before(self) -> Integers:
        """The old number of each thing that is there now; of what came, that of its place."""
        found = np.zeros(self.count, dtype=np.int32)
        stays = np.ones(len(self.number), dtype=np.bool_)
        stays[self.gone] = False
        old = np.flatnonzero(stays)
        found[self.number[old]] = old
        found[self.fresh] = self.places
        return found

    @property
    def same(self) -> bool:
        """Whether all numbers are as they were."""
        return not len(self.gone) and not len(self.places)


class Numbering(Mapping[str, int]):
    """Sorted strings, `forms`, and the number of each; immutable.

    One that came of another shares its table, which is large: to make one of all words
    anew, and to let go of the old one, would keep the interpreter from others.
    """

    __slots__ = ("_moved", "_own", "_table", "forms")

    def __init__(self, forms: Sequence[str]) -> None:
        """The numbering of `forms`, which are sorted and differ."""
        self.forms = tuple(forms)
        # Not by one call, which would hold the interpreter for as long as it takes.
        self._table = {form: number for number, form in enumerate(self.forms)}  # noqa: C416
        self._moved: Integers | None = None
        self._own: dict[str, int] = {}

    def updated(self, moved: Moved, fresh: Sequence[str]) -> Numbering:
        """The numbering after a change, `fresh` being what came."""
        if moved.same:
            return self
        forms = spliced(self.forms, moved, fresh)
        if len(self._own) + len(fresh) > _OWN_SHARE * len(self._table):
            return Numbering(forms)
        number = moved.number.copy()
        number[moved.gone] = -1
        made = Numbering.__new__(Numbering)
        made.forms = forms
        made._table = self._table
        made._moved = number if self._moved is None else _both(self._moved, number)
        kept = ((form, number.item(old)) for form, old in self._own.items())
        made._own = {form: new for form, new in kept if new >= 0}
        made._own.update(zip(fresh, moved.fresh.tolist(), strict=True))
        return made

    @overload
    def get(self, key: str, /) -> int | None: ...
    @overload
    def get(self, key: str, /, default: int | Default) -> int | Default: ...

    def get(self, key: str, /, default: object = None) -> object:
        """The number of a string, `default` for one that is not there."""
        if self._own and (own := self._own.get(key)) is not None:
            return own
        number = self._table.get(key)
        if number is None or self._moved is None:
            return default if number is None else number
        now: int = self._moved.item(number)
        return default if now < 0 else now

    def place(self, form: str) -> tuple[int, bool]:
        """The number of a string, and whether it is new: then, before which it would come."""
        number = self.get(form)
        return (bisect_left(self.forms, form), True) if number is None else (number, False)

    def __getitem__(self, form: str) -> int:
        number = self.get(form)
        if number is None:
            raise KeyError(form)
        return number

    def __contains__(self, form: object) -> bool:
        return isinstance(form, str) and self.get(form) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.forms)

    def __len__(self) -> int:
        return len(self.forms)


def spliced(forms: tuple[str, ...], moved: Moved, fresh: Sequence[str]) -> tuple[str, ...]:
    """Sorted strings without those that are gone, with those that came in their places."""
    found: list[str] = []
    start = 0
    gone = [(place, 1, "") for place in moved.gone.tolist()]
    came = [(place, 0, form) for place, form in zip(moved.places.tolist(), fresh, strict=True)]
    for place, went, form in sorted((*gone, *came), key=lambda each: each[:2]):
        found += forms[start:place]
        start = place + went
        if not went:
            found.append(form)
    found += forms[start:]
    return tuple(found)


def _both(first: Integers, second: Integers) -> Integers:
    """What two changes after each other make of each number; -1 for what is gone."""
    found = second[np.maximum(first, 0)] if len(second) else first.copy()
    found[first < 0] = -1
    return found
