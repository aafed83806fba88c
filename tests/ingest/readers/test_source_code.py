"""Source code and settings: passages of whole lines, which are cited by their numbers."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.core.replies import Answer
from bot.ingest.readers import read, sandbox
from tests.harness.documents import read_folder, searcher


@pytest.fixture(autouse=True, scope="module")
def _no_process_is_left() -> Iterator[None]:
    yield
    sandbox.shared.close()


CLIENT = '''\
"""A client of the weather service."""

import time

MAX_RETRIES = 3

# The service asks for a pause.
# It is told in seconds.
PAUSE = 2


class Client:
    """It fetches forecasts. One older than maxForecastAge is dropped."""

    def fetch_forecast(self, town):
        for attempt in range(MAX_RETRIES):
            if attempt:

                time.sleep(PAUSE)
        return self.get(town)
'''


def passages(parsed: Parsed) -> dict[str, str]:
    """The text of each block by its place, as a citation has it."""
    return {str(block.landmark): block.span.of(parsed.text) for block in parsed.blocks}


def line(number: int, text: str = CLIENT) -> str:
    return text.split("\n")[number - 1]


def test_code_is_cut_at_definitions_that_are_not_indented() -> None:
    assert list(passages(read("client.py", CLIENT.encode()))) == [
        "line 1", "line 3", "line 5", "line 7-9", "line 12-20",
    ]  # fmt: skip


def test_the_text_is_the_file_itself() -> None:
    text = "def a():\r\n\treturn  1 \x0c\r\n\r\n\u2028b = 2\r"
    parsed = read("a.py", text.encode())
    assert parsed.text == text
    assert passages(parsed) == {"line 1-2": "def a():\r\n\treturn  1", "line 4": "\u2028b = 2"}
    assert parsed.title == "a.py"


def test_a_long_class_is_cut_before_its_methods() -> None:
    method = "    def m{}(self):\n        a = 1\n\n" + "        b = 'word'\n" * 20 + "\n"
    text = "class A:\n    x = 1\n\n" + "".join(map(method.format, range(3)))
    cut = passages(read("a.py", text.encode()))
    assert list(cut) == ["line 1-2", "line 4-26", "line 28-50", "line 52-74"]
    assert cut["line 4-26"].startswith("    def m0(self):\n        a = 1\n\n        b")


def test_code_without_blank_lines_is_cut_where_it_is_indented_least() -> None:
    entry = '  "town{}": {{\n    "rain": 1,\n    "wind": 2\n  }},\n'
    text = "{\n" + "".join(map(entry.format, range(30))) + '  "last": 0\n}\n'
    cut = passages(read("towns.json", text.encode()))
    assert len(cut) > 2
    assert all(each.startswith('  "') for each in list(cut.values())[1:])
    assert "\n".join(cut.values()) + "\n" == text


def test_settings_are_passages_with_their_comments() -> None:
    text = "# Seconds of a pause.\npause: 2\n\n# Largest file.\nlimit:\n  - 3\n\n  - 4\n"
    cut = passages(read("a.YAML", text.encode()))
    assert list(cut) == ["line 1-2", "line 4-8"]


def test_a_quote_of_code_has_whole_lines_and_their_indents(tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text(CLIENT)
    (tmp_path / "guide.md").write_text("# Rain\n\nIt falls.\n\n```\nif rain:\n    stop()\n```\n")
    asked = searcher(read_folder(tmp_path))
    for question in ("where is max retries set", "how does it fetch forecast", "max forecast age"):
        reply = asked.reply(question)
        assert isinstance(reply, Answer)
        for excerpt in reply.excerpts:
            for quoted in excerpt.quote.split("\n"):
                assert quoted in CLIENT.split("\n")
    reply = asked.reply("stop if rain")
    assert isinstance(reply, Answer)
    assert reply.excerpts[0].quote == "if rain:\n    stop()"


def test_names_in_code_are_found(tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text(CLIENT)
    asked = searcher(read_folder(tmp_path))
    for question, wanted in {
        "fetch_forecast": "def fetch_forecast(self, town):",
        "maxForecastAge": "One older than maxForecastAge is dropped.",
        "MAX_RETRIES": "MAX_RETRIES = 3",
        "pause told in seconds": "# It is told in seconds.",
    }.items():
        reply = asked.reply(question)
        assert isinstance(reply, Answer)
        assert any(wanted in excerpt.quote for excerpt in reply.excerpts)
        assert str(reply.excerpts[0].passage.locator).startswith("line ")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x00\x01\x02\x03" * 50, "It is a binary file, not text: remove it, or save it as text."),
        (b"\x7fELF" + bytes(50), "It is a program, not text: give it the ending of what it is."),
        (b"{}\n[]\n", "It holds no words: fill it or remove it."),
        (b"\n\n", "It is empty: fill it or remove it."),
    ],
)
@pytest.mark.parametrize("name", ["a.js", "a.log"])
def test_a_file_without_words_is_refused(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(name, data)
    assert str(caught.value) == reason


def test_deep_indents_are_cut_without_recursion() -> None:
    text = "".join(" " * depth + f"line{depth}\n" for depth in range(3_000))
    parsed = read("a.py", text.encode())
    assert "".join(passages(parsed).values()).count("line") == 3_000


codes = st.lists(
    st.tuples(
        st.integers(0, 6), st.sampled_from(["", "x = 1", "}", "def f():", "# One. Two.", "y" * 700])
    ),
    min_size=1,
    max_size=90,
)


@given(
    rows=codes, end=st.sampled_from(["\n", "\r\n", "\r"]), name=st.sampled_from(["a.c", "a.log"])
)
def test_no_line_is_lost_doubled_or_cut(rows: list[tuple[int, str]], end: str, name: str) -> None:
    lines = [" " * indent + body for indent, body in rows]
    text = "w" + end + end.join(lines)
    parsed = read(name, text.encode())
    assert parsed.text == text
    numbers: list[int] = []
    for block in parsed.blocks:
        assert block.landmark is not None
        first, _, last = block.landmark.mark.partition("-")
        own = range(int(first), int(last or first) + 1)
        numbers += own
        whole = text.split(end)[own[0] - 1 : own[-1]]
        assert block.span.of(text) == end.join(whole).rstrip()
    assert all(one < other for one, other in pairwise(numbers))
    with_words = [n for n, each in enumerate(text.split(end), 1) if any(map(str.isalnum, each))]
    assert set(with_words) <= set(numbers)
