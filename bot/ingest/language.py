"""Which language a text is written in, told offline by py3langid's bundled model.

The model is an automaton over bytes that finds features, and a table of how much each
feature speaks for each language. The package walks the automaton byte by byte in Python.
No feature has more than six bytes, so the last six tell its state (Aho and Corasick
1975), and all places of a text are walked at once, six steps in NumPy.
"""

from __future__ import annotations

import lzma
import unicodedata
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_DIR, MODEL_FILE
from scipy.sparse import csr_array

UNKNOWN = "und"
_SAMPLE = 4_000
_FEATURE_BYTES = 6


@dataclass(frozen=True, slots=True, eq=False)
class _LanguageModel:
    """The automaton and the weights.

    `moves` holds 256 states a row, `rows` where each state's row begins in it; `features`
    is the feature that a state completes, or -1; `weights` is (features, languages).
    """

    moves: NDArray[np.uint32]
    rows: NDArray[np.intp]
    features: NDArray[np.int32]
    weights: NDArray[np.float32]
    priors: NDArray[np.float32]
    languages: tuple[str, ...]

    def seen(self, data: bytes) -> NDArray[np.int32]:
        """The features that `data` holds, as often as it does, in no order."""
        letters = np.frombuffer(data, dtype=np.uint8).astype(np.intp)
        # Walks that begin at each byte; those of the last bytes end early, so the states
        # are the ones after six bytes, and after fewer at the beginning of the text.
        states = self.moves.take(self.rows[0] + letters)
        early = [states[:1]]
        for step in range(1, min(_FEATURE_BYTES, len(letters))):
            states = self.moves.take(self.rows.take(states[:-1]) + letters[step:])
            early.append(states[:1])
        found = self.features.take(np.concatenate((*early[:-1], states)))
        return found[found >= 0]

    def likeliest(self, data: bytes) -> str:
        """The language for which the features of `data` speak most."""
        features, counts = np.unique(self.seen(data), return_counts=True)
        if not len(features):
            return self.languages[0]
        seen = np.log1p(counts.astype(np.float32))
        row = csr_array((seen, features, [0, len(features)]), shape=(1, len(self.weights)))
        return self.languages[int(((row @ self.weights)[0] + self.priors).argmax())]


@cache
def _model() -> _LanguageModel:
    # Not by the package, which makes lists of them: each keeps the interpreter for itself
    # for tens of milliseconds, in which nobody is answered.
    with lzma.open(MODEL_DIR / MODEL_FILE) as packed:
        file = BytesIO(packed.read())
    with np.load(file, allow_pickle=False) as told:
        return _LanguageModel(
            moves=told["nextmove"].astype(np.uint32, copy=False),
            rows=told["nextmove_row"].astype(np.intp) << 8,
            features=told["out_feat"],
            # Widening them costs more than all the rest of a text, unless it is done once.
            weights=told["ptc"].astype(np.float32),
            priors=told["pc"],
            languages=tuple(told["classes"].tolist()),
        )


def language_of(text: str) -> str:
    """The ISO 639-1 code of `text`'s language; `und` for a text without letters."""
    sample = text[:_SAMPLE]
    if not any(character.isalpha() for character in sample):
        return UNKNOWN
    if sample.isupper():
        sample = sample.lower()
    sample = unicodedata.normalize("NFC", sample)
    return _model().likeliest(sample.encode("utf-8", "surrogatepass"))
