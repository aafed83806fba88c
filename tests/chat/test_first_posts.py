"""Questions of a first post: its text with its title, and a title that is one by itself."""

import pytest

from bot.chat.command_grammar import MOST_CHARACTERS
from bot.chat.first_posts import FirstPost


@pytest.mark.parametrize(
    ("title", "text", "asked"),
    [
        ("", "Who made the door?", ("Who made the door?",)),
        ("The vault", "Who made the door?", ("The vault\nWho made the door?",)),
        ("Who made it?", "Any hint?", ("Who made it?\nAny hint?", "Who made it?")),
        ("Who made the…", "Who made the door?", ("Who made the door?",)),
        ("Who made the door?", "Who made the door?", ("Who made the door?",)),
        ("Who made the door?", "thanks", ("Who made the door?\nthanks", "Who made the door?")),
        ("Who made the door?", " ", ()),
        ("", "hello", ()),
        ("", "1 + 1", ()),
        ("Hi", "hello", ()),
        ("The vault", "x" * MOST_CHARACTERS, ()),
        ("Who made it?", "x" * MOST_CHARACTERS, ("Who made it?",)),
    ],
)
def test_the_title_belongs_to_the_text(title: str, text: str, asked: tuple[str, ...]) -> None:
    assert FirstPost(text, title).questions() == asked
