"""Words as people type them, and names that mean the same."""

import pytest

from bot.core.corpus import NameGroup
from bot.retrieval.query.query import AlternativeKind, Query, analyse
from bot.retrieval.shard.build import build_shard
from bot.retrieval.shard.index import Index
from bot.retrieval.shard.spelling_tables import skeleton
from bot.retrieval.text.aliases import acronym_groups, explained_acronyms
from tests.harness.documents import document, table

TEXT = """The river fleet of the Lower Delta Authority (LDA) left Manjib at noon.
Captain Zenki of the Hizbol was evacuated while White sailors waited in Kastello road.
Nobody asked the government, and the Hezbol kept silent. Doctors of the IS ward spoke.
The union of Free River Sailors met, and the FRS (Free River Sailors) voted."""


PASSAGES = table(document("a.txt", *TEXT.split("\n"), title="A"))


def analysed(question: str, glossary: tuple[NameGroup, ...] = ()) -> Query:
    return analyse(question, Index([build_shard(PASSAGES)], glossary))


def meant(question: str, glossary: tuple[NameGroup, ...] = ()) -> set[tuple[str, str]]:
    alternatives = analysed(question, glossary).alternatives
    return {(" ".join(a.stands_for), " ".join(a.forms)) for a in alternatives}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("evacuatd", "evacuated"),
        ("goverment", "government"),
        ("Manbij", "manjib"),
        ("zinki", "zenki"),
        ("castello", "kastello"),
        ("captian", "captain"),
    ],
)
def test_an_unknown_word_is_read_as_one_of_the_documents(typed: str, read: str) -> None:
    assert (typed.lower(), read) in meant(f"who was {typed}")


def test_a_rare_name_is_widened_although_it_is_known() -> None:
    assert ("hizbol", "hezbol") in meant("did Hizbol speak")
    assert ("hezbol", "hizbol") in meant("did Hezbol speak")


def test_common_words_are_never_widened() -> None:
    assert meant("sailors waited while white") == set()


@pytest.mark.parametrize("typed", ["gates", "nook", "steals", "caption"])
def test_an_ordinary_word_is_never_read_as_another(typed: str) -> None:
    passages = table(document("a.txt", "The dates of the book: stalls for sailors and a captain."))
    alternatives = analyse(f"who {typed}", Index([build_shard(passages)])).alternatives
    read = {each.forms for each in alternatives if each.kind is AlternativeKind.CORRECTION}
    assert read == set()


def test_ordinary_words_are_those_of_the_questions_language() -> None:
    line = "Das Boot und die Regierung waren in dem Hafen, und die Rinder auf der Weide."
    passages = table(document("a.txt", line, line))
    index = Index([build_shard(passages)])
    assert index.languages == ("de",)
    read = {a.forms for a in analyse("was war mit der regierug und den Kinder", index).alternatives}
    assert read == {("regierung",)}


def test_an_ordinary_word_is_read_as_another_form_of_itself() -> None:
    passages = table(document("a.txt", "The harbour charges for the stall, and nobody pays."))
    analysed = analyse("who paying the charge for stalls", Index([build_shard(passages)]))
    assert {("charges",), ("stall",)} <= {each.forms for each in analysed.alternatives}


def test_an_ordinary_word_finds_itself_with_other_accents() -> None:
    line = "El sofá de los papás está en la casa y el perro lo vio en la mañana."
    index = Index([build_shard(table(document("a.txt", line)))])
    assert index.languages == ("es",)
    assert {a.forms for a in analyse("dónde están los papas", index).alternatives} == {("papás",)}


def test_what_a_curator_keeps_apart_is_not_read_as_the_other() -> None:
    apart = (
        NameGroup(("Zinki", "Zenki"), apart=True),
        NameGroup(("LDA", "Lower Delta Authority"), apart=True),
    )
    assert meant("who was Zinki", apart) == set()
    assert meant("what does the LDA do", apart) == set()
    assert meant("who was Zanki", apart) == {("zanki", "zenki")}


def test_what_is_like_nothing_stays_unknown() -> None:
    assert analysed("who cooks kibbeh").missing == ("cooks", "kibbeh")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hizbollah", "Hezbollah"), ("Zinki", "Zenki"), ("Queda", "Qaeda"), ("Castello", "Kastello")],
)
def test_skeletons_of_transliterations_agree(one: str, other: str) -> None:
    assert skeleton(one.lower()) == skeleton(other.lower())


def test_acronyms_are_learnt_from_the_documents() -> None:
    explained = (each for p in PASSAGES for each in explained_acronyms(p.text))
    groups = {group.names for group in acronym_groups(explained)}
    assert groups == {("LDA", "Lower Delta Authority"), ("FRS", "Free River Sailors")}
    assert ("lda", "lower delta authority") in meant("what does the LDA do")
    assert ("lower delta authority", "lda") in meant("where is the lower delta authority")


def test_the_glossary_gives_other_names() -> None:
    glossary = (NameGroup(("Manjib", "Upper Harbour", "Kastello road")),)
    assert ("upper harbour", "manjib") in meant("when was upper harbour left", glossary)
    assert ("upper harbour", "kastello road") in meant("when was upper harbour left", glossary)


def test_case_tells_short_names_from_common_words() -> None:
    glossary = (NameGroup(("IS", "Kastello")),)
    assert ("IS", "kastello") in meant("where does IS stand", glossary)
    assert meant("what is that", glossary) == set()


def test_capitals_that_are_everywhere_tell_nothing() -> None:
    loud, small = analysed("WHO IS CAPTAIN ZENKI"), analysed("who is captain zenki")
    assert loud.missing == ()
    assert [w.form for w in loud.words] == [w.form for w in small.words]


LOOKALIKES = [f"harbo{chr(letter)}ur" for letter in range(0xAC00, 0xD7A4)]
"""Eleven thousand words that differ from one another in one letter."""


@pytest.mark.parametrize("shards", [1, 2])
def test_documents_of_lookalikes_do_not_hide_what_is_frequent(shards: int) -> None:
    frequent = document("b.txt", " ".join(LOOKALIKES[1::2]), *["harbour hrabour"] * 9)
    both = (document("a.txt", " ".join(LOOKALIKES[::2])), frequent)
    cut = [both] if shards == 1 else [[each] for each in both]
    index = Index([build_shard(table(*each)) for each in cut])
    lookup = index.lookup()
    lookup.add_words(["harboxur"])
    read = index.lexicon.variants(["harboxur"], lookup, "en")["harboxur"]
    assert read[0].form == "harbour"
