"""The programs that measure silence and typing errors do what their tables claim."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.corpus_folder import read_corpus
from benchmarks.silence import PARTINGS, Asked, Told, halves
from benchmarks.typing_errors import SHORTEST, mistyped

CORPUS = Path(__file__).resolve().parents[2] / "benchmarks/data/encyclopedia/de/corpus"


@given(
    st.text("abcdeαβγдеж", min_size=SHORTEST, max_size=20),
    st.integers(min_value=0, max_value=10_000),
)
def test_a_mistyped_word_is_another_one_that_begins_alike(word: str, turn: int) -> None:
    wrong = mistyped(word, turn)
    assert wrong != word
    assert wrong[0] == word[0]
    assert abs(len(wrong) - len(word)) <= 1


def test_each_way_of_parting_gives_every_document_to_one_half() -> None:
    corpus = read_corpus(CORPUS)
    parts = list(halves(corpus))
    assert len(parts) == 2 * PARTINGS
    for one, other in zip(parts[::2], parts[1::2], strict=True):
        assert one.documents
        assert other.documents
        assert {*one.documents, *other.documents} == set(corpus.documents)
        assert not {*one.documents} & {*other.documents}
        assert one.passage_count + other.passage_count == corpus.passage_count


def test_a_signal_that_tells_everything_has_the_whole_area() -> None:
    own = [Asked(own=True, signal=signal, answered=True) for signal in (0.8, 0.9)]
    foreign = [Asked(own=False, signal=signal, answered=False) for signal in (0.1, 0.2)]
    told = Told.of([*own, *foreign])
    assert (told.own, told.foreign, told.own_at_rate, told.area) == (1.0, 0.0, 1.0, 1.0)


def test_a_signal_that_tells_nothing_has_half_of_the_area() -> None:
    both = [Asked(own=own, signal=0.5, answered=True) for own in (True, False)]
    told = Told.of(both)
    assert (told.own, told.foreign, told.own_at_rate, told.area) == (1.0, 1.0, 0.0, 0.5)
