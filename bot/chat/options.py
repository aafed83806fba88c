"""Options of the chat service: the syntax of its platform, time limits, clocks, privacy."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.chat.command_grammar import Syntax


@dataclass(frozen=True, slots=True)
class ChatServiceOptions:
    """How the chat behaves on one platform.

    `answer_seconds` is the time limit of a reply. For `follow_up_seconds` a question may
    borrow words from the one before. With `keep_questions` the text of questions is saved
    with the replies. `clock` is monotonic, `now` returns the time of day with its zone.
    """

    syntax: Syntax
    answer_seconds: float = 30.0
    follow_up_seconds: float = 300.0
    keep_questions: bool = False
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
