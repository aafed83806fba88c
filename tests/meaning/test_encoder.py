"""The encoder: meaning in vectors, long passages, files that cannot be used."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from bot.core.documents import Span
from bot.core.errors import ModelError
from bot.meaning.about import ABOUT, MODEL, TOKENIZER, EncoderAbout, fingerprint
from bot.meaning.encoder import Encoder

FLEAS = "Treat the cat with drops against parasites."
STOCKS = "The stock market fell on Monday."


@pytest.fixture(scope="module")
def encoder(encoder_folder: Path) -> Encoder:
    return Encoder(encoder_folder)


def sentences(*texts: str) -> tuple[str, list[Span]]:
    """Sentences joined by blanks, and their spans."""
    spans, end = [], 0
    for text in texts:
        spans.append(Span(end, end + len(text)))
        end += len(text) + 1
    return " ".join(texts), spans


def test_texts_of_like_meaning_are_nearer_than_others(encoder: Encoder) -> None:
    question = encoder.question("how do I get rid of fleas on my kitten")
    assert question @ encoder.alone(FLEAS) > 0.4
    assert question @ encoder.alone(STOCKS) < 0.2


def test_each_sentence_of_a_passage_has_a_vector_of_its_own(encoder: Encoder) -> None:
    passage, rows = encoder.passage("Household", *sentences(STOCKS, FLEAS))
    question = encoder.question("how do I get rid of fleas on my kitten")
    assert rows.shape == (2, encoder.size)
    assert rows[1] @ question > rows[0] @ question
    lengths = np.linalg.norm([passage, *rows], axis=1)
    assert np.allclose(lengths, 1, atol=1e-5)


@pytest.mark.parametrize("above", ["", "A title. " * 500])
def test_the_end_of_a_long_passage_counts(encoder: Encoder, above: str) -> None:
    text, spans = sentences(*[STOCKS] * 120, FLEAS)
    _, rows = encoder.passage(above, text, spans)
    question = encoder.question("how do I get rid of fleas on my kitten")
    assert len(rows) == 121
    assert int((rows @ question).argmax()) == 120


def test_a_sentence_longer_than_the_model_takes_has_a_vector(encoder: Encoder) -> None:
    text, spans = sentences("word " * 2_000 + ".", FLEAS)
    _, rows = encoder.passage("Household", text, spans)
    assert np.isfinite(rows).all()
    assert np.linalg.norm(rows[0]) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "🙂" * 700, "\ud800 lone", "a\0b"])
def test_any_text_can_be_a_question(encoder: Encoder, text: str) -> None:
    assert np.linalg.norm(encoder.question(text)) == pytest.approx(1, abs=1e-5)


def test_the_same_text_has_the_same_vector_in_every_session(
    encoder: Encoder, encoder_folder: Path
) -> None:
    again = Encoder(encoder_folder)
    assert np.array_equal(encoder.question(FLEAS), again.question(FLEAS))
    assert again.fingerprint == encoder.fingerprint == fingerprint(encoder_folder, EncoderAbout)


def copied(folder: Path, place: Path) -> Path:
    return Path(shutil.copytree(folder, place / "encoder"))


def test_a_missing_file_gets_one_sentence(encoder_folder: Path, tmp_path: Path) -> None:
    place = copied(encoder_folder, tmp_path)
    (place / MODEL).unlink()
    with pytest.raises(ModelError, match=r"it must hold model\.onnx, tokenizer\.json and"):
        Encoder(place)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_a_damaged_file_gets_one_sentence(encoder_folder: Path, tmp_path: Path, name: str) -> None:
    place = copied(encoder_folder, tmp_path)
    (place / name).write_bytes(b"nothing of the kind")
    with pytest.raises(ModelError, match="holds no encoder that can be used") as caught:
        Encoder(place)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = ", "is no TOML file"),
        ('name = "x"', "languages: Field required; correct it"),
        ('name = "x"\nlanguages = ["en"]\npooling = "sum"', "pooling: Input should be 'mean'"),
        ('name = "x"\nlanguages = ["en"]\nlongest = 3', "longest: Input should be greater"),
    ],
)
def test_a_wrong_description_gets_one_sentence(
    encoder_folder: Path, tmp_path: Path, text: str, sentence: str
) -> None:
    place = copied(encoder_folder, tmp_path)
    (place / ABOUT).write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=sentence):
        Encoder(place)


def test_a_model_pooled_by_its_first_token_reads_each_sentence_by_itself(
    encoder_folder: Path, tmp_path: Path
) -> None:
    place = copied(encoder_folder, tmp_path)
    about = (place / ABOUT).read_text(encoding="utf-8").replace('"mean"', '"cls"')
    (place / ABOUT).write_text(about, encoding="utf-8")
    encoder = Encoder(place)
    _, rows = encoder.passage("Household", *sentences(STOCKS, FLEAS))
    assert np.array_equal(rows[1], encoder.alone(FLEAS))
    assert encoder.fingerprint != fingerprint(encoder_folder, EncoderAbout)


def test_prefixes_that_leave_no_room_are_refused(encoder_folder: Path, tmp_path: Path) -> None:
    place = copied(encoder_folder, tmp_path)
    with (place / ABOUT).open("a", encoding="utf-8") as file:
        file.write(f'question_prefix = "{"query " * 200}"\n')
    with pytest.raises(ModelError, match="holds no encoder that can be used"):
        Encoder(place)


def test_a_mark_at_the_beginning_of_the_description_does_no_harm(
    encoder_folder: Path, tmp_path: Path
) -> None:
    place = copied(encoder_folder, tmp_path)
    (place / ABOUT).write_bytes(b"\xef\xbb\xbf" + (place / ABOUT).read_bytes())
    assert Encoder(place).about.name == "all-MiniLM-L6-v2"


def test_a_length_beyond_the_models_own_is_refused(encoder_folder: Path, tmp_path: Path) -> None:
    place = copied(encoder_folder, tmp_path)
    about = (place / ABOUT).read_text(encoding="utf-8").replace("256", "100000")
    (place / ABOUT).write_text(about, encoding="utf-8")
    with pytest.raises(ModelError, match="long its texts may be"):
        Encoder(place)
