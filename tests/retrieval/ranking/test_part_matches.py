"""Questions that name a part of a document by its number."""

from pathlib import Path

import pytest

from bot.core.replies import Answer
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.query.part_reference import part_reference
from tests.harness.documents import read_folder, searcher

LAW = """§ 1 Keys
(1) Keys are lent for one season.
(2) A lost key costs nine crowns.

§ 2 Dogs
(1) Dogs stay on the lead.
(2) Section 1 (2) applies to leads.
"""
RULES = """# Pool rules

These hold for all:

1. Shower before you swim.
2. Children come with an adult:
   1. The adult stays within reach.
   2. The adult pays half of the price.
3. Bottles stay outside.
4. Lockers are emptied at closing time.
"""
MANUAL = "# Mill\n\n## 3.2 Stones\n\nThey are dressed in May.\n\n## 3.3 Sails\n\nThey are blue.\n"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    folder: Path = tmp_path_factory.mktemp("corpus")
    for name, words in {"law.txt": LAW, "rules.md": RULES, "mill.md": MANUAL}.items():
        (folder / name).write_text(words, encoding="utf-8")
    return searcher(read_folder(folder))


@pytest.mark.parametrize(
    ("question", "sentence", "place"),
    [
        ("What does § 1 (2) say?", "A lost key costs nine crowns.", "§ 1 Keys, item (2)"),
        ("what is in section 2(1)", "Dogs stay on the lead.", "§ 2 Dogs, item (1)"),
        ("what does rule 4 say", "Lockers are emptied at closing time.", "item 4"),
        ("rule 2 (2)?", "The adult pays half of the price.", "item 2 (2)"),
        ("What is said in 3.3 or section 3.3?", "They are blue.", "3.3 Sails"),
    ],
)
def test_a_part_is_found_by_its_number(
    asked: Searcher, question: str, sentence: str, place: str
) -> None:
    reply = asked.reply(question)
    assert isinstance(reply, Answer)
    best = reply.excerpts[0]
    assert best.sentence is not None
    assert best.sentence.of(best.passage.document.text).endswith(sentence)
    assert place in str(best.citation.locator)
    assert not set(reply.missing_terms) & set("1234")


def test_a_number_that_no_part_has_stays_missing(asked: Searcher) -> None:
    assert "77" in asked.reply("what does rule 77 say").missing_terms


def test_a_stopword_before_a_number_names_no_part(tmp_path: Path) -> None:
    rules = "# The rules\n\n" + "".join(f"{n}. Keep to rule {n}.\n" for n in "1234")
    (tmp_path / "rules.md").write_text(f"{rules}\nThere are members who pay less.\n")
    reply = searcher(read_folder(tmp_path)).reply("Which of the 4 members pay less?")
    assert isinstance(reply, Answer)
    assert reply.excerpts[0].quote == "There are members who pay less."


@pytest.mark.parametrize(
    ("question", "label", "numbers"),
    [
        ("What does § 1 (2) say?", "§", ("1", "2")),
        ("what about Article 2.1a?", "article", ("2", "1a")),
        ("Was sagt Nr. 7?", "nr", ("7",)),
        ("rule 2 (b)", "rule", ("2", "b")),
    ],
)
def test_a_reference_is_a_word_with_a_number(
    question: str, label: str, numbers: tuple[str, ...]
) -> None:
    reference = part_reference(question)
    assert reference is not None
    assert (reference.label, reference.numbers) == (label, numbers)


@pytest.mark.parametrize(
    "question", ["What happened in 2016?", "who came", "about 40 % of them", "at 9:30", "by 1,250"]
)
def test_other_figures_are_no_references(question: str) -> None:
    assert part_reference(question) is None
