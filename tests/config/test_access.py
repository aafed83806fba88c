"""Which platforms the environment opens: whole accounts only, and no secret in a log."""

import io
import logging
import re
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
def log() -> io.StringIO:
    """Where logs go for one test, at their most verbose."""
    stream = io.StringIO()
    logs.configure("debug", stream=stream)
    return stream


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def access(env: pytest.MonkeyPatch, settings: Settings | None = None, /, **more: str) -> Access:
    for name, value in more.items():
        env.setenv(name, value)
    return access_of(settings or Settings())


def refusal(env: pytest.MonkeyPatch, settings: Settings | None = None, /, **more: str) -> str:
    """The one sentence with which the start ends; it repeats no secret."""
    with pytest.raises(SettingsError) as caught:
        access(env, settings, **more)
    sentence = str(caught.value)
    assert len(sentence.splitlines()) == 1
    assert not any(secret in sentence for secret in SECRETS.values())
    return sentence


def test_without_secrets_there_is_no_platform(env: pytest.MonkeyPatch) -> None:
    assert not access(env)
    assert not access(env, DISCORD_TOKEN="  ", MATRIX_PASSWORD="", MATRIX_HOMESERVER=" ")


def test_a_token_opens_discord_alone(env: pytest.MonkeyPatch) -> None:
    result = access(env, DISCORD_TOKEN=TOKEN)
    assert result
    assert result.discord is not None
    assert result.discord.get_secret_value() == TOKEN
    assert result.matrix is None


@pytest.mark.parametrize(
    ("name", "value"), [("MATRIX_PASSWORD", PASSWORD), ("MATRIX_TOKEN", TOKEN)]
)
def test_an_account_opens_matrix_alone(env: pytest.MonkeyPatch, name: str, value: str) -> None:
    result = access(env, **ACCOUNT, **{name: value})
    assert result
    assert result.discord is None
    assert result.matrix is not None
    assert (result.matrix.homeserver, result.matrix.user) == tuple(ACCOUNT.values())
    secrets = {"MATRIX_PASSWORD": result.matrix.password, "MATRIX_TOKEN": result.matrix.token}
    held = {key: one.get_secret_value() for key, one in secrets.items() if one is not None}
    assert held == {name: value}


