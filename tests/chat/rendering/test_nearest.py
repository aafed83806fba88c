"""The list of what is near to a silence: each line tells its excerpt from the others."""

from bot.chat.rendering.nearest import excerpt_labels
from bot.chat.rendering.plain import PLAIN
from bot.chat.rendering.replies import reply_blocks
from bot.chat.texts.parameters import CommandName
from bot.core.documents import Locator, Span
from bot.core.replies import Excerpt, Silence
from tests.chat.builders import document, passage

TEXT = "It rained on Monday. It snowed on Tuesday."


def near(
    path: str = "main/weather.md",
    title: str = "Weather",
    span: Span | None = None,
    locator: Locator | None = None,
) -> Excerpt:
    made = passage(document(TEXT, path, title=title), span, locator)
    return Excerpt(made, (made.span,))


def silence(*excerpts: Excerpt) -> Silence:
    return Silence("hail?", "9c1b04d2" * 8, 5, (), excerpts)


def shown(*excerpts: Excerpt, more: bool = False) -> str:
    command = CommandName("more") if more else None
    blocks = reply_blocks(silence(*excerpts), numbered=True, more=command)
    return "\n".join(PLAIN.render(block).text for block in blocks)


def test_titles_with_headings_are_listed_and_nothing_is_quoted() -> None:
    one = near(locator=Locator(3, headings=("Seasons", "Winter")))
    other = near("main/roads.md", "Roads", locator=Locator(1, page=4))
    text = shown(one, other)
    assert "Nearest, but not an answer:\n1 · Weather, Seasons › Winter, paragraph 3\n" in text
    assert "\n2 · Roads, page 4, paragraph 1\n" in text
    assert "rained" not in text
    assert "number" not in text
    assert "\nTo read one, write its number.\n" in shown(one, more=True)
    assert "Nearest" not in shown()


def test_documents_of_one_title_are_told_apart_by_their_paths() -> None:
    labels = excerpt_labels([near(), near("old/weather.md"), near("main/roads.md", "Roads")])
    assert labels == [
        ("Weather", "paragraph 2, main/weather.md"),
        ("Weather", "paragraph 2, old/weather.md"),
        ("Roads", "paragraph 2"),
    ]


def test_parts_of_one_place_are_told_apart_by_their_first_words() -> None:
    one, other = near(span=Span(0, 20)), near(span=Span(21, 42))
    third = near(locator=Locator(3))
    assert [place for _, place in excerpt_labels([one, other, third])] == [
        "paragraph 2: It rained on Monday.",
        "paragraph 2: It snowed on Tuesday.",
        "paragraph 3",
    ]


def test_long_titles_and_headings_are_shortened_and_still_told_apart() -> None:
    headings = ("A very long heading " * 9,)
    one = near(title="T" * 300, span=Span(0, 20), locator=Locator(1, headings=headings))
    other = near(title="T" * 300, span=Span(21, 42), locator=Locator(1, headings=headings))
    labels = excerpt_labels([one, other])
    assert all(len(title) <= 80 and len(place) <= 200 for title, place in labels)
    assert len(set(labels)) == 2
