"""Frames: every message crosses unchanged, and bytes that are no frame are refused."""

from io import BytesIO
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.processes.frames import (
    FrameError,
    decode,
    encode,
    read_frame,
    write_frame,
)

MESSAGES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=12,
)


@given(st.lists(MESSAGES, max_size=4))
@example(["\ud83d\ude00", "\udfff\n"])
def test_messages_cross_unchanged(messages: list[Any]) -> None:
    stream = BytesIO()
    bodies = [encode(message) for message in messages]
    for body in bodies:
        write_frame(stream, body)
    assert stream.getvalue() == b"".join(len(b).to_bytes(4, "little") + b for b in bodies)
    stream.seek(0)
    received = [decode(read_frame(stream, 10_000)) for _ in messages]
    # As text, for NaN does not equal itself.
    assert repr(received) == repr(messages)


@pytest.mark.parametrize("data", [b"", b"\x01\0", b"\x02\0\0\0[", b"\x02\0\0\0"])
def test_a_frame_that_is_cut_off_is_the_end(data: bytes) -> None:
    with pytest.raises(EOFError):
        read_frame(BytesIO(data), 10)


def test_a_frame_that_is_too_long_is_refused_before_it_is_read() -> None:
    header = (11).to_bytes(4, "little")
    with pytest.raises(FrameError):
        read_frame(BytesIO(header), 10)


@pytest.mark.parametrize("body", [b"", b"\xff", b"{}}", b"[" * 100_000, b"'a'", b"nonsense"])
def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(FrameError):
        decode(body)
