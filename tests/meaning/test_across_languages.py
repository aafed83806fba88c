"""Questions in a language that the documents lack, as a reload makes their answers."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering import reload
from bot.answering.reload import CorpusReloader
from bot.answering.service import AnsweringService
from bot.chat.rendering.json import reply_contents
from bot.cli.explain import verdict
from bot.config.settings import CorpusSettings, RetrievalSettings, Settings, StateSettings
from bot.core.replies import Answer, Confidence, Reply, Silence
from bot.meaning.about import EncoderFolder, EncoderPackage
from bot.platforms.services import build_answering
from bot.retrieval.answer.explanation import explain
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.ranking.calibration import MatchVerdict, foreign_questions
from tests.harness.index_jobs import build_job

GARDEN = """# Garden rules

## Watering

Sprinklers may run before ten in the morning and after six in the evening.

## Felling

A tree with a trunk of more than 60 cm must not be cut down without a permit.

## Noise

Lawn mowers rest on Sundays.
"""
MILL = (
    "# The mill\n\nThe mill in Zinki grinds wheat every Monday. A sack of flour costs 12 crowns.\n"
)
GERMAN = """# Die Bücherei

Die Bücherei leiht jedes Buch für vier Wochen aus. Wer es verliert, zahlt den Preis des Buches.
"""
FELLING = {
    "de": "Darf ich einen dicken Baum ohne Genehmigung fällen?",
    "es": "¿Puedo talar un árbol grueso sin permiso?",
    "fr": "Est-ce que je peux abattre un gros arbre sans autorisation ?",
    "ru": "Можно ли срубить толстое дерево без разрешения?",
    "zh": "没有许可证可以砍大树吗？",
}


def written(place: Path) -> Path:
    place.mkdir()
    (place / "garden.md").write_text(GARDEN, encoding="utf-8")
    (place / "mill.md").write_text(MILL, encoding="utf-8")
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "corpus")


def reloader_of(
    folder: Path,
    across: EncoderPackage | None,
    encoder: Path | None = None,
    *,
    in_child: bool = False,
) -> CorpusReloader:
    own = None if encoder is None else EncoderFolder.of(encoder)
    job = replace(build_job(folder), encoder=own, across=across)
    return CorpusReloader(job, in_child=in_child)


def searcher(loaded: CorpusReloader) -> Searcher:
    loaded.reload(None)
    assert loaded.served is not None
    return loaded.served.searcher(None)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Words alone."""
    return searcher(reloader_of(written(tmp_path_factory.mktemp("words") / "corpus"), None))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, multilingual: EncoderPackage) -> Searcher:
    """Words, and the multilingual encoder for languages that the documents lack."""
    place = written(tmp_path_factory.mktemp("asked") / "corpus")
    return searcher(reloader_of(place, multilingual))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110 - a log line sets no event
            await asyncio.sleep(0.05)


def contents(reply: Reply) -> dict[str, object]:
    """The JSON of a reply, but for what the revision is part of."""
    fields = reply_contents(reply, reply.question, 0.0)
    return {name: value for name, value in fields.items() if name not in {"id", "revision"}}


@pytest.mark.parametrize("language", FELLING)
def test_the_documents_answer_in_their_language_and_the_reply_says_so(
    asked: Searcher, language: str
) -> None:
    answer = asked.reply(FELLING[language])
    assert isinstance(answer, Answer)
    assert "must not be cut down" in answer.excerpts[0].quote
    assert answer.excerpts[0].quote in GARDEN
    assert answer.confidence is Confidence.LOW
    assert answer.quote_languages == ("en",)
    assert answer.missing_terms == ()


def test_by_words_alone_such_a_question_meets_silence(words: Searcher) -> None:
    assert all(isinstance(words.reply(question), Silence) for question in FELLING.values())


