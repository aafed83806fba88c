"""The rules of the house that a machine can hold."""

import ast
import os
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.version import Version

from bot.answering.store import PACKAGES, PARTS

ROOT = Path(__file__).resolve().parent.parent
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-bench.lock",
    "requirements-synapse.lock",
    "requirements-llama.lock",
)
EXTRAS = r"(?:\[[a-z0-9,._-]+\])?"
MODULES = sorted((ROOT / "bot").rglob("*.py"))
LONGEST, LONGEST_FUNCTION = 450, 50

ONLY_IMPORTERS = {
    "discord": "bot/platforms/discord/",
    "nio": "bot/platforms/matrix/",
    "rank_bm25": "bot/retrieval/shard/bm25.py",
}


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def imports(module: Path) -> Iterator[str]:
    """The dotted names a module imports, at its top or inside a function."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def named(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


def canonical(package: str) -> str:
    """A package's name as lock files write it."""
    return re.sub(r"[._-]+", "-", package.lower())


def requirements(lock: str) -> dict[str, str]:
    """Name to version, as a lock file pins them."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(rf"^([a-z0-9._-]+){EXTRAS}==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_every_module_says_what_it_is_for(module: Path) -> None:
    docstring = ast.get_docstring(tree(module))
    assert docstring
    assert docstring.splitlines()[0].endswith((".", ":", ";", ",")) or "\n" in docstring


def test_no_file_is_two_rooms_without_a_wall() -> None:
    written = [path for folder in ("bot", "tests", "benchmarks") for path in code(folder)]
    long = {
        named(path): lines
        for path in written
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{named(path)}: {node.name}": lines
        for folder in ("bot", "tests", "benchmarks")
        for path in code(folder)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_a_class_name_means_one_thing() -> None:
    names = Counter(
        node.name
        for folder in ("bot", "tests", "benchmarks")
        for path in code(folder)
        for node in tree(path).body
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, times in names.items() if times > 1] == []


def test_few_modules_are_called_after_a_participle() -> None:
    assert len([module for module in MODULES if module.stem.endswith("ing")]) <= 12


def code(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def test_the_core_imports_the_standard_library_only() -> None:
    foreign = {
        (named(module), name)
        for module in MODULES
        if named(module).startswith("bot/core/")
        for name in imports(module)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("bot.core")
    }
    assert foreign == set()


def test_what_one_module_is_there_for_no_other_imports() -> None:
    strays = {
        (named(module), name)
        for module in MODULES
        for name in imports(module)
        if (home := ONLY_IMPORTERS.get(name.split(".")[0])) and not named(module).startswith(home)
    }
    assert strays == set()


def test_a_snapshot_knows_every_package_it_could_differ_by() -> None:
    packages = packages_distributions()
    used = {
        canonical(package)
        for module in MODULES
        if named(module).startswith(tuple(f"bot/{part}/" for part in PARTS))
        for name in imports(module)
        for package in packages.get(name.split(".")[0], ())
    }
    # Files are watched by that one, and not read.
    assert used - set(PACKAGES) == {"watchfiles"}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_versions_and_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if entry.strip()]
    assert entries
    for entry in entries:
        assert re.match(rf"[a-z0-9._-]+{EXTRAS}==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_lock_files_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = requirements("requirements.lock")
    extras = project["optional-dependencies"]
    for wanted in (*project["dependencies"], *extras["multilingual"], *extras["mcp"]):
        name, least = wanted.split(">=")
        pinned = pins[canonical(name.split("[")[0])]
        assert Version(pinned) >= Version(least), name
    more = requirements("requirements-dev.lock")
    assert pins.items() <= more.items()
    for wanted in extras["dev"]:
        assert wanted.split("[")[0] in more
    measured = requirements("requirements-bench.lock")
    assert pins.items() <= measured.items(), "the bot is measured as it is installed"
    assert set(extras["bench"]) <= measured.keys()


def test_what_is_imported_is_named_among_the_dependencies() -> None:
    """What comes with another package only may be gone with its next version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = (*project["dependencies"], *extras["multilingual"], *extras["mcp"])
    declared = {canonical(re.split(r">=|\[", each)[0]) for each in wanted}
    providers = packages_distributions()
    undeclared = {
        (named(module), top)
        for module in MODULES
        for top in {name.split(".")[0] for name in imports(module)}
        if top not in sys.stdlib_module_names
        and top != "bot"
        and declared.isdisjoint(map(canonical, providers.get(top, [])))
    }
    assert undeclared == set()


def test_what_has_to_pass_is_tests_lint_and_measures() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert re.findall(r"^make (\w+)$", script.read_text(encoding="utf-8"), re.MULTILINE) == [
        "test",
        "lint",
        "eval",
    ]


def test_what_the_program_keeps_and_secrets_stay_out_of_git_and_of_the_image() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/state/", ".env", ".venv/"} <= set(ignored)
    image = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = [line for line in image if line.startswith("!")]
    assert next(line for line in image if line and not line.startswith("#")) == "*"
    assert set(let_in) == {"!requirements.lock", "!bot", "!config", "!corpus"}


def test_the_image_runs_as_nobody_in_particular_on_a_named_python() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert bases
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in bases)
    assert len(set(bases)) == 1
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users
    assert not users[-1].startswith(("0", "root"))


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    kinds = {".py", ".pyi", ".toml", ".md", ".lock", ".yaml", ".yml", ".txt", ".jsonl", ""}
    folders = ("bot", "tests", "benchmarks", "config", "corpus", "docs", "stubs", ".ci")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    files += ROOT.iterdir()
    knowing = {
        named(path)
        for path in files
        if path.is_file()
        and path.suffix in kinds
        and not path.name.startswith(".coverage")
        and str(ROOT) in path.read_text(encoding="utf-8", errors="replace")
    }
    assert knowing == set()
