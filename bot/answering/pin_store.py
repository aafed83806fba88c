"""Store of pins beside the index: vectors of their texts, and levels of likeness.

Both can be made again from the pins; what cannot be read is made anew.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from zipfile import BadZipFile

import numpy as np

from bot.core.pins import PlacedPin, fingerprint_of
from bot.retrieval.pins.board import PinBoard
from bot.retrieval.pins.likeness import PinLevels
from bot.retrieval.pins.matcher import PinMatcher
from bot.retrieval.pins.text_vectors import TextVectors
from bot.retrieval.shard.arrays import Floats
from bot.retrieval.shard.index import Index

_MOST_LEVELS = 400
"""Scopes and spaces whose levels are kept."""

_MOST_VECTORS = 20_000
"""Texts whose vectors are kept; the oldest go."""

_log = logging.getLogger(__name__)


def open_board(folder: Path, pins: Sequence[PlacedPin], index: Index, scope: str) -> PinBoard:
    """The pins of a scope, whose thresholds are stored under the key `scope`, in `folder`.

    What had to be made for it is kept there.
    """
    store = PinStore(folder)
    texts = None
    if index.meaning is not None and pins:
        encoder = index.meaning.encoder
        texts = TextVectors(encoder, store.vectors(encoder.fingerprint))

    def matcher(own: Sequence[PlacedPin]) -> PinMatcher:
        key = sha256(repr((scope, fingerprint_of(own))).encode()).hexdigest()[:32]
        levels = store.levels(key) if own else None
        made = PinMatcher(own, index, texts, levels)
        if own and levels is None:
            store.save_levels(key, made.levels)
        return made

    board = PinBoard(pins, matcher)
    if texts is not None and texts.are_new:
        # Other scopes and spaces need those that this one did not ask for.
        fingerprint = texts.encoder.fingerprint
        everything = store.vectors(fingerprint) | texts.used
        store.save_vectors(fingerprint, dict([*everything.items()][-_MOST_VECTORS:]))
    return board


@dataclass(frozen=True, slots=True)
class PinStore:
    """The files of pins in the folder of an index."""

    folder: Path

    def vectors(self, encoder: str) -> dict[str, Floats]:
        """The vectors by the encoder with that fingerprint, by the keys of their texts."""
        try:
            content = BytesIO(self._place_of(encoder).read_bytes())
            with np.load(content, allow_pickle=False) as data:
                return dict(zip(data["keys"].tolist(), data["rows"], strict=True))
        except (OSError, ValueError, KeyError, BadZipFile):
            return {}

    def save_vectors(self, encoder: str, vectors: Mapping[str, Floats]) -> None:
        """Keep these vectors in place of those before."""
        data = BytesIO()
        np.savez(data, keys=np.array([*vectors]), rows=np.stack([*vectors.values()]))
        self._write(self._place_of(encoder), data.getvalue())

    def levels(self, key: str) -> PinLevels | None:
        """The levels that were kept under a key."""
        try:
            meaning, words = self._levels()[key]
            return PinLevels(float(meaning), float(words))
        except (OSError, ValueError, TypeError, LookupError):
            return None

    def save_levels(self, key: str, levels: PinLevels) -> None:
        """Keep levels, in place of the oldest if there are many."""
        try:
            known = [*self._levels().items()]
        except (OSError, ValueError, AttributeError):
            known = []
        everything = [*known, (key, astuple(levels))][-_MOST_LEVELS:]
        self._write(self.folder / "pin-levels.json", json.dumps(dict(everything)).encode())

    def _levels(self) -> dict[str, tuple[float, float]]:
        levels: dict[str, tuple[float, float]] = json.loads(
            (self.folder / "pin-levels.json").read_bytes()
        )
        return levels

    def _place_of(self, encoder: str) -> Path:
        return self.folder / f"pin-vectors-{encoder}.npz"

    def _write(self, place: Path, data: bytes) -> None:
        """Write a file beside its place and rename it; a question must not fail with the disk."""
        new = place.with_name(f"work-{token_hex(8)}")
        try:
            new.write_bytes(data)
            new.replace(place)
        except OSError as error:
            _log.warning("what pins need is not kept for the next start: %s", error)
            with suppress(OSError):
                new.unlink()
