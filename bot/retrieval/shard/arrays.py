"""Array types of the index, and small array functions that NumPy lacks."""

from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import fields
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Frequencies = npt.NDArray[np.unsignedinteger[Any]]
Scalar = TypeVar("Scalar", bound=np.generic)
NamedArrays = Mapping[str, npt.NDArray[Any]]


class _ArrayRecord(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


Record = TypeVar("Record", bound=_ArrayRecord)


def pack(prefix: str, record: _ArrayRecord) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a dataclass by name: those of `Postings` are `words.starts` and so on."""
    return {f"{prefix}.{each.name}": getattr(record, each.name) for each in fields(record)}


def unpack(prefix: str, kind: type[Record], arrays: NamedArrays) -> Record:
    """The dataclass whose arrays were packed under `prefix`."""
    return kind(**{each.name: arrays[f"{prefix}.{each.name}"] for each in fields(kind)})


def offsets(sizes: npt.NDArray[np.integer[Any]]) -> Offsets:
    """The offsets of segments of these sizes, and their end: sizes 2, 0, 3 give 0, 2, 2, 5."""
    starts = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts


def joined_offsets(parts: Sequence[Offsets]) -> Offsets:
    """The offsets of the segments of several arrays that are put one behind the other."""
    return offsets(np.concatenate([*map(np.diff, parts)]))


def split(values: npt.NDArray[Scalar], parts: Iterable[Sized]) -> list[npt.NDArray[Scalar]]:
    """`values` cut into stretches as long as `parts`."""
    return np.split(values, np.cumsum([*map(len, parts)])[:-1])


def concatenated_ranges(starts: npt.NDArray[np.integer[Any]], sizes: Integers | Offsets) -> Offsets:
    """The ranges of these starts and sizes: starts 7, 2 with sizes 2, 3 give 7, 8, 2, 3, 4."""
    sizes = sizes.astype(np.int64, copy=False)
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    places: Offsets = np.arange(total) + np.repeat(starts - (ends - sizes), sizes)
    return places


def places_of(wanted: npt.NDArray[Scalar], ascending: npt.NDArray[Scalar]) -> Integers:
    """The place of each of `wanted` among distinct ascending values; -1 for one that is not."""
    if not len(ascending):
        return np.full(len(wanted), -1, dtype=np.int32)
    places = ascending.searchsorted(wanted)
    is_there = ascending.take(places, mode="clip") == wanted
    return np.where(is_there, places, -1).astype(np.int32)


def run_starts(values: npt.NDArray[Any]) -> Flags:
    """Which of `values` differ from the one before: 4, 4, 7 give True, False, True."""
    starts = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=starts[1:])
    return starts


def smallest(counts: npt.NDArray[Any]) -> Frequencies:
    """Counts in the unsigned type of fewest bytes that holds the largest of them."""
    kind = np.min_scalar_type(int(counts.max(initial=0)))
    return counts.astype(kind, copy=False)
