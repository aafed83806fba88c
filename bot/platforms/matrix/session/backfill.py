"""Back-fill: fetches the events that a sync left out (a gap), page by page."""

import logging
from collections.abc import Iterable

from bot.platforms.matrix.api.event_parser import membership_change
from bot.platforms.matrix.api.http import READING, HttpApi, api_path
from bot.platforms.matrix.api.json_values import Json, tables, text

PAGE, MOST = 100, 3_000
"""Events on one page, and events fetched of one gap; a longer gap loses its oldest events."""

_log = logging.getLogger(__name__)


async def fetch_gap(api: HttpApi, room: str, me: str, before: str, since: str) -> list[Json]:
    """The events between the tokens `since` and `before`, oldest first.

    Events from before the bot `me` joined are left out. Raises as `HttpApi.call`.
    """
    newest_first: list[Json] = []
    while len(newest_first) < MOST:
        query = {"dir": "b", "from": before, "to": since, "limit": str(PAGE)}
        path = api_path("rooms", room, "messages")
        answer = await api.call("GET", path, query=query, policy=READING)
        page = tables(answer, "chunk")
        newest_first += page
        if any(_is_own_join(raw, me) for raw in page):
            break
        end = text(answer, "end")
        if not end or end in (before, since):
            break
        before = end
    else:
        _log.warning("a room was busy while the bot was away: its oldest messages are left out")
    return after_joining(reversed(newest_first), me)


def after_joining(events: Iterable[Json], me: str) -> list[Json]:
    """The events since the bot last joined; all of them if it joined before the first."""
    since_join: list[Json] = []
    for raw in events:
        if _is_own_join(raw, me):
            since_join = []
        since_join.append(raw)
    return since_join


def _is_own_join(raw: Json, me: str) -> bool:
    change = membership_change(raw)
    return change is not None and change[:2] == (me, "join") and change[2] != "join"
