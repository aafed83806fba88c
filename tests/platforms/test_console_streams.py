"""What comes in line by line, and what goes out to whoever may have gone."""

import io
import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import StreamError
from bot.platforms.streams import InputLine, Output, OutputClosed, lines, read_lines, reader


def in_pieces(data: bytes, size: int) -> Callable[[int], bytes]:
    """A source that gives `size` bytes at a time."""
    pieces: Iterator[bytes] = (data[i : i + size] for i in range(0, len(data), size))
    return lambda _: next(pieces, b"")


def texts(data: bytes, size: int = 7, most: int = 100) -> list[str]:
    return [line.text for line in lines(in_pieces(data, size), most)]


def test_lines_end_with_a_line_feed_with_or_without_a_carriage_return() -> None:
    assert texts(b"one\ntwo\r\n\nthree") == ["one", "two", "", "three"]
    assert texts(b"") == []
    assert texts(b"\n") == [""]
    assert texts(b"one\n") == ["one"]


def test_other_line_breaks_do_not_end_a_line() -> None:
    text = "one\u2028two\x0bthree\x85four\rfive"
    assert texts(text.encode()) == [text]


def test_what_is_no_text_is_replaced_and_takes_no_neighbour_with_it() -> None:
    assert texts(b"gr\xc3\xbc\xc3\nn\xffo\n\x00") == ["grü\ufffd", "n\ufffdo", "\x00"]


def test_a_long_line_is_counted_and_not_kept() -> None:
    found = list(lines(in_pieces("ü".encode() * 5_000 + b"\nshort", 999), 10))
    assert found == [InputLine("ü" * 10, 5_000), InputLine("short", 5)]
    assert [line.is_whole for line in found] == [False, True]


@given(
    st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]))),
    st.integers(1, 9),
)
def test_however_the_bytes_arrive_the_lines_are_the_same(wanted: list[str], size: int) -> None:
    data = "".join(f"{line}\n" for line in wanted).encode()
    assert texts(data, size, 10_000) == wanted


async def test_lines_are_read_from_a_pipe_as_they_come() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as stream, os.fdopen(writing, "wb", 0) as other:
        found = read_lines(stream)
        other.write(b"one\ntw")
        assert await anext(found) == InputLine("one", 3)
        other.write(b"o\n")
        assert await anext(found) == InputLine("two", 3)
        other.close()
        assert [line async for line in found] == []


async def test_input_that_was_never_open_is_at_its_end() -> None:
    assert [line async for line in read_lines(None)] == []


async def test_input_that_cannot_be_read_is_one_sentence() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with (
        os.fdopen(writing, "w", encoding="utf-8") as wrong_end,
        pytest.raises(StreamError, match=r"^Standard input cannot be read \(bad file"),
    ):
        _ = [line async for line in read_lines(wrong_end)]


def test_a_stream_without_a_descriptor_is_read_too() -> None:
    assert list(lines(reader(io.TextIOWrapper(io.BytesIO(b"one\ntwo"))))) == [
        InputLine("one", 3),
        InputLine("two", 3),
    ]


def test_output_whose_reader_has_gone_ends_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w", encoding="utf-8")
    with pytest.raises(OutputClosed):
        Output(stream).write("one\n")
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_output_that_was_never_open_takes_everything() -> None:
    Output(None).write("one\n")
    assert not Output(None).is_terminal


def test_what_an_old_encoding_lacks_is_written_as_its_escape() -> None:
    written = io.BytesIO()
    output = Output(io.TextIOWrapper(written, encoding="ascii"))
    output.write("»grün« \ud800\n")
    assert written.getvalue() == b"\\xbbgr\\xfcn\\xab \\ud800\n"
    assert not output.is_unicode
