"""The loop that listens: what a sync brings is handed over first, then its token is kept."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cachetools import LRUCache

from bot.core.errors import MatrixError, SourcesSayError
from bot.platforms.matrix.api.event_parser import (
    ENCRYPTED,
    happening,
    membership,
    undecryptable,
    unsealed,
)
from bot.platforms.matrix.api.events import InviteEvent, JoinEvent, LeaveEvent, RoomEvent
from bot.platforms.matrix.api.http import ONCE, TOO_MANY, HttpApi, path
from bot.platforms.matrix.api.json_values import Json, flag, table, tables, text
from bot.platforms.matrix.api.port import CallError, Handler, RefusedError
from bot.platforms.matrix.api.room_state import RoomStates
from bot.platforms.matrix.crypto.olm import EncryptionKeys
from bot.platforms.matrix.session.backfill import missed, since_joining
from bot.platforms.matrix.session.login import Login
from bot.platforms.matrix.session.undecrypted import UndecryptedMessages
from bot.platforms.retry import UNTIL_DONE
from bot.state.values import Values

POLL_SECONDS = 30.0
"""How long the server holds a sync that has nothing to tell."""

SYNC_SECONDS, FULL_SECONDS = 60.0, 600.0
"""Longest wait for a sync, and for the first one after a start, which tells everything."""

TOO_OFTEN = 3
"""Refusals after which where to go on from is taken for unknown, as after a server's loss."""

_TIMELINE, _REMEMBERED = 50, 5_000
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Position:
    """The place in the server's stream of events from which the next sync goes on.

    `since` is the token of the last sync. `full` asks for the state of all rooms, as the
    first sync after a start must.
    """

    since: str | None
    full: bool = True
    refusals: int = 0

    def may_retry(self, fault: Exception) -> bool:
        """Whether to sync again; from the beginning where the server often refused `since`."""
        if not isinstance(fault, CallError):
            return False
        _log.warning("the homeserver was lost: %s", fault)
        self.refusals += isinstance(fault, RefusedError) and fault.status == 400
        if self.refusals >= TOO_OFTEN and self.since is not None:
            _log.warning("the homeserver does not know where the bot was; it begins anew")
            self.since, self.full, self.refusals = None, True, 0
        return True


