"""The cost of a small corpus: the memory of the idle program, and the time of one `ask`.

In a process of its own (`python -m benchmarks.light`); prints JSON. The program is started as
its users start it: the console with the bundled corpus, and `ask` with five small documents,
once without an index and then with the one that is kept.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import memory
from benchmarks.corpora import texts

ROOT = Path(__file__).resolve().parent.parent
_TIMES = 5
_DOCUMENTS, _PARAGRAPHS = 5, 12
_REST_SECONDS = 6.0
_NOT_COMPILED = "PYTHONDONTWRITEBYTECODE"


def measure() -> dict[str, Any]:
    """Bytes of the idle console, and the medians of seconds of `ask`."""
    made = texts(_DOCUMENTS * _PARAGRAPHS, 1)
    question = made.questions[0]
    cold, kept = [], []
    with TemporaryDirectory(prefix="bench-") as name:
        corpus = Path(name) / "corpus"
        corpus.mkdir()
        for number in range(_DOCUMENTS):
            own = made.passages[number * _PARAGRAPHS : (number + 1) * _PARAGRAPHS]
            (corpus / f"{number}.txt").write_text("\n\n".join(own) + "\n", encoding="utf-8")
        _seconds(Path(name) / "compiled", "ask", "--corpus", str(corpus), question)
        for number in range(_TIMES):
            state = Path(name) / f"state-{number}"
            asked = ("ask", "--corpus", str(corpus), question)
            cold.append(_seconds(state, *asked))
            kept.append(_seconds(state, *asked))
        idle = _idle_bytes(Path(name) / "console", question)
    return {
        "idle_bytes": idle,
        "ask_cold_seconds": median(cold),
        "ask_kept_seconds": median(kept),
    }


def _environment(state: Path) -> dict[str, str]:
    # Modules are compiled once, as for its users, and not at each start.
    compiled = {name: each for name, each in os.environ.items() if name != _NOT_COMPILED}
    return {**compiled, "SOURCES_SAY_STATE__FOLDER": str(state)}


def _seconds(state: Path, *arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run(  # noqa: S603 - the program itself
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=_environment(state),
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - started


def _idle_bytes(state: Path, question: str) -> int:
    """The memory of a console that has answered nothing yet, its input being open."""
    # The index is kept from here on, so that the console has little to do before it waits.
    _seconds(state, "ask", question)
    with subprocess.Popen(
        [sys.executable, "-m", "bot"],
        cwd=ROOT,
        env=_environment(state),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as program:
        time.sleep(_REST_SECONDS)
        held = memory.resident_of(program.pid)
        program.kill()
    return held


if __name__ == "__main__":
    print(json.dumps(measure()))
