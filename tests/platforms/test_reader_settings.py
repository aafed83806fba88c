"""The endpoint of the reader, as the settings say where it is and what its key is."""

from pathlib import Path

import pytest

from bot.config.settings import ReaderSettings, Settings, load_settings
from bot.core.errors import SettingsError
from bot.meaning.chat_completions import Prompt
from bot.platforms.services import build_endpoint
from tests.harness.completions_server import ScriptedServer
from tests.harness.stub_server import server

KEY = "sk-from-a-file"
PROMPT = Prompt("rewrite", "Rewrite.", "Where?", {"type": "object"}, 50)


def settings(url: str, key_file: Path | None = None) -> Settings:
    name = "" if key_file is None else str(key_file)
    return Settings(reader=ReaderSettings(url=url, key_file=name))


def key_file(folder: Path, content: str, mode: int = 0o600) -> Path:
    file = folder / "key"
    file.write_text(content, encoding="utf-8")
    file.chmod(mode)
    return file


def test_without_an_address_there_is_no_endpoint() -> None:
    assert build_endpoint(Settings()) is None


async def test_the_key_of_the_file_is_sent(tmp_path: Path) -> None:
    seen = []
    script = ScriptedServer()
    async with server(script.answer) as base:
        for file in (None, key_file(tmp_path, f"{KEY}\n")):
            endpoint = build_endpoint(settings(f"{base}/v1/", file))
            assert endpoint is not None
            await endpoint.complete(PROMPT)
            await endpoint.close()
            seen.append(script.headers.get("Authorization"))
    assert seen == [None, f"Bearer {KEY}"]


@pytest.mark.parametrize(("mode", "lines"), [(0o600, 0), (0o644, 1), (0o640, 1)])
def test_a_key_that_others_can_read_is_warned_of(
    tmp_path: Path, mode: int, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    build_endpoint(settings("http://127.0.0.1:1/v1", key_file(tmp_path, KEY, mode)))
    said = capsys.readouterr()
    assert (said.out + said.err).count("reader.key_file: others can read this file") == lines
    assert KEY not in said.out + said.err


@pytest.mark.parametrize("content", ["", "two words", "two\nlines", "\0"])
def test_a_file_that_holds_no_key_ends_the_start(tmp_path: Path, content: str) -> None:
    with pytest.raises(SettingsError, match=r"^reader\.key_file: .+[a-z]$"):
        build_endpoint(settings("http://127.0.0.1:1/v1", key_file(tmp_path, content)))
    with pytest.raises(SettingsError, match=r"^reader\.key_file: .* cannot be read"):
        build_endpoint(settings("http://127.0.0.1:1/v1", tmp_path / "nothing"))


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8080",
        "ws://host/v1",
        "http:///v1",
        "http://me:key@host/v1",
        "http://host/v1?key=1",
        "http://host/v 1",
        "http://host/v1#a",
        "http://host:0",
    ],
)
def test_what_is_no_address_ends_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="is not an address, such as http://127"):
        load_settings(overrides={"reader.url": url})
