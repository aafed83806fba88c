"""What is read by whole stretches, and keyed in arithmetic, is what the simple way gives."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.documents import Document, Locator, Passage, Source, Span
from bot.core.passages import PassageTable
from bot.retrieval.shard.postings import Pieces
from bot.retrieval.shard.spelling_keys import KeyTable, Letters, deletion_keys, key_of, letters_key
from bot.retrieval.shard.tokens import CAPITAL, JOINED, read
from bot.retrieval.shard.vocabulary import Moved
from bot.retrieval.text.analysis import uncached_grams, words

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
    tokens = read(PassageTable.of([passage]))
    for number, span in enumerate(spans):
        piece = span.of(text)
        places = range(tokens.starts[number], tokens.starts[number + 1])
        assert [(tokens.words[tokens.word[i]], bool(tokens.marks[i] & JOINED)) for i in places] == [
            (word.form, word.joined) for word in words(piece)
        ]
        assert [bool(tokens.marks[i] & CAPITAL) for i in places] == [
            piece[word.start].isupper() for word in words(piece)
        ]
    assert [tokens.words[n] for n in tokens.above_words()] == ["the", "title"]
    assert not any("\n" in word for word in tokens.words)


@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=12), st.integers(1, 40))
def test_words_are_the_same_in_whatever_parts_they_are_read(texts: list[str], size: int) -> None:
    found = []
    for number, text in enumerate(texts):
        document = Document(f"{number}.txt", "main", "0", Source("A Title"), text, ())
        half = Span(0, (len(text) + 1) // 2)
        rest = (Span(half.end, len(text)),) if half.end < len(text) else ()
        found.append(Passage(document, Span(0, len(text)), (half, *rest), Locator(1)))
    table = PassageTable.of(found)
    whole = read(table)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.retrieval.shard.tokens._SENTENCES", 1)
        patch.setattr("bot.retrieval.shard.tokens._LETTERS", size)
        patch.setattr("bot.retrieval.shard.tokens._CHUNKS", size)
        parts = read(table)
    assert parts.words == whole.words
    for name in ("word", "marks", "starts", "sentences", "above", "above_starts", "heading"):
        assert np.array_equal(getattr(parts, name), getattr(whole, name))


FORMS = st.text(st.characters(exclude_categories=["Cs"]), max_size=24)


def shorter_by_one(form: str) -> list[str]:
    return [form, *(form[:place] + form[place + 1 :] for place in range(len(form)))]


@given(st.lists(FORMS, max_size=6))
def test_keys_of_many_words_are_those_of_each(forms: list[str]) -> None:
    letters = Letters.of(forms)
    assert letters.keys().tolist() == [key_of(form) for form in forms]
    assert letters.letters_keys().tolist() == [letters_key(form) for form in forms]
    keys, numbers = letters.deletion_keys()
    assert sorted(zip(keys.tolist(), numbers.tolist(), strict=True)) == sorted(
        (key_of(shorter), number)
        for number, form in enumerate(forms)
        for shorter in shorter_by_one(form)
    )
    for form in forms:
        expected = dict.fromkeys(key_of(shorter) for shorter in shorter_by_one(form))
        assert deletion_keys(form) == list(expected)


PAIRS = st.sets(st.tuples(st.integers(0, 3), st.integers(0, 9)))


def table(pairs: Iterable[tuple[int, int]]) -> KeyTable:
    some = list(pairs)
    return KeyTable.of(
        np.asarray([key for key, _ in some], dtype=np.uint64),
        np.asarray([number for _, number in some], dtype=np.int32),
    )


def pairs_of(found: KeyTable) -> list[tuple[int, int]]:
    return list(zip(found.keys.tolist(), found.numbers.tolist(), strict=True))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2) | st.integers(0, 2**64 - 1) | st.sampled_from((1 << 48, 5 << 60)),
            st.integers(0, 5),
        )
    )
)
def test_a_table_has_each_pair_once_in_order(pairs: list[tuple[int, int]]) -> None:
    assert pairs_of(table(pairs)) == sorted(set(pairs))


@given(PAIRS, st.sets(st.integers(0, 9)), st.lists(st.integers(0, 10), max_size=4), st.data())
def test_a_table_follows_a_change_of_words(
    pairs: set[tuple[int, int]], gone: set[int], places: list[int], data: st.DataObject
) -> None:
    moved = Moved(10, np.asarray(sorted(gone), np.int64), np.asarray(sorted(places), np.int64))
    stays = {old: moved.number.item(old) for old in range(10) if old not in gone}
    lost = {(key, old) for key, old in pairs if old in gone}
    lost |= data.draw(st.sets(st.sampled_from(sorted(pairs)))) if pairs else set()
    left = {(key, stays[old]) for key, old in pairs - lost}
    numbers = st.sampled_from(sorted([*stays.values(), *moved.fresh.tolist()]) or [0])
    got = data.draw(st.sets(st.tuples(st.integers(0, 3), numbers))) if moved.count else set()
    got -= left
    found = table(pairs).updated(moved, table(lost), table(got), moved.before())
    assert pairs_of(found) == sorted(left | got)


@given(PAIRS, st.lists(st.integers(0, 5), max_size=5))
def test_a_table_gives_what_is_under_each_key(pairs: set[tuple[int, int]], keys: list[int]) -> None:
    under = [sorted(n for key, n in pairs if key == wanted) for wanted in keys]
    assert [each.tolist() for each in table(pairs).under(keys)] == [each for each in under if each]


WORDS = st.text(st.sampled_from("abcz019_éßΑ第ตの한ı"), min_size=1, max_size=12)


@given(st.lists(WORDS, unique=True, max_size=30))
@example(["a", "ab", "abc", "abcd", "aaaaaaaa", "é", "éa", "100", "第一", "한국어", "Αθήνα"])
def test_n_grams_of_many_words_are_those_of_each(some: list[str]) -> None:
    forms = sorted(some)
    pieces = Pieces.of(forms)
    names = sorted(pieces.numbers, key=lambda gram: pieces.numbers[gram])
    for number, form in enumerate(forms):
        own = pieces.grams[pieces.gram_starts[number] : pieces.gram_starts[number + 1]]
        assert sorted(names[gram] for gram in own) == sorted(uncached_grams(form))
        assert len(own) == pieces.sizes[number]
    assert set(names) == {gram for form in forms for gram in uncached_grams(form)}
