"""The sync loop: it has the events of a sync handled, and stores the sync's token afterwards."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from bot.core.errors import MatrixError, SourcesSayError
from bot.platforms.matrix.api.event_parser import (
    ENCRYPTED,
    membership_change,
    parse_decrypted,
    parse_event,
    parse_undecryptable,
)
from bot.platforms.matrix.api.events import Handler, InviteEvent, JoinEvent, RoomEvent
from bot.platforms.matrix.api.http import (
    ONCE,
    CallError,
    HttpApi,
    RateLimitedError,
    RefusedError,
    UnreachedError,
    api_path,
)
from bot.platforms.matrix.api.json_values import Json, table, tables, text
from bot.platforms.matrix.api.room_state import RoomStates
from bot.platforms.matrix.crypto.olm import EncryptionKeys
from bot.platforms.matrix.crypto.verification import Verifier
from bot.platforms.matrix.session.login import Login
from bot.platforms.matrix.session.undecrypted import UndecryptedMessages
from bot.platforms.retry import UNTIL_DONE, retry_on
from bot.state.values import Values

POLL_SECONDS = 30.0
"""How long the server holds a sync without news."""

MOST_REFUSALS = 3
"""Refusals after which the server counts as having lost the position of the last sync."""

TIMELINE_EVENTS = 50
"""Events of a room in one sync at most; older ones are fetched as a gap."""

PAGE, MOST = 100, 3_000
"""Events on one page, and events fetched of one gap; a longer gap loses its oldest events."""

_log = logging.getLogger(__name__)


class SyncLoop:
    """Receives the events of one login.

    `_since` is the token of the last sync, None before the first one ever. `_full` asks for the
    state of all rooms, which the first sync after a start needs. `reached` is told after each sync
    whether it came through.
    """

    def __init__(
        self,
        api: HttpApi,
        keys: EncryptionKeys | None,
        rooms: RoomStates,
        values: Values,
        login: Login,
        verifier: Verifier | None,
        reached: Callable[[bool], None],
    ) -> None:
        self._api, self._keys, self._rooms, self._values = api, keys, rooms, values
        self._me, self._verifier = login.user, verifier
        self._reached = reached
        self._undecrypted = UndecryptedMessages(asyncio.get_running_loop().time)
        self._saved: dict[str, str] = {}
        self._since: str | None = None
        self._full = True
        self._refusals = 0

    async def run(self, handle: Handler) -> None:
        """Receive events and pass them to `handle` until cancelled. Raises MatrixError."""
        self._since = await self._load("sync")
        self._undecrypted.restore(await self._load("waiting"))
        self._rooms.direct |= set(json.loads(await self._load("direct") or "[]"))
        interrupted = await self._load("verifications")
        while True:
            sync, events = await UNTIL_DONE(self._may_retry, self._poll)
            self._reached(True)
            self._rooms.complete.set()
            if self._verifier is not None and interrupted is not None:
                self._verifier.cancel_interrupted(interrupted)
                interrupted = None
            for event in events:
                await self._handle(handle, event)
            await self._save("waiting", self._undecrypted.dump())
            await self._save("direct", json.dumps(sorted(self._rooms.direct)))
            if self._verifier is not None:
                await self._save("verifications", self._verifier.dump())
            self._refusals = 0
            if token := text(sync, "next_batch"):
                await self._save("sync", token)
                self._since, self._full = token, False
            await self._send_keys()

    def _may_retry(self, fault: Exception) -> bool:
        """Whether to sync again; after `MOST_REFUSALS` from the beginning."""
        if not isinstance(fault, CallError):
            return False
        _log.warning("the homeserver was lost: %s", fault)
        self._reached(False)
        self._refusals += isinstance(fault, RefusedError) and fault.status == 400
        if self._refusals >= MOST_REFUSALS and self._since is not None:
            _log.warning("the homeserver does not know where the bot was; it begins anew")
            self._since, self._full, self._refusals = None, True, 0
        return True

    async def _poll(self) -> tuple[Json, list[RoomEvent]]:
        """The next sync, and the events in it."""
        since, full = self._since, self._full
        due = self._undecrypted.next_due()
        poll = 0.0 if full else POLL_SECONDS if due is None else min(POLL_SECONDS, due)
        query = {"timeout": str(int(poll * 1000)), "filter": json.dumps(_filter(since))}
        if since is not None:
            query["since"] = since
        if full:
            query["full_state"] = "true"
        # The first sync after a start brings the state of all rooms.
        seconds = 600.0 if full else 60.0
        path = api_path("sync")
        sync = await self._api.call("GET", path, query=query, policy=ONCE, seconds=seconds)
        return sync, await self._events(sync)

    # Events of a sync

    async def _events(self, sync: Json) -> list[RoomEvent]:
        if self._keys is not None:
            self._keys.receive(sync)
        if self._verifier is not None:
            for raw in tables(sync, "to_device", "events"):
                self._verifier.receive_to_device(raw)
        events: list[RoomEvent] = []
        for room, _ in _rooms_with(sync, "leave"):
            self._rooms.leave(room)
            self._undecrypted.forget_room(room)
        for room, news in _rooms_with(sync, "invite"):
            events += self._events_of_invitation(room, news)
        for room, news in _rooms_with(sync, "join"):
            events += await self._events_of_joined(room, news)
        if self._keys is not None and (self._full or tables(sync, "to_device", "events")):
            for room, clear in self._undecrypted.pop_decrypted(self._keys.decrypt):
                event = self._parse_clear(room, clear)
                events += [] if event is None else [event]
        if self._keys is not None:
            events += self._undecrypted.pop_overdue(self._keys.withheld)
        return events

    async def _events_of_joined(self, room: str, news: Json) -> list[RoomEvent]:
        state = self._rooms.enter(room)
        timeline = tables(news, "timeline", "events")
        changes = [state.apply(raw) for raw in (*tables(news, "state", "events"), *timeline)]
        if self._keys is not None and state.encrypted:
            self._keys.track_devices(state.members)
            if any(changes):
                self._keys.discard_session(room)
        if self._since is None:
            # The first sync ever: all messages are older than the bot.
            return []
        raws = after_joining(timeline, self._me)
        before = text(table(news, "timeline"), "prev_batch")
        if len(raws) == len(timeline) and table(news, "timeline").get("limited") is True and before:
            raws = await self._fetch_gap(room, before, self._since) + raws
        events: list[RoomEvent] = []
        for raw in raws:
            # Decryption is slow and a gap is long: other tasks run in between.
            await asyncio.sleep(0)
            event = self._parse(room, raw)
            events += [] if event is None else [event]
        return events

    async def _fetch_gap(self, room: str, before: str, since: str) -> list[Json]:
        """The events of a gap; none where the homeserver refuses them for good."""
        message = "a gap in a room is not filled yet: %s"
        on = retry_on(_log, message, UnreachedError, RateLimitedError)
        try:
            return await UNTIL_DONE(on, fetch_gap, self._api, room, self._me, before, since)
        except RefusedError as fault:
            _log.warning("a gap in a room stays open, the homeserver refused: %s", fault)
            return []

    def _parse(self, room: str, raw: Json) -> RoomEvent | None:
        own = text(raw, "sender") == self._me
        if text(raw, "type") == ENCRYPTED and not own:
            return self._parse_encrypted(room, raw)
        if not own and self._verifier is not None and self._verifier.receive_in_room(room, raw):
            return None
        event = parse_event(room, raw, self._me)
        return None if own and not isinstance(event, JoinEvent) else event

    def _parse_clear(self, room: str, clear: Json) -> RoomEvent | None:
        """A decrypted event; None where it is of no use, or the verifier takes it."""
        if self._verifier is not None and self._verifier.receive_in_room(room, clear):
            return None
        return parse_decrypted(room, clear, self._me)

    def _parse_encrypted(self, room: str, raw: Json) -> RoomEvent | None:
        if self._keys is not None:
            clear = self._keys.decrypt(room, raw)
            if clear is not None:
                return self._parse_clear(room, clear)
            session = self._keys.request_key(room, raw)
            if session is not None:
                self._undecrypted.add(room, session, raw)
                return None
        redacted = "redacted_because" in table(raw, "unsigned") or not table(raw, "content")
        return None if redacted else parse_undecryptable(room, raw)

    def _events_of_invitation(self, room: str, news: Json) -> list[RoomEvent]:
        invitations = [
            raw
            for raw in tables(news, "invite_state", "events")
            if (membership_change(raw) or ())[:2] == (self._me, "invite") and text(raw, "sender")
        ]
        senders = {text(raw, "sender") or "" for raw in invitations}
        if len(senders) != 1:
            if senders:
                # The inviting server sends these events unchecked: several are a forgery.
                _log.warning("an invitation names several who invite; it is left open")
            return []
        if all(table(raw, "content").get("is_direct") is True for raw in invitations):
            self._rooms.direct.add(room)
        event_id = text(invitations[-1], "event_id") or ""
        return [InviteEvent(room, event_id, senders.pop(), datetime.now(UTC))]

    # Handling and storing

    async def _handle(self, handle: Handler, event: RoomEvent) -> None:
        """Have one event handled; where it cannot be stored now, wait until it can."""
        message = "what happened in a room waits: %s"
        on = retry_on(_log, message, SourcesSayError, CallError, never=(MatrixError,))
        try:
            await UNTIL_DONE(on, handle, event)
        except MatrixError:
            raise
        except Exception as fault:  # noqa: BLE001 - one event must not stop all that follow
            trace = _log.isEnabledFor(logging.DEBUG)
            name = type(fault).__name__
            _log.error("what happened in a room was left behind: %s", name, exc_info=trace)

    async def _send_keys(self) -> None:
        if self._keys is None:
            return
        try:
            await self._keys.send_pending(ONCE)
        except CallError as fault:
            _log.warning("keys could not be exchanged, tried again later: %s", fault)

    async def _load(self, name: str) -> str | None:
        value = await self._values.get(f"matrix.{name}:{self._me}")
        if value is not None:
            self._saved[name] = value
        return value

    async def _save(self, name: str, value: str) -> None:
        """Store a value where it changed; wait until it is stored."""
        if self._saved.get(name) != value:
            on = retry_on(_log, "where to go on from is not kept yet: %s", SourcesSayError)
            await UNTIL_DONE(on, self._values.set, f"matrix.{name}:{self._me}", value)
            self._saved[name] = value


def _filter(since: str | None) -> Json:
    nothing: Json = {"not_types": ["*"]}
    return {
        "presence": nothing,
        "account_data": nothing,
        "room": {
            "ephemeral": nothing,
            "account_data": nothing,
            "timeline": {"limit": 1 if since is None else TIMELINE_EVENTS},
            "state": {"lazy_load_members": False},
        },
    }


def _rooms_with(sync: Json, membership: str) -> list[tuple[str, Json]]:
    """The rooms of a sync with this membership of the bot, and their news."""
    rooms = table(sync, "rooms", membership)
    return [(room, news) for room, news in rooms.items() if isinstance(news, dict)]


async def fetch_gap(api: HttpApi, room: str, me: str, before: str, since: str) -> list[Json]:
    """The events between the tokens `since` and `before`, oldest first.

    Events from before the bot `me` joined are left out. Raises as `HttpApi.call`.
    """
    newest_first: list[Json] = []
    while len(newest_first) < MOST:
        query = {"dir": "b", "from": before, "to": since, "limit": str(PAGE)}
        answer = await api.call("GET", api_path("rooms", room, "messages"), query=query)
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
