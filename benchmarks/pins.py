"""Pins measured: questions asked in other ways, and questions that no pin answers.

A set is a folder with the documents in `corpus/`, and beside it `pins.jsonl` (`id`, `question`,
`document`, `quote`), `paraphrases.jsonl` (`pin`, `question`), and `others.txt`, questions on the
topic that no pin answers, a line each. Foreign questions are the bundled ones on other topics.

    .venv/bin/python -m benchmarks.pins FOLDER…
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks.corpus_folder import read_corpus, searcher_of
from bot.core.corpus import Corpus
from bot.core.pin_places import place_pins
from bot.core.pins import Pin, PinnedQuote
from bot.meaning.about import holds_encoder
from bot.meaning.default_encoder import DEFAULT_FOLDER
from bot.meaning.encoder import Encoder
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.pins.likeness import PinLevels
from bot.retrieval.pins.matcher import PinMatcher
from bot.retrieval.pins.text_vectors import TextVectors
from bot.retrieval.ranking.calibration import foreign_questions

ROOT = Path(__file__).resolve().parent.parent
BUNDLED = ROOT / "corpus"
OWN_SET = ROOT / "benchmarks" / "data" / "pins"

MOST_FOREIGN = 300
"""Foreign questions, as many of each language of the documents."""

LEAST_SHARES = {"words": 0.25, "encoder": 0.55}
"""The shares of paraphrases that must meet their pin. What is wanted is 0.6 and 0.8."""

MOST_OTHERS = 0.08
"""The share of other questions on the topic that may meet a pin. What is wanted is 0.01; these were
written to come as near to the pins as they can."""


@dataclass(frozen=True, slots=True)
class PinSet:
    """A corpus with pins, and questions: `paraphrases` name the pin that each should meet."""

    corpus: Corpus
    pins: tuple[Pin, ...]
    paraphrases: tuple[tuple[int, str], ...]
    others: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path) -> "PinSet":
        """The set in a folder; without documents of its own it is about the bundled ones."""
        corpus = folder / "corpus"
        rows = list(_rows(folder / "pins.jsonl"))
        number = {row["id"]: place for place, row in enumerate(rows)}
        lines = (folder / "others.txt").read_text(encoding="utf-8").splitlines()
        return cls(
            read_corpus(corpus if corpus.is_dir() else BUNDLED),
            tuple(
                Pin(row["question"], (PinnedQuote(row["document"], row["quote"]),)) for row in rows
            ),
            tuple(
                (number[row["pin"]], row["question"]) for row in _rows(folder / "paraphrases.jsonl")
            ),
            tuple(line.strip() for line in lines if line.strip()),
        )


def _rows(file: Path) -> Iterator[dict[str, str]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


@dataclass(frozen=True, slots=True)
class PinMeasures:
    """How many questions met which pin.

    Of the `paraphrases`, `right` met their pin and `wrong` another; of the `others` and `foreign`
    questions, so many met one. `lost` pins are not found in the documents, or not by themselves.
    """

    paraphrases: int
    right: int
    wrong: int
    others: int
    others_met: int
    foreign: int
    foreign_met: int
    lost: int

    def __str__(self) -> str:
        return (
            f"paraphrases {self.right}/{self.paraphrases} ({self.wrong} another pin),"
            f" others {self.others_met}/{self.others}, foreign {self.foreign_met}/{self.foreign},"
            f" pins lost {self.lost}"
        )


def measure_pins(
    questions: PinSet, searcher: Searcher, levels: PinLevels | None = None
) -> PinMeasures:
    """The measures of a set, at other `levels` than those of its documents if they are given."""
    placed = place_pins(questions.pins, questions.corpus)
    meaning = searcher.index.meaning
    texts = None if meaning is None else TextVectors(meaning.encoder, {})
    matcher = PinMatcher(placed, searcher.index, texts, levels)

    def met(question: str) -> int | None:
        match = matcher.match(searcher.search(question))
        return None if match is None else placed.index(match.pin)

    found = [(number, met(question)) for number, question in questions.paraphrases]
    others = [met(question) for question in questions.others]
    foreign = [met(question) for question in _foreign(searcher)]
    itself = [met(pin.question) for pin in questions.pins]
    return PinMeasures(
        len(found),
        sum(number == own for number, own in found),
        sum(own not in (None, number) for number, own in found),
        len(others),
        sum(each is not None for each in others),
        len(foreign),
        sum(each is not None for each in foreign),
        sum(number != own for number, own in enumerate(itself)),
    )


def _foreign(searcher: Searcher) -> list[str]:
    languages = [each for each in searcher.index.languages if foreign_questions(each)] or ["en"]
    each = MOST_FOREIGN // len(languages)
    return [question for name in languages for question in foreign_questions(name)[-each:]]


def measured(folder: Path) -> Iterator[tuple[str, PinMeasures]]:
    """The measures of a set by words, and with the default encoder if that is set up."""
    questions = PinSet.of(folder)
    yield "words", measure_pins(questions, searcher_of(questions.corpus))
    if holds_encoder(DEFAULT_FOLDER):
        encoder = Encoder(DEFAULT_FOLDER)
        yield "encoder", measure_pins(questions, searcher_of(questions.corpus, encoder))


def measure_pin_sets(shared: Path, console: Console) -> list[str]:
    """Print the measures of our own set and of those in `shared`; the bars that are missed."""
    missed: list[str] = []
    folders = sorted(each.parent for each in shared.glob("pins/*/pins.jsonl"))
    if not folders:
        console.print("No pin sets are beside this checkout: only our own is measured.")
    for folder in (OWN_SET, *folders):
        for name, measures in measured(folder):
            title = f"pins, {folder.name}: {name}"
            console.print(f"{title}: {measures}", highlight=False)
            for bar, met in _bars(name, measures).items():
                console.print(f"{'met' if met else 'MISSED'}: {title}: {bar}", highlight=False)
                missed += [] if met else [f"{title}: {bar}"]
    return missed


def _bars(name: str, measures: PinMeasures) -> dict[str, bool]:
    share = LEAST_SHARES[name]
    return {
        "every pin meets its own question": not measures.lost,
        f"at least {share:.0%} of the paraphrases meet their pin": (
            measures.right >= share * measures.paraphrases
        ),
        f"at most {MOST_OTHERS:.0%} of the other questions meet a pin": (
            measures.others_met <= MOST_OTHERS * measures.others
        ),
        "at most one foreign question of a hundred meets a pin": (
            measures.foreign_met <= measures.foreign // 100
        ),
    }


def main(folders: Sequence[str]) -> None:
    """Print the measures of sets."""
    for folder in folders:
        for name, measures in measured(Path(folder)):
            sys.stdout.write(f"{folder}, {name}: {measures}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
