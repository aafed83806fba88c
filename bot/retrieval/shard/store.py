"""The arrays of an index as the parts of an archive, and back without copying them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.core.corpus_archive import json_lines, parse_json_lines
from bot.retrieval.shard.index import Arrays
from bot.retrieval.shard.lexicon import LikenessTables
from bot.retrieval.shard.postings import Pieces, Postings
from bot.retrieval.shard.spelling_keys import KeyTable
from bot.retrieval.shard.tokens import Tokens
from bot.retrieval.shard.vocabulary import Numbering

_TABLES = ("deletions", "skeletons", "letters")
_OF_TOKENS = ("word", "marks", "starts", "sentences", "above", "above_starts", "heading")
_OF_PIECES = ("grams", "gram_starts", "words", "word_starts")


def packed(arrays: Arrays) -> tuple[dict[str, Any], dict[str, memoryview]]:
    """What is to be said of the arrays (as JSON can say it), and their parts."""
    found: dict[str, npt.NDArray[Any]] = {
        "lengths": arrays.lengths,
        "gram frequencies": arrays.gram_frequencies,
        "pair codes": arrays.pair_codes,
        "occurring": arrays.occurring,
        "capital": arrays.capital,
        "small": arrays.small,
    }
    found |= {f"token {name}": getattr(arrays.tokens, name) for name in _OF_TOKENS}
    found |= {f"piece {name}": getattr(arrays.pieces, name) for name in _OF_PIECES}
    for name, postings in (("w", arrays.words), ("p", arrays.pairs), ("g", arrays.grams)):
        if postings is not None:
            found |= {
                f"{name} {each.name}": getattr(postings, each.name) for each in fields(Postings)
            }
    for name in _TABLES:
        table = getattr(arrays.likeness, name)
        found |= {f"{name} {each.name}": getattr(table, each.name) for each in fields(KeyTable)}
    about = {
        "kinds": {name: array.dtype.str for name, array in found.items()},
        "grams": arrays.grams is not None,
    }
    parts = {name: np.ascontiguousarray(array).data for name, array in found.items()}
    parts["acronyms"] = json_lines(arrays.tokens.acronyms)
    parts["vocabulary"] = _joined(arrays.tokens.words)
    parts["pieces"] = _joined(arrays.pieces.numbers)
    return about, parts


def unpacked(about: Mapping[str, Any], parts: Mapping[str, memoryview]) -> Arrays:
    """The arrays as they were packed: views of the parts."""
    found = {
        name: np.frombuffer(parts[name], dtype=np.dtype(kind)) if parts[name] else np.zeros(0, kind)
        for name, kind in about["kinds"].items()
    }

    def postings(name: str) -> Postings:
        return Postings(*(found[f"{name} {each.name}"] for each in fields(Postings)))

    def table(name: str) -> KeyTable:
        return KeyTable(*(found[f"{name} {each.name}"] for each in fields(KeyTable)))

    return Arrays(
        tokens=Tokens(
            vocabulary=Numbering(_split(parts["vocabulary"])),
            **{name: found[f"token {name}"] for name in _OF_TOKENS},
            acronyms=tuple(
                (place, short, phrase)
                for place, short, phrase in parse_json_lines(parts["acronyms"])
            ),
        ),
        pieces=Pieces(
            Numbering(_split(parts["pieces"])),
            **{name: found[f"piece {name}"] for name in _OF_PIECES},
        ),
        lengths=found["lengths"],
        words=postings("w"),
        grams=postings("g") if about["grams"] else None,
        gram_frequencies=found["gram frequencies"],
        pair_codes=found["pair codes"],
        pairs=postings("p"),
        likeness=LikenessTables(*(table(name) for name in _TABLES)),
        occurring=found["occurring"],
        capital=found["capital"],
        small=found["small"],
    )


def _joined(words: Iterable[str]) -> memoryview:
    # No word and no n-gram has a line end in it: both are cut from between blanks.
    return memoryview("\n".join(words).encode("utf-8", "surrogatepass"))


def _split(part: memoryview) -> tuple[str, ...]:
    text = str(part, "utf-8", "surrogatepass")
    return tuple(text.split("\n")) if text else ()