@pytest.mark.parametrize(
    "question",
    [
        "¿Cuántos habitantes tiene la capital de Bolivia?",
        "hola, buenas tardes, ¿cómo estás?",
        "Wer gewann 1974 die Weltmeisterschaft im Fußball?",
        "Кто написал «Евгения Онегина»?",
        "今天天气怎么样？",
    ],
)
def test_what_the_documents_do_not_answer_meets_silence_in_any_language(
    asked: Searcher, question: str
) -> None:
    reply = asked.reply(question)
    assert isinstance(reply, Silence)
    # No word of another language stands in the documents: that says nothing.
    assert reply.missing_terms == ()


@pytest.mark.parametrize("language", ["de", "es", "ru", "zh"])
def test_few_bundled_questions_are_answered(asked: Searcher, language: str) -> None:
    replies = [asked.reply(question) for question in foreign_questions(language)]
    answered = sum(isinstance(reply, Answer) for reply in replies)
    assert answered <= 0.06 * len(replies)


@pytest.mark.parametrize(
    "question",
    [
        "Who needs a permit to cut down a tree?",
        "sprinklers morning",
        "When does the mil in Zinky grind?",
        "mill Zinki",
        "What is the weather like?",
        "Πού είναι ο μύλος;",
        "Де стоїть млин у Zinki?",
    ],
)
def test_other_questions_get_the_reply_that_they_had(
    words: Searcher, asked: Searcher, question: str
) -> None:
    assert contents(asked.reply(question)) == contents(words.reply(question))


def test_a_question_in_one_of_the_documents_languages_is_put_to_their_words(
    folder: Path, multilingual: EncoderPackage
) -> None:
    (folder / "library.md").write_text(GERMAN, encoding="utf-8")
    asked = searcher(reloader_of(folder, multilingual))
    own = asked.reply("Für wie viele Wochen leiht die Bücherei ein Buch aus?")
    assert isinstance(own, Answer)
    assert own.quote_languages == ()
    assert own.confidence is Confidence.HIGH
    other = asked.reply("¿Por cuántas semanas se presta un libro de la biblioteca?")
    assert isinstance(other, Answer)
    assert other.quote_languages[0] == "de"


def test_an_encoder_of_both_languages_needs_no_other(
    folder: Path, multilingual: EncoderPackage, encoder_folder: Path, tmp_path: Path
) -> None:
    about = (encoder_folder / "encoder.toml").read_text(encoding="utf-8")
    own = tmp_path / "own"
    own.mkdir()
    for file in encoder_folder.iterdir():
        os.link(file, own / file.name)
    (own / "encoder.toml").unlink()
    (own / "encoder.toml").write_text(about.replace('["en"]', '["en", "es"]'), encoding="utf-8")
    asked = searcher(reloader_of(folder, multilingual, own))
    assert explain(asked, FELLING["es"]).across == "all-MiniLM-L6-v2"
    assert explain(asked, FELLING["ru"]).across == "universal-sentence-encoder-multilingual"
    assert explain(asked, "Who may cut down a tree?").across is None


def test_an_explanation_names_the_encoder_and_the_nearness(asked: Searcher) -> None:
    explanation = explain(asked, FELLING["es"])
    assert explanation.language == "es"
    assert explanation.across == "universal-sentence-encoder-multilingual"
    assert explanation.verdict is MatchVerdict.CLOSE
    assert explanation.nearness is not None
    assert explanation.nearness > 0.4
    assert explanation.without_names == FELLING["es"]
    assert explanation.alternatives == ()
    said = verdict(explanation)
    assert "reaches the level for questions in a language that the documents lack" in said
    assert "Compared in meaning by universal-sentence-encoder-multilingual." in said


