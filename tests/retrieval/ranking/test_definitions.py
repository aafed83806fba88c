"""What something is stands in the first sentence of the document that is titled so."""

import pytest

from bot.core.replies import Answer
from bot.retrieval.answer.searcher import Searcher
from bot.retrieval.query.answer_type import defined_subject
from tests.harness import documents

FIRST = (
    "The Corvel lighthouse, a tower of red granite that masons built in 1871, shows ships the way"
    " into the bay of Lisvik."
)


@pytest.fixture(scope="module")
def searcher() -> Searcher:
    lighthouse = documents.document(
        "lighthouse.txt",
        FIRST,
        "The Corvel lighthouse burned colza oil. Painters love the Corvel lighthouse.",
        title="The Corvel lighthouse",
    )
    walks = documents.document(
        "walks.txt",
        "The Corvel lighthouse is worth a walk.",
        "The path to the Corvel lighthouse is steep.",
        title="Walks near Lisvik",
    )
    return documents.searcher(documents.corpus(lighthouse, walks))


@pytest.mark.parametrize(
    "question",
    ["What is the Corvel lighthouse?", "whats corvel lighthouse", "what is the corvell lighthouse"],
)
def test_what_is_asked_for_as_such_is_defined_first(searcher: Searcher, question: str) -> None:
    reply = searcher.reply(question)
    assert isinstance(reply, Answer)
    assert reply.excerpts[0].quote.startswith(FIRST)


def test_a_question_for_more_than_what_it_is_asks_for_no_definition(searcher: Searcher) -> None:
    reply = searcher.reply("What is the path to the Corvel lighthouse?")
    assert isinstance(reply, Answer)
    assert reply.excerpts[0].quote.startswith("The path to the Corvel lighthouse is steep.")


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("who was Ada Lovelace?", "Ada Lovelace"),
        ("Was ist der Gotthardtunnel?", "der Gotthardtunnel"),
        ("¿Qué es el acueducto?", "el acueducto"),
        ("Qu’est-ce que c’est que le thé ?", "le thé"),
        ("O que é o chá?", "o chá"),
        ("Cos’è il tè?", "il tè"),
        ("Wat is thee?", "thee"),
        ("Что такое чай?", "чай"),
        ("Τι είναι η ελιά;", "η ελιά"),
        ("ما هو الشاي؟", "الشاي"),
        ("Çay nedir?", "Çay"),
        ("Trà là gì?", "Trà"),
        ("चाय क्या है?", "चाय"),
        ("茶是什么？", "茶"),
        ("什么是茶？", "茶"),
        ("茶とは何ですか", "茶"),
        ("차는 무엇인가요?", "차"),
        ("ชาคืออะไร", "ชา"),
        ("When was the tower built?", ""),
        ("what is", ""),
    ],
)
def test_the_subject_of_a_definition_is_told_in_many_languages(question: str, subject: str) -> None:
    assert defined_subject(question).strip(" ?？؟;") == subject
