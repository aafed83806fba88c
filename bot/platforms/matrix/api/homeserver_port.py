"""The port to a real homeserver: one login, its rooms, its keys."""

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass, field, replace
from typing import Self
from weakref import WeakValueDictionary

from bot.platforms.matrix.api import contents, discovery, files
from bot.platforms.matrix.api.contents import MessageContent
from bot.platforms.matrix.api.event_budget import RATE, UNLIMITED, EventBudget
from bot.platforms.matrix.api.event_parser import ENCRYPTED, parse_event
from bot.platforms.matrix.api.events import Handler, MatrixAttachment, MessageEvent
from bot.platforms.matrix.api.http import (
    ONCE,
    WRITING,
    CallError,
    HttpApi,
    LostTokenError,
    RateLimitedError,
    RefusedError,
    RetryPolicy,
    UnreachedError,
    api_path,
    new_session,
)
from bot.platforms.matrix.api.json_values import Json, table, tables, text
from bot.platforms.matrix.api.room_state import RoomState, RoomStates
from bot.platforms.matrix.crypto.device_trust import DeviceTrust
from bot.platforms.matrix.crypto.olm import FILE_NAME, EncryptionKeys
from bot.platforms.matrix.crypto.verification import MayRefuse, OwnKeys, Verifier
from bot.platforms.matrix.session import vault
from bot.platforms.matrix.session.login import Account, Login, LoginSession, token_lost
from bot.platforms.matrix.session.profile import set_profile
from bot.platforms.matrix.session.sync import SyncLoop
from bot.platforms.profile import BotProfile
from bot.state.values import Values

