"""Strings in the order of their characters, each with its place as its number.

The numbers are decided by what is there and by nothing else. Where some go and some come,
those that stay keep their order, so whatever is sorted by number stays sorted: that is what
makes a change of a few documents cheap.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, overload

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Number = TypeVar("Number", bound=np.generic)
Default = TypeVar("Default")

AT_ONCE = 250_000
"""Entries that are renumbered at once: bounds what is needed beside the result."""

_OWN_SHARE = 1 / 8
"""New strings beside those of a shared table, up to which it is shared on."""


@dataclass(frozen=True, eq=False)
class Moved:
    """How numbers change where some of `total` things go and others come.

    `gone` are the numbers of what goes, `places` those before which something new comes,
    one each. Both ascend.
    """

    total: int
    gone: Integers | Offsets
    places: Offsets

    @cached_property
    def number(self) -> Integers:
        """The new number of each old one; it ascends, and means nothing for what is gone."""
        step = np.zeros(self.total + 2, dtype=np.int32)
        np.add.at(step, self.places, 1)
        step[self.gone + 1] -= 1
        number = np.cumsum(step[: self.total], dtype=np.int32)
        number += np.arange(self.total, dtype=np.int32)
        return number

    @cached_property
    def fresh(self) -> Offsets:
        """The new numbers of what came."""
        before = np.searchsorted(self.gone, self.places)
        return np.asarray(self.places + np.arange(len(self.places)) - before)

    def now(self, old: Integers | Offsets) -> Offsets:
        """The new numbers of some that were there, without making those of all."""
        came = np.searchsorted(self.places, old, side="right")
        return np.asarray(old + came - np.searchsorted(self.gone, old), dtype=np.int64)

    @property
    def count(self) -> int:
        """How many things there are now."""
        return self.total - len(self.gone) + len(self.places)

    @cached_property
    def shifts(self) -> bool:
        """Whether any that stays has another number than before."""
        shifted = self.number != np.arange(self.total)
        shifted[self.gone] = False
        return bool(shifted.any())

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
        """Whether nothing went and nothing came."""
        return not len(self.gone) and not len(self.places)


@dataclass(frozen=True, eq=False, slots=True)
class _Shared:
    """The numbers that strings had in a `table`, where they `moved` since, and those of `own`.

    Where `moved` has -1 the string is gone, or, where it came back, among `own`.
    """

    table: Mapping[str, int]
    moved: Integers | None
    own: Mapping[str, int]

    @classmethod
    def of(cls, forms: Sequence[str]) -> _Shared:
        # Not by one call, which would hold the interpreter for as long as it takes.
        return cls({form: number for number, form in enumerate(forms)}, None, {})

    def updated(self, moved: Moved, fresh: Sequence[str]) -> _Shared | None:
        """The same table after a change; None where too much is new."""
        if len(self.own) + len(fresh) > _OWN_SHARE * len(self.table):
            return None
        number = moved.number.copy()
        number[moved.gone] = -1
        kept = ((form, number.item(old)) for form, old in self.own.items())
        own = {form: new for form, new in kept if new >= 0}
        own.update(zip(fresh, moved.fresh.tolist(), strict=True))
        together = number if self.moved is None else _both(self.moved, number)
        return _Shared(self.table, together, own)

    def get(self, key: str) -> int | None:
        if self.own and (own := self.own.get(key)) is not None:
            return own
        number = self.table.get(key)
        if number is None or self.moved is None:
            return number
        now = self.moved.item(number)
        return None if now < 0 else now

    def look_up(self) -> Callable[[str], int | None]:
        """What does as `get`, in the shortest way: for many."""
        return self.table.get if self.moved is None and not self.own else self.get


class Numbering(Mapping[str, int]):
    """Sorted strings, `forms`, and the number of each; immutable.

    One that came of another shares its table, which is large: to make one of all words
    anew, and to let go of the old one, would keep the interpreter from others.
    """

    __slots__ = ("_shared", "forms")

    def __init__(self, forms: Sequence[str], shared: _Shared | None = None) -> None:
        """The numbering of `forms`, which are sorted and differ; `shared` is what it looks in."""
        self.forms = tuple(forms)
        self._shared = shared or _Shared.of(self.forms)

    def updated(self, moved: Moved, fresh: Sequence[str]) -> Numbering:
        """The numbering after a change, `fresh` being what came."""
        if moved.same:
            return self
        forms = spliced(self.forms, moved, fresh)
        return Numbering(forms, self._shared.updated(moved, fresh))

    @overload
    def get(self, key: str, /) -> int | None: ...
    @overload
    def get(self, key: str, /, default: int | Default) -> int | Default: ...

    def get(self, key: str, /, default: object = None) -> object:
        """The number of a string, `default` for one that is not there."""
        number = self._shared.get(key)
        return default if number is None else number

    @property
    def table(self) -> Mapping[str, int]:
        """What it looks in, and may share with others."""
        return self._shared.table

    def known(self, forms: Iterable[str]) -> list[int]:
        """The numbers of those of `forms` that are there, in their order."""
        return [number for number in map(self._shared.look_up(), forms) if number is not None]

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


def renumbered(values: Integers, number: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """`number[values]`, some at a time."""
    found: npt.NDArray[Number] = np.empty(len(values), dtype=number.dtype)
    for start in range(0, len(values), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        # Numbers are in range; to have that checked would mean a copy in between.
        np.take(number, values[part], out=found[part], mode="clip")
    return found


def renumber(values: Integers, number: Integers) -> None:
    """As `renumbered`, in place; what is out of range gets any number."""
    for start in range(0, len(values), AT_ONCE):
        part = values[start : start + AT_ONCE]
        # Numbers as places are wider: what is written is not read any more.
        np.take(number, part.astype(np.intp), out=part, mode="clip")


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