class SyncLoop:
    """Listens for one login."""

    def __init__(
        self,
        wire: HttpApi,
        keys: EncryptionKeys | None,
        book: RoomStates,
        values: Values,
        login: Login,
    ) -> None:
        self._wire, self._keys, self._book, self._values = wire, keys, book, values
        self._me = login.user
        self._waiting = UndecryptedMessages(asyncio.get_running_loop().time)
        self._handed: LRUCache[str, None] = LRUCache(_REMEMBERED)
        self._kept: dict[str, str] = {}

    async def run(self, handle: Handler) -> None:
        """Hand over what happens until cancelled. Raises MatrixError."""
        since = await self._value("sync")
        self._waiting.restore(await self._value("waiting"))
        self._book.direct |= _names(await self._value("direct"))
        position = _Position(since)
        while True:
            sync, happened = await UNTIL_DONE(position.may_retry, self._poll, position)
            self._book.complete.set()
            for event in happened:
                await self._hand(handle, event)
            await self._keep("waiting", self._waiting.kept())
            await self._keep("direct", json.dumps(sorted(self._book.direct)))
            token = text(sync, "next_batch")
            if token:
                await self._keep("sync", token)
                position = _Position(token, full=False)
            else:
                position = replace(position, refusals=0)
            await self._settle()

    async def _poll(self, position: _Position) -> tuple[Json, list[RoomEvent]]:
        since, full = position.since, position.full
        sync = await self._sync(since, full)
        return sync, await self._taken(sync, since, full)

    async def _sync(self, since: str | None, full: bool) -> Json:
        due = self._waiting.next_due()
        poll = 0.0 if full else POLL_SECONDS if due is None else min(POLL_SECONDS, due)
        query = {"timeout": str(int(poll * 1000)), "filter": json.dumps(_filter(since))}
        if since is not None:
            query["since"] = since
        if full:
            query["full_state"] = "true"
        seconds = FULL_SECONDS if full else SYNC_SECONDS
        return await self._wire.call("GET", path("sync"), query=query, policy=ONCE, seconds=seconds)

    # From a sync to what happened

    async def _taken(self, sync: Json, since: str | None, full: bool) -> list[RoomEvent]:
        if self._keys is not None:
            self._keys.took(sync)
        found: list[RoomEvent] = []
        rooms = table(sync, "rooms")
        for room, told in table(rooms, "leave").items():
            if isinstance(told, dict):
                found += self._left(room, told)
        for room, told in table(rooms, "invite").items():
            if isinstance(told, dict):
                found += self._invited(room, told)
        for room, told in table(rooms, "join").items():
            if isinstance(told, dict):
                found += await self._joined(room, told, since)
        if self._keys is not None and (full or tables(sync, "to_device", "events")):
            for room, clear in self._waiting.opened(self._keys.opened):
                late = unsealed(room, clear, self._me)
                found += [] if late is None else [late]
        return found + list(self._waiting.overdue())

    async def _joined(self, room: str, told: Json, since: str | None) -> list[RoomEvent]:
        self._book.enter(room)
        timeline = tables(told, "timeline", "events")
        moved = [
            self._book.apply(room, raw) for raw in (*tables(told, "state", "events"), *timeline)
        ]
        state = self._book.state(room)
        if self._keys is not None and state is not None and state.encrypted:
            self._keys.watch(self._book.people(room))
            if any(moved):
                self._keys.changed(room)
        if since is None:
            # The first start ever: whatever was said before was not said to the bot.
            return []
        kept = since_joining(timeline, self._me)
        before = text(table(told, "timeline"), "prev_batch")
        if len(kept) == len(timeline) and flag(table(told, "timeline"), "limited") and before:
            kept = await self._gap(room, before, since) + kept
        found: list[RoomEvent] = []
        for raw in kept:
            # Decrypting takes its time, and thousands may have been missed.
            await asyncio.sleep(0)
            happened = self._read(room, raw)
            found += [] if happened is None else [happened]
        return found

    async def _gap(self, room: str, before: str, since: str) -> list[Json]:
        def may_retry(fault: Exception) -> bool:
            if not isinstance(fault, CallError) or _is_final(fault):
                return False
            _log.warning("a gap in a room is not filled yet: %s", fault)
            return True

        try:
            return await UNTIL_DONE(may_retry, missed, self._wire, room, self._me, before, since)
        except RefusedError as fault:
            _log.warning("a gap in a room stays open, the homeserver refused: %s", fault)
            return []

    def _read(self, room: str, raw: Json) -> RoomEvent | None:
        own = text(raw, "sender") == self._me
        if text(raw, "type") == ENCRYPTED and not own:
            clear = self._keys.opened(room, raw) if self._keys is not None else None
            if clear is not None:
                return unsealed(room, clear, self._me)
            session = self._keys.ask_for(room, raw) if self._keys is not None else None
            if session is not None:
                self._waiting.add(room, session, raw)
                return None
            # Without any encryption of its own the bot can only say so.
            gone = "redacted_because" in table(raw, "unsigned") or not table(raw, "content")
            return None if gone else undecryptable(room, raw)
        happened = happening(room, raw, self._me)
        return None if own and not isinstance(happened, JoinEvent | LeaveEvent) else happened

    def _invited(self, room: str, told: Json) -> list[RoomEvent]:
        mine = [
            raw
            for raw in tables(told, "invite_state", "events")
            if (membership(raw) or ())[:2] == (self._me, "invite") and text(raw, "sender")
        ]
        senders = {text(raw, "sender") or "" for raw in mine}
        if len(senders) != 1:
            if senders:
                # All but the invitation itself is what its server says of the room, unchecked.
                _log.warning("an invitation names several who invite; it is left open")
            return []
        direct = all(flag(table(raw, "content"), "is_direct") for raw in mine)
        if direct:
            self._book.direct.add(room)
        event_id = text(mine[-1], "event_id") or ""
        return [InviteEvent(room, event_id, senders.pop(), datetime.now(UTC), direct=direct)]

    def _left(self, room: str, told: Json) -> list[RoomEvent]:
        known = room in self._book
        self._book.leave(room)
        self._waiting.forget(room)
        for raw in (*tables(told, "timeline", "events"), *tables(told, "state", "events")):
            happened = happening(room, raw, self._me)
            if isinstance(happened, LeaveEvent) and happened.me:
                return [happened]
        return (
            [LeaveEvent(room, "", "", datetime.now(UTC), user=self._me, me=True)] if known else []
        )

    # From what happened to having it kept

    async def _hand(self, handle: Handler, event: RoomEvent) -> None:
        """Have one event handled, once; where it cannot be stored now, wait until it can."""
        key = f"{type(event).__name__} {event.room} {event.event_id}"
        if event.event_id and key in self._handed:
            return

        def may_retry(fault: Exception) -> bool:
            if isinstance(fault, MatrixError) or not isinstance(fault, SourcesSayError | CallError):
                return False
            _log.warning("what happened in a room waits: %s", fault)
            return True

        try:
            await UNTIL_DONE(may_retry, handle, event)
        except MatrixError:
            raise
        except Exception as fault:  # noqa: BLE001 - one event must not stop all that follow
            trace = _log.isEnabledFor(logging.DEBUG)
            _log.error(
                "what happened in a room was left behind: %s", type(fault).__name__, exc_info=trace
            )
        self._handed[key] = None

    async def _settle(self) -> None:
        if self._keys is None:
            return
        try:
            await self._keys.settle(ONCE)
        except CallError as fault:
            _log.warning("keys could not be exchanged, tried again later: %s", fault)

    async def _value(self, name: str) -> str | None:
        value = await self._values.get(f"matrix.{name}:{self._me}")
        if value is not None:
            self._kept[name] = value
        return value

    async def _keep(self, name: str, value: str) -> None:
        """Store a value where it changed; wait until it is stored."""
        if self._kept.get(name) == value:
            return

        def may_retry(fault: Exception) -> bool:
            if not isinstance(fault, SourcesSayError):
                return False
            _log.warning("where to go on from is not kept yet: %s", fault)
            return True

        await UNTIL_DONE(may_retry, self._values.set, f"matrix.{name}:{self._me}", value)
        self._kept[name] = value


def _is_final(fault: CallError) -> bool:
    """Whether the homeserver refused for good, not by a rate limit."""
    return isinstance(fault, RefusedError) and fault.status != TOO_MANY


def _filter(since: str | None) -> Json:
    nothing: Json = {"not_types": ["*"]}
    return {
        "presence": nothing,
        "account_data": nothing,
        "room": {
            "ephemeral": nothing,
            "account_data": nothing,
            "timeline": {"limit": 1 if since is None else _TIMELINE},
            "state": {"lazy_load_members": False},
        },
    }


def _names(kept: str | None) -> set[str]:
    try:
        return {str(one) for one in json.loads(kept or "[]")}
    except (ValueError, TypeError):
        return set()