RELATIONS = "/_matrix/client/v1"
"""The base of the calls about relations of events."""

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class HomeserverPort:
    """One login at a homeserver. `open` makes one; its owner closes it.

    Every call may raise `CallError` (`RefusedError` or `UnreachedError`), and `MatrixError`
    where only a person can help. Calls that write, except `react`, wait for the server's rate
    limits and keep their order within a room. The same transaction id `txn` again gives the
    same event.

    `user_id` is the bot itself, as `@name:server`. `display_name` is its name as people see it,
    empty where it has none or it is not known yet. `budget` counts the events that it sends.
    """

    _account: Account
    _values: Values
    _api: HttpApi
    _session: LoginSession
    _login: Login
    _keys: EncryptionKeys | None
    _trust: DeviceTrust | None = None
    display_name: str = ""
    _rooms: RoomStates = field(default_factory=RoomStates)
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    _renewal: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.user_id = self._login.user
        self._api.renew = self._renew_token
        rate = RATE if self._account.has_limits else UNLIMITED
        self.budget = EventBudget(asyncio.get_running_loop().time, rate)

    @classmethod
    async def open(cls, account: Account, values: Values) -> Self:
        """Find the homeserver, log in, and publish the keys of the device.

        Raises MatrixError where only a person can help, CallError where no server answers, and
        StateError.
        """
        vault.make_private_folder(account.folder)
        key = vault.pickle_key(account.folder, account.pickle_key)
        # In a thread: scrypt is slow on purpose.
        secrets = await asyncio.to_thread(vault.Vault, account.folder, key)
        async with AsyncExitStack() as on_failure:
            http = await on_failure.enter_async_context(new_session())
            try:
                api = await discovery.find_homeserver(account.homeserver, http)
                session = LoginSession(api, account, secrets, values)
                login = await session.login((account.folder / FILE_NAME).exists())
                keys: EncryptionKeys | None = None
                trust: DeviceTrust | None = None
                if account.encryption:
                    keys = EncryptionKeys(api, login.user, login.device, account.folder, key)
                    on_failure.callback(keys.close)
                    trust = DeviceTrust(api, keys, secrets, values, login, account)
                port = cls(account, values, api, session, login, keys, trust)
                if keys is not None and trust is not None:
                    await keys.check_published()
                    await keys.send_pending(WRITING)
                    await _sign_device(trust)
            except LostTokenError:
                raise token_lost() from None
            on_failure.pop_all()
        return port

    async def ready(self) -> None:
        """Wait until `listen` knows the state of all rooms, and the bot's own name."""
        await self._rooms.complete.wait()
        try:
            path = api_path("profile", self.user_id, "displayname")
            self.display_name = text(await self._api.call("GET", path), "displayname") or ""
        except CallError as fault:
            _log.info("the bot's own name is not known: %s", fault)

    async def set_profile(self, profile: BotProfile) -> None:
        """Set the name and the avatar of the bot where they are others; raises nothing."""
        name = await set_profile(self._api, self.user_id, profile, self._values)
        self.display_name = name or self.display_name

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms the bot is in."""
        return tuple(self._rooms)

    def room(self, room: str) -> RoomState | None:
        """The room as of the last sync; None where the bot is not in it."""
        return self._rooms.get(room)

    async def listen(
        self,
        handle: Handler,
        may_refuse: MayRefuse,
        reached: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """Receive events and pass them to `handle` until cancelled; raises `MatrixError`.

        The position in the stream of events is stored only after `handle` returned for all
        events before it: after a crash some of them come again, with the same event ids. Where
        `handle` raises `SourcesSayError` or `CallError`, it gets the same event again after a
        pause; any other exception is logged, and the event is skipped. It gets no events of the
        bot itself, except its joining, none from before the first start ever, and
        none from before the bot joined a room. `may_refuse` tells in which rooms a stranger's
        request to verify the bot is cancelled; `reached` is told after each sync whether the
        homeserver answered.
        """
        api, login, verifier = self._api, self._login, None
        if self._keys is not None and self._trust is not None:
            fingerprint, master = self._keys.fingerprint, self._trust.master_key
            own = OwnKeys(login.user, login.device, fingerprint, master)
            verifier = Verifier(api, own, self._account.curators, self._send, may_refuse)
        sync = SyncLoop(api, self._keys, self._rooms, self._values, login, verifier, reached)
        async with verifier or nullcontext():
            await sync.run(handle)

    async def send(self, room: str, content: MessageContent, txn: str) -> str:
        """Send a message; its event id."""
        return await self._send(room, "m.room.message", contents.notice(content), txn)

    async def edit(self, room: str, event_id: str, content: MessageContent, txn: str) -> str:
        """Replace the bot's message `event_id` (the first version); the edit's event id."""
        return await self._send(room, "m.room.message", contents.edit(event_id, content), txn)

    async def react(self, room: str, event_id: str, key: str, txn: str) -> None:
        """React to an event with the emoji `key`; raises `RateLimitedError` without waiting.

        Reactions take no turn in their room: waiting for one must hold up no message. They stay
        unencrypted, as in other clients, since servers count them.
        """
        path = api_path("rooms", room, "send", "m.reaction", txn)
        await self._put_event(path, contents.reaction(event_id, key), ONCE)

    async def redact(self, room: str, event_id: str) -> None:
        """Redact an event of the bot with its edits; one that is gone already is no error.

        Edits go first: those of an event that is redacted itself cannot be found after a crash.
        """
        try:
            edits = await self._own_related(room, event_id, "m.replace")
        except RateLimitedError:
            raise
        except RefusedError as fault:
            _log.warning("the edits of a message are not known: %s", fault)
            edits = []
        for each in (*(text(raw, "event_id") or "" for raw in edits), event_id):
            await self._redact(room, each)

    async def replies(self, room: str, root: str, to: Collection[str]) -> list[str]:
        """The bot's messages in the thread `root` that reply to one of the events `to`."""
        thread = await self._own_related(room, root, "m.thread")
        path = ("content", "m.relates_to", "m.in_reply_to")
        replies = (raw for raw in thread if text(table(raw, *path), "event_id") in to)
        return [text(raw, "event_id") or "" for raw in replies]

    async def _own_related(self, room: str, event_id: str, relation: str) -> list[Json]:
        """The bot's events with this relation to an event, encrypted ones as they are."""
        path = api_path("rooms", room, "relations", event_id, relation, base=RELATIONS)
        query, found = {"limit": "100"}, list[Json]()
        try:
            while True:
                answer = await self._api.call("GET", path, query=query)
                raws = tables(answer, "chunk")
                found += [raw for raw in raws if text(raw, "sender") == self.user_id]
                token = text(answer, "next_batch")
                if not token or token == query.get("from"):
                    return found
                query["from"] = token
        except RefusedError as fault:
            if fault.status != 404:
                raise
            return found

    async def _redact(self, room: str, event_id: str) -> None:
        path = api_path("rooms", room, "redact", event_id, f"down-{event_id}")
        async with self._lock(room):
            try:
                await self._put_event(path, {}, WRITING)
            except RefusedError as fault:
                if fault.status != 404:
                    raise

    async def typing(self, room: str, on: bool) -> None:
        """Show or hide that the bot is typing; ends by itself after 30 seconds."""
        body: Json = {"typing": on} | ({"timeout": 30_000} if on else {})
        path = api_path("rooms", room, "typing", self.user_id)
        await self._api.call("PUT", path, body, policy=ONCE)

    async def receipt(self, room: str, event_id: str) -> None:
        """Send a read receipt: the bot read up to this event."""
        path = api_path("rooms", room, "receipt", "m.read", event_id)
        await self._api.call("POST", path, {}, policy=ONCE)

    async def join(self, room: str, server: str = "") -> None:
        """Join a room, by way of `server` where the bot's homeserver is not in the room."""
        query = {"via": server, "server_name": server} if server else None
        self.budget.spend()
        await self._api.call("POST", api_path("join", room), {}, query=query, policy=WRITING)

    async def leave(self, room: str) -> None:
        """Leave a room or refuse an invitation, and forget it."""
        self.budget.spend()
        await self._api.call("POST", api_path("rooms", room, "leave"), {}, policy=WRITING)
        self._rooms.leave(room)
        try:
            await self._api.call("POST", api_path("rooms", room, "forget"), {})
        except CallError as fault:
            _log.warning("a room that was left is not forgotten: %s", fault)

    async def message(self, room: str, event_id: str) -> MessageEvent | None:
        """One message by its id, decrypted, before any edit; None where it cannot be read."""
        try:
            raw = await self._api.call("GET", api_path("rooms", room, "event", event_id))
        except RateLimitedError:
            raise
        except RefusedError:
            return None
        if text(raw, "type") == ENCRYPTED:
            clear = self._keys.decrypt(room, raw) if self._keys is not None else None
            if clear is None:
                return None
            raw = clear
        event = parse_event(room, raw, self.user_id)
        return event if isinstance(event, MessageEvent) else None

    async def download(self, attachment: MatrixAttachment, longest: int) -> bytes:
        """The bytes of a file, at most `longest`, decrypted. Raises also `DamagedFileError`."""
        return await files.download(self._api, attachment, longest)

    async def close(self) -> None:
        """Close the connection and the files; twice does no harm."""
        await self._api.close()
        if self._keys is not None:
            self._keys.close()

    async def _send(self, room: str, event_type: str, content: Json, txn: str) -> str:
        async with self._lock(room):
            state = self._rooms.get(room) or await self._fetch_state(room)
            if state.encrypted:
                if self._keys is None:
                    raise RefusedError(403, "ENCRYPTION_IS_OFF")
                content = await self._keys.encrypt(room, state.members, event_type, content)
                event_type = ENCRYPTED
            path = api_path("rooms", room, "send", event_type, txn)
            answer = await self._put_event(path, content, WRITING)
        event_id = text(answer, "event_id")
        if event_id is None:
            raise UnreachedError("it did not say what became of a message")
        return event_id

    async def _put_event(self, path: str, content: Json, policy: RetryPolicy) -> Json:
        """Send an event and count it; only refusals of events teach the budget its rate."""
        self.budget.spend()
        policy = replace(policy, limited=self.budget.limited)
        return await self._api.call("PUT", path, content, policy=policy)

    async def _fetch_state(self, room: str) -> RoomState:
        """The state of a room that no sync has brought yet: it may be encrypted."""
        answer = await self._api.call("GET", api_path("rooms", room, "state"), policy=WRITING)
        # Meanwhile a sync may have brought it, and is newer.
        if (known := self._rooms.get(room)) is not None:
            return known
        state = self._rooms.enter(room)
        for raw in tables(answer, "list"):
            state.apply(raw)
        return state

    def _lock(self, room: str) -> asyncio.Lock:
        """The lock that keeps calls in a room in order; it lives while a call holds it."""
        return self._locks.setdefault(room, asyncio.Lock())

    async def _renew_token(self, token: str, soft: bool) -> None:
        """Replace an access token that has ended; raises MatrixError where that is impossible.

        Only after a soft logout the bot logs in again: any other means that somebody has removed
        it on purpose.
        """
        async with self._renewal:
            if self._api.token != token:
                return
            if not soft or not self._account.password:
                raise token_lost()
            _log.warning("the access token ended; logging in again as the same device")
            await self._session.by_password(self._login.device)


async def _sign_device(trust: DeviceTrust) -> None:
    try:
        await trust.sign_device()
    except CallError as fault:
        _log.warning(
            "The bot's device could not be signed and stays unverified (%s); with MATRIX_PASSWORD"
            " set, it tries again at the next start.",
            fault,
        )
