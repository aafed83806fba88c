"""Figures and dates of different documents, side by side only where they are of one thing."""

import pytest

from bot.core.replies import Answer, FigureKind
from tests.harness.documents import corpus, document, searcher

FILLER = "The bakery on the corner sells bread, rolls and cakes from six in the morning."


def ask(question: str, *texts: str) -> list[tuple[FigureKind, list[str]]]:
    """The differences that documents with these sentences show for `question`."""
    documents = (
        document(f"{number}.txt", text, f"{FILLER} It is shop number {number + 1}.")
        for number, text in enumerate(texts)
    )
    reply = searcher(corpus(*documents)).reply(question)
    assert isinstance(reply, Answer)
    return [(each.kind, [figure.text for figure in each.figures]) for each in reply.differences]


@pytest.mark.parametrize(
    ("question", "one", "other", "figures"),
    [
        (
            "How many sailors were rescued from the harbour?",
            "In the storm 78,000 sailors were rescued from the harbour.",
            "By noon more than 80,000 sailors had been rescued from the harbour.",
            ["78,000", "more than 80,000"],
        ),
        (
            "how many sailors were rescued from the harbour",
            "The number of sailors rescued from the harbour was 100.000 in the end.",
            "Some 90 thousand sailors were rescued from the harbour.",
            ["100.000", "Some 90 thousand"],
        ),
        (
            "What share of the harbour was flooded?",
            "The storm flooded 60% of the harbour.",
            "The storm flooded 70 percent of the harbour.",
            ["60%", "70 percent"],
        ),
    ],
)
def test_figures_that_differ(question: str, one: str, other: str, figures: list[str]) -> None:
    shown = ask(question, one, other)
    assert [(kind, sorted(texts)) for kind, texts in shown] == [
        (FigureKind.FIGURE, sorted(figures))
    ]


def test_dates_that_differ() -> None:
    shown = ask(
        "When did the lighthouse of Corvel open?",
        "The lighthouse of Corvel was opened on 4 March 1890 by the king.",
        "The lighthouse of Corvel opened to sailors on 6 March 1890.",
    )
    assert [(kind, sorted(texts)) for kind, texts in shown] == [
        (FigureKind.DATE, ["4 March 1890", "6 March 1890"])
    ]


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            "How many sailors were rescued from the harbour?",
            "In the storm 78,000 sailors were rescued from the harbour.",
            "In the storm 78.000 sailors were rescued from the harbour that day.",
        ),
        (
            "How many sailors were rescued from the harbour?",
            "In the storm 300 sailors were rescued from the harbour.",
            "The harbour has 12 cranes, and its sailors are proud of them.",
        ),
        (
            "Why were the sailors rescued from the harbour?",
            "In the storm 300 sailors were rescued from the harbour.",
            "In the storm 400 sailors were rescued from the harbour.",
        ),
        (
            "How much does a new key cost?",
            "A new key costs £22 and takes four days.",
            "The surveyor puts the cost of a new bridge at £84,500.",
        ),
        (
            "When did the lighthouse of Corvel open?",
            "The lighthouse of Corvel was opened in March 1890.",
            "The lighthouse of Corvel opened on 4 March 1890.",
        ),
        (
            "How many sailors were rescued in 1903?",
            "In 1903 the harbour was rebuilt, and sailors were rescued in 1903.",
            "In 1903, 300 sailors were rescued.",
        ),
    ],
    ids=["same figure", "another thing", "no figure asked", "other noun", "less exact", "a year"],
)
def test_no_false_alarm(question: str, one: str, other: str) -> None:
    assert ask(question, one, other) == []
