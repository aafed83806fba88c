"""The multilingual encoder: one meaning in two languages, one vector a text."""

import numpy as np
import pytest

from bot.core.documents import Span
from bot.core.errors import ModelError
from bot.meaning.about import EncoderPackage
from bot.meaning.multilingual import LONGEST, MultilingualEncoder
from bot.meaning.vectors import open_encoder

ENGLISH = "The council may fell a tree that leans over the road."
SAME = {
    "de": "Der Rat darf einen Baum fällen, der über die Straße hängt.",
    "es": "El ayuntamiento puede talar un árbol que se inclina sobre la calle.",
    "ru": "Совет может срубить дерево, которое наклонилось над дорогой.",
    "zh": "议会可以砍掉倾斜在路上的树。",
}
OTHER = "Soup is served with bread at noon."


@pytest.fixture(scope="module")
def encoder(multilingual: EncoderPackage) -> MultilingualEncoder:
    return MultilingualEncoder(multilingual)


@pytest.mark.parametrize("language", SAME)
def test_a_text_is_nearer_to_its_translation_than_to_another(
    encoder: MultilingualEncoder, language: str
) -> None:
    text = encoder.question(SAME[language])
    assert encoder.reads(language)
    assert text @ encoder.question(ENGLISH) > 0.5
    assert text @ encoder.question(OTHER) < 0.2


def test_languages_it_was_not_trained_on_are_not_read(encoder: MultilingualEncoder) -> None:
    assert not any(map(encoder.reads, ("el", "ro", "uk", "und")))


@pytest.mark.parametrize("text", ["", " ", "\u200b", "🙂" * 700, "\ud800 lone", "a\0b"])
def test_any_text_can_be_a_question(encoder: MultilingualEncoder, text: str) -> None:
    vector = encoder.question(text)
    assert vector.shape == (encoder.size,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_text_has_the_same_vector_whatever_was_encoded_before(
    encoder: MultilingualEncoder, multilingual: EncoderPackage
) -> None:
    fresh = MultilingualEncoder(multilingual)
    vector = fresh.question(ENGLISH)
    for text in SAME.values():
        encoder.question(text)
    assert np.array_equal(encoder.question(ENGLISH), vector)


def test_of_a_long_text_the_beginning_counts(encoder: MultilingualEncoder) -> None:
    text = (ENGLISH + " ") * 100
    assert np.array_equal(encoder.question(text), encoder.question(text[:LONGEST]))


def test_a_passage_is_near_to_its_sentences_and_its_title(encoder: MultilingualEncoder) -> None:
    text = f"{ENGLISH} {OTHER}"
    spans = [Span(0, len(ENGLISH)), Span(len(ENGLISH) + 1, len(text))]
    passage, rows = encoder.passage("Rules of the village", text, spans)
    assert np.array_equal(rows[0], encoder.question(ENGLISH))
    assert np.linalg.norm(passage) == pytest.approx(1, abs=1e-5)
    above = encoder.question("Rules of the village")
    assert all(passage @ part > 0.4 for part in (*rows, above))


def test_a_passage_without_sentences_has_the_vector_of_what_stands_above(
    encoder: MultilingualEncoder,
) -> None:
    passage, rows = encoder.passage("Rules", "", [])
    assert rows.shape == (0, encoder.size)
    assert np.allclose(passage, encoder.question("Rules"), atol=1e-6)


def test_another_version_of_the_package_gets_one_sentence(multilingual: EncoderPackage) -> None:
    assert open_encoder(multilingual) is open_encoder(multilingual)
    with pytest.raises(ModelError, match="has changed: start the program again"):
        open_encoder(EncoderPackage("another"))
