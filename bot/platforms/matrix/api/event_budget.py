"""Event budget: an estimate of how near the account is to the homeserver's rate limit.

The homeserver counts the events of an account in all its rooms together, reactions as well as
messages, in a leaky bucket (Synapse's `rc_message`). This is the same bucket on our side. Each
event raises its level by one, and it drains at `rate` events a second. An answer 429 shows that
the bucket is full, and how fast it drains at most.

Example with RATE 0.2, BURST 10 and RESERVE 3: seven events at once leave no time for an eighth
that may wait. It is due after 5 seconds, and until then three replies still get through.
"""

from collections.abc import Callable

RATE, BURST = 0.2, 10.0
"""Synapse's limits by default: events a second, and events at once after a pause."""

UNLIMITED = 1_000.0
"""The rate of an account without limits, until the homeserver refuses an event."""

RESERVE = 3.0
"""Events that are kept for replies, unless a caller keeps fewer."""

FORGET_SECONDS = 600.0
"""The time after a refusal from which the rate that it taught counts no more."""


class EventBudget:
    """A leaky bucket of events; `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float], rate: float = RATE) -> None:
        self._clock, self._first_rate = clock, rate
        self._learned_rate, self._refused_at = rate, clock()
        self._level, self._at = 0.0, clock()

    def spend(self) -> None:
        """Count an event that is sent; the bucket is never more than full."""
        self._level, self._at = min(self._level_now() + 1, BURST), self._clock()

    def limited(self, seconds: float) -> None:
        """Learn from a refusal: the next event gets through after `seconds`."""
        self._learned_rate = min(self._rate(), 1 / seconds)
        self._level, self._at = BURST, self._clock()
        self._refused_at = self._at

    def wait(self, reserve: float = RESERVE) -> float:
        """Seconds until an event that may wait leaves the reserve to the replies."""
        return max(self._level_now() + 1 + reserve - BURST, 0.0) / self._rate()

    def _rate(self) -> float:
        is_recent = self._clock() - self._refused_at < FORGET_SECONDS
        return self._learned_rate if is_recent else self._first_rate

    def _level_now(self) -> float:
        return max(self._level - self._rate() * (self._clock() - self._at), 0.0)
