"""Counts made by sorting whole arrays are those of counting one by one."""

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.documents import Document, Locator, Passage, Source, Span
from bot.retrieval.shard.counts import gram_frequencies, gram_postings, pair_postings, word_counts
from bot.retrieval.shard.ngrams import NGrams
from bot.retrieval.shard.tokens import TokenisedPassages, tokenise
from bot.retrieval.text.analysis import grams, words
from tests.harness.documents import table_of

TEXTS = st.lists(st.sampled_from("rain sun wind no-fly U.S. 第一 été …".split()), min_size=1).map(
    " ".join
)
CORPORA = st.lists(TEXTS, min_size=1, max_size=8)
# As often as fits into no byte, beside passages without a pair and without a word.
REPEATED = ["…", "rain " * 300, "sun", "rain rain", "…"]


def tokens_of(texts: list[str]) -> TokenisedPassages:
    text = "\n".join(texts)
    document = Document("a.txt", "main", "0", Source("Rain"), text, ())
    found, start = [], 0
    for paragraph, each in enumerate(texts, 1):
        whole = Span(start, start + len(each))
        found.append(Passage(document, whole, (whole,), Locator(paragraph)))
        start = whole.end + 1
    return tokenise(table_of(found))


@given(CORPORA)
@example(REPEATED)
def test_pairs_are_those_that_stand_in_the_texts(texts: list[str]) -> None:
    tokenised = tokens_of(texts)
    codes, counts = pair_postings(tokenised.tokens)
    expected: dict[tuple[str, str], dict[int, int]] = {}
    for passage, text in enumerate(texts):
        plain = [word.form for word in words(text) if not word.joined]
        for pair, often in Counter(pairwise(plain)).items():
            expected.setdefault(pair, {})[passage] = often
    found = {}
    for number, code in enumerate(codes.tolist()):
        part = slice(counts.starts[number], counts.starts[number + 1])
        held = zip(counts.passages[part].tolist(), counts.frequencies[part].tolist(), strict=True)
        found[tokenised.words[code >> 32], tokenised.words[code & 0xFFFFFFFF]] = list(held)
    assert found == {pair: sorted(held.items()) for pair, held in expected.items()}
    assert (np.diff(codes) > 0).all()
    most = max((often for held in expected.values() for often in held.values()), default=0)
    assert counts.frequencies.dtype == np.min_scalar_type(most)


@given(CORPORA)
@example(REPEATED)
def test_n_grams_are_counted_once_a_passage(texts: list[str]) -> None:
    tokenised = tokens_of(texts)
    ngrams, vocabulary = NGrams.of(tokenised.words)
    counts = word_counts(tokenised.tokens, len(tokenised.words))
    frequencies = gram_frequencies(ngrams, counts)
    held = Counter(
        gram
        for text in texts
        for gram in {gram for word in words(f"{text} Rain") for gram in grams(word.form)}
    )
    names = map(vocabulary.string, range(len(vocabulary)))
    assert dict(zip(names, frequencies.tolist(), strict=True)) == held
    assert np.diff(gram_postings(ngrams, counts).starts).tolist() == frequencies.tolist()
