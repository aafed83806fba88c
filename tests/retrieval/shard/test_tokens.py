"""Tokens are the words that the pattern finds, in whatever batches they are read."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.documents import Document, Locator, Passage, Source, Span
from bot.retrieval.shard.tokens import CAPITAL, JOINED, tokenise
from bot.retrieval.shard.vocabulary import hashes_of
from bot.retrieval.text.analysis import words
from tests.harness.documents import table_of

PIECES = st.sampled_from(
    "rain Rain U.S. US us no-fly air-strikes Za’id it's 100.000 1,5 第一句 ประเทศ naïve ﬁn İx ß"
    " (word) word, word. \u00a0 \u2028 \x1c \x85 - ’ … A.B A.B.c x\u0301 \ud800 İ ǅ".split(" ")
)
TEXTS = st.lists(PIECES | st.text(max_size=6), min_size=1, max_size=12).map(
    lambda pieces: "".join(f"{piece} " if len(piece) % 2 else piece for piece in pieces)
)


@given(st.lists(TEXTS, min_size=1, max_size=4))
@example(["Rain, RAIN. (rain) A. IS is", "US us U.S. U.S.A"])
def test_words_are_those_of_the_pattern(texts: list[str]) -> None:
    text = "".join(texts)
    if not text:
        return
    ends, spans = 0, []
    for piece in texts:
        if piece:
            spans.append(Span(ends, ends + len(piece)))
        ends += len(piece)
    first, *rest = spans
    document = Document("a.txt", "main", "0", Source("The Title"), text, ())
    passage = Passage(document, Span(0, len(text)), (first, *rest), Locator(1))
    tokenised = tokenise(table_of([passage]))
    tokens, forms = tokenised.tokens, tokenised.words
    for number, span in enumerate(spans):
        piece = span.of(text)
        places = range(tokens.starts[number], tokens.starts[number + 1])
        assert [(forms[tokens.word[i]], bool(tokens.marks[i] & JOINED)) for i in places] == [
            (word.form, word.joined) for word in words(piece)
        ]
        assert [bool(tokens.marks[i] & CAPITAL) for i in places] == [
            piece[word.start].isupper() for word in words(piece)
        ]
    assert [forms[n] for n in tokens.above_words()] == ["the", "title"]
    assert not any("\n" in word for word in forms)
    numbers = tokenised.vocabulary.numbers(hashes_of(forms))
    assert numbers.tolist() == list(range(len(forms)))


@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=12), st.integers(1, 40))
def test_words_are_the_same_in_whatever_parts_they_are_read(texts: list[str], size: int) -> None:
    found = []
    for number, text in enumerate(texts):
        document = Document(f"{number}.txt", "main", "0", Source("A Title"), text, ())
        half = Span(0, (len(text) + 1) // 2)
        rest = (Span(half.end, len(text)),) if half.end < len(text) else ()
        found.append(Passage(document, Span(0, len(text)), (half, *rest), Locator(1)))
    table = table_of(found)
    whole = tokenise(table)
    parts = tokenise(table, batch_letters=size, kept_chunks=size)
    assert parts.words == whole.words
    for name in ("word", "marks", "starts", "sentences", "above", "above_starts", "heading"):
        assert np.array_equal(getattr(parts.tokens, name), getattr(whole.tokens, name))
