"""What a sync left out: the events of a gap, fetched page by page, oldest first."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from bot.platforms.matrix.api.event_parser import membership
from bot.platforms.matrix.api.http import READING, HttpApi, path
from bot.platforms.matrix.api.json_values import Json, tables, text

PAGE, MOST = 100, 3_000
"""Events a page, and events at most: who was away for longer misses the oldest."""

_log = logging.getLogger(__name__)


async def missed(wire: HttpApi, room: str, me: str, before: str, since: str) -> list[Json]:
    """The events between the tokens `since` and `before`, oldest first.

    Nothing from before the bot `me` joined is among them. Raises as `HttpApi.call`.
    """
    found: list[Json] = []
    while len(found) < MOST:
        query = {"dir": "b", "from": before, "to": since, "limit": str(PAGE)}
        where = path("rooms", room, "messages")
        answer = await wire.call("GET", where, query=query, policy=READING)
        page = tables(answer, "chunk")
        found += page
        if any(is_own_joining(raw, me) for raw in page):
            break
        end = text(answer, "end")
        if not end or end in (before, since):
            break
        before = end
    else:
        _log.warning("a room was busy while the bot was away: its oldest messages are left out")
    found.reverse()
    return since_joining(found, me)


def is_own_joining(raw: Json, me: str) -> bool:
    """Whether the bot `me` came into the room with this event."""
    told = membership(raw)
    return told is not None and told[:2] == (me, "join") and told[2] != "join"


def since_joining(events: Iterable[Json], me: str) -> list[Json]:
    """The events from the bot's last joining on; all where it was in the room before."""
    kept: list[Json] = []
    for raw in events:
        if is_own_joining(raw, me):
            kept = []
        kept.append(raw)
    return kept
