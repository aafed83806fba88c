"""Words as people type them, and names that mean the same."""

import numpy as np
import pytest

from bot.core.corpus import NameGroup
from bot.core.documents import Block, BlockKind, Document, Passage, Source, Span
from bot.core.passages import PassageTable
from bot.ingest.segment import passages
from bot.retrieval.query.query import analyse
from bot.retrieval.shard.build import build_index
from bot.retrieval.shard.delta import SequenceDelta
from bot.retrieval.shard.spelling import Lexicon, SpellingTables, skeleton
from bot.retrieval.text.aliases import acronym_groups, explained_acronyms

TEXT = """The river fleet of the Lower Delta Authority (LDA) left Manjib at noon.
Captain Zenki of the Hizbol was evacuated while White sailors waited in Kastello road.
Nobody asked the government, and the Hezbol kept silent. Doctors of the IS ward spoke.
The union of Free River Sailors met, and the FRS (Free River Sailors) voted."""


def corpus(text: str = TEXT) -> list[Passage]:
    blocks, start = [], 0
    for line in text.split("\n"):
        blocks.append(Block(Span(start, start + len(line)), BlockKind.PARAGRAPH))
        start += len(line) + 1
    return list(passages(Document("a.txt", "main", "0", Source("A"), text, tuple(blocks))))


def meant(question: str, glossary: tuple[NameGroup, ...] = ()) -> set[tuple[str, str]]:
    index = build_index(PassageTable.of(corpus()), glossary)
    query = analyse(question, index, ("en",))
    return {
        (" ".join(a.stands_for), " ".join(index.words[n] for n in a.numbers))
        for a in query.alternatives
    }


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


def test_what_is_like_nothing_stays_unknown() -> None:
    index = build_index(PassageTable.of(corpus()))
    assert analyse("who cooks kibbeh", index, ("en",)).missing == ("cooks", "kibbeh")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hizbollah", "Hezbollah"), ("Zinki", "Zenki"), ("Queda", "Qaeda"), ("Castello", "Kastello")],
)
def test_skeletons_of_transliterations_agree(one: str, other: str) -> None:
    assert skeleton(one.lower()) == skeleton(other.lower())


def test_acronyms_are_learnt_from_the_documents() -> None:
    explained = (each for p in corpus() for each in explained_acronyms(p.text))
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
    index = build_index(PassageTable.of(corpus()))
    assert analyse("WHO IS CAPTAIN ZENKI", index, ("en",)).missing == ()
    small = analyse("who is captain zenki", index, ("en",))
    assert [w.form for w in analyse("WHO IS CAPTAIN ZENKI", index, ("en",)).words] == [
        w.form for w in small.words
    ]


def lookalikes() -> list[str]:
    """Words of any alphabet that differ from one another in one letter: fifty thousand."""
    letters = map(chr, range(0x3400, 0x3400 + 50_000))
    return [f"harbo{letter}ur" for letter in letters if letter.isalpha()]


def test_documents_of_lookalikes_do_not_hide_what_is_frequent() -> None:
    forms = [*lookalikes(), "harbour", "hrabour"]
    frequencies = np.ones(len(forms), dtype=np.int32)
    frequencies[-2:] = 9
    names = np.zeros(len(forms), dtype=np.bool_)
    lexicon = Lexicon(forms, frequencies, names, 100, SpellingTables.of(forms, names))
    read = [forms[variant.number] for variant in lexicon.corrections("harboxur")]
    assert read[0] == "harbour"


def test_of_many_lookalikes_the_same_are_looked_at_however_the_tables_came_about() -> None:
    forms = lookalikes()
    names = np.ones(len(forms), dtype=np.bool_)
    before = forms[::2]
    old = SpellingTables.of(before, names[: len(before)])
    came = np.arange(1, len(forms) // 2 + 1)
    delta = SequenceDelta(len(before), np.zeros(0, np.int64), came)
    tables = old.with_delta((before, forms), (names[: len(before)], names), delta)
    frequencies = np.ones(len(forms), dtype=np.int32)
    fresh = Lexicon(forms, frequencies, names, 100, SpellingTables.of(forms, names))
    taken = Lexicon(forms, frequencies, names, 100, tables)
    for typed in ("harboxur", "hzarbour", "ruobrah"):
        assert taken.corrections(typed) == fresh.corrections(typed)
    assert taken.variants(7) == fresh.variants(7)
