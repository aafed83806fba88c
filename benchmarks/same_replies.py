"""Whether two versions of the program give the same replies.

    python -m benchmarks.same_replies ask CHECKOUT REPLIES.jsonl [FOLDER …]
    python -m benchmarks.same_replies compare BEFORE.jsonl AFTER.jsonl

`ask` puts the questions of each FOLDER (by default the sets beside the checkout and those of
`benchmarks/data`) to the program of CHECKOUT. A set is a folder with `questions.jsonl` and
`documents` or `corpus`. `compare` tells the replies that differ in anything but id, time and
the last digits of scores; exit code 1 where there are any.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SETS = (ROOT.parent / "shared" / "questions" / "packs", ROOT / "benchmarks" / "data")

_ASIDE = {"id", "seconds"}
_SHOWN = 5


def sets(folders: list[Path]) -> Iterator[tuple[Path, Path]]:
    """Each file of questions with the documents they are put to."""
    for folder in folders:
        for questions in sorted(folder.rglob("questions.jsonl")):
            for name in ("documents", "corpus"):
                if (questions.parent / name).is_dir():
                    yield questions, questions.parent / name


def ask(checkout: Path, out: Path, folders: list[Path]) -> None:
    """Write one line a question: its set, and the reply as the program prints it."""
    with out.open("w", encoding="utf-8") as lines:
        for questions, corpus in sets(folders):
            rows = map(json.loads, questions.read_text(encoding="utf-8").splitlines())
            asked = [re.sub(r"\s+", " ", row["question"]) for row in rows]
            for reply in _replies(checkout, corpus, asked):
                lines.write(json.dumps({"set": str(questions.parent), "reply": reply}) + "\n")
            print(f"{len(asked):5} {questions.parent.name}", file=sys.stderr, flush=True)


def _replies(checkout: Path, corpus: Path, questions: list[str]) -> list[Any]:
    with tempfile.TemporaryDirectory() as state:
        done = subprocess.run(  # noqa: S603 - the program of a checkout that was named
            [sys.executable, "-m", "bot", "ask", "--jsonl", "--corpus", str(corpus.resolve())],
            cwd=checkout,
            input="\n".join(questions) + "\n",
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "SOURCES_SAY_STATE__FOLDER": state, "PYTHONUTF8": "1"},
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


def differing(before: Path, after: Path) -> list[tuple[str, str]]:
    """The questions whose replies differ, with the fields that do."""
    pairs = zip(_read(before), _read(after), strict=True)
    return [
        (old["question"], ", ".join(key for key in old | new if old.get(key) != new.get(key)))
        for old, new in pairs
        if old != new
    ]


def _read(file: Path) -> list[dict[str, Any]]:
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return [_plain(row["reply"]) for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if key not in _ASIDE}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value


def main(arguments: list[str] | None = None) -> int:
    """Ask or compare, as the command line says."""
    parser = argparse.ArgumentParser(prog="benchmarks.same_replies", description=__doc__)
    parser.add_argument("step", choices=("ask", "compare"))
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("folders", type=Path, nargs="*", default=list(SETS))
    options = parser.parse_args(arguments)
    if options.step == "ask":
        ask(options.first, options.second, options.folders)
        return 0
    found = differing(options.first, options.second)
    for question, fields in found[:_SHOWN]:
        print(f"{fields}: {question}")
    print(f"{len(found)} of {len(_read(options.first))} replies differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
