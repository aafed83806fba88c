"""Encoder: texts to vectors whose cosine says how alike they are in meaning.

An encoder is a folder with three files: `model.onnx`, `tokenizer.json`, and `encoder.toml`, which
says how they are used. Any BERT-like sentence encoder fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.core.documents import Span
from bot.core.errors import ModelError
from bot.meaning.about import EncoderAbout, fingerprint
from bot.meaning.onnx_model import Floats, OnnxModel, Tokens, parts, valid

LONGEST_TEXT = 20_000
"""Characters of a passage that are encoded. Passages are shorter, but for one without an end of
a sentence; a sentence beyond has the vector of the whole."""


class Encoder:
    """A sentence encoder; thread-safe."""

    def __init__(self, folder: Path) -> None:
        """Load the encoder in `folder`; `ModelError` if it is none."""
        self.about = EncoderAbout.of(folder)
        self.fingerprint = fingerprint(folder, EncoderAbout)
        try:
            self._model = OnnxModel(folder)
            self._first, self._last = self._model.tokenizer.encode("").ids
            prefixes = (self.about.question_prefix, self.about.passage_prefix)
            if any(len(self._tokens(each)) > self._room // 2 for each in prefixes):
                raise ValueError("its prefixes leave no room for texts")
            # The longest text shows whether the model takes so many tokens.
            vector = self.question("a " * self.about.longest)
            if not np.isfinite(vector).all():
                raise ValueError("its vectors are no numbers")
            self.size = len(vector)
        except Exception as error:  # noqa: BLE001 - both packages raise Exception itself
            raise ModelError(
                f'retrieval.encoder: "{folder}" holds no encoder that can be used'
                f" ({type(error).__name__}); see docs/operators.md for what it must hold, and how"
                ' long its texts may be, or set "none"'
            ) from None

    @property
    def name(self) -> str:
        """The name of the model."""
        return self.about.name

    @property
    def floor(self) -> float:
        """The cosine of texts that have nothing in common."""
        return self.about.floor

    @property
    def sure(self) -> float:
        """The coverage and nearness, together, from which an answer may be sure."""
        return self.about.sure

    def reads(self, language: str) -> bool:
        """Whether texts in `language` (ISO 639-1) are encoded."""
        return self.about.reads(language)

    def question(self, text: str) -> Floats:
        """The vector of a question, of length 1."""
        tokens = self._tokens(self.about.question_prefix + text)
        return _unit(self._pooled(self._hidden(tokens[: self._room])))

    def passage(self, above: str, text: str, sentences: Sequence[Span]) -> tuple[Floats, Floats]:
        """The vectors of a passage and of its sentences (a row each), of length 1.

        `above` is the title and the headings it stands under; `sentences` are spans of `text`, in
        order. Sentences are the means of their tokens within the passage, so that one pass gives
        all of them; a model that is pooled by its first token reads each by itself.
        """
        text = text[:LONGEST_TEXT]
        head = self._tokens(f"{self.about.passage_prefix}{above}\n")[: self._room // 2]
        encoding = self._model.tokenizer.encode(valid(text), add_special_tokens=False)
        body, starts = np.array(encoding.ids, dtype=np.int64), [a for a, _ in encoding.offsets]
        bounds = np.searchsorted(starts, [*(span.start for span in sentences), len(text) + 1])
        hidden = [
            self._hidden(np.concatenate([head, body[first:last]]))
            for first, last in pairwise(parts(bounds.tolist(), len(body), self._room - len(head)))
        ]
        whole = _unit(np.mean([_unit(self._pooled(part)) for part in hidden], axis=0))
        if self.about.pooling == "cls":
            return whole, np.stack([self.alone(span.of(text)) for span in sentences])
        # The first token of each part and the last are the model's own marks.
        tokens = np.concatenate([part[1 + len(head) : -1] for part in hidden])
        rows = [
            tokens[first:last].mean(axis=0) if first < last else whole
            for first, last in pairwise(bounds.tolist())
        ]
        return whole, np.stack([_unit(row) for row in rows])

    def alone(self, text: str) -> Floats:
        """The vector of a text of the documents by itself."""
        tokens = self._tokens(self.about.passage_prefix + text)
        return _unit(self._pooled(self._hidden(tokens[: self._room])))

    @property
    def _room(self) -> int:
        return self.about.longest - 2

    def _tokens(self, text: str) -> Tokens:
        encoding = self._model.tokenizer.encode(valid(text), add_special_tokens=False)
        return np.array(encoding.ids, dtype=np.int64)

    def _hidden(self, tokens: Tokens) -> Floats:
        """The last layer's vectors of the tokens, the two marks included."""
        try:
            return self._model.run(np.concatenate([[self._first], tokens, [self._last]]))
        except Exception as error:  # noqa: BLE001 - the package raises Exception itself
            raise ModelError(
                f"{self.about.name}: the model fails on a text ({type(error).__name__});"
                " does its tokenizer belong to it, and is `longest` not too much?"
            ) from None

    def _pooled(self, hidden: Floats) -> Floats:
        pooled = hidden[0] if self.about.pooling == "cls" else hidden.mean(axis=0)
        return np.asarray(pooled, dtype=np.float32)


def _unit(vector: npt.NDArray[np.floating[Any]]) -> Floats:
    length = float(np.linalg.norm(vector))
    return (vector / (length or 1.0)).astype(np.float32)
