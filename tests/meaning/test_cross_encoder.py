"""A judge as a folder with a cross-encoder: what it chooses, and what it changes in a reply."""

import asyncio
import tempfile
from pathlib import Path

import onnx
import pytest

from bot.answering.service import AnsweringService
from bot.config.settings import load_settings
from bot.core.errors import ModelError, SettingsError
from bot.core.replies import Answer, Confidence, Reply, Silence
from bot.ingest.segment import passages as passages_of
from bot.meaning.cross_encoder import CrossEncoder
from bot.platforms.services import build_answering
from tests.harness.documents import document
from tests.harness.index_jobs import reloader
from tests.harness.small_judge import write_small_judge

CONCEPTS = [("chop", "felling", "cut"), ("oak", "tree"), ("yard", "garden"), ("noisy", "lawn")]
QUESTION = "may I chop an old oak in my yard"
TWO = "answers_from = 2.0\n"
"""From this score on, two passages answer the question."""

GARDEN = """# Garden rules

Sprinklers may run in the yard before ten in the morning, and an old bench may stand there.

A tree with a trunk of more than 60 cm must not be cut down without a permit.

Lawn mowers rest on Sundays. The old yard behind the mill may be used by all.
"""
HARBOUR = (
    "# Harbour rules\n\nNo tree may be cut on the old quay. May I moor here? Ask in the yard.\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "corpus"
    place.mkdir()
    (place / "garden.md").write_text(GARDEN, encoding="utf-8")
    (place / "harbour.md").write_text(HARBOUR, encoding="utf-8")
    return place


def judge(folder: Path, about: str = "", **options: int) -> CrossEncoder:
    place = Path(tempfile.mkdtemp(dir=folder.parent)) / "judge"
    return CrossEncoder(write_small_judge(place, CONCEPTS, about, **options))


def quotes(reply: Reply) -> list[str]:
    return [excerpt.quote for excerpt in reply.excerpts] if isinstance(reply, Answer) else []


async def serving(folder: Path, chooser: CrossEncoder | None) -> AnsweringService:
    answering = AnsweringService(reloader(folder), chooser)
    await answering.reload()
    return answering


async def test_what_the_judge_chooses_comes_first_one_of_each_document(folder: Path) -> None:
    words = await (await serving(folder, None)).ask(QUESTION)
    judged = await (await serving(folder, judge(folder, TWO))).ask(QUESTION)
    assert not any("must not be cut down" in quote for quote in quotes(words))
    first, second, *_ = quotes(judged)
    assert "No tree may be cut" in first
    assert "must not be cut down" in second
    assert words.revision != judged.revision


async def test_a_judge_that_decides_ends_in_silence_where_nothing_answers(folder: Path) -> None:
    answering = await serving(folder, judge(folder, "decides = true\nanswers_from = 3.0\n"))
    close = await answering.ask(QUESTION)
    assert isinstance(close, Silence)
    assert close.nearest
    lowered = judge(folder, f"decides = true\n{TWO}")
    answer = await (await serving(folder, lowered)).ask(QUESTION)
    assert isinstance(answer, Answer)
    assert len(answer.excerpts) == 2
    assert answer.confidence is Confidence.LOW


async def test_what_words_are_sure_of_is_doubtful_where_the_judge_finds_nothing(
    folder: Path,
) -> None:
    question = "When do lawn mowers rest?"
    sure = await (await serving(folder, None)).ask(question)
    answering = await serving(folder, judge(folder, "decides = true\nanswers_from = 9.0\n"))
    doubtful = await answering.ask(question)
    assert isinstance(sure, Answer)
    assert isinstance(doubtful, Answer)
    assert (sure.confidence, doubtful.confidence) == (Confidence.HIGH, Confidence.LOW)
    assert quotes(doubtful) == quotes(sure)


async def test_the_same_question_has_the_same_reply_from_every_start(folder: Path) -> None:
    made = judge(folder)
    replies = [await (await serving(folder, made)).ask(QUESTION) for _ in range(2)]
    assert replies[0].id == replies[1].id
    assert quotes(replies[0]) == quotes(replies[1])


async def test_questions_in_a_language_that_it_does_not_read_are_not_judged(folder: Path) -> None:
    (folder / "garten.md").write_text(
        "# Gartenordnung\n\nDer Rasen darf am Sonntag nicht gemäht werden.\n", encoding="utf-8"
    )
    question = "Darf der Rasen am Sonntag gemäht werden?"
    words = await (await serving(folder, None)).ask(question)
    judged = await (await serving(folder, judge(folder))).ask(question)
    assert words.id == judged.id


async def test_a_judge_that_is_too_slow_leaves_words_alone_for_that_reply(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    chooser = judge(folder)
    answering = await serving(folder, chooser)
    words = await (await serving(folder, None)).ask(QUESTION)
    with monkeypatch.context() as patch:
        patch.setattr(chooser, "seconds", 0.0)
        assert (await answering.ask(QUESTION)).id == words.id
    assert "words and meaning answered" in caplog.text
    later = await answering.ask(QUESTION)
    assert later.revision != words.revision


def test_the_end_of_a_long_passage_counts(tmp_path: Path) -> None:
    filler = "The ferry crosses the sound twice a day and carries parcels. " * 60
    made = document(
        "long.txt",
        filler + "No tree may be cut.",
        "The yard is old.",
        title="A title of many words " * 40,
    )
    long, short = passages_of(made)
    chooser = judge(tmp_path / "corpus", longest=64)
    choice = asyncio.run(chooser.choose(QUESTION + " or not" * 200, [short, long]))
    assert choice is not None
    assert [pick.place for pick in choice.picks] == [1, 0]


@pytest.mark.parametrize("text", ["", "\ud800 lone", "a\0b", "🙂" * 700])
def test_any_text_can_be_a_question(tmp_path: Path, text: str) -> None:
    [passage] = passages_of(document("one.txt", "\u200b No tree may be cut."))
    choice = asyncio.run(judge(tmp_path / "corpus").choose(text, [passage]))
    assert choice is not None
    assert len(choice.picks) == 1


async def test_explain_shows_what_the_judge_chose(folder: Path) -> None:
    answering = await serving(folder, judge(folder, TWO))
    explanation = await answering.explain(QUESTION)
    assert explanation.judge is not None
    assert [pick.document for pick in explanation.judge.picks] == ["harbour.md", "garden.md"]


def test_a_folder_without_a_judge_ends_the_start_with_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = write_small_judge(folder.with_name("judge"), CONCEPTS)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SOURCES_SAY_RETRIEVAL__JUDGE", str(place))
    build_answering(load_settings())
    (place / "model.onnx").write_bytes(b"no model")
    with pytest.raises(SettingsError, match="holds no judge that can be used"):
        build_answering(load_settings())
    (place / "model.onnx").unlink()
    with pytest.raises(SettingsError, match=r"it must hold model\.onnx, tokenizer\.json"):
        build_answering(load_settings())
    (place / "judge.toml").write_text('name = "x"\nlongest = 12\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="correct it"):
        build_answering(load_settings())


def test_a_model_with_several_scores_is_refused(tmp_path: Path) -> None:
    place = write_small_judge(tmp_path / "judge", CONCEPTS)
    model = onnx.load(place / "model.onnx")
    model.graph.node[-1].output[0] = "score"
    model.graph.node.append(onnx.helper.make_node("Concat", ["score"] * 2, ["logits"], axis=-1))
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 2
    onnx.save(model, place / "model.onnx")
    with pytest.raises(ModelError, match="holds no judge that can be used"):
        CrossEncoder(place)


def test_a_model_that_takes_fewer_tokens_than_it_should_is_refused(tmp_path: Path) -> None:
    place = write_small_judge(tmp_path / "judge", CONCEPTS)
    (place / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="judge"):
        CrossEncoder(place)
