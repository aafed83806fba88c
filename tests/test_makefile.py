"""The Makefile, run for real, with a stand-in for the interpreter it would install."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TARGETS = set(
    "install run test test-clients coverage fuzz lint eval texts samples pictures bench load soak"
    " lock clean help".split()
)

PROGRAM = """#!/bin/sh
echo "to the log: $*" >&2
echo "answer"
cat
"""

MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not installed")


@pytest.fixture
def checkout(tmp_path: Path, project_root: Path) -> Path:
    """The Makefile beside a .venv that is already set up."""
    shutil.copy(project_root / "Makefile", tmp_path)
    binaries = tmp_path / ".venv/bin"
    binaries.mkdir(parents=True)
    (binaries / "python").write_text(PROGRAM)
    (binaries / "python").chmod(0o755)
    for age, name in enumerate(
        [
            ".venv/bin/python",
            "requirements.lock",
            "requirements-dev.lock",
            ".venv/.installed",
            ".venv/.encoder",
            ".venv/.installed-dev",
        ]
    ):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1_000 + age, 1_000 + age))
    return tmp_path


def make(
    *arguments: str, folder: Path, given: str = "", path: str | None = None
) -> subprocess.CompletedProcess[str]:
    assert MAKE is not None
    # Another make may be running this test; its flags are its own.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PYTHON", "ARGS"}
    }
    return subprocess.run(
        [MAKE, *arguments],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment | ({"PATH": path} if path is not None else {}),
    )


@pytest.mark.parametrize("flags", [[], ["-j2"]], ids=["plain", "parallel"])
def test_standard_output_is_the_programs_and_standard_input_reaches_it(
    checkout: Path, flags: list[str]
) -> None:
    done = make(*flags, "run", folder=checkout, given="how many?\n")
    assert done.returncode == 0
    assert done.stdout == "answer\nhow many?\n"
    assert done.stderr == "to the log: -m bot\n"


def test_arguments_reach_the_program(checkout: Path) -> None:
    done = make("run", 'ARGS=ask "what is it?"', folder=checkout)
    assert done.stderr == "to the log: -m bot ask what is it?\n"


def test_the_script_runs_the_program_where_the_user_is(
    checkout: Path, project_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shutil.copy(project_root / "sources-say", checkout)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    done = subprocess.run(
        [checkout / "sources-say", "ask", "what is it?"],
        cwd=elsewhere,
        input="how many?\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout == "answer\nhow many?\n"
    assert done.stderr == "to the log: -m bot ask what is it?\n"


def test_a_changed_lock_file_is_installed_before_the_run(checkout: Path) -> None:
    os.utime(checkout / "requirements.lock", (2_000, 2_000))
    done = make("run", folder=checkout, given="how many?\n")
    assert done.stdout == "answer\nhow many?\n"
    said = done.stderr.splitlines()
    assert said[0] == "Installing what the bot needs ..."
    assert "--require-hashes -r requirements.lock" in said[1]
    assert said[-1] == "to the log: -m bot"
    assert make("run", folder=checkout).stderr == "to the log: -m bot\n"


def test_without_a_python_one_sentence_tells_what_to_do(checkout: Path, tmp_path: Path) -> None:
    shutil.rmtree(checkout / ".venv")
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    done = make("run", folder=checkout, path=str(nothing))
    assert done.returncode != 0
    assert done.stdout == ""
    assert (
        "Python 3.11 or newer is needed, and none was found; install it, or name it:"
        " make PYTHON=/path/to/python3" in done.stderr
    )


def test_every_target_is_there_and_explained(checkout: Path) -> None:
    done = make(folder=checkout)
    assert done.returncode == 0
    lines = dict(re.findall(r"^make ([\w-]+) +(\S.*)$", done.stdout, re.MULTILINE))
    assert set(lines) == TARGETS


def test_cleaning_leaves_what_the_program_keeps(checkout: Path) -> None:
    for folder in ("state", "corpus", "bot/__pycache__", "tests", "benchmarks", ".ruff_cache"):
        (checkout / folder).mkdir(parents=True)
    assert make("clean", folder=checkout).returncode == 0
    left = {path.name for path in checkout.iterdir() if path.is_dir()}
    assert left == {"state", "corpus", "bot", "tests", "benchmarks"}
    assert not (checkout / "bot/__pycache__").exists()
