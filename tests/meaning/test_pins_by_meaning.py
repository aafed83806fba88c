"""Pins with the default encoder: other words meet a pin, and no vector is made twice."""

from pathlib import Path

import pytest

from bot.answering.pin_store import open_board
from bot.core.pin_places import place_pins
from bot.core.pins import Pin, PinnedQuote
from bot.meaning.encoder import Encoder
from bot.meaning.vectors import encode_passages
from bot.retrieval.answer.searcher import AnswerOptions, Searcher
from bot.retrieval.shard.arrays import Floats
from bot.retrieval.shard.build import build_shard
from bot.retrieval.shard.index import Index
from bot.retrieval.shard.vectors import Meaning
from tests.harness.documents import corpus, document

LET = "On Sundays the ferry is let to the school of Corvel."
DOCUMENTS = corpus(
    document("ferry.md", LET, "The ferry was painted red by its captain."),
    document("market.md", "Fish and salt are sold at the market until noon."),
)
PIN = Pin("which kids get to use the boat at the weekend", (PinnedQuote("ferry.md", LET),))


class CountedEncoder:
    """The encoder, with the questions that it was given."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.floor, self.sure, self.reads = encoder.floor, encoder.sure, encoder.reads
        self.texts: list[str] = []
        self._encoder = encoder

    def question(self, text: str) -> Floats:
        self.texts.append(text)
        return self._encoder.question(text)


@pytest.fixture(scope="module")
def encoder(encoder_folder: Path) -> CountedEncoder:
    return CountedEncoder(Encoder(encoder_folder))


@pytest.fixture(scope="module")
def index(encoder: CountedEncoder, encoder_folder: Path) -> Index:
    whole = Encoder(encoder_folder)
    tables = [encode_passages(whole, table, range(len(table))) for table in DOCUMENTS.tables]
    shards = [build_shard(table) for table in DOCUMENTS.tables]
    return Index(shards, DOCUMENTS.names, Meaning(encoder, tables))


def test_other_words_meet_the_pin_and_others_do_not(index: Index, tmp_path: Path) -> None:
    board = open_board(tmp_path, place_pins([PIN], DOCUMENTS), index, "scope")
    searcher = Searcher(DOCUMENTS, index, AnswerOptions(), pins=board)
    match = board.of(None).match(searcher.search("do pupils have the ferry on a Sunday"))
    assert match is not None
    assert match.pin.pin == PIN
    for other in ("what colour is the boat", "when does the market close", "how do I bake bread"):
        assert board.of(None).match(searcher.search(other)) is None


def test_no_vector_is_made_twice(index: Index, encoder: CountedEncoder, tmp_path: Path) -> None:
    placed = place_pins([PIN], DOCUMENTS)
    encoder.texts.clear()
    first = open_board(tmp_path, placed, index, "scope").of(None)
    assert {PIN.question, LET} <= set(encoder.texts)
    encoder.texts.clear()
    again = open_board(tmp_path, placed, index, "scope").of(None)
    assert encoder.texts == []
    assert again.levels == first.levels
    second = Pin("what is sold", (PinnedQuote("market.md", "Fish and salt"),))
    open_board(tmp_path, place_pins([PIN, second], DOCUMENTS), index, "scope")
    assert not {PIN.question, LET} & set(encoder.texts[:2])
    assert encoder.texts[:2] == ["what is sold", "Fish and salt"]


def test_what_is_damaged_is_made_anew(index: Index, tmp_path: Path) -> None:
    placed = place_pins([PIN], DOCUMENTS)
    first = open_board(tmp_path, placed, index, "scope").of(None)
    for file in tmp_path.iterdir():
        file.write_bytes(b"PK\x03\x04 no archive")
    assert open_board(tmp_path, placed, index, "scope").of(None).levels == first.levels
