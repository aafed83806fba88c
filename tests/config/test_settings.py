"""Settings: where values come from, and what a fault in them says."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from bot.config.settings import (
    AnswerSettings,
    CorpusSettings,
    Settings,
    known_settings,
    load_settings,
)
from bot.core.errors import SettingsError
from bot.platforms.discord.run import discord_connection

KNOWN = known_settings()
KEYS = [(section, key) for section, keys in KNOWN.items() for key in keys]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str, name: str = "config/bot.toml") -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def fault(config: Path | None = None, **overrides: object) -> str:
    """The sentence with which the start ends."""
    with pytest.raises(SettingsError) as caught:
        load_settings(config, {name.replace("__", "."): v for name, v in overrides.items()})
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_without_a_file_every_setting_has_its_default() -> None:
    assert load_settings() == Settings()


def test_the_file_in_the_working_directory_is_read() -> None:
    write('[corpus]\nfolder = "papers"\nwatch = true\n')
    assert load_settings().corpus == CorpusSettings(folder=Path("papers"), watch=True)


def test_a_named_file_is_read_instead() -> None:
    write("[answer]\nmax_excerpts = 1\n")
    other = write("[answer]\nexcerpt_chars = 200\n", "other.toml")
    assert load_settings(other).answer == AnswerSettings(excerpt_chars=200)


def test_environment_goes_before_file_and_command_line_before_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write('[corpus]\nfolder = "file"\n[answer]\nmax_excerpts = 1\nexcerpt_chars = 150\n')
    monkeypatch.setenv("SOURCES_SAY_CORPUS__FOLDER", "variable")
    monkeypatch.setenv("SOURCES_SAY_ANSWER__MAX_EXCERPTS", "2")
    settings = load_settings(overrides={"corpus.folder": Path("argument")})
    assert settings.corpus.folder == Path("argument")
    assert settings.answer == AnswerSettings(max_excerpts=2, excerpt_chars=150)


@pytest.mark.parametrize(
    ("variable", "value", "section", "key", "expected"),
    [
        ("SOURCES_SAY_CORPUS__WATCH", "true", "corpus", "watch", True),
        ("SOURCES_SAY_CORPUS__WATCH", "0", "corpus", "watch", False),
        ("sources_say_corpus__max_file_mb", "7", "corpus", "max_file_mb", 7),
        ("SOURCES_SAY_ANSWER__FALSE_ANSWER_RATE", "0.2", "answer", "false_answer_rate", 0.2),
        ("SOURCES_SAY_LOG__FORMAT", "json", "log", "format", "json"),
        ("SOURCES_SAY_LOG__LEVEL", "", "log", "level", "warning"),
        (
            "SOURCES_SAY_DISCORD__CURATOR_USERS",
            "123456789012345678, 223456789012345678,123456789012345678",
            "discord",
            "curator_users",
            ("123456789012345678", "223456789012345678"),
        ),
        ("SOURCES_SAY_DISCORD__SHARD_IDS", "0", "discord", "shard_ids", ("0",)),
        (
            "SOURCES_SAY_DISCORD__DIRECT_COLLECTIONS",
            "board, house rules",
            "discord",
            "direct_collections",
            ("board", "house rules"),
        ),
        (
            "SOURCES_SAY_DISCORD__API_URL",
            "http://127.0.0.1:3000",
            "discord",
            "api_url",
            "http://127.0.0.1:3000",
        ),
    ],
)
def test_a_variable_is_read_as_its_setting_wants(
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    section: str,
    key: str,
    expected: object,
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(getattr(load_settings(), section), key) == expected


def test_built_by_hand_settings_read_neither_file_nor_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("[answer]\nmax_excerpts = 1\n")
    monkeypatch.setenv("SOURCES_SAY_ANSWER__MAX_EXCERPTS", "2")
    assert Settings().answer.max_excerpts == 4


def test_settings_are_frozen() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.answer.max_excerpts = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[corpus]\nfoldr = "x"',
            'config/bot.toml: unknown key "corpus.foldr"; did you mean "folder"?',
        ),
        (
            "[answer]\nzzz = 1",
            'config/bot.toml: unknown key "answer.zzz";'
            " there are max_excerpts, excerpt_chars, emphasis, false_answer_rate, calibration",
        ),
        (
            "[answer]\nprocesses = 2",
            'config/bot.toml: unknown key "answer.processes";'
            " the program answers by itself again; remove it",
        ),
        ("[corpsu]\n", 'config/bot.toml: unknown section "corpsu"; did you mean "corpus"?'),
        (
            "[x]\n",
            'config/bot.toml: unknown section "x"; there are corpus, answer, retrieval, reader,'
            " state, limits, discord, matrix, web, chat, alerts, log",
        ),
        (
            'folder = "x"',
            'config/bot.toml: key "folder" stands outside its section;'
            " write it below [corpus] or [state]",
        ),
        (
            'corpus = "x"',
            'config/bot.toml: "corpus" is a section, not a key; write [corpus] and its keys below',
        ),
        (
            '[answer]\nmax_excerpts = "many"',
            'config/bot.toml: answer.max_excerpts: "many" is not a whole number from 1 to 5;'
            " correct it, or remove it for the default, 4",
        ),
        (
            "[answer]\nmax_excerpts = 6",
            "config/bot.toml: answer.max_excerpts: 6 is not a whole number from 1 to 5;"
            " correct it, or remove it for the default, 4",
        ),
        (
            "[answer]\nmax_excerpts = true",
            "config/bot.toml: answer.max_excerpts: true is not a whole number from 1 to 5;"
            " correct it, or remove it for the default, 4",
        ),
        (
            "[answer]\nfalse_answer_rate = nan",
            "config/bot.toml: answer.false_answer_rate: NaN is not a number from 0.005 to 0.5;"
            " correct it, or remove it for the default, 0.05",
        ),
        (
            '[corpus]\nwatch = "yes"',
            'config/bot.toml: corpus.watch: "yes" is not true or false;'
            " correct it, or remove it for the default, false",
        ),
        (
            '[corpus]\nfolder = ""',
            'config/bot.toml: corpus.folder: "" is not the name of a folder;'
            ' correct it, or remove it for the default, "corpus"',
        ),
        (
            "[corpus]\nfolder = ['a']",
            'config/bot.toml: corpus.folder: ["a"] is not the name of a folder;'
            ' correct it, or remove it for the default, "corpus"',
        ),
        (
            "[discord]\ncurator_users = ['the secretary']",
            'config/bot.toml: discord.curator_users: ["the secretary"] is not a list of ids of'
            ' Discord, such as ["1234567890123456789"]; correct it,'
            " or remove it for the default, []",
        ),
        (
            "[matrix]\ninviters = ['nonsense']",
            'config/bot.toml: matrix.inviters: ["nonsense"] is not a list of users or servers,'
            ' such as ["@ann:example.org", "@*:example.org", "example.org"]; correct it,'
            " or remove it for the default, []",
        ),
        (
            "[matrix]\ncurators = ['ann:example.org']",
            'config/bot.toml: matrix.curators: ["ann:example.org"] is not a list of users,'
            ' such as ["@ann:example.org"]; correct it, or remove it for the default, []',
        ),
        (
            "[discord]\nshard_ids = [-1]",
            "config/bot.toml: discord.shard_ids: [-1] is not a list of numbers,"
            ' such as ["123", "456"]; correct it, or remove it for the default, []',
        ),
        (
            "[discord]\ndirect_collections = 1",
            "config/bot.toml: discord.direct_collections: 1 is not a list of names,"
            ' such as ["rules", "minutes"]; correct it, or remove it for the default, []',
        ),
        (
            '[web]\nproxies = ["caddy"]',
            'config/bot.toml: web.proxies: ["caddy"] is not a list of addresses or networks,'
            ' such as ["192.0.2.1", "172.30.0.0/24"]; correct it, or remove it for the default, []',
        ),
        (
            '[web]\nproxies = ["0.0.0.0/0"]',
            'config/bot.toml: web.proxies: ["0.0.0.0/0"] is not a list of addresses or networks,'
            ' such as ["192.0.2.1", "172.30.0.0/24"]; correct it, or remove it for the default, []',
        ),
        (
            "[discord]\napi_url = 'file:///etc'",
            'config/bot.toml: discord.api_url: "file:///etc" is not an address,'
            ' such as https://example.org; correct it, or remove it for the default, ""',
        ),
        (
            '[log]\nlevel = "loud\\n\\u001b[31m"',
            'config/bot.toml: log.level: "loud\\n\\u001b[31m" is not one of "debug", "info",'
            ' "warning", "error"; correct it, or remove it for the default, "warning"',
        ),
        (
            "[corpus]\nfolder = \n",
            "config/bot.toml, line 2: not valid TOML (Invalid value); correct it there",
        ),
        (
            '[corpus]\n"',
            "config/bot.toml, its end: not valid TOML (Unterminated string); correct it there",
        ),
    ],
)
def test_a_fault_in_the_file_gets_one_sentence(text: str, sentence: str) -> None:
    write(text)
    assert fault() == sentence


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        (
            "SOURCES_SAY_ANSWER__MAX_EXCERPTS",
            "many",
            'SOURCES_SAY_ANSWER__MAX_EXCERPTS: "many" is not a whole number from 1 to 5;'
            " correct it, or remove it for the default, 4",
        ),
        (
            "SOURCES_SAY_CORPUS__FOLDR",
            "x",
            "SOURCES_SAY_CORPUS__FOLDR: no setting has this name;"
            " did you mean SOURCES_SAY_CORPUS__FOLDER?",
        ),
        (
            "SOURCES_SAY_ANSWER__PROCESSES",
            "2",
            "SOURCES_SAY_ANSWER__PROCESSES: no setting has this name;"
            " the program answers by itself again; remove it",
        ),
        (
            "SOURCES_SAY_CORPUS",
            '{"folder": "x"}',
            "SOURCES_SAY_CORPUS: no setting has this name; did you mean SOURCES_SAY_CORPUS__WATCH?",
        ),
        (
            "SOURCES_SAY_XYZZY_0123456789_PLUGH",
            "x",
            "SOURCES_SAY_XYZZY_0123456789_PLUGH: no setting has this name;"
            " docs/settings.md has the list",
        ),
    ],
)
def test_a_fault_in_the_environment_gets_one_sentence(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert fault() == sentence


def test_a_fault_on_the_command_line_gets_one_sentence() -> None:
    assert fault(corpus__folder="") == (
        'command line: corpus.folder: "" is not the name of a folder;'
        ' correct it, or remove it for the default, "corpus"'
    )


def test_the_source_named_is_the_one_that_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    write("[answer]\nmax_excerpts = 9\n")
    assert fault().startswith("config/bot.toml: answer.max_excerpts: 9 ")
    monkeypatch.setenv("SOURCES_SAY_ANSWER__MAX_EXCERPTS", "8")
    assert fault().startswith("SOURCES_SAY_ANSWER__MAX_EXCERPTS: 8 ")
    monkeypatch.setenv("SOURCES_SAY_ANSWER__MAX_EXCERPTS", "4")
    assert load_settings().answer.max_excerpts == 4


def test_a_named_file_that_is_missing_is_a_fault() -> None:
    assert fault(Path("nowhere.toml")) == (
        "nowhere.toml: there is no such file; name another, or none for the defaults"
    )


def test_a_folder_in_place_of_the_file_is_a_fault() -> None:
    Path("config/bot.toml").mkdir(parents=True)
    assert fault() == (
        "config/bot.toml: cannot be read (is a directory); name a file that this user may read"
    )


def test_a_file_that_is_not_utf8_is_a_fault_with_its_line() -> None:
    write("").write_bytes(b'[corpus]\n# ok\nfolder = "caf\xe9"\n')
    assert fault() == "config/bot.toml, line 3: not UTF-8; save the file as UTF-8"


def test_the_mark_some_editors_write_is_no_fault() -> None:
    write("").write_bytes(b"\xef\xbb\xbf[answer]\r\nmax_excerpts = 2\r\n")
    assert load_settings().answer.max_excerpts == 2


def test_the_value_of_an_unknown_key_is_never_repeated() -> None:
    write('[log]\ntoken = "hunter2"\n')
    assert "hunter2" not in fault()


def test_a_long_value_is_shown_short() -> None:
    write(f'[log]\nlevel = "{"x" * 5_000}"\n')
    assert len(fault()) < 250


def test_ids_may_be_written_as_numbers_or_as_text() -> None:
    write('[discord]\ncurator_roles = [123456789012345678, "1234567890123456789"]\n')
    assert load_settings().discord.curator_roles == (
        "123456789012345678",
        "1234567890123456789",
    )


def test_shards_of_a_process_need_the_number_of_shards_in_all() -> None:
    write("[discord]\nshard_ids = [0, 1]\n")
    with pytest.raises(SettingsError, match=r"^discord\.shard_ids: .* out of discord\.shard_count"):
        discord_connection(load_settings(), SecretStr("token"))
    write("[discord]\nshard_ids = [0, 1]\nshard_count = 4\n")
    settings = discord_connection(load_settings(), SecretStr("token")).settings
    assert (settings.shard_count, settings.shard_ids) == (4, ("0", "1"))


def test_the_home_folder_may_be_meant(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(here))
    write('[corpus]\nfolder = "~/papers"\n')
    assert load_settings().corpus.folder == here / "papers"


def test_the_home_folder_of_nobody_is_a_fault() -> None:
    write('[corpus]\nfolder = "~nobody-has-this-name/papers"\n')
    assert fault().startswith(
        'config/bot.toml: corpus.folder: "~nobody-has-this-name/papers" is not the name of a folder'
    )


toml_values = st.one_of(
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20),
    st.lists(st.integers(), max_size=2),
)


@given(place=st.sampled_from(KEYS), value=toml_values)
def test_any_value_is_taken_or_named(place: tuple[str, str], value: object) -> None:
    section, key = place
    written = json.dumps(value, ensure_ascii=False)
    written = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}.get(written, written)
    write(f"[{section}]\n{key} = {written}\n")
    try:
        settings = load_settings()
    except SettingsError as refused:
        sentence = str(refused)
        assert sentence.startswith(f"config/bot.toml: {section}.{key}: ")
        assert sentence.isprintable()
    else:
        taken = getattr(getattr(settings, section), key)
        if isinstance(taken, tuple):
            assert set(taken) == set(pieces(value))
        else:
            assert taken == value or isinstance(taken, Path)


def pieces(value: object) -> list[str]:
    """What a setting that is a list takes from `value`: its items, or the parts of a text."""
    items = value.split(",") if isinstance(value, str) else value
    assert isinstance(items, list)
    return [item for each in items if (item := str(each).strip())]


@pytest.mark.parametrize("written", ["none", "None", " NONE "])
def test_the_words_for_models_may_be_written_in_capitals(
    written: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCES_SAY_RETRIEVAL__ENCODER", written)
    monkeypatch.setenv("SOURCES_SAY_RETRIEVAL__JUDGE", written)
    retrieval = load_settings().retrieval
    assert (retrieval.encoder, retrieval.judge) == ("none", "none")
