"""Secrets: where they may come from, what is refused in one sentence, what is never shown."""

import io
import logging
import os
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.config import logs
from bot.config.access import secret
from bot.core.errors import SettingsError

# Made up, and of no form that a pattern would know.
TOKEN = "kept-by-the-porter-0815"


def read(environment: dict[str, str]) -> SecretStr | None:
    """The secret in an environment that holds nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", environment)
        return secret("DISCORD_TOKEN")


def of(**environment: str) -> str | None:
    value = read(environment)
    return None if value is None else value.get_secret_value()


def refusal(**environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(environment)
    sentence = str(caught.value)
    assert len(sentence.splitlines()) == 1
    assert sentence.startswith("DISCORD_TOKEN")
    assert caught.value.__cause__ is None
    return sentence


def file_of(folder: Path, content: bytes) -> str:
    file = folder / "token"
    file.write_bytes(content)
    return str(file)


def test_a_secret_is_the_variable_or_what_the_named_file_holds(tmp_path: Path) -> None:
    assert of() is None
    assert of(DISCORD_TOKEN="", DISCORD_TOKEN_FILE="  ") is None
    assert of(DISCORD_TOKEN=f"  {TOKEN}\n") == TOKEN
    assert of(DISCORD_TOKEN_FILE=file_of(tmp_path, f"{TOKEN}\r\n".encode())) == TOKEN


def test_a_variable_that_is_set_to_nothing_gives_way_to_the_file(tmp_path: Path) -> None:
    file = file_of(tmp_path, TOKEN.encode())
    assert of(DISCORD_TOKEN="", DISCORD_TOKEN_FILE=file) == TOKEN
    assert of(DISCORD_TOKEN=TOKEN, DISCORD_TOKEN_FILE=" ") == TOKEN


def test_both_at_once_are_one_too_many(tmp_path: Path) -> None:
    sentence = refusal(DISCORD_TOKEN=TOKEN, DISCORD_TOKEN_FILE=file_of(tmp_path, b"another"))
    assert sentence == "DISCORD_TOKEN and DISCORD_TOKEN_FILE are both set; remove one of them"


@pytest.mark.parametrize("inside", [" ", "\n", "\t", "\r\n", "\x00", "\x1b[2J", "\u202e", "\u2028"])
def test_what_is_no_single_word_is_refused_and_not_repeated(tmp_path: Path, inside: str) -> None:
    value = f"kept-by{inside}the-porter"
    sentence = "DISCORD_TOKEN: this is not one line without blanks; copy it again"
    assert refusal(DISCORD_TOKEN=value) == sentence
    assert refusal(DISCORD_TOKEN_FILE=file_of(tmp_path, value.encode())) == sentence


def test_each_trouble_with_the_file_is_a_sentence_of_its_own(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert refusal(DISCORD_TOKEN_FILE=str(nowhere)) == (
        f'DISCORD_TOKEN_FILE: "{nowhere}" cannot be read (no such file or directory);'
        " name a file that this user may read"
    )
    assert "(is a directory)" in refusal(DISCORD_TOKEN_FILE=str(tmp_path))
    empty = file_of(tmp_path, b" \n")
    assert refusal(DISCORD_TOKEN_FILE=empty).endswith("is empty; write the secret into it")
    large = file_of(tmp_path, b"x" * 10_001)
    assert refusal(DISCORD_TOKEN_FILE=large).endswith("is too large for a secret; name another")
    binary = file_of(tmp_path, b"\xff\xfe\x00k")
    assert refusal(DISCORD_TOKEN_FILE=binary).endswith("is not text; name another")


def test_a_secret_shows_itself_nowhere_by_chance() -> None:
    result = read({"DISCORD_TOKEN": TOKEN})
    assert TOKEN not in f"{result} {result!r} {[result]} {result!s:>40}"


@given(st.text(max_size=40))
def test_whatever_is_set_is_taken_whole_or_refused_without_being_repeated(value: str) -> None:
    try:
        result = read({"DISCORD_TOKEN": value})
    except SettingsError as fault:
        assert len(str(fault).splitlines()) == 1
        assert str(fault) == "DISCORD_TOKEN: this is not one line without blanks; copy it again"
    else:
        assert (result.get_secret_value() if result else "") == value.strip()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_masked_secret_is_in_no_line_of_the_log(form: str) -> None:
    stream = io.StringIO()
    logs.configure("debug", "json" if form == "json" else "text", stream)
    logs.mask_secret(TOKEN)
    log = structlog.stdlib.get_logger("bot.test")
    log.info(f"joined with {TOKEN}", header=f"Bot {TOKEN}", deep={"a": [TOKEN]}, path=Path(TOKEN))
    logging.getLogger("library").warning("sent %s to %s", TOKEN, {"x": TOKEN})
    try:
        raise RuntimeError(f"refused: {TOKEN}")
    except RuntimeError:
        logging.getLogger("library").exception("a fault with %s", TOKEN)
    written = stream.getvalue()
    assert TOKEN not in written
    assert written.count(logs.HIDDEN) >= 6
    assert "refused: [hidden]" in written
