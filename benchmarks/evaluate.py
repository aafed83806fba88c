"""`make eval`: the measures of every question set at hand, failing below their bars.

The real articles lie beside the project while it is developed; where they are absent,
their set is left out and the output says so.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.corpus_folder import read_corpus, searcher_of
from benchmarks.packs import measure_packs
from benchmarks.pins import measure_pin_sets
from benchmarks.recorded_choices import measure_recorded
from bot.answering.evaluation import Measures, evaluate, read_questions
from bot.meaning.about import holds_encoder
from bot.meaning.default_encoder import DEFAULT_FOLDER
from bot.meaning.encoder import Encoder

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

Bar = Callable[[Measures], bool]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions, the corpus they are put to, and what their measures must reach.

    Without `encoder` words alone are searched.
    """

    name: str
    corpus: Path
    questions: Path
    bars: tuple[tuple[str, Bar], ...]
    encoder: Encoder | None = None


VERBATIM: tuple[str, Bar] = ("every quote is verbatim", lambda m: m.verbatim)
FOREIGN: tuple[str, Bar] = (
    "every foreign question meets silence",
    lambda m: m.offtopic_met == m.offtopic,
)


ENCODER_BARS: Mapping[str, tuple[tuple[str, Bar], ...]] = {
    "the five articles": (
        ("at least 30 answered", lambda m: m.met >= 30),
        ("at least 5 with all sides", lambda m: m.disagree_met >= 5),
        ("at most 2 lost to silence", lambda m: m.lost <= 2),
        FOREIGN,
        VERBATIM,
    ),
    "the bundled corpus": (
        ("at least 18 answered in three excerpts", lambda m: m.met_by_three >= 18),
        FOREIGN,
        VERBATIM,
    ),
    "manuals, rules, minutes": (
        ("at least 84 answered in three excerpts", lambda m: m.met_by_three >= 84),
        FOREIGN,
        VERBATIM,
    ),
    "on the topic, no answer": (
        ("at most 4 called sure", lambda m: m.silent_sure <= 4),
        VERBATIM,
    ),
    "follow-ups": (("at least 57 answered", lambda m: m.met >= 57), VERBATIM),
}
"""The bars of sets that are put to the default encoder, too."""


def _with_encoder(sets: Sequence[QuestionSet]) -> list[QuestionSet]:
    """The sets of `ENCODER_BARS` once more, for the default encoder; none if it is not set up."""
    if not holds_encoder(DEFAULT_FOLDER):
        return []
    encoder = Encoder(DEFAULT_FOLDER)
    return [
        replace(each, name=f"{each.name}: encoder", bars=ENCODER_BARS[each.name], encoder=encoder)
        for each in sets
        if each.name in ENCODER_BARS
    ]


def _sets_on_the_bundled_corpus(data: Path) -> list[QuestionSet]:
    """Questions that it does not answer although it is about their topic, and follow-ups."""
    corpus = ROOT / "corpus"
    return [
        QuestionSet(
            "on the topic, no answer",
            corpus,
            data / "on_topic" / "questions.jsonl",
            (("at most 4 called sure", lambda m: m.silent_sure <= 4), VERBATIM),
        ),
        QuestionSet(
            "follow-ups",
            corpus,
            data / "follow_ups" / "questions.jsonl",
            (("at least 55 answered", lambda m: m.met >= 55), VERBATIM),
        ),
    ]


def question_sets() -> list[QuestionSet]:
    """The sets whose questions and corpus are there."""
    data = ROOT / "benchmarks" / "data"
    sets = [
        QuestionSet(
            "the five articles",
            SHARED / "documents",
            SHARED / "questions" / "dev.jsonl",
            (
                ("at least 30 answered in three excerpts", lambda m: m.met_by_three >= 30),
                ("at least 5 with all sides", lambda m: m.disagree_met >= 5),
                ("at most 2 lost to silence", lambda m: m.lost <= 2),
                ("no foreign question called sure", lambda m: not m.offtopic_sure),
                ("at most one foreign question answered", lambda m: m.offtopic_met >= 1),
                VERBATIM,
            ),
        ),
        QuestionSet(
            "the bundled corpus",
            ROOT / "corpus",
            ROOT / "tests" / "data" / "bundled_questions.jsonl",
            (
                ("at least 16 answered in three excerpts", lambda m: m.met_by_three >= 16),
                FOREIGN,
                VERBATIM,
            ),
        ),
        QuestionSet(
            "manuals, rules, minutes",
            data / "mixed" / "corpus",
            data / "mixed" / "questions.jsonl",
            (
                ("at least 82 answered in three excerpts", lambda m: m.met_by_three >= 82),
                ("at most one foreign question answered", lambda m: m.offtopic_met >= 9),
                VERBATIM,
            ),
        ),
    ]
    sets += _sets_on_the_bundled_corpus(data)
    sets += [
        QuestionSet(f"encyclopedia {file.parent.name}", file.parent / "corpus", file, (VERBATIM,))
        for file in sorted((data / "encyclopedia").glob("*/questions.jsonl"))
    ]
    sets += _with_encoder(sets)
    return [each for each in sets if each.questions.is_file() and each.corpus.is_dir()]


def _row(name: str, measures: Measures) -> tuple[str, ...]:
    return (
        name,
        f"{measures.met}/{measures.answerable}",
        f"{measures.met_by_three}/{measures.answerable}",
        f"{measures.met_by_first}/{measures.answerable}",
        f"{measures.disagree_met}/{measures.disagree}" if measures.disagree else "",
        f"{measures.lost}/{measures.answerable}",
        f"{measures.offtopic_met}/{measures.offtopic}" if measures.offtopic else "",
        f"{measures.silent_met}/{measures.silent}" if measures.silent else "",
        f"{measures.silent_sure}/{measures.silent}" if measures.silent else "",
        "yes" if measures.verbatim else "NO",
        f"{measures.seconds * 1000:.1f}",
    )


def main() -> int:
    """Print a table with a row a set, then the bars; 1 if one is missed.

    With `--reader FILE` the replies in that file take the place of the recorded choices.
    """
    parser = argparse.ArgumentParser(prog="make eval")
    parser.add_argument("--reader", type=Path, action="append", default=[], metavar="FILE")
    arguments = parser.parse_args()
    console = Console(width=160)
    missed: list[str] = []
    found = question_sets()
    if not any(each.name == "the five articles" for each in found):
        console.print("The five articles are not beside this checkout: their set is left out.")
    table = Table(
        "questions",
        "wanted quote shown",
        "in three excerpts",
        "in the first",
        "all sides",
        "lost to silence",
        "foreign: silent",
        "no answer: silent",
        "no answer: sure",
        "verbatim",
        "ms a reply",
        title="Quality of replies",
        title_justify="left",
    )
    bars: list[str] = []
    for each in found:
        searcher = searcher_of(read_corpus(each.corpus), each.encoder)
        measures = Measures.of(evaluate(searcher.reply, read_questions(each.questions)))
        table.add_row(*_row(each.name, measures))
        for name, bar in each.bars:
            met = bar(measures)
            bars.append(f"{'met' if met else 'MISSED'}: {each.name}: {name}")
            if not met:
                missed.append(f"{each.name}: {name}")
    console.print(table)
    for line in bars:
        console.print(line, highlight=False)
    missed += measure_pin_sets(SHARED / "questions", console)
    missed += measure_packs(SHARED / "questions", console)
    missed += measure_recorded(SHARED / "questions", console, arguments.reader)
    for name in missed:
        print(f"Below the bar: {name}.", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
