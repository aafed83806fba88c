"""ONNX model with its tokenizer, as it is kept in a folder; encoders and judges run one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from tokenizers import Tokenizer

from bot.meaning.about import MODEL, TOKENIZER

_SURROGATES = re.compile("[\ud800-\udfff]")

Floats = npt.NDArray[np.float32]
Tokens = npt.NDArray[np.int64]


class OnnxModel:
    """A BERT-like model, run on one text, or pair of texts, at a time; thread-safe.

    A quantised model rounds by the greatest value of a whole batch, so what it makes of a text
    would depend on the texts beside it. Both packages raise Exception itself for what they cannot
    use.
    """

    def __init__(self, folder: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.tokenizer: Any = Tokenizer.from_file(str(folder / TOKENIZER))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self._session = ort.InferenceSession(
            folder / MODEL, options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {each.name for each in self._session.get_inputs()}

    def run(self, ids: Tokens, types: Tokens | None = None) -> Floats:
        """The first output for one text; `types` are 0 for its first part and 1 for the second."""
        inputs = {"input_ids": ids[None]}
        if "attention_mask" in self._inputs:
            inputs["attention_mask"] = np.ones_like(ids)[None]
        if "token_type_ids" in self._inputs:
            inputs["token_type_ids"] = (np.zeros_like(ids) if types is None else types)[None]
        return np.asarray(self._session.run(None, inputs)[0][0], dtype=np.float32)


def valid(text: str) -> str:
    """The text with lone surrogates replaced, which no tokenizer reads; offsets stay."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def parts(bounds: list[int], count: int, room: int) -> list[int]:
    """The bounds of parts of at most `room` tokens, between sentences where that is possible.

    `bounds` are the numbers of the tokens at which sentences begin, and the end of the last one;
    `count` is that of all tokens.
    """
    cuts = [0]
    for end in (*bounds[1:-1], count):
        while end - cuts[-1] > room:
            # Back to the last end of a sentence that fits, or into the middle of one.
            fitting = [bound for bound in bounds if cuts[-1] < bound <= cuts[-1] + room]
            cuts.append(fitting[-1] if fitting else cuts[-1] + room)
    return [*cuts, count] if count > cuts[-1] or len(cuts) == 1 else cuts
