# What we use of py3langid, which ships no types.
from array import array
from typing import Self

import numpy as np
from numpy.typing import NDArray

MODEL_FILE: str

class LanguageIdentifier:
    nb_ptc: NDArray[np.float16] | NDArray[np.float32]
    nb_pc: NDArray[np.float32]
    nb_classes: list[str]
    tk_nextmove: array[int]
    tk_row: array[int]
    tk_output: list[int]
    def __init__(
        self,
        nb_ptc: NDArray[np.float16] | NDArray[np.float32],
        nb_pc: NDArray[np.float32],
        nb_classes: list[str],
        tk_nextmove: array[int],
        tk_output: list[int],
        *,
        tk_row: array[int],
    ) -> None: ...
    @classmethod
    def from_model_file(cls, model_file: str, norm_probs: bool = ...) -> Self: ...
    def classify(self, text: str | bytes) -> tuple[str, float]: ...
    def rank(self, text: str | bytes) -> list[tuple[str, float]]: ...
