"""Follow-ups are rewritten with words of the previous question; other questions are not."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.retrieval.query.followups import (
    MOST_BORROWED,
    LendingQuestion,
    StandaloneQuestion,
    lending_question,
    standalone_question,
)

CIVILIANS = "How many civilians were evacuated from eastern Aleppo?"
HELMETS = "who are the white helmets?"
MANJIB = "what did the airstrike in Manjib do?"
ZIVILISTEN = "Wie viele Zivilisten wurden aus Ost-Aleppo evakuiert?"
CIVILES = "¿Cuántos civiles fueron evacuados de Alepo?"
CIVILS = "Combien de civils ont été évacués d'Alep-Est ?"

FOLLOW_UPS = [
    # An opening and hardly anything else; what is replaced is not borrowed.
    (CIVILIANS, "and in July?", "How many civilians, evacuated, eastern Aleppo"),
    (CIVILIANS, "In July?", "How many civilians, evacuated, eastern Aleppo"),
    (CIVILIANS, "what about Idlib?", "How many civilians, evacuated"),
    (CIVILIANS, "And from Idlib?", "How many civilians, evacuated"),
    (CIVILIANS, "and how many fighters?", "evacuated, eastern Aleppo"),
    (CIVILIANS, "How about fighters?", "How many, evacuated, eastern Aleppo"),
    (CIVILIANS, "what about the US?", "How many civilians, evacuated"),
    (CIVILIANS, "and how many fighters surrendered?", "Aleppo"),
    (CIVILIANS, "and when?", "civilians, evacuated, eastern Aleppo"),
    (MANJIB, "and in Idlib?", "airstrike"),
    (MANJIB.lower(), "and in idlib?", "airstrike"),
    (MANJIB, "what about Idlib?", "airstrike"),
    ("What happened in Homs in December 2016?", "and in July?", "Homs, 2016"),
    ("What happened in Homs in December 2016?", "and in 2015?", "Homs, December"),
    ("What happened in Homs on 12 December 2016?", "and in July?", "Homs, 2016"),
    ("How many died in mid-November?", "and in July?", "How many died"),
    ("What arrived on Monday?", "and on Tuesday?", "arrived"),
    # What about X replaces the topic, whatever X is.
    ("who set up the white helmets?", "what about Jaysh al-Fateh?", "who set"),
    ("Who runs the hospitals?", "what about the schools?", "Who runs"),
    ("when did the final offensive start?", "what about the truce?", "when, start"),
    ("what did Amnesty International say about airstrikes?", "and hezbollah?", "airstrikes"),
    ("what was seized in Bani Za'id?", "what about al-Liramoum?", "seized"),
    ("Wer gründete die Weißhelme?", "Was ist mit den Schulen?", "Wer gründete"),
    # Greetings and thanks say nothing, and hide nothing.
    (CIVILIANS, "thanks! and in July?", "How many civilians, evacuated, eastern Aleppo"),
    (CIVILIANS, "ok thank you, why?", "civilians, evacuated, eastern Aleppo"),
    (f"Hello, {CIVILIANS}", "and when?", "civilians, evacuated, eastern Aleppo"),
    (f"hi, {HELMETS} thanks", "Who funds them?", "white helmets"),
    (ZIVILISTEN, "Danke. Und im Juli?", "Wie viele Zivilisten, Ost-Aleppo evakuiert"),
    # Words that ask, and nothing to ask about.
    (CIVILIANS, "why?", "civilians, evacuated, eastern Aleppo"),
    (CIVILIANS, "when was that?", "civilians, evacuated, eastern Aleppo"),
    (HELMETS, "who says so?", "white helmets"),
    (MANJIB, "how many died?", "airstrike, Manjib"),
    (MANJIB, "how many were killed?", "airstrike, Manjib"),
    ("who imposed the no-fly zone?", "since when?", "imposed, no-fly zone"),
    # Pronouns that nothing in the question explains.
    (CIVILIANS, "who were they?", "civilians, evacuated, eastern Aleppo"),
    (HELMETS, "when were they set up?", "white helmets"),
    (HELMETS, "Who funds them?", "white helmets"),
    (HELMETS, "when did they leave eastern Aleppo?", "white helmets"),
    (HELMETS, "what did Assad say about it?", "white helmets"),
    ("what did the treaty end?", "who signed this agreement?", "treaty end"),
    # Other languages.
    (ZIVILISTEN, "und im Juli?", "Wie viele Zivilisten, Ost-Aleppo evakuiert"),
    (ZIVILISTEN, "Und aus Idlib?", "Wie viele Zivilisten, evakuiert"),
    (ZIVILISTEN, "wer waren sie?", "Zivilisten, Ost-Aleppo evakuiert"),
    (ZIVILISTEN, "Warum?", "Zivilisten, Ost-Aleppo evakuiert"),
    ("Wer sind die Weißhelme?", "Wann wurden sie gegründet?", "Weißhelme"),
    (CIVILES, "¿y en julio?", "Cuántos civiles, evacuados, Alepo"),
    (CIVILES, "¿Quiénes eran ellos?", "civiles, evacuados, Alepo"),
    (CIVILES, "¿por qué?", "civiles, evacuados, Alepo"),
    (CIVILS, "et en juillet ?", "Combien, civils, évacués d'Alep-Est"),
    (CIVILS, "qui étaient-ils ?", "civils, évacués d'Alep-Est"),
    (CIVILS, "Pourquoi ?", "civils, évacués d'Alep-Est"),
    ("Quanti civili furono evacuati da Aleppo?", "e a luglio?", "Quanti civili, evacuati, Aleppo"),
    ("Quantos civis foram retirados de Alepo?", "e em julho?", "Quantos civis, retirados, Alepo"),
    ("Сколько людей вывезли из Алеппо?", "почему?", "людей вывезли, Алеппо"),
    # The languages need not be the same.
    (CIVILIANS, "und im Juli?", "How many civilians, evacuated, eastern Aleppo"),
]

STANDALONE = [
    "who is Rupert Colville",
    "how many corridors were there",
    "How many corridors were there in July?",
    "what does R2P mean",
    "what is R2P?",
    "What is the WHO?",
    "where is Idlib?",
    "Idlib?",
    "July 2016",
    "Is it true that Aleppo fell?",
    "who said that Aleppo was liberated?",
    "What did Assad say about his army?",
    "did Turkey close its border?",
    "How did Aleppo get its name?",
    "who said they wont accept any truce",
    "is there a ceasefire in Homs?",
    "What did the Russian general Sergei Rudskoi say?",
    "and what did the Russian general Rudskoi say?",
    "and how many white helmets surrendered in Homs?",
    "why did the army attack Palmyra?",
    "who are you?",
    "What can you do for me?",
    "thanks",
    "and?",
    "",
    "?!",
    "Wie viele Korridore gab es?",
    "Wer ist Rupert Colville?",
    "Was können Sie?",
    "Wieso heißt das Krankenhaus so?",
    "Was bedeutet R2P?",
    "¿Dónde está Idlib?",
    "¿Qué significa R2P?",
    "¿Quién es Rupert Colville?",
    "qu'est-ce que R2P ?",
    "Combien de couloirs y a-t-il ?",
    "Pourquoi Assad a-t-il gagné ?",
    "Qui est Rupert Colville ?",
    "阿勒颇在哪里?",
    "أين تقع إدلب؟",
]


@pytest.mark.parametrize(("before", "question", "words"), FOLLOW_UPS)
def test_a_follow_up_borrows_the_words_it_lacks(before: str, question: str, words: str) -> None:
    rewritten = standalone_question(question, LendingQuestion(before))
    assert rewritten == StandaloneQuestion(f"{question} ({words})", tuple(words.split(", ")))


@pytest.mark.parametrize("question", STANDALONE)
@pytest.mark.parametrize("before", [CIVILIANS, HELMETS, ZIVILISTEN, CIVILES, CIVILS])
def test_what_stands_by_itself_borrows_nothing(question: str, before: str) -> None:
    assert standalone_question(question, LendingQuestion(before)) is None


@pytest.mark.parametrize("before", [HELMETS, "who is Rupert Colville?"])
def test_where_the_topic_was_all_there_was_nothing_is_borrowed(before: str) -> None:
    assert standalone_question("what about the kurds?", LendingQuestion(before)) is None


@pytest.mark.parametrize(
    "before",
    [
        "",
        "thanks",
        "hello there",
        "Vielen Dank!",
        "merci",
        "why?",
        "who are they?",
        "?!",
        "word " * 500,
    ],
)
def test_of_a_question_without_content_nothing_is_borrowed(before: str) -> None:
    assert standalone_question("and then?", LendingQuestion(before)) is None


@pytest.mark.parametrize(
    "turns",
    [
        # The question before, with one part changed, is what goes on.
        [
            (CIVILIANS, ""),
            ("and in July?", "How many civilians, evacuated, eastern Aleppo"),
            ("thanks", ""),
            ("and in August?", "How many civilians, evacuated, eastern Aleppo"),
            ("why?", "August, civilians, evacuated, eastern Aleppo"),
        ],
        # Another question on the topic lends its own words, and no borrowed ones.
        [
            (HELMETS, ""),
            ("when did they leave eastern Aleppo?", "white helmets"),
            ("why?", "leave eastern Aleppo"),
        ],
        # One without words of its own leaves the question before it in its place.
        [
            (CIVILIANS, ""),
            ("who says so?", "civilians, evacuated, eastern Aleppo"),
            ("when was that?", "civilians, evacuated, eastern Aleppo"),
        ],
        # Words that a follow-up added serve the next one, and are gone after it.
        [
            ("When did snow close the road?", ""),
            ("what about the old Ford bridge?", "When, snow close"),
            ("what about rain in the valley?", "Ford bridge, When, snow close"),
            ("what about wind?", "When, snow close"),
            ("and the miller's sledges?", "When, snow close"),
            ("and in March?", "miller's sledges, When, snow close"),
            ("and in April?", "When, snow close"),
        ],
        # One thing is asked for after the other, and none lends to the next.
        [
            ("Who pays for repairs?", ""),
            ("what about snow clearing in winter?", ""),
            ("what about broken windows?", ""),
            ("what about pets?", ""),
        ],
        # Brackets that a member typed are words like any other.
        [
            ("How long is the warranty (in years)", ""),
            ("and for batteries?", "How long, warranty, years"),
            ("and in Spain?", "batteries, How long, warranty, years"),
        ],
        [
            ("what about the fees (for members)?", ""),
            ("what about guests?", ""),
        ],
        # A follow-up that borrows nothing which the first question had lends its own words.
        [
            ("what about the bridge?", ""),
            ("and in March?", "bridge"),
            ("what about carts?", "March"),
        ],
        [("rents in 1802", ""), ("and in 1803?", "rents"), ("and tolls?", "1803")],
        [("what is the fee (2024)", ""), ("and 2025?", "fee")],
        # A new question ends the old topic.
        [(CIVILIANS, ""), ("what is R2P?", ""), ("why?", "R2P")],
    ],
)
def test_one_question_lends_words_and_never_several(turns: list[tuple[str, str]]) -> None:
    lender: LendingQuestion | None = None
    for typed, words in turns:
        rewritten = standalone_question(typed, lender)
        assert (", ".join(rewritten.words) if rewritten else "") == words, typed
        lender = lending_question(typed, rewritten, lender)


def test_a_question_that_was_made_stands_by_itself_when_it_is_asked_again() -> None:
    """A replay of what was asked has to be the same question in every room."""
    for before, question, _ in FOLLOW_UPS:
        rewritten = standalone_question(question, LendingQuestion(before))
        assert rewritten is not None
        bavaria = LendingQuestion("Which rivers cross Bavaria?")
        again = standalone_question(rewritten.question, bavaria)
        assert again is None, rewritten.question


ANY = st.text(max_size=120) | st.lists(
    st.sampled_from([*"and why who they it that in July 2016 Aleppo civilians ( ) - ' ?".split()]),
    max_size=14,
).map(" ".join)


@given(ANY, ANY)
def test_what_is_borrowed_stands_in_the_question_before(question: str, before: str) -> None:
    rewritten = standalone_question(question, LendingQuestion(before))
    if rewritten is not None:
        assert 0 < len(rewritten.words) <= MOST_BORROWED
        assert all(words in before for words in rewritten.words)
        assert rewritten.question.startswith(question.strip())


@given(st.lists(ANY, max_size=5))
def test_a_row_of_follow_ups_never_fails(turns: list[str]) -> None:
    lender: LendingQuestion | None = None
    for typed in turns:
        lender = lending_question(typed, standalone_question(typed, lender), lender)


def test_no_row_of_short_follow_ups_fails() -> None:
    turns = ["what about the bridge?", "rents in 1802", "and in March?", "and 2025?", "and tolls?"]
    turns += ["what about carts?", "what is the fee (2024)", "in Homs?", "and the bridge (2024)"]
    for row in product(turns, repeat=4):
        lender: LendingQuestion | None = None
        for typed in row:
            lender = lending_question(typed, standalone_question(typed, lender), lender)
