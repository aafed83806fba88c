"""Turns are short while anything is computed besides questions, and as before afterwards."""

import sys
import threading

import pytest

from bot.core.switch_interval import SHORT_SECONDS, short_turns


def test_turns_are_short_inside_and_as_before_outside() -> None:
    usual = sys.getswitchinterval()
    with short_turns():
        assert sys.getswitchinterval() == pytest.approx(min(usual, SHORT_SECONDS))
    assert sys.getswitchinterval() == pytest.approx(usual)


def test_the_last_of_several_that_compute_ends_it() -> None:
    usual = sys.getswitchinterval()
    inside, leave = threading.Event(), threading.Event()

    def compute() -> None:
        with short_turns():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=compute)
    try:
        with short_turns():
            thread.start()
            assert inside.wait(10)
        assert sys.getswitchinterval() == pytest.approx(min(usual, SHORT_SECONDS))
    finally:
        leave.set()
        thread.join()
    assert sys.getswitchinterval() == pytest.approx(usual)


def test_a_fault_ends_it_too() -> None:
    usual = sys.getswitchinterval()
    with pytest.raises(ValueError, match="no"), short_turns():
        raise ValueError("no")
    assert sys.getswitchinterval() == pytest.approx(usual)
