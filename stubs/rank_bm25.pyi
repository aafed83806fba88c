# What we use of rank_bm25, which ships no types.
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

class BM25:
    corpus_size: int
    avgdl: float
    # Keyed by whatever the terms are: words for the package, numbers for our index.
    doc_freqs: list[dict[Any, int]]
    idf: dict[Any, float]
    doc_len: list[int]

    def __init__(
        self,
        corpus: Iterable[Sequence[str]],
        tokenizer: Callable[[str], list[str]] | None = ...,
    ) -> None: ...
    def _calc_idf(self, nd: dict[Any, int]) -> None: ...
    def get_scores(self, query: Iterable[object]) -> npt.NDArray[np.float64]: ...
    def get_batch_scores(self, query: Iterable[object], doc_ids: Sequence[int]) -> list[float]: ...
    def get_top_n(
        self, query: Iterable[object], documents: Sequence[Any], n: int = ...
    ) -> list[Any]: ...

class BM25Okapi(BM25):
    k1: float
    b: float
    epsilon: float
    average_idf: float

    def __init__(
        self,
        corpus: Iterable[Sequence[str]],
        tokenizer: Callable[[str], list[str]] | None = ...,
        k1: float = ...,
        b: float = ...,
        epsilon: float = ...,
    ) -> None: ...
