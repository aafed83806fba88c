"""The n-grams of a vocabulary are those of each of its words."""

from hypothesis import example, given
from hypothesis import strategies as st

from bot.retrieval.shard.ngrams import NGrams
from bot.retrieval.text.analysis import uncached_grams

WORDS = st.text(st.sampled_from("abcz019_éßΑ第ตの한ı"), min_size=1, max_size=12)


@given(st.lists(WORDS, unique=True, max_size=30))
@example(["a", "ab", "abc", "abcd", "aaaaaaaa", "é", "éa", "100", "第一", "한국어", "Αθήνα"])
def test_n_grams_of_many_words_are_those_of_each(some: list[str]) -> None:
    forms = sorted(some)
    ngrams, vocabulary = NGrams.of(forms)
    names = [vocabulary.string(number) for number in range(len(vocabulary))]
    for number, form in enumerate(forms):
        own = ngrams.grams[ngrams.gram_starts[number] : ngrams.gram_starts[number + 1]]
        assert sorted(names[gram] for gram in own) == sorted(uncached_grams(form))
        assert len(own) == ngrams.sizes[number]
        for gram in own.tolist():
            holders = ngrams.words[ngrams.word_starts[gram] : ngrams.word_starts[gram + 1]]
            assert number in holders.tolist()
    assert len(ngrams.words) == len(ngrams.grams)
    assert set(names) == {gram for form in forms for gram in uncached_grams(form)}
