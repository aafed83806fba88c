"""Which sentence of each document is quoted, and which documents speak."""

from bot.core.replies import Answer
from bot.retrieval.answer.searcher import AnswerOptions
from tests.harness.documents import corpus, document, searcher

FILLER = (
    "The bakery on the corner sells bread, rolls and cakes from six in the morning.",
    "Tickets for the museum of clocks are sold at its door and in the post office.",
    "In winter the ferry crosses twice a day and carries bicycles, dogs and parcels.",
    "The choir rehearses on Thursdays and is looking for tenors and a piano.",
)
SHORT = AnswerOptions(excerpt_chars=80)
"""So short that an excerpt is one sentence, and shows which was chosen."""


def answer(question: str, documents: dict[str, str], options: AnswerOptions = SHORT) -> Answer:
    """The answer of `documents` (titles to texts, paragraphs parted by blank lines)."""
    made = (
        document(
            f"{title.lower().replace(' ', '-')}.txt", *text.split("\n\n"), *FILLER, title=title
        )
        for title, text in documents.items()
    )
    reply = searcher(corpus(*made), options).reply(question)
    assert isinstance(reply, Answer)
    return reply


def by_document(reply: Answer) -> dict[str, str]:
    """The first quote of each document."""
    quotes: dict[str, str] = {}
    for excerpt in reply.excerpts:
        quotes.setdefault(excerpt.passage.document.source.title, excerpt.quote)
    return quotes


def test_the_day_of_a_date_is_not_taken_for_the_number_asked_for() -> None:
    reply = answer(
        "How many sailors were rescued from the harbour?",
        {
            "Morning paper": "The number of sailors rescued from the harbour was 310.",
            "Evening paper": "On December 9 sailors were rescued from the harbour."
            "\n\nIn all some 290 sailors were rescued from the harbour by boats, said the guard.",
        },
    )
    quotes = by_document(reply)
    assert "310" in quotes["Morning paper"]
    assert "290 sailors" in quotes["Evening paper"]


def test_a_sentence_is_no_better_for_naming_its_documents_subject_again() -> None:
    reply = answer(
        "What was the Corvel lighthouse built of?",
        {
            "Corvel lighthouse": "Painters from three countries love the Corvel lighthouse."
            " Masons built the tower in four years, of red granite from the quarry at Orr.",
            "Orr quarry": "The quarry at Orr is closed. Its red granite lies in the grass.",
            "Salt road": "The salt road leads over the hill and down to the mill.",
        },
    )
    assert "red granite" in reply.excerpts[0].quote


def test_what_only_the_title_names_is_known_of_the_passages_below() -> None:
    """Else the document would not speak, though it contradicts the other."""
    reply = answer(
        "How long does the battery of the Merlin 300 take to charge?",
        {
            "Minutes of March": "The battery of a Merlin 300 takes 6 hours to charge.",
            "Merlin 300": "The battery is full after 4 hours.",
        },
    )
    assert set(by_document(reply)) == {"Minutes of March", "Merlin 300"}
    assert reply.speaking == 2


def test_of_two_sentences_alike_the_one_that_stands_alone_is_quoted() -> None:
    reply = answer(
        "Do the rangers take sides in a quarrel?",
        {
            "The valley": "These rangers take sides in a quarrel of farmers now and then."
            " Rangers of old took no sides in a quarrel of farmers.",
        },
    )
    assert reply.excerpts[0].quote.startswith("Rangers of old")