def test_both_open_both(env: pytest.MonkeyPatch) -> None:
    result = access(env, **ACCOUNT, **SECRETS)
    assert result.discord is not None
    assert result.matrix is not None
    assert result.matrix.pickle_key is not None
    assert result.matrix.recovery_key is not None


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_may_stand_in_a_file(
    env: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    files = {}
    for one, value in SECRETS.items():
        (tmp_path / one).write_text(f"{value}\n", encoding="utf-8")
        files[f"{one}_FILE"] = str(tmp_path / one)
    assert access(env, **ACCOUNT, **files) == access_with_variables(env, files)
    sentence = refusal(
        env, **ACCOUNT, **{name: SECRETS[name], f"{name}_FILE": files[f"{name}_FILE"]}
    )
    assert sentence == f"{name} and {name}_FILE are both set; remove one of them"


def access_with_variables(env: pytest.MonkeyPatch, files: dict[str, str]) -> Access:
    """What the variables themselves give, which are taken away again."""
    with pytest.MonkeyPatch.context() as patch:
        for name in files:
            patch.delenv(name)
        return access(patch, **ACCOUNT, **SECRETS)


@pytest.mark.parametrize("half", ACCOUNT)
def test_an_account_without_a_secret_is_half_an_account(env: pytest.MonkeyPatch, half: str) -> None:
    sentence = refusal(env, **{half: ACCOUNT[half]})
    assert sentence == (
        "MATRIX_PASSWORD: an account on Matrix is set, but neither MATRIX_PASSWORD nor"
        " MATRIX_TOKEN; set one of them, or remove the account"
    )


@pytest.mark.parametrize("secret", ["MATRIX_PASSWORD", "MATRIX_TOKEN"])
@pytest.mark.parametrize("missing", ACCOUNT)
def test_a_secret_without_the_whole_account_is_refused(
    env: pytest.MonkeyPatch, missing: str, secret: str
) -> None:
    held = {name: value for name, value in ACCOUNT.items() if name != missing}
    sentence = refusal(env, **held, **{secret: SECRETS[secret]})
    assert sentence == f"{missing}: a secret for Matrix is set, but not this; set it too"


def test_half_an_account_ends_the_start_also_beside_discord(
    env: pytest.MonkeyPatch,
) -> None:
    assert refusal(env, DISCORD_TOKEN=TOKEN, **ACCOUNT).startswith("MATRIX_PASSWORD")


def test_the_account_may_stand_in_the_settings_which_go_first(
    env: pytest.MonkeyPatch,
) -> None:
    settings = Settings(matrix=MatrixSettings(homeserver="there.org", user="@bot:there.org"))
    result = access(env, settings, **ACCOUNT, MATRIX_PASSWORD=PASSWORD)
    assert result.matrix is not None
    assert (result.matrix.homeserver, result.matrix.user) == ("there.org", "@bot:there.org")


def test_one_half_may_stand_in_the_settings(env: pytest.MonkeyPatch) -> None:
    settings = Settings(matrix=MatrixSettings(homeserver="there.org"))
    result = access(env, settings, MATRIX_USER="@bot:there.org", MATRIX_PASSWORD=PASSWORD)
    assert result.matrix is not None
    assert (result.matrix.homeserver, result.matrix.user) == ("there.org", "@bot:there.org")


def test_passwords_and_keys_may_have_blanks_and_tokens_may_not(
    env: pytest.MonkeyPatch,
) -> None:
    result = access(env, **ACCOUNT, **SECRETS)
    assert result.matrix is not None
    assert result.matrix.password is not None
    assert result.matrix.password.get_secret_value() == PASSWORD
    for name in ("DISCORD_TOKEN", "MATRIX_TOKEN"):
        sentence = refusal(env, **ACCOUNT, **SECRETS | {name: "two words"})
        assert sentence == f"{name}: this is not one line without blanks; copy it again"
        env.setenv(name, SECRETS[name])


def test_no_secret_is_written_to_a_log_or_shown(env: pytest.MonkeyPatch, log: io.StringIO) -> None:
    result = access(env, **ACCOUNT, **SECRETS)
    structlog.stdlib.get_logger("bot").warning(" ".join(SECRETS.values()), why=PASSWORD)
    for name, secret in SECRETS.items():
        logging.getLogger("aiohttp").warning("%s is %s", name.lower(), secret)
    written = log.getvalue() + repr(result) + str(result)
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


@pytest.mark.parametrize(
    "token", ['"abcdefgh"', "'abcdefgh'", "DISCORD_TOKEN=abcdefgh", "“abcdefgh”"]
)
def test_a_token_that_was_copied_with_more_is_refused(env: pytest.MonkeyPatch, token: str) -> None:
    said = refusal(env, DISCORD_TOKEN=token)
    assert said.startswith("DISCORD_TOKEN: there are quotation marks or a name with = around it")


@pytest.mark.parametrize(
    "user", ["sources", "@sources", "sources:example.org", "@a b:c", "a@b.org"]
)
def test_an_id_without_name_or_server_is_refused(env: pytest.MonkeyPatch, user: str) -> None:
    said = refusal(env, **ACCOUNT | {"MATRIX_USER": user}, MATRIX_PASSWORD=PASSWORD)
    assert said == "MATRIX_USER: this is no id of an account; write it as @name:server"


def test_a_file_of_variables_that_nobody_reads_is_told_of(
    env: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env.chdir(tmp_path)
    (tmp_path / ".env").write_text("# ours\nMATRIX_PASSWORD=\nDISCORD_TOKEN=abc\n")
    assert refusal(env).startswith(".env: DISCORD_TOKEN stands in it, but only Docker Compose")
    assert not access(env, DISCORD_TOKEN="")


@pytest.mark.parametrize("empty", ['""', "''", '"" # none', '""\r'])
def test_an_empty_value_in_a_file_of_variables_is_none(
    env: pytest.MonkeyPatch, tmp_path: Path, empty: str
) -> None:
    env.chdir(tmp_path)
    (tmp_path / ".env").write_text(f"DISCORD_TOKEN={empty}\nMATRIX_USER=x\n", newline="")
    assert not access(env)


def test_a_file_of_variables_may_hold_another_secret_for_a_platform_that_is_open(
    env: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env.chdir(tmp_path)
    (tmp_path / ".env").write_text(f"MATRIX_PASSWORD={PASSWORD}\n")
    assert access(env, **ACCOUNT, MATRIX_TOKEN=TOKEN).matrix
    assert refusal(env, MATRIX_TOKEN="").startswith(".env: MATRIX_PASSWORD stands in it")


@pytest.mark.parametrize("key", ['"quoted"', "KEY=value", "three plain words"])
def test_the_pickle_key_is_free_text(env: pytest.MonkeyPatch, key: str) -> None:
    matrix = access(env, **ACCOUNT, MATRIX_TOKEN=TOKEN, MATRIX_PICKLE_KEY=key).matrix
    assert matrix is not None
    assert matrix.pickle_key is not None
    assert matrix.pickle_key.get_secret_value() == key


def test_a_short_password_hides_no_ordinary_words(
    env: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    assert access(env, **ACCOUNT, MATRIX_PASSWORD="rix").matrix
    logging.getLogger("test").warning("Matrix is next, rix: (rix)")
    assert "Matrix is next, [hidden]: ([hidden])" in log.getvalue()
