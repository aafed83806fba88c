"""Vectors of passages: made by an encoder once, and taken from older tables afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from bot.core.errors import ModelError
from bot.core.passages import PassageTable
from bot.meaning.about import EncoderPackage, EncoderSource
from bot.meaning.encoder import Encoder
from bot.meaning.multilingual import MultilingualEncoder, installed_package
from bot.retrieval.shard.vectors import VectorTable, passage_keys, passage_text, quantise

AnyEncoder = Encoder | MultilingualEncoder


@cache
def open_encoder(source: EncoderSource) -> AnyEncoder:
    """The encoder of `source`, which is opened once.

    Raises `ModelError` if there is none, or if it changed since the program began: vectors of
    two models must not be compared.
    """
    if isinstance(source, EncoderPackage):
        if source != installed_package():
            raise ModelError(
                "The package of the multilingual encoder has changed: start the program again."
            )
        return MultilingualEncoder(source)
    encoder = Encoder(source.path)
    if encoder.fingerprint != source.fingerprint:
        raise ModelError(f'The encoder in "{source.path}" has changed: start the program again.')
    return encoder


def encode_passages(
    encoder: AnyEncoder, table: PassageTable, numbers: Sequence[int]
) -> VectorTable:
    """The vectors of the passages of `table` with these numbers, in their order."""
    passages = np.zeros((len(numbers), encoder.size), dtype=np.float32)
    sentences, sizes = [np.zeros((0, encoder.size), dtype=np.float32)], []
    for row, number in enumerate(numbers):
        passages[row], own = encoder.passage(*passage_text(table, number))
        sentences.append(own)
        sizes.append(len(own))
    starts = np.cumsum([0, *sizes], dtype=np.int64)
    keys = passage_keys(table, numbers)
    return VectorTable(keys, starts, *quantise(passages), *quantise(np.concatenate(sentences)))
