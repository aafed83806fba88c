"""What one typing error costs: every question with a wrong letter in its rarest word.

The rarest word that the corpus knows loses a letter, doubles one, swaps two neighbours or
has one replaced, by turns, never its first letter. Both forms of each question are put to
the same corpus; silence is left aside, so that the figures tell of finding alone.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import regex
from rich.console import Console
from rich.table import Table

from benchmarks.corpus_folder import read_corpus, searcher_of
from benchmarks.evaluate import QuestionSet, question_sets
from bot.answering.evaluation import SILENT_KINDS, Measures, Question, evaluate, read_questions
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.ranking.calibration import StrengthLevels, Thresholds
from bot.retrieval.shard.index import Index
from bot.retrieval.text.analysis import words

SHORTEST = 5
"""Letters of the shortest word that is mistyped."""

NEVER_SILENT = -1e9

_LETTERS = regex.compile(r"[\p{L}\p{M}]+")


@dataclass(frozen=True, slots=True)
class Cost:
    """Questions that have a word to mistype, and how many were met before and after."""

    questions: int
    faultless: int
    mistyped: int

    def row(self) -> tuple[str, ...]:
        """What is printed: counts, and the points of a hundred that the error costs."""
        lost = 100 * (self.faultless - self.mistyped) / max(self.questions, 1)
        met = (f"{each}/{self.questions}" for each in (self.faultless, self.mistyped))
        return (*met, f"{lost:.1f}")


def mistyped(word: str, turn: int) -> str:
    """`word` with one wrong letter: which fault and where, `turn` decides."""
    place = 1 + turn % (len(word) - 2)
    faults = (
        word[:place] + word[place + 1 :],
        word[:place] + word[place] + word[place:],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        word[:place] + word[place - 1] + word[place + 1 :],
    )
    # A swap or a replacement may leave the word as it was; losing a letter never does.
    wrong = faults[turn % len(faults)]
    return faults[0] if wrong == word else wrong


def with_error(question: Question, index: Index, turn: int) -> Question | None:
    """`question` with its rarest word mistyped; None if it has none long enough."""
    text = question.question
    long = [
        word
        for word in words(text)
        if word.end - word.start >= SHORTEST and _LETTERS.fullmatch(text[word.start : word.end])
    ]
    lookup = index.lookup()
    lookup.add_words(word.form for word in long)
    counted = ((lookup.frequency(word.form), word.start, word.end) for word in long)
    known = [each for each in counted if each[0]]
    if not known:
        return None
    _, start, end = min(known)
    wrong = mistyped(text[start:end], turn)
    return question.model_copy(update={"question": text[:start] + wrong + text[end:]})


def measure(each: QuestionSet) -> Cost:
    """What the errors cost on one set."""
    searcher = searcher_of(read_corpus(each.corpus))
    searcher.thresholds = _never_silent(searcher.thresholds)
    right: list[Question] = []
    wrong: list[Question] = []
    for turn, question in enumerate(read_questions(each.questions)):
        changed = with_error(question, searcher.index, turn)
        if question.kind not in SILENT_KINDS and changed is not None:
            right.append(question)
            wrong.append(changed)
    return Cost(len(right), _met(searcher, right), _met(searcher, wrong))


def _never_silent(thresholds: Thresholds) -> Thresholds:
    def open_to_all(levels: StrengthLevels) -> StrengthLevels:
        return replace(levels, low=NEVER_SILENT)

    by_language = {name: open_to_all(each) for name, each in thresholds.by_language.items()}
    return Thresholds(by_language, open_to_all(thresholds.others))


def _met(searcher: Searcher, questions: Sequence[Question]) -> int:
    return Measures.of(evaluate(searcher.reply, questions)).met_by_three if questions else 0


def main() -> int:
    """Print a table with a row a set, and all together."""
    table = Table(
        "questions",
        "wanted quote in three excerpts",
        "one letter wrong",
        "lost, in points",
        title="What a typing error in the rarest word costs, silence left aside",
        title_justify="left",
    )
    costs: list[Cost] = []
    for each in question_sets():
        cost = measure(each)
        if cost.questions:
            costs.append(cost)
            table.add_row(each.name, *cost.row())
    together = Cost(
        sum(cost.questions for cost in costs),
        sum(cost.faultless for cost in costs),
        sum(cost.mistyped for cost in costs),
    )
    table.add_row("all", *together.row())
    Console(width=120).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
