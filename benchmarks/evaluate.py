"""`make eval`: the measures of every question set at hand, failing below their bars.

The real articles lie beside the project while it is developed; where they are absent,
their set is left out and the output says so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.evaluation import Measures, evaluate, read_questions
from bot.ingest.loading import Loader
from bot.retrieval.replying import Options, Searcher

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

Bar = Callable[[Measures], bool]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions, the corpus they are put to, and what their measures must reach."""

    name: str
    corpus: Path
    questions: Path
    bars: tuple[tuple[str, Bar], ...]


VERBATIM: tuple[str, Bar] = ("every quote is verbatim", lambda m: m.verbatim)
FOREIGN: tuple[str, Bar] = (
    "every foreign question meets silence",
    lambda m: m.offtopic_met == m.offtopic,
)


def question_sets() -> list[QuestionSet]:
    """The sets whose questions and corpus are there."""
    data = ROOT / "benchmarks" / "data"
    sets = [
        QuestionSet(
            "the five articles",
            SHARED / "documents",
            SHARED / "questions" / "dev.jsonl",
            (("at least 25 answered", lambda m: m.met >= 25), FOREIGN, VERBATIM),
        ),
        QuestionSet(
            "the bundled corpus",
            ROOT / "corpus",
            ROOT / "tests" / "data" / "bundled_questions.jsonl",
            (("at least 14 answered", lambda m: m.met >= 14), FOREIGN, VERBATIM),
        ),
        QuestionSet(
            "manuals, rules, minutes",
            data / "mixed" / "corpus",
            data / "mixed" / "questions.jsonl",
            (("at least 72 answered", lambda m: m.met >= 72), FOREIGN, VERBATIM),
        ),
    ]
    sets += [
        QuestionSet(f"encyclopedia, {file.parent.name}", file.parent / "corpus", file, (VERBATIM,))
        for file in sorted((data / "encyclopedia").glob("*/questions.jsonl"))
    ]
    return [each for each in sets if each.questions.is_file() and each.corpus.is_dir()]


def main() -> int:
    """Print a table a set; 1 if a bar is missed."""
    console = Console()
    missed: list[str] = []
    found = question_sets()
    if not any(each.name == "the five articles" for each in found):
        console.print("The five articles are not beside this checkout: their set is left out.")
    for each in found:
        corpus, _ = Loader(each.corpus).load()
        searcher = Searcher(corpus, Options())
        measures = Measures.of(evaluate(searcher.reply, read_questions(each.questions)))
        table = Table("measure", "figure", title=each.name, title_justify="left")
        for name, figure in measures.rows():
            table.add_row(name, figure)
        console.print(table)
        for name, bar in each.bars:
            met = bar(measures)
            console.print(f"  {'met' if met else 'MISSED'}: {name}")
            if not met:
                missed.append(f"{each.name}: {name}")
    for name in missed:
        print(f"Below the bar: {name}.", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
