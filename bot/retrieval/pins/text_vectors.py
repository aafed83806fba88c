"""Vectors of the short texts that pins are compared by: questions and quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np

from bot.retrieval.shard.arrays import Floats
from bot.retrieval.shard.vectors import QuestionEncoder


class TextVectors:
    """The vectors of texts by one encoder, each made once."""

    def __init__(self, encoder: QuestionEncoder, known: Mapping[str, Floats]) -> None:
        """`known` are vectors that were made before, by the keys of `used`."""
        self.encoder = encoder
        self._known = known
        self.used: dict[str, Floats] = {}
        """All that were asked for, by a hash of their text."""

    def of(self, texts: Sequence[str]) -> Floats:
        """The vectors of texts, of length 1, a row each."""
        return np.stack([self._vector(text) for text in texts])

    @property
    def are_new(self) -> bool:
        """Whether one was made that was not known."""
        return not self.used.keys() <= self._known.keys()

    def _vector(self, text: str) -> Floats:
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        vector = self.used.get(key)
        if vector is None:
            vector = self._known.get(key)
        if vector is None:
            vector = self.encoder.question(text)
        self.used[key] = vector
        return vector
