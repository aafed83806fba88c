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


@pytest.mark.parametrize(
    ("title", "text", "asks"),
    [
        ("", "The door is stuck. Any hint? Thanks", True),
        ("Who made it?", "I tried everything.", True),
        ("Vault", "谁做的门？", True),
        ("", "It is stuck (**why?**) again.", True),
        ("", "«Wer war das?»", True),
        ("", "Who made it?! Please.", True),
        ("", "See https://example.org/?a=b for more", False),
        ("Vault", "run(); // it opens", False),
        ("", "I'll tell you when it's done.", False),
    ],
)
def test_a_post_asks_by_a_question_mark(title: str, text: str, asks: bool) -> None:
    assert FirstPost(text, title).asks is asks
