"""Logs: their form, where they go, and what they never show."""

import io
import json
import logging
from typing import Literal

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.config import logs

# Made up, in the form of the real thing; split, so that no scanner takes them for it.
DISCORD_TOKEN = "MTA1" + "x" * 22 + ".GaBcDe." + "y" * 38
MATRIX_TOKEN = "syt_" + "c29tZW9uZQ" + "_abcdefghij_0kLmNo"


def written(
    *events: tuple[str, dict[str, object]],
    level: Literal["debug", "info", "warning", "error"] = "info",
    form: Literal["text", "json"] = "text",
) -> str:
    stream = io.StringIO()
    logs.configure(level, form, stream)
    log = structlog.get_logger("bot.test")
    for event, values in events:
        log.info(event, **values)
    return stream.getvalue()


def test_text_is_one_line_of_keys_and_values() -> None:
    line = written(("corpus loaded", {"documents": 5, "seconds": 0.25, "whole": True}))
    stamp, _, rest = line.partition(" ")
    assert stamp.startswith("timestamp=2")
    assert rest == (
        'level=info logger=bot.test event="corpus loaded" documents=5 seconds=0.25 whole=true\n'
    )


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_a_stranger_sent_does_not_fill_the_log(form: Literal["text", "json"]) -> None:
    fault = ValueError(f"no request: {'Z' * 500_000}")
    line = written(("a request failed", {"exc_info": fault}), form=form)
    assert "no request: ZZZ" in line
    assert len(line) < 11_000


def test_json_is_one_object_a_line() -> None:
    lines = written(("corpus loaded", {"documents": 5}), ("x", {}), form="json").splitlines()
    first, second = (json.loads(line) for line in lines)
    assert first["event"] == "corpus loaded"
    assert first["documents"] == 5
    assert first["level"] == "info"
    assert second["event"] == "x"


def test_what_is_below_the_level_is_not_written() -> None:
    assert written(("x", {}), level="warning") == ""


def test_nothing_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    structlog.get_logger("bot.test").info("corpus loaded")
    logging.getLogger("library").warning("slow")
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 2


def test_configuring_again_changes_the_form_and_writes_each_message_once() -> None:
    first, second = io.StringIO(), io.StringIO()
    log = structlog.get_logger("bot.test")
    logs.configure("info", "text", first)
    logs.configure("info", "json", second)
    log.info("x")
    assert first.getvalue() == ""
    assert json.loads(second.getvalue())["event"] == "x"


def test_a_library_writes_in_the_same_form_without_its_secrets() -> None:
    stream = io.StringIO()
    logs.configure("info", "json", stream)
    logging.getLogger("library").info("signing in with %s", DISCORD_TOKEN)
    said = json.loads(stream.getvalue())
    assert said["event"] == "signing in with [hidden]"
    assert said["logger"] == "library"


def test_an_exception_is_told_on_one_line_and_without_its_secrets() -> None:
    stream = io.StringIO()
    logs.configure("info", "text", stream)
    try:
        raise ValueError(f"refused: {MATRIX_TOKEN}")
    except ValueError:
        structlog.get_logger("bot.test").exception("sync failed")
    assert stream.getvalue().count("\n") == 1
    assert "ValueError: refused: [hidden]" in stream.getvalue()


@pytest.mark.parametrize(
    "name", ["token", "DISCORD_TOKEN", "password", "passwd", "api_key", "client_secret", "Cookie"]
)
def test_what_has_a_secrets_name_is_hidden(name: str) -> None:
    assert "hunter2" not in written(("x", {name: "hunter2", "headers": {name: ["hunter2"]}}))


@pytest.mark.parametrize(
    "text",
    [
        DISCORD_TOKEN,
        MATRIX_TOKEN,
        "Authorization: Bearer hunter2",
        "matrix.example/sync?access_token=hunter2&since=1",
        "https" + "://me:hunter2@example.org/",
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(
    text: str, form: Literal["text", "json"]
) -> None:
    said = written((f"at {text}", {"a": text, "b": [text], "c": {"d": (text,)}}), form=form)
    assert text not in said
    assert "hunter2" not in said
    assert said.count(logs.HIDDEN) == 4


@given(text=st.text(), form=st.sampled_from(["text", "json"]))
def test_no_message_can_start_a_line_or_move_the_cursor(
    text: str, form: Literal["text", "json"]
) -> None:
    said = written((text, {"file": text, "files": [text]}), form=form)
    assert said.endswith("\n")
    assert said[:-1].isprintable()


@pytest.mark.parametrize("place", ["interactions/123/{}/callback", "webhooks/123/{}/messages/5"])
def test_what_answers_an_interaction_is_hidden_in_addresses(place: str) -> None:
    secret = "aW50ZXJhY3Rpb246MTIz"
    said = written(("POST", {"url": f"https://example.org/api/v10/{place.format(secret)}"}))
    assert secret not in said
    assert "https://example.org/api/v10/" in said
