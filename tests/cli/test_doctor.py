"""`doctor reader`, before servers that a reader may find."""

from collections.abc import Mapping

import pytest
from aiohttp import web

from bot.cli.doctor_passages import ANSWER, ANSWERED, UNANSWERED, trial_passages
from bot.meaning.chat_completions import Prompt
from bot.retrieval.answer.judge import MOST_JUDGED
from tests.cli.conftest import Run, Serve
from tests.harness.completions_server import TOO_LONG, completion, says
from tests.harness.scripted_model import choosing_by, served
from tests.harness.stub_server import Answer

GOOD = choosing_by("purged", ["messages", "retention"])


def wise(prompt: Prompt) -> Mapping[str, object]:
    if UNANSWERED in prompt.user:
        return {"chosen": [], "answers": False}
    return GOOD(prompt)


def test_the_trial_holds_as_much_as_a_question_may_send() -> None:
    passages = trial_passages()
    assert len(passages) == MOST_JUDGED
    assert [passage.text for passage in passages].count(ANSWER) == 1
    assert ANSWERED != UNANSWERED


def test_a_reader_that_chooses_rightly_is_told_so(run: Run, serve: Serve) -> None:
    serve(served(wise))
    done = run("doctor", "reader")
    assert (done.code, done.err) == (0, "")
    assert "(this machine); model: of no name." in done.out
    rows = [line.split("  ")[0] for line in done.out.splitlines()[3:6]]
    assert rows == [
        "other words for a search",
        "the one passage of thirty that answers",
        "thirty passages, none of which answers",
    ]
    assert done.out.count(" right ") == 2
    assert "JSON by a schema: yes." in done.out
    assert "It is asked where words and meaning are not sure" in done.out


def test_one_that_finds_an_answer_everywhere_chooses_wrongly(run: Run, serve: Serve) -> None:
    serve(served(GOOD))
    done = run("doctor", "reader")
    assert (done.code, done.err) == (2, "")
    assert "JSON by a schema: yes." in done.out
    assert "It chooses wrongly: use a larger model." in done.out


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (says(200, completion("Certainly. Here you are.")), "The model wrote no JSON object"),
        (says(400, {"error": "context length of 2048 exceeded"}), "with a larger context"),
    ],
)
def test_one_without_usable_answers_is_told_with_the_reason(
    run: Run, serve: Serve, answer: Answer, words: str
) -> None:
    serve(answer)
    done = run("doctor", "reader")
    assert (done.code, done.err) == (2, "")
    assert words in done.out
    assert "JSON by a schema: no." in done.out


def test_one_whose_context_is_too_small_for_thirty_passages_has_gaps(
    run: Run, serve: Serve
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        is_long = len(await request.text()) > 8_000
        return await (says(400, TOO_LONG) if is_long else served(wise))(request)

    serve(answer)
    done = run("doctor", "reader")
    assert (done.code, done.err) == (2, "")
    assert done.out.count("context has 2,048; start the server with a larger context.") == 2
    assert "JSON by a schema: yes, but not in every trial" in done.out


def test_a_wrong_key_and_an_absent_server_are_one_sentence(
    run: Run, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(says(401, ""))
    done = run("doctor", "reader")
    assert done.code == 2
    assert done.err.startswith("reader.key_file: the server at http://127.0.0.1:")
    assert done.err.count("\n") == 1
    monkeypatch.setenv("SOURCES_SAY_READER__URL", "http://127.0.0.1:1/v1")
    done = run("doctor", "reader")
    assert done.code == 2
    assert done.err.startswith("reader.url: no server is reached at http://127.0.0.1:1 (")
    assert done.err.count("\n") == 1


def test_where_none_is_set_up_the_sentence_says_where_to_look(run: Run) -> None:
    done = run("doctor", "reader")
    assert done.code == 2
    assert done.sentence.startswith("reader.url: no reader is set up; ")


def test_there_are_no_other_parts_to_try(run: Run) -> None:
    done = run("doctor", "engine")
    assert done.code == 2
    assert "invalid choice: 'engine'" in done.sentence
