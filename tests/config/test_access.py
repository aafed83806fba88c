"""Which platforms the environment opens: whole accounts only, and no secret in a log."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot.config import logs
from bot.config.access import Access, access_of
from bot.config.settings import MatrixSettings, Settings
from bot.core.errors import SettingsError

# Made up, and of no form that a pattern would know.
PASSWORD = "the ferryman's seven grey oars"
TOKEN = "kept-by-the-porter-4711"
ACCOUNT = {"MATRIX_HOMESERVER": "example.org", "MATRIX_USER": "@sources:example.org"}
SECRETS = {
    "DISCORD_TOKEN": "discord-key-under-the-mat",
    "MATRIX_PASSWORD": PASSWORD,
    "MATRIX_TOKEN": TOKEN,
    "MATRIX_PICKLE_KEY": "pickled-herring-in-a-jar",
    "MATRIX_RECOVERY_KEY": "EsTx Fern Dale Nine Moor",
}


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SECRETS, *ACCOUNT):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Where logs go for one test, at their most verbose."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    verbose = {name: logging.getLogger(name).level for name in logs.VERBOSE_LIBRARIES}
    stream = io.StringIO()
    logs.configure("debug", stream=stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    for name, before in verbose.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def access(given: pytest.MonkeyPatch, settings: Settings | None = None, /, **more: str) -> Access:
    for name, value in more.items():
        given.setenv(name, value)
    return access_of(settings or Settings())


def refusal(given: pytest.MonkeyPatch, settings: Settings | None = None, /, **more: str) -> str:
    """The one sentence with which the start ends; it repeats no secret."""
    with pytest.raises(SettingsError) as caught:
        access(given, settings, **more)
    told = str(caught.value)
    assert len(told.splitlines()) == 1
    assert not any(secret in told for secret in SECRETS.values())
    return told


def test_without_secrets_there_is_no_platform(given: pytest.MonkeyPatch) -> None:
    assert not access(given)
    assert not access(given, DISCORD_TOKEN="  ", MATRIX_PASSWORD="", MATRIX_HOMESERVER=" ")


def test_a_token_opens_discord_alone(given: pytest.MonkeyPatch) -> None:
    found = access(given, DISCORD_TOKEN=TOKEN)
    assert found
    assert found.discord is not None
    assert found.discord.get_secret_value() == TOKEN
    assert found.matrix is None


@pytest.mark.parametrize(
    ("name", "value"), [("MATRIX_PASSWORD", PASSWORD), ("MATRIX_TOKEN", TOKEN)]
)
def test_an_account_opens_matrix_alone(given: pytest.MonkeyPatch, name: str, value: str) -> None:
    found = access(given, **ACCOUNT, **{name: value})
    assert found
    assert found.discord is None
    assert found.matrix is not None
    assert (found.matrix.homeserver, found.matrix.user) == tuple(ACCOUNT.values())
    secrets = {"MATRIX_PASSWORD": found.matrix.password, "MATRIX_TOKEN": found.matrix.token}
    held = {key: one.get_secret_value() for key, one in secrets.items() if one is not None}
    assert held == {name: value}


def test_both_open_both(given: pytest.MonkeyPatch) -> None:
    found = access(given, **ACCOUNT, **SECRETS)
    assert found.discord is not None
    assert found.matrix is not None
    assert found.matrix.pickle_key is not None
    assert found.matrix.recovery_key is not None


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_may_stand_in_a_file(
    given: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    files = {}
    for one, value in SECRETS.items():
        (tmp_path / one).write_text(f"{value}\n", encoding="utf-8")
        files[f"{one}_FILE"] = str(tmp_path / one)
    assert access(given, **ACCOUNT, **files) == access_with_variables(given, files)
    told = refusal(given, **ACCOUNT, **{name: SECRETS[name], f"{name}_FILE": files[f"{name}_FILE"]})
    assert told == f"{name} and {name}_FILE are both set; remove one of them"


def access_with_variables(given: pytest.MonkeyPatch, files: dict[str, str]) -> Access:
    """What the variables themselves give, which are taken away again."""
    with pytest.MonkeyPatch.context() as patch:
        for name in files:
            patch.delenv(name)
        return access(patch, **ACCOUNT, **SECRETS)


@pytest.mark.parametrize("half", ACCOUNT)
def test_an_account_without_a_secret_is_half_an_account(
    given: pytest.MonkeyPatch, half: str
) -> None:
    told = refusal(given, **{half: ACCOUNT[half]})
    assert told == (
        "MATRIX_PASSWORD: an account on Matrix is set, but neither MATRIX_PASSWORD nor"
        " MATRIX_TOKEN; set one of them, or remove the account"
    )


@pytest.mark.parametrize("secret", ["MATRIX_PASSWORD", "MATRIX_TOKEN"])
@pytest.mark.parametrize("missing", ACCOUNT)
def test_a_secret_without_the_whole_account_is_refused(
    given: pytest.MonkeyPatch, missing: str, secret: str
) -> None:
    held = {name: value for name, value in ACCOUNT.items() if name != missing}
    told = refusal(given, **held, **{secret: SECRETS[secret]})
    assert told == f"{missing}: a secret for Matrix is set, but not this; set it too"


def test_half_an_account_ends_the_start_also_beside_discord(given: pytest.MonkeyPatch) -> None:
    assert refusal(given, DISCORD_TOKEN=TOKEN, **ACCOUNT).startswith("MATRIX_PASSWORD")


def test_the_account_may_stand_in_the_settings_which_go_first(given: pytest.MonkeyPatch) -> None:
    settings = Settings(matrix=MatrixSettings(homeserver="there.org", user="@bot:there.org"))
    found = access(given, settings, **ACCOUNT, MATRIX_PASSWORD=PASSWORD)
    assert found.matrix is not None
    assert (found.matrix.homeserver, found.matrix.user) == ("there.org", "@bot:there.org")


def test_one_half_may_stand_in_the_settings(given: pytest.MonkeyPatch) -> None:
    settings = Settings(matrix=MatrixSettings(homeserver="there.org"))
    found = access(given, settings, MATRIX_USER="@bot:there.org", MATRIX_PASSWORD=PASSWORD)
    assert found.matrix is not None
    assert (found.matrix.homeserver, found.matrix.user) == ("there.org", "@bot:there.org")


def test_passwords_and_recovery_keys_may_have_blanks_and_nothing_else(
    given: pytest.MonkeyPatch,
) -> None:
    found = access(given, **ACCOUNT, **SECRETS)
    assert found.matrix is not None
    assert found.matrix.password is not None
    assert found.matrix.password.get_secret_value() == PASSWORD
    for name in ("DISCORD_TOKEN", "MATRIX_TOKEN", "MATRIX_PICKLE_KEY"):
        told = refusal(given, **ACCOUNT, **SECRETS | {name: "two words"})
        assert told == f"{name}: this is not one line without blanks; copy it again"
        given.setenv(name, SECRETS[name])


def test_no_secret_is_written_to_a_log_or_shown(
    given: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    found = access(given, **ACCOUNT, **SECRETS)
    structlog.stdlib.get_logger("bot").warning(" ".join(SECRETS.values()), why=PASSWORD)
    for name, secret in SECRETS.items():
        logging.getLogger("aiohttp").warning("%s is %s", name.lower(), secret)
    written = log.getvalue() + repr(found) + str(found)
    assert len(log.getvalue().splitlines()) == 1 + len(SECRETS)
    assert not [name for name, secret in SECRETS.items() if secret in written]


def test_each_is_in_the_documentation_and_reaches_a_container(project_root: Path) -> None:
    program = (project_root / "bot/config/access.py").read_text(encoding="utf-8")
    assert set(re.findall(r'_masked\(\s*"(\w+)"', program)) == set(SECRETS)
    page = (project_root / "docs/settings.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| [^|]+ \| `(\w+)` \| `(\w+)` \|$", page, re.MULTILINE)
    assert sorted(listed) == sorted((name, f"{name}_FILE") for name in SECRETS)
    compose = (project_root / "compose.yaml").read_text(encoding="utf-8")
    for name in (*SECRETS, *ACCOUNT):
        assert f"`{name}`" in page
        assert f"      {name}: ${{{name}:-}}\n" in compose