def test_the_encoder_is_part_of_the_revision_and_both_keep_their_vectors(
    folder: Path, multilingual: EncoderPackage, encoder_folder: Path
) -> None:
    words = searcher(reloader_of(folder, None)).corpus
    one = searcher(reloader_of(folder, None, encoder_folder)).corpus
    both = searcher(reloader_of(folder, multilingual, encoder_folder)).corpus
    assert len({corpus.revision for corpus in (words, one, both)}) == 3
    place = build_job(folder).store.folder / "vectors"
    for file in place.iterdir():
        old = time.time() - 100_000
        os.utime(file, (old, old))
    (folder / "mill.md").unlink()
    asked = searcher(reloader_of(folder, multilingual, encoder_folder))
    assert isinstance(asked.reply(FELLING["es"]), Answer)
    fingerprints = {each.name.split("-")[1] for each in place.iterdir()}
    assert fingerprints == {both.encoder, both.across}
    assert len(list(place.iterdir())) == 2


async def test_words_answer_until_all_passages_are_encoded(
    folder: Path, multilingual: EncoderPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "ENCODED_AT_ONCE", 1)
    answering = AnsweringService(reloader_of(folder, multilingual, in_child=True))
    await answering.reload()
    first = await answering.ask(FELLING["es"])
    await until(lambda: bool(answering.corpus.across))
    then = await answering.ask(FELLING["es"])
    await answering.close()
    assert isinstance(first, Silence)
    assert isinstance(then, Answer)
    assert then.revision != first.revision


async def test_questions_of_several_languages_at_once_get_their_replies(
    folder: Path, multilingual: EncoderPackage
) -> None:
    answering = AnsweringService(reloader_of(folder, multilingual))
    await answering.reload()
    english = "Who needs a permit to cut down a tree?"
    replies = await asyncio.gather(*map(answering.ask, (*FELLING.values(), english)))
    await answering.close()
    assert all(isinstance(reply, Answer) for reply in replies)
    languages = [reply.quote_languages for reply in replies if isinstance(reply, Answer)]
    assert languages == [*[("en",)] * len(FELLING), ()]


@pytest.mark.parametrize(
    ("encoder", "across_languages", "is_used"),
    [("default", True, True), ("default", False, False), ("none", True, False)],
)
async def test_the_settings_decide_whether_it_is_used(
    folder: Path,
    multilingual: EncoderPackage,
    tmp_path: Path,
    encoder: str,
    across_languages: bool,
    is_used: bool,
) -> None:
    settings = Settings(
        corpus=CorpusSettings(folder=folder),
        state=StateSettings(folder=tmp_path / "state"),
        retrieval=RetrievalSettings(encoder=encoder, across_languages=across_languages),
    )
    answering = build_answering(settings)
    await answering.reload()
    await answering.close()
    assert answering.corpus.across == (multilingual.fingerprint if is_used else "")


def test_a_change_spares_the_vectors_of_both_encoders(
    folder: Path,
    multilingual: EncoderPackage,
    encoder_folder: Path,
    encoded: list[int],
) -> None:
    loaded = reloader_of(folder, multilingual, encoder_folder)
    searcher(loaded)
    encoded.clear()
    (folder / "new.md").write_text("# Ferry\n\nThe ferry crosses twice a day.\n", "utf-8")
    searcher(loaded)
    assert len(encoded) == 2  # one passage by each
    place = build_job(folder).store.folder / "vectors"
    assert len(list(place.iterdir())) == 2
    searcher(reloader_of(folder, None))
    assert len(list(place.iterdir())) == 2
    (folder / "new.md").unlink()
    searcher(reloader_of(folder, None))
    assert list(place.iterdir()) == []  # a document that went leaves no vector


def test_where_no_encoder_reads_other_languages_none_is_identified(
    folder: Path, encoder_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model that identifies languages takes 60 MB, and a twentieth of a millisecond."""
    made = searcher(reloader_of(folder, None, encoder_folder))
    monkeypatch.setattr("bot.retrieval.query.other_language.language_scores", pytest.fail)
    assert isinstance(made.reply(FELLING["de"]), Silence)


def test_words_of_a_reader_are_searched_in_the_documents_language(
    folder: Path, multilingual: EncoderPackage
) -> None:
    made = searcher(reloader_of(folder, multilingual))
    assert made.search(FELLING["de"]).query.is_across
    assert not made.search_again(FELLING["de"].split()).query.is_across
