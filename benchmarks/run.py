"""`make bench`: time and memory of building, ranking and replying, beside peers.

Every engine runs in a process of its own, warm, on one thread. All of one size are built
one after the other and then asked in turns: absolute times of a shared machine drift, and
what counts is how the medians of one run stand beside each other.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.bars import bars, collection_bars, light_bars, reload_bars
from benchmarks.chart import draw
from benchmarks.comparing import Effort, compare
from benchmarks.engines import PACKAGES, missing
from benchmarks.processes import THREADS
from benchmarks.tables import figure_table, table
from benchmarks.writing import fill

DOCS = Path(__file__).resolve().parent.parent / "docs"
SIZES = (1_000, 10_000, 100_000)
_RELOADED = 10_000
_COLLECTIONS = 30
_PASSAGES_OF_COLLECTIONS = 10_000


def main(arguments: list[str] | None = None) -> int:
    """Measure every size, print tables and bars; with `--save` also keep figures and chart."""
    options = _options(arguments)
    effort = Effort(
        rounds=options.rounds,
        questions=options.questions,
        turn_seconds=options.turn_seconds,
        build_seconds=60 * options.minutes,
    )
    sizes: dict[int, dict[str, Any]] = {}
    for size in options.sizes:
        sizes[size] = compare(size, options.engines, effort, _tell)
    seconds = 3 * effort.build_seconds
    reloaded: dict[str, Any] = {}
    if options.reload:
        _tell(f"one of {options.reload:,} documents is changed")
        reloaded = _figures_of("reloading", seconds, options.reload)
    collections: dict[str, Any] = {}
    if options.collections:
        _tell(f"{options.collections} collections in one scope")
        passages = min(_PASSAGES_OF_COLLECTIONS, max(options.sizes))
        collections = _figures_of("many_collections", seconds, options.collections, passages)
    light: dict[str, Any] = {}
    if options.light:
        _tell("a small corpus")
        light = _figures_of("light", seconds)
    found = [bar for size, compared in sizes.items() for bar in bars(size, compared)]
    found += [*reload_bars(reloaded), *collection_bars(collections), *light_bars(light)]
    result = {
        "machine": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "processors": os.cpu_count(),
        },
        "sizes": {str(size): compared for size, compared in sizes.items()},
        "reload": reloaded,
        "collections": collections,
        "light": light,
        "bars": [{"met": bar.met, "share": bar.share, "says": str(bar)} for bar in found],
    }
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        _print_tables(result, sizes)
    if options.save:
        (DOCS / "benchmarks.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
        draw(sizes, DOCS / "benchmarks.svg")
        fill(DOCS / "benchmarks.md", result)
    return 0


def _print_tables(result: dict[str, Any], sizes: dict[int, dict[str, Any]]) -> None:
    console = Console(width=150)
    for size, compared in sizes.items():
        console.print(table(size, compared))
    for title, part in (
        ("A reload with one changed document", "reload"),
        ("Many collections in one scope", "collections"),
        ("A small corpus", "light"),
    ):
        if result[part]:
            console.print(figure_table(title, result[part]))
    for bar in result["bars"]:
        console.print(bar["says"], highlight=False)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.run", description=__doc__)
    say = parser.add_argument
    say("--sizes", type=int, nargs="+", default=list(SIZES), help="passages, such as 1000000")
    say("--engines", nargs="+", choices=list(PACKAGES), default=list(PACKAGES))
    say("--rounds", type=int, default=20, help="turns that each engine takes")
    say("--questions", type=int, default=50, help="questions in a turn, at most")
    say("--turn-seconds", type=float, default=1.5, help="longest turn; a slow engine is asked less")
    say("--minutes", type=float, default=10.0, help="longest time for an engine to be built")
    say("--reload", type=int, default=_RELOADED, help="documents, one of them changed; 0: none")
    say("--collections", type=int, default=_COLLECTIONS, help="in one scope; 0: none")
    say("--light", action=argparse.BooleanOptionalAction, default=True, help="a small corpus")
    say("--save", action="store_true", help="keep figures and chart below docs/")
    say("--json", action="store_true", help="print JSON instead of tables")
    options = parser.parse_args(arguments)
    if options.save and missing("bm25s numpy"):
        parser.error("only a run beside all peers is kept: use make bench")
    return options


def _figures_of(module: str, seconds: float, *arguments: int) -> dict[str, Any]:
    """The figures that a module of the benchmarks prints in a process of its own."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    try:
        done = subprocess.run(  # noqa: S603 - a program of ours
            command,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=seconds,
            env=os.environ | dict.fromkeys(THREADS, "1"),
        )
    except subprocess.TimeoutExpired:
        return {"skipped": f"took longer than {seconds / 60:g} minutes"}
    except subprocess.CalledProcessError:
        return {"skipped": "ended by a fault"}
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _tell(what: str) -> None:
    """Progress: to standard error, for the figures go to standard output."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
