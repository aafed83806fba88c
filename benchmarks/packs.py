"""The question packs beside the project, put to the program itself: words alone, and meaning.

They lie there while the project is developed, and are scored by the script that comes with them,
through `ask --jsonl`. Weights and levels were chosen on the five articles, on manuals, rules and
minutes, and on halves of `policy` and `science`; those across languages on a quarter of the Spanish
questions of `crosslingual`. The reader of MDX, the rules for short questions and for a line that
introduces a list, and the length of what a judge chose were made with `community` in sight. Single
questions of the other packs were not looked at.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.meaning.about import holds_encoder
from bot.meaning.default_encoder import DEFAULT_FOLDER
from bot.meaning.multilingual import installed_package

MOST_QUESTIONS = 300
"""Questions of each pack, the first in an order that chance fixed."""

BARS = {
    "community": ("same-words", 0.7),
    "policy": ("in three", 0.31),
    "science": ("in three", 0.65),
    "encyclopedia": ("in three", 0.93),
}
"""With the encoder: the share of each pack's questions that must be met."""

ACROSS, ACROSS_BAR = "crosslingual", ("in three", 0.5)
"""The pack of questions in a language that the documents lack, and its bar, which holds where the
extra `multilingual` is installed."""

COLUMNS = ("in the first", "in three", "lost to silence", "other-words", "same-words", "both")


def measure_packs(questions: Path, console: Console) -> list[str]:
    """Print a table of the packs in `questions`; the names of the bars that are missed."""
    script = questions / "score_packs.py"
    if not script.is_file():
        console.print("The question packs are not beside this checkout: they are left out.")
        return []
    bars = BARS if installed_package() is None else BARS | {ACROSS: ACROSS_BAR}
    table = Table("pack", "encoder", *COLUMNS, title="Question packs", title_justify="left")
    missed: list[str] = []
    is_set_up = holds_encoder(DEFAULT_FOLDER)
    with tempfile.TemporaryDirectory() as state:
        for pack in sorted((questions / "packs").iterdir()):
            for encoder in ("none", "default") if is_set_up else ("none",):
                shares = _shares(script, pack, encoder, state)
                table.add_row(pack.name, encoder, *(_share(shares.get(name)) for name in COLUMNS))
                name, least = bars.get(pack.name, ("in three", 0.0))
                if encoder == "default" and shares[name] < least:
                    missed.append(f"{pack.name}: {name} at least {least:.2f}")
    console.print(table)
    if not is_set_up:
        console.print("The default encoder is not set up: words alone were measured.")
    return missed


def _shares(script: Path, pack: Path, encoder: str, state: str) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - the script that comes with the questions
        [sys.executable, str(script), str(pack), "--limit", str(MOST_QUESTIONS)],
        check=True,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "SOURCES_SAY_STATE__FOLDER": state,
            "SOURCES_SAY_RETRIEVAL__ENCODER": encoder,
        },
    )
    shares: dict[str, Any] = json.loads(done.stdout)
    return shares


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
