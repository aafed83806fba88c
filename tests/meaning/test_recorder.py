"""Recorded prompts and replies: replayed, recorded from a live endpoint, answered elsewhere."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import EndpointError, RecordsError
from bot.meaning.chat_completions import Prompt
from bot.meaning.recorder import Recorder, prompt_key, read_replies
from tests.harness.completions_server import PROMPT, ScriptedServer, completion, endpoint

OTHER = Prompt("rewrite", "Rewrite.", "Who?", {"type": "object"}, 50)


def lines(output: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


async def test_what_a_live_endpoint_said_is_replayed_without_it(tmp_path: Path) -> None:
    output, script = io.StringIO(), ScriptedServer()
    async with endpoint(script.answer) as live:
        recorder = Recorder({}, output, live, "large")
        assert await recorder.complete(PROMPT) == {"picks": [1]}
    file = tmp_path / "cassette.jsonl"
    file.write_text(output.getvalue(), encoding="utf-8")
    replayed = Recorder(read_replies([file]))
    for _ in range(2):
        assert await replayed.complete(PROMPT) == {"picks": [1]}
    assert (script.calls, recorder.written, replayed.replayed) == (1, 1, 1)


async def test_unknown_prompts_are_written_once_in_the_form_of_a_batch() -> None:
    output = io.StringIO()
    recorder = Recorder({}, output, model="large")
    for prompt in (PROMPT, OTHER, PROMPT):
        with pytest.raises(EndpointError, match="no recorded reply"):
            await recorder.complete(prompt)
    first, second = lines(output)
    assert first["custom_id"] == prompt_key(PROMPT) != second["custom_id"]
    assert first["method"] == "POST"
    assert first["url"] == "/v1/chat/completions"
    assert first["about"] == dict(PROMPT.about)
    body = first["body"]
    assert isinstance(body, dict)
    assert body["model"] == "large"
    assert body["messages"][1]["content"] == PROMPT.user
    assert "about" not in body


@pytest.mark.parametrize(
    ("outcome", "reply"),
    [
        ({"response": {"status_code": 200, "body": completion('{"picks": [2]}')}}, {"picks": [2]}),
        ({"response": {"body": completion("Passage 2.")}}, None),
        ({"response": {"body": completion('{"picks": [2]}', "length")}}, None),
        ({"response": {"body": {"error": "overloaded"}}}, None),
        ({"response": None, "error": {"code": "batch_expired"}}, None),
    ],
)
async def test_the_output_of_a_batch_is_read(
    tmp_path: Path, outcome: dict[str, object], reply: object
) -> None:
    file = tmp_path / "out.jsonl"
    file.write_text(json.dumps({"custom_id": prompt_key(PROMPT), **outcome}), encoding="utf-8")
    recorder = Recorder(read_replies([file]))
    if reply is None:
        with pytest.raises(EndpointError, match="no JSON object"):
            await recorder.complete(PROMPT)
    else:
        assert await recorder.complete(PROMPT) == reply


async def test_a_second_pass_writes_only_what_the_first_did_not_answer() -> None:
    output = io.StringIO()
    recorder = Recorder({prompt_key(OTHER): {"words": ["gate"]}}, output)
    assert await recorder.complete(OTHER) == {"words": ["gate"]}
    with pytest.raises(EndpointError):
        await recorder.complete(PROMPT)
    assert [line["custom_id"] for line in lines(output)] == [prompt_key(PROMPT)]


@given(st.text(), st.text(), st.integers(1, 1000))
def test_another_prompt_has_another_key(system: str, user: str, max_tokens: int) -> None:
    prompt = Prompt("choose", system, user, {"type": "object"}, max_tokens)
    same = Prompt("choose", system, user, {"type": "object"}, max_tokens, {"question": "x"})
    assert prompt_key(prompt) == prompt_key(same)
    for other in (
        Prompt("choose", system + "x", user, {"type": "object"}, max_tokens),
        Prompt("choose", system, user + "x", {"type": "object"}, max_tokens),
        Prompt("choose", system, user, {"type": "object", "required": []}, max_tokens),
        Prompt("choose", system, user, {"type": "object"}, max_tokens + 1),
    ):
        assert prompt_key(prompt) != prompt_key(other)


@pytest.mark.parametrize(
    "line", ["", "{", "[" * 100_000, "[]", '{"custom_id": 1, "reply": {}}', '{"custom_id": "a"}']
)
def test_a_line_without_a_reply_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text('{"custom_id": "a", "reply": {}}\n' + (line or "null") + "\n", "utf-8")
    with pytest.raises(RecordsError, match=r"records\.jsonl, line 2: holds no reply; "):
        read_replies([file])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match=r"none\.jsonl: cannot be read \(no such file"):
        read_replies([tmp_path / "none.jsonl"])
    (tmp_path / "noise").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(RecordsError, match="noise: is no text"):
        read_replies([tmp_path / "noise"])
