"""File, model and documentation of the settings are in step."""

import ast
import inspect
import json
import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from bot.config.settings import Settings, known_settings, load_settings
from bot.core.errors import SettingsError

KNOWN = known_settings()
KEYS = [(section, key) for section, keys in KNOWN.items() for key in keys]


def meanings() -> dict[tuple[str, str], str]:
    """The docstring of every setting, by section and key."""
    told = {}
    for section, field in Settings.model_fields.items():
        assert isinstance(field.annotation, type)
        [written] = ast.parse(inspect.getsource(field.annotation)).body
        assert isinstance(written, ast.ClassDef)
        for setting, docstring in pairwise(written.body):
            if isinstance(setting, ast.AnnAssign) and isinstance(setting.target, ast.Name):
                assert isinstance(docstring, ast.Expr), setting.target.id
                text = ast.literal_eval(docstring.value)
                told[section, setting.target.id] = " ".join(text.split())
    return told


MEANINGS = meanings()


def fault(overrides: dict[str, object] | None = None) -> str:
    """The sentence with which the start ends."""
    with pytest.raises(SettingsError) as caught:
        load_settings(overrides=overrides)
    return str(caught.value)


def as_written(default: object) -> object:
    """A default as a file of settings writes it."""
    if isinstance(default, tuple):
        return list(default)
    return str(default) if isinstance(default, Path) else default


def test_the_file_holds_every_setting_with_its_default_and_meaning(project_root: Path) -> None:
    text = (project_root / "config/bot.toml").read_text(encoding="utf-8")
    written = tomllib.loads(text)
    assert [(section, key) for section, keys in written.items() for key in keys] == KEYS
    assert load_settings(project_root / "config/bot.toml") == Settings()
    for section, key in KEYS:
        field = KNOWN[section][key]
        value = written[section][key]
        assert value == as_written(field.default)
        assert f"# {MEANINGS[section, key]}\n{key} = " in text, (section, key)


def test_the_documentation_holds_every_setting_and_no_other(project_root: Path) -> None:
    text = (project_root / "docs/settings.md").read_text(encoding="utf-8")
    rows = [
        tuple(cell.strip() for cell in line.strip("|").split(" | "))
        for line in text.splitlines()
        if line.startswith("| `")
    ]
    expected = []
    for section, key in KEYS:
        field = KNOWN[section][key]
        takes = re.search(r"\[\[1\]\] is not (.*); correct", fault({f"{section}.{key}": [[1]]}))
        assert takes
        expected.append(
            (
                f"`{section}.{key}`",
                f"`{json.dumps(field.default, default=str)}`",
                takes[1],
                f"`SOURCES_SAY_{section.upper()}__{key.upper()}`",
                MEANINGS[section, key],
            )
        )
    assert rows == expected


def test_each_fault_in_the_documentation_is_one_the_program_says(
    project_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (project_root / "docs/settings.md").read_text(encoding="utf-8")
    said = re.findall(r"^```\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[0].splitlines()
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "config/bot.toml"
    file.parent.mkdir()
    heard = []
    for content in ('[corpus]\nfoldr = "x"', "\n" * 6 + "x =\n"):
        file.write_text(content, encoding="utf-8")
        heard.append(fault())
    file.unlink()
    monkeypatch.setenv("SOURCES_SAY_ANSWER__MAX_EXCERPTS", "many")
    heard.append(fault())
    assert said == heard


def test_no_setting_can_be_missed_for_want_of_a_range() -> None:
    """Each says what it takes, what for, and has a default that is itself allowed."""
    for section, key in KEYS:
        field = KNOWN[section][key]
        assert MEANINGS[section, key].endswith(".")
        given = load_settings(overrides={f"{section}.{key}": field.default})
        assert given == Settings()
