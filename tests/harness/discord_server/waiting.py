"""Waiting for something to become true, woken by what happens and never by a timer."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class NotPossible(AssertionError):  # noqa: N818 - it reads as the sentence it is in a test report
    """A person tried what Discord's own program would not let them do."""


class Waiting:
    """Wakes whoever waits each time the world changes."""

    def __init__(self) -> None:
        self._sleepers: set[asyncio.Event] = set()

    def changed(self) -> None:
        """Say that something happened."""
        for sleeper in self._sleepers:
            sleeper.set()

    async def until(self, look: Callable[[], T], seconds: float, describe: Callable[[], str]) -> T:
        """The first true value of `look`; after `seconds`, AssertionError with a description."""
        sleeper = asyncio.Event()
        self._sleepers.add(sleeper)
        try:
            async with asyncio.timeout(seconds):
                while not (found := look()):
                    sleeper.clear()
                    await sleeper.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"nothing after {seconds} s. {describe()}") from None
        finally:
            self._sleepers.discard(sleeper)
