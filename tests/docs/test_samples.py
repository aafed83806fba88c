"""Every sample in the documentation is what the program says."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    str(page.relative_to(ROOT))
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if "[[[cog" in page.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("page", PAGES)
def test_the_samples_of_a_page_are_what_the_program_says(page: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cogapp", "-P", "--check", "--diff", "-I", ".", page],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
