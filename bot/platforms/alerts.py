"""Alerts: what operators are told unasked, in the room that they named on each platform."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.rendering.blocks import NoticeBlock, notice_block
from bot.chat.texts.catalogue import Text
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.notices import Notice, notice, shorten
from bot.ingest.report import LoadReport, failure_lines, note_lines

if TYPE_CHECKING:
    from bot.state.store import Store

WEEK = timedelta(days=7)
LAST_QUESTIONS = 5
"""Questions of the week that are named, the last ones."""

Send = Callable[[Message], Awaitable[object]]
"""Sends a message to the room for alerts."""

TRIES = 3
"""Connections that may end in a fault over an alert before it is dropped."""

_WAITING = 20
_LINES = 5
_QUESTION_CHARACTERS = 200
_KEY = "alerts:silence"

_log = logging.getLogger(__name__)


class AlertQueue(asyncio.Queue[NoticeBlock]):
    """The alerts that one platform has still to send; of too many the oldest are dropped."""

    def __init__(self) -> None:
        super().__init__(_WAITING)
        self._failures = 0

    def add(self, alert: NoticeBlock) -> None:
        """Put an alert at the end."""
        if self.full():
            self.get_nowait()
        self.put_nowait(alert)

    async def send_all(self, layout: Layout, send: Send, refusal: type[Exception]) -> None:
        """Send the alerts as they come until cancelled; a `refusal` is only logged.

        An alert that was being sent when the connection ended is left to the next one; also
        where a fault of the sending ended it, `TRIES` times at most.
        """
        while True:
            alert = await self.get()
            try:
                await send(layout.tell([alert]))
            except refusal as fault:
                _log.warning("an alert could not be sent: %s", fault)
            except BaseException as fault:
                self._failures += not isinstance(fault, asyncio.CancelledError)
                if self._failures < TRIES:
                    self.add(alert)
                    raise
                self._failures = 0
                _log.error("an alert was given up after %d tries", TRIES)
                raise
            self._failures = 0


def load_alerts(report: LoadReport, before: LoadReport | None = None) -> Iterator[NoticeBlock]:
    """The files that failed at a load, and the pins that stopped, if one did not `before`."""
    if set(report.failed) - set(() if before is None else before.failed):
        failures = failure_lines(report.failed, _LINES)
        yield _listed(notice(CuratorText.ALERT_FAILED, count=len(report.failed)), failures)
    if set(report.lost_pins) - set(() if before is None else before.lost_pins):
        lost = note_lines(report.lost_pins, _LINES)
        yield _listed(notice(CuratorText.ALERT_PINS, count=len(report.lost_pins)), lost)


def _listed(heading: Notice, lines: Iterable[str]) -> NoticeBlock:
    return notice_block(heading, *(notice(Text.WORDS, words=line) for line in lines))


async def silence_alert(store: Store, now: datetime) -> NoticeBlock | None:
    """The questions of the week that met silence; None if it has not passed, or had none.

    The first call begins the first week. Raises `StateError`.
    """
    stored = await store.values.get(_KEY)
    since = None if stored is None else datetime.fromisoformat(stored)
    if since is not None and now - since < WEEK:
        return None
    await store.values.set(_KEY, now.isoformat())
    if since is None:
        return None
    total, asked = await store.unanswered.asked_since(since, LAST_QUESTIONS)
    if not total:
        return None
    questions = (shorten(each.question, _QUESTION_CHARACTERS) for each in asked)
    return _listed(notice(CuratorText.ALERT_SILENCE, count=total), questions)
