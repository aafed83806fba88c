"""Every sample in the documentation is what the program says."""

import subprocess
import sys
from pathlib import Path

import pytest

PAGES = ("README.md", "docs/discord.md", "docs/matrix.md", "docs/members.md", "docs/json.md")


@pytest.mark.parametrize("page", PAGES)
def test_the_samples_of_a_page_are_what_the_program_says(page: str, project_root: Path) -> None:
    assert "[[[cog" in (project_root / page).read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cogapp", "-P", "--check", "--diff", "-I", ".", page],
        cwd=project_root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
