"""Storage of an index: packs its arrays as parts of an archive, unpacks them without a copy."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.core.corpus_archive import json_lines, parse_json_lines
from bot.retrieval.shard.counts import CorpusCounts, IndexArrays
from bot.retrieval.shard.ngrams import NGrams
from bot.retrieval.shard.postings import TermCounts
from bot.retrieval.shard.spelling import SpellingTables
from bot.retrieval.shard.spelling_keys import KeyTable
from bot.retrieval.shard.tokens import Tokens
from bot.retrieval.shard.vocabulary import Vocabulary

NamedArrays = dict[str, npt.NDArray[Any]]

_TOKENS = ("word", "marks", "starts", "sentences", "above", "above_starts", "heading")
_NGRAMS = ("grams", "gram_starts", "words", "word_starts")
_COUNTS = ("lengths", "gram_frequencies", "pair_codes", "capitalised", "uncapitalised")
_POSTINGS = ("words", "pairs", "grams")
_GAINS = ("word_gains", "pair_gains", "gram_gains")


def pack(arrays: IndexArrays) -> tuple[dict[str, Any], dict[str, memoryview]]:
    """A description of the arrays in JSON types, and the bytes of each part by name."""
    counts = arrays.counts
    named = {
        **_attributes("tokens", counts.tokens, _TOKENS),
        **_attributes("ngrams", counts.ngrams, _NGRAMS),
        **_attributes("counts", counts, _COUNTS),
        **_attributes("index", arrays, _GAINS),
    }
    for name in _POSTINGS:
        if (postings := getattr(counts, name)) is not None:
            named |= _attributes(name, postings, _names_of(TermCounts))
    for name in _names_of(SpellingTables):
        named |= _attributes(name, getattr(counts.spelling, name), _names_of(KeyTable))
    about = {
        "kinds": {name: array.dtype.str for name, array in named.items()},
        "grams": counts.grams is not None,
    }
    parts = {name: np.ascontiguousarray(array).data for name, array in named.items()}
    parts["acronyms"] = json_lines(counts.tokens.acronyms)
    parts["vocabulary"] = _join(counts.tokens.vocabulary)
    parts["ngrams"] = _join(counts.ngrams.vocabulary)
    return about, parts


def unpack(about: Mapping[str, Any], parts: Mapping[str, memoryview]) -> IndexArrays:
    """The arrays that `pack` was given, as views of the parts."""
    named: NamedArrays = {
        name: np.frombuffer(parts[name], dtype=np.dtype(kind)) if parts[name] else np.zeros(0, kind)
        for name, kind in about["kinds"].items()
    }

    def of(prefix: str, names: Iterable[str]) -> NamedArrays:
        return {name: named[f"{prefix} {name}"] for name in names if f"{prefix} {name}" in named}

    def postings(name: str) -> TermCounts:
        return TermCounts(**of(name, _names_of(TermCounts)))

    acronyms = tuple(
        (place, short, long) for place, short, long in parse_json_lines(parts["acronyms"])
    )
    words, ngrams = (Vocabulary(_split(parts[name])) for name in ("vocabulary", "ngrams"))
    tables = {name: KeyTable(**of(name, _names_of(KeyTable))) for name in _names_of(SpellingTables)}
    counts = CorpusCounts(
        tokens=Tokens(words, acronyms=acronyms, **of("tokens", _TOKENS)),
        ngrams=NGrams(ngrams, **of("ngrams", _NGRAMS)),
        words=postings("words"),
        pairs=postings("pairs"),
        grams=postings("grams") if about["grams"] else None,
        spelling=SpellingTables(**tables),
        **of("counts", _COUNTS),
    )
    return IndexArrays(counts, **of("index", _GAINS))


def _names_of(kind: type[Any]) -> list[str]:
    return [field.name for field in fields(kind)]


def _attributes(prefix: str, thing: object, names: Iterable[str]) -> NamedArrays:
    return {
        f"{prefix} {name}": array for name in names if (array := getattr(thing, name)) is not None
    }


def _join(strings: Iterable[str]) -> memoryview:
    # Words and n-grams hold no line end, since both are cut from between blanks.
    return memoryview("\n".join(strings).encode("utf-8", "surrogatepass"))


def _split(part: memoryview) -> tuple[str, ...]:
    text = str(part, "utf-8", "surrogatepass")
    return tuple(text.split("\n")) if text else ()
