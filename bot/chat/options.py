"""Options of the chat service: the syntax of its platform, waits, clocks, what it keeps."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.chat.grammar import Syntax


@dataclass(frozen=True, slots=True)
class ChatServiceOptions:
    """How the chat behaves on one platform.

    `answer_seconds` is the longest wait for a reply; `follow_up_seconds` is how long a
    question may lean on the one before. With `keep_questions` they are kept with their
    replies. `clock` tells seconds that only go on, `now` the time of day with its zone.
    """

    syntax: Syntax
    answer_seconds: float = 30.0
    follow_up_seconds: float = 300.0
    keep_questions: bool = False
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
