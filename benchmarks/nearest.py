"""What a silence offers as nearest: how often it holds the answer, how often it is in vain.

In a process of its own (`python -m benchmarks.nearest ../shared/questions`), on the question packs
that `packs.py` describes. Answerable questions that met silence: in how many is something
offered, and is the right passage among it? Foreign questions, those bundled ones that
calibration does not use: to how many is something offered? The share and the floor
(`NEAR_RATE`, `NEAR_FLOOR`) were chosen on the packs in `CHOSEN_ON`.
"""

import json
import os
import random
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.meaning.about import holds_encoder
from bot.meaning.default_encoder import DEFAULT_FOLDER
from bot.retrieval.ranking.calibration import MOST_QUESTIONS, foreign_questions

CHOSEN_ON = (
    "adweek-com",
    "buffalowildwings-com",
    "cariboucoffee-com",
    "fool-com",
    "kaleidahealth-org",
    "science",
)
"""The five first parts of `policy`, and `science`."""

MOST_ASKED = 300
"""Questions of each part of a pack, the first in an order that chance fixed."""


@dataclass(frozen=True, slots=True)
class Offers:
    """Counts of answerable questions: silent, offered, met; and of foreign ones, offered."""

    asked: int = 0
    silent: int = 0
    offered: int = 0
    met: int = 0
    foreign: int = 0
    in_vain: int = 0

    def __add__(self, other: "Offers") -> "Offers":
        return Offers(
            self.asked + other.asked,
            self.silent + other.silent,
            self.offered + other.offered,
            self.met + other.met,
            self.foreign + other.foreign,
            self.in_vain + other.in_vain,
        )

    def row(self) -> tuple[str, ...]:
        """The counts, and the share of foreign questions that are offered something."""
        counts = (self.asked, self.silent, self.offered, self.met, self.foreign)
        return (*map(str, counts), f"{self.in_vain / max(self.foreign, 1):.2f}")


def measure_nearest(questions: Path, console: Console) -> None:
    """Print a table of the packs in `questions`, those chosen on and the others."""
    table = Table("packs", "encoder", "asked", "silent", "offered", "met", "foreign", "in vain")
    packs = [each.parent for each in sorted((questions / "packs").rglob("questions.jsonl"))]
    packs = [each for each in packs if each.parent.name != "crosslingual"]
    script = runpy.run_path(str(questions / "score_packs.py"))
    encoders = ("none", "default") if holds_encoder(DEFAULT_FOLDER) else ("none",)
    with tempfile.TemporaryDirectory() as state:
        for encoder in encoders:
            sums = {True: Offers(), False: Offers()}
            for pack in packs:
                sums[pack.name in CHOSEN_ON] += _offers(pack, encoder, state, script)
            table.add_row("chosen on", encoder, *sums[True].row())
            table.add_row("others", encoder, *sums[False].row())
    console.print(table)


def _offers(pack: Path, encoder: str, state: str, script: dict[str, Any]) -> Offers:
    lines = (pack / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["gold"]]
    random.Random(5).shuffle(rows)
    rows, foreign = rows[:MOST_ASKED], foreign_questions("en")[MOST_QUESTIONS:]
    asked = [" ".join(row["question"].split()) for row in rows]
    replies = _ask(pack / "documents", (*asked, *foreign), encoder, state)
    texts = script["Texts"](pack / "documents")
    silent = offered = met = 0
    for row, reply in zip(rows, replies, strict=False):
        near = _near(reply)
        silent += reply["reply"] == "silence"
        offered += bool(near)
        met += any(script["meets"](each, gold, texts) for each in near for gold in row["gold"])
    in_vain = sum(bool(_near(reply)) for reply in replies[len(rows) :])
    return Offers(len(rows), silent, offered, met, len(foreign), in_vain)


def _near(reply: dict[str, Any]) -> list[dict[str, Any]]:
    first = reply["nearest"]
    return [] if first is None else [first, *reply.get("also_near", [])]


def _ask(folder: Path, asked: Sequence[str], encoder: str, state: str) -> list[dict[str, Any]]:
    """The replies of the program to these questions, in order."""
    done = subprocess.run(  # noqa: S603 - the program itself
        [sys.executable, "-m", "bot", "ask", "--jsonl", "--corpus", str(folder)],
        check=True,
        input="\n".join(asked) + "\n",
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "SOURCES_SAY_STATE__FOLDER": state,
            "SOURCES_SAY_RETRIEVAL__ENCODER": encoder,
        },
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    measure_nearest(Path(sys.argv[1]), Console())
