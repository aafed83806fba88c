"""The file of the pins: read, written by the bot, and edited by hand at the same time."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import ManifestError, PinError
from bot.core.pins import Pin, PinnedQuote, folded_question
from bot.ingest.pin_file import PinFile, read_pins
from bot.ingest.pin_tables import parse_pins, pin_text
from bot.ingest.walk import walk

BY_HAND = '''# Pins of the town.

# The ferry comes first.
[[pin]]
question = "Who has the ferry?"  # asked each week

[[pin.quote]]
document = "a.md"
quote = "The ferry is let to the school."

# About the tower.
[[pin]]
question = "Where is the key?"
[[pin.quote]]
document = "b.md"
quote = """
Not a header:
[[pin]]
The baker keeps it."""

# The end.
'''
FERRY, KEY = parse_pins("pins.toml", BY_HAND.encode())[0]
FAIR = Pin(
    "When is the fair?",
    (PinnedQuote("c.md", 'On the "first"\nof May.', "page 3"),),
    "discord:1",
    "discord:7",
    datetime(2026, 11, 30, 16, 5, tzinfo=UTC),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pins.toml"
    path.write_text(BY_HAND, encoding="utf-8")
    return path


def test_a_new_pin_stands_at_the_end_and_nothing_else_changes(file: Path) -> None:
    pins = PinFile(file.parent)
    assert pins.add(FAIR) is None
    text = file.read_text(encoding="utf-8")
    assert text == f"{BY_HAND}\n{pin_text(FAIR)}"
    assert pins.pins() == (FERRY, KEY, FAIR)


def test_a_pin_for_the_same_question_replaces_the_first_in_its_place(file: Path) -> None:
    new = Pin("who has the FERRY", (PinnedQuote("a.md", "Nobody has it."),))
    assert PinFile(file.parent).add(new) == FERRY
    text = file.read_text(encoding="utf-8")
    assert text.startswith(f"# Pins of the town.\n\n# The ferry comes first.\n{pin_text(new)}")
    assert text.endswith(BY_HAND[BY_HAND.index("\n# About the tower.") :])


def test_a_pin_is_taken_out_and_comments_stay(file: Path) -> None:
    pins = PinFile(file.parent)
    assert pins.remove(KEY.key) == KEY
    text = file.read_text(encoding="utf-8")
    assert text == BY_HAND[: BY_HAND.index('[[pin]]\nquestion = "Where')] + "\n# The end.\n"
    assert pins.remove(KEY.key) is None
    assert pins.pins() == (FERRY,)


def test_an_undo_keeps_what_somebody_wrote_meanwhile(file: Path) -> None:
    pins = PinFile(file.parent)
    pins.add(FAIR)
    with file.open("a", encoding="utf-8") as stream:
        stream.write("\n" + pin_text(Pin("By hand?", (PinnedQuote("d.md", "Yes."),))))
    assert pins.remove(FAIR.key) == FAIR
    assert [pin.question for pin in pins.pins()] == [
        "Who has the ferry?",
        "Where is the key?",
        "By hand?",
    ]


def test_the_first_pin_makes_the_file(tmp_path: Path) -> None:
    PinFile(tmp_path).add(FAIR)
    assert (tmp_path / "pins.toml").read_text(encoding="utf-8") == pin_text(FAIR)
    assert PinFile(tmp_path).pins() == (FAIR,)


def test_a_broken_entry_is_named_and_takes_no_other_down(file: Path) -> None:
    broken = '[[pin]]\nquestion = 5\n\n[[pin]]\nquestion = "Without a quote?"\n'
    twice = "\n" + pin_text(Pin("who has the ferry?", (PinnedQuote("x.md", "x"),)))
    file.write_text(BY_HAND + broken + twice, encoding="utf-8")
    load = read_pins(walk(str(file.parent)))
    assert [pin.question for pin in load.pins] == ["Where is the key?", "who has the ferry?"]
    assert load.notes == (
        'pins.toml: pin 3, key "question" is not text; put it in quotes.',
        "pins.toml: pin 4 has no quote; add one under [[pin.quote]].",
        "pins.toml: pin 5 has the question of another above, which does not hold;"
        " take one of them out",
    )
    assert PinFile(file.parent).add(FAIR) is None
    assert broken in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[pin]\n", "cannot be understood at line 1"),
        ('[pin]\nquestion = "one"\n', "write [[pin]] in double brackets"),
        ('[[pins]]\nquestion = "one"\n', 'key "pins" is unknown'),
    ],
)
def test_a_broken_file_is_a_failure_and_stays_as_it_is(
    tmp_path: Path, text: str, reason: str
) -> None:
    file = tmp_path / "pins.toml"
    file.write_text(text, encoding="utf-8")
    load = read_pins(walk(str(tmp_path)))
    assert load.pins == ()
    (failure,) = load.failed
    assert failure.path == "pins.toml"
    assert reason in failure.reason
    with pytest.raises(PinError, match=r"pins\.toml"):
        PinFile(tmp_path).add(FAIR)
    assert file.read_text(encoding="utf-8") == text


def test_pins_on_one_line_are_left_to_people(tmp_path: Path) -> None:
    line = 'pin = [{question = "one?", quote = [{document = "a.md", quote = "one"}]}]\n'
    (tmp_path / "pins.toml").write_text(line, encoding="utf-8")
    assert len(read_pins(walk(str(tmp_path))).pins) == 1
    with pytest.raises(PinError, match="not written under"):
        PinFile(tmp_path).add(FAIR)


def test_the_file_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "pins.toml").write_text(BY_HAND, encoding="utf-8")
    (tmp_path / "pins.toml").write_text(BY_HAND, encoding="utf-8")
    listing = walk(str(tmp_path))
    assert listing.files == []
    assert listing.skipped == {"deep/pins.toml": "pins stand beside the top folders"}


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
PINS = st.builds(
    Pin,
    TEXT.filter(folded_question),
    st.lists(
        st.builds(PinnedQuote, st.just("a.md"), TEXT.filter(str.strip), TEXT.map(str.strip)),
        min_size=1,
        max_size=3,
    ).map(tuple),
    st.none() | st.just("matrix:!a:b"),
    st.just("") | TEXT,
    st.none() | st.just(FAIR.at),
)


@given(st.lists(PINS, max_size=4))
def test_any_pins_are_read_as_they_were_written(pins: list[Pin]) -> None:
    text = "\n".join(map(pin_text, pins))
    read, _ = parse_pins("pins.toml", text.encode())
    assert set(read) == {pin for n, pin in enumerate(pins) if not _later(pin, pins[n + 1 :])}


def _later(pin: Pin, others: list[Pin]) -> bool:
    return any(other.key == pin.key for other in others)


def test_a_file_that_is_no_text_is_told() -> None:
    with pytest.raises(ManifestError, match="UTF-8"):
        parse_pins("pins.toml", b"\xff")


def test_what_a_load_would_leave_out_is_refused_with_its_reason(tmp_path: Path) -> None:
    file = PinFile(tmp_path)
    first, *others = (PinnedQuote("rules.md", f"Side {number}.") for number in range(9))
    for pin, reason in (
        (Pin("q" * 2_001, (first,)), '"question" is longer than 2,000 characters; shorten it.'),
        (Pin("who?", (first, *others)), "has more than 8 quotes; make two pins of it."),
    ):
        with pytest.raises(PinError, match=f"^This cannot be pinned: .*{reason}$"):
            file.add(pin)
    assert not (tmp_path / "pins.toml").exists()
