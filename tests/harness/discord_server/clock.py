"""The server's time and its snowflakes: both move only as far as a test says."""

from datetime import UTC, datetime, timedelta

EPOCH_MS = 1_420_070_400_000
"""The first millisecond of 2015, from which Discord counts."""


class ServerClock:
    """Time that stands still until it is advanced, so that no test sleeps.

    With `real` it runs as clocks do, for a bot in another process that is timed for earnest.
    """

    def __init__(self, *, real: bool = False) -> None:
        self._real = real
        self._start = datetime.now(UTC)
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The present moment, with its zone (UTC)."""
        return (datetime.now(UTC) if self._real else self._start) + self._ahead

    def advance(self, seconds: float) -> None:
        """Let this many seconds pass at once."""
        self._ahead += timedelta(seconds=seconds)


class Snowflakes:
    """Ids that rise strictly, each in a millisecond of its own, so that shards differ."""

    def __init__(self, clock: ServerClock) -> None:
        self._clock = clock
        self._last_ms = 0

    def next(self) -> int:
        """A fresh id."""
        now_ms = int(self._clock.now().timestamp() * 1000) - EPOCH_MS
        self._last_ms = max(now_ms, self._last_ms + 1)
        return self._last_ms << 22


def iso(moment: datetime) -> str:
    """A moment the way Discord writes it."""
    return moment.isoformat(timespec="microseconds")
