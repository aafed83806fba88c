"""Vectors of the passages and sentences of one shard, made by an encoder.

A vector has length 1 and is kept in a byte a dimension: the greatest of its absolute values is
stored as 127, and the vector's scale turns bytes into values again. Cosines are off by about a
thousandth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.core.documents import Span
from bot.core.passages import PassageTable
from bot.retrieval.shard.arrays import (
    Flags,
    Floats,
    Frequencies,
    Integers,
    Offsets,
    concatenated_ranges,
    offsets,
)

Bytes = npt.NDArray[np.int8]
Keys = npt.NDArray[np.uint64]

FEWEST_COMPARED, COMPARED_SHARE = 1_000, 0.03
"""Passages whose cosines are computed: so many, or this share of the scope. On real passages 99 %
of the nearest are among them."""


@dataclass(frozen=True, eq=False)
class VectorTable:
    """The vectors of a shard: rows as in its table of passages.

    `keys[p]` is a hash of all that the vectors of passage p depend on, besides the encoder; its
    sentences are the rows from `starts[p]` to `starts[p + 1]`.
    """

    keys: Keys
    starts: Offsets
    passages: Bytes
    passage_scales: Floats
    sentences: Bytes
    sentence_scales: Floats


def quantise(vectors: Floats) -> tuple[Bytes, Floats]:
    """Vectors, a row each, as bytes with a scale for each."""
    scales = np.abs(vectors).max(axis=1, initial=1e-9) / 127
    return np.rint(vectors / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def _packed_signs(vectors: Bytes | Floats) -> npt.NDArray[np.uint64]:
    """The signs of vectors, a bit a dimension: a column for each vector."""
    bits = np.packbits(vectors > 0, axis=1)
    bits = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8)))
    return np.ascontiguousarray(bits.view(np.uint64).T)


def _products(rows: Bytes, question: Floats) -> Floats:
    """The product of each row with the vector of a question.

    BLAS would use all processors for some thousand rows, and take ten times as long for it.
    """
    products: Floats = np.einsum("ij,j->i", rows, question, dtype=np.float32)
    return products


def passage_keys(table: PassageTable, numbers: Iterable[int] | None = None) -> Keys:
    """The keys of the passages of `table` with these numbers, or of all of them.

    64 bits are enough: of a million passages, two share a key once in 30 million cases.
    """
    digests = bytearray()
    for number in range(len(table)) if numbers is None else numbers:
        above, text, sentences = passage_text(table, number)
        content = repr((above, text, [(span.start, span.end) for span in sentences]))
        digests += blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.frombuffer(bytes(digests), dtype="<u8").astype(np.uint64)


def missing_vectors(keys: Keys, sources: Iterable[VectorTable]) -> list[int]:
    """The places of `keys` that none of `sources` has."""
    known = np.concatenate([np.zeros(0, dtype=np.uint64), *(each.keys for each in sources)])
    return np.flatnonzero(~np.isin(keys, known)).tolist()


def collect_vectors(keys: Keys, sources: Sequence[VectorTable]) -> VectorTable:
    """The table of the passages with these keys, each of which is in one of `sources`.

    Raises ValueError if one is in none.
    """
    known = np.concatenate([each.keys for each in sources])
    firsts = offsets(np.array([len(each.keys) for each in sources]))
    order = known.argsort(kind="stable")
    rows = order[known[order].searchsorted(keys).clip(max=len(known) - 1)]
    if not np.array_equal(known[rows], keys):
        raise ValueError("a passage has no vector")
    place = firsts[1:].searchsorted(rows, side="right")
    own = rows - firsts[place]
    sizes = np.zeros(len(keys), dtype=np.int64)
    for number, source in enumerate(sources):
        here = place == number
        sizes[here] = np.diff(source.starts)[own[here]]
    starts = offsets(sizes)
    width = sources[0].passages.shape[1]
    table = VectorTable(
        keys,
        starts,
        np.zeros((len(keys), width), dtype=np.int8),
        np.zeros(len(keys), dtype=np.float32),
        np.zeros((int(starts[-1]), width), dtype=np.int8),
        np.zeros(int(starts[-1]), dtype=np.float32),
    )
    for number, source in enumerate(sources):
        here = np.flatnonzero(place == number)
        table.passages[here] = source.passages[own[here]]
        table.passage_scales[here] = source.passage_scales[own[here]]
        new = concatenated_ranges(starts[here], sizes[here])
        old = concatenated_ranges(source.starts[own[here]], sizes[here])
        table.sentences[new] = source.sentences[old]
        table.sentence_scales[new] = source.sentence_scales[old]
    return table


def passage_text(table: PassageTable, number: int) -> tuple[str, str, list[Span]]:
    """The title and headings of a passage, its text, and the spans of its sentences in the text."""
    passage = table[number]
    start = passage.span.start
    above = ". ".join(passage.above)
    sentences = [Span(span.start - start, span.end - start) for span in passage.sentences]
    return above, passage.span.of(passage.document.text), sentences


class QuestionEncoder(Protocol):
    """The part of an encoder that a search uses."""

    @property
    def name(self) -> str:
        """The name of the model, for people."""
        ...

    @property
    def fingerprint(self) -> str:
        """Names the model and all that its vectors depend on."""
        ...

    @property
    def floor(self) -> float:
        """The cosine of texts that have nothing in common; it counts as 0."""
        ...

    @property
    def sure(self) -> float:
        """Coverage and twice the nearness without names from which an answer may be sure."""
        ...

    def reads(self, language: str) -> bool:
        """Whether texts in `language` (ISO 639-1) are encoded."""
        ...

    def question(self, text: str) -> Floats:
        """The vector of a question, of length 1."""
        ...


class Meaning:
    """An encoder, and the vectors that it made of each shard of a scope, in order.

    Passages have the numbers of the scope.
    """

    def __init__(self, encoder: QuestionEncoder, tables: Sequence[VectorTable]) -> None:
        self.encoder = encoder
        self.tables = tuple(tables)
        self._firsts = offsets(np.array([len(table.keys) for table in tables]))
        # A row for each 64 dimensions: long rows are compared in the least time.
        self._signs = np.concatenate([_packed_signs(table.passages) for table in tables], axis=1)

    def nearest(self, question: Floats, count: int) -> Integers:
        """The `count` passages nearest to the vector of a question, best first, ties by number.

        Of many passages, only those whose signs agree best with the question's are compared: the
        share of a vector's dimensions with the same sign grows with the cosine (Charikar,
        "Similarity estimation techniques from rounding algorithms", 2002).
        """
        places = np.arange(int(self._firsts[-1]))
        few = max(FEWEST_COMPARED, int(COMPARED_SHARE * len(places)), count)
        if len(places) > few:
            differing = self._differing_signs(question)
            places = np.flatnonzero(differing <= np.partition(differing, few)[few])
        cosines = self.of_passages(places.astype(np.int32), question)
        order = np.lexsort((places, -cosines))[:count]
        return places[order].astype(np.int32)

    def _differing_signs(self, question: Floats) -> Frequencies:
        """How many dimensions of each passage's vector have another sign than the question's."""
        counts = np.zeros(int(self._firsts[-1]), dtype=np.uint16)
        for own, word in zip(self._signs, _packed_signs(question[None])[:, 0], strict=True):
            counts += np.bitwise_count(own ^ word)
        return counts

    def of_passages(self, passages: Integers, question: Floats) -> Floats:
        """The cosines of the passages with these numbers."""
        cosines = np.zeros(len(passages), dtype=np.float32)
        for table, here, own in self._by_table(passages):
            products = _products(table.passages.take(own, axis=0), question)
            cosines[here] = products * table.passage_scales.take(own)
        return cosines

    def of_sentences(self, passages: Integers, numbers: Offsets, question: Floats) -> Floats:
        """The cosines of sentence number `numbers[i]` of the passage `passages[i]`."""
        cosines = np.zeros(len(passages), dtype=np.float32)
        for table, here, own in self._by_table(passages):
            rows = table.starts.take(own) + numbers[here]
            products = _products(table.sentences.take(rows, axis=0), question)
            cosines[here] = products * table.sentence_scales.take(rows)
        return cosines

    def _by_table(self, passages: Integers) -> Iterator[tuple[VectorTable, Flags, Offsets]]:
        places = self._firsts[1:].searchsorted(passages, side="right")
        for place in np.unique(places).tolist():
            here = places == place
            yield self.tables[place], here, passages[here] - self._firsts[place]
