"""The real port: one login at one homeserver, encrypted rooms by way of nio."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import aiohttp

from bot.platforms.matrix.api import contents, discovery, files
from bot.platforms.matrix.api.event_parser import ENCRYPTED, happening
from bot.platforms.matrix.api.events import Attachment, MessageEvent, RoomState
from bot.platforms.matrix.api.http import ONCE, READING, WRITING, HttpApi, LostTokenError, path
from bot.platforms.matrix.api.json_values import Json, table, tables, text
from bot.platforms.matrix.api.port import (
    Account,
    CallError,
    Handler,
    MessageContent,
    RefusedError,
    UnreachedError,
)
from bot.platforms.matrix.api.room_state import RoomStates
from bot.platforms.matrix.crypto.device_trust import trust
from bot.platforms.matrix.crypto.olm import FILE_NAME, EncryptionKeys
from bot.platforms.matrix.session import vault
from bot.platforms.matrix.session.login import Login, LoginSession, keys_gone, token_lost
from bot.platforms.matrix.session.sync import SyncLoop
from bot.state.values import Values

TYPING_MILLISECONDS = 30_000

_log = logging.getLogger(__name__)


class NioPort:
    """See `Port` for what it can do. Make it with `open`, and close it."""

    def __init__(
        self,
        account: Account,
        values: Values,
        wire: HttpApi,
        signing: LoginSession,
        login: Login,
        keys: EncryptionKeys | None,
    ) -> None:
        self._account, self._values, self._wire, self._signing = account, values, wire, signing
        self._login, self._keys = login, keys
        self._book = RoomStates()
        self._lanes: dict[str, asyncio.Lock] = {}
        self._renewing = asyncio.Lock()
        self._name = ""
        self._closed = False
        wire.renew = self._renewed

    @classmethod
    async def open(cls, account: Account, values: Values, *, scheme: str = "https") -> Self:
        """Find the homeserver, log in, and have the keys ready.

        Raises MatrixError where only a person can help, CallError where none answers now, and
        StateError. `scheme` is for tests.
        """
        vault.folder_made(account.folder)
        key = vault.pickle_key(account.folder, account.pickle_key)
        # Deriving a key takes time on purpose.
        safe = await asyncio.to_thread(vault.Vault, account.folder, key)
        session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": "sources-say"}
        )
        keys: EncryptionKeys | None = None
        try:
            wire = await discovery.homeserver(account.homeserver, session, scheme=scheme)
            signing = LoginSession(wire, account, safe, values)
            login = await signing.login((account.folder / FILE_NAME).exists())
            if account.encryption:
                keys = EncryptionKeys(wire, login.user, login.device, account.folder, key)
            port = cls(account, values, wire, signing, login, keys)
            if keys is not None:
                await _check(wire, keys, login)
                await keys.settle(WRITING)
                await _trusted(wire, keys, safe, values, login, account)
        except LostTokenError:
            await _shut(keys, session)
            raise token_lost() from None
        except BaseException:
            await _shut(keys, session)
            raise
        return port

    @property
    def user_id(self) -> str:
        """The bot itself, as `@name:server`."""
        return self._login.user

    @property
    def device_id(self) -> str:
        """The bot's device."""
        return self._login.device

    @property
    def display_name(self) -> str:
        """The bot's name as people see it; empty where it has none or it is not known yet."""
        return self._name

    async def ready(self) -> None:
        """Wait until `listen` knows the state of all rooms, and the bot's own name."""
        await self._book.complete.wait()
        try:
            told = await self._wire.call("GET", path("profile", self._login.user, "displayname"))
            self._name = text(told, "displayname") or ""
        except CallError as fault:
            _log.info("the bot's own name is not known: %s", fault)

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms the bot is in."""
        return self._book.names()

    def room(self, room: str) -> RoomState | None:
        """The room as of the last sync; None where the bot is not in it."""
        return self._book.state(room)

    async def listen(self, handle: Handler) -> None:
        """Hand over what happens until cancelled; raises MatrixError."""
        await SyncLoop(self._wire, self._keys, self._book, self._values, self._login).run(handle)

    async def send(self, room: str, words: MessageContent, txn: str) -> str:
        """Say something; gives the event id."""
        return await self._put(room, "m.room.message", contents.notice(words), txn)

    async def edit(self, room: str, event_id: str, words: MessageContent, txn: str) -> str:
        """Put `words` in the place of what the bot said as `event_id` (the first one)."""
        return await self._put(room, "m.room.message", contents.edit(event_id, words), txn)

    async def react(self, room: str, event_id: str, key: str, txn: str) -> str:
        """Put the sign `key` under an event."""
        return await self._put(room, "m.reaction", contents.reaction(event_id, key), txn)

    async def redact(self, room: str, event_id: str, txn: str, reason: str = "") -> None:
        """Take an event down; one that is gone already is no fault."""
        body: Json = {"reason": reason} if reason else {}
        async with self._lane(room):
            try:
                where = path("rooms", room, "redact", event_id, txn)
                await self._wire.call("PUT", where, body, policy=WRITING)
            except RefusedError as fault:
                if fault.status != 404:
                    raise

    async def typing(self, room: str, on: bool) -> None:
        """Show or hide that the bot is writing; ends by itself after 30 seconds."""
        body: Json = {"typing": on} | ({"timeout": TYPING_MILLISECONDS} if on else {})
        where = path("rooms", room, "typing", self._login.user)
        await self._wire.call("PUT", where, body, policy=ONCE)

    async def receipt(self, room: str, event_id: str) -> None:
        """Tell that the bot read up to this event."""
        where = path("rooms", room, "receipt", "m.read", event_id)
        await self._wire.call("POST", where, {}, policy=ONCE)

    async def join(self, room: str, server: str = "") -> None:
        """Join a room; `server` helps to find one that no server here is in."""
        query = {"via": server, "server_name": server} if server else None
        await self._wire.call("POST", path("join", room), {}, query=query, policy=WRITING)

    async def leave(self, room: str) -> None:
        """Leave a room or refuse an invitation, and forget it."""
        await self._wire.call("POST", path("rooms", room, "leave"), {}, policy=WRITING)
        self._book.leave(room)
        self._lanes.pop(room, None)
        try:
            await self._wire.call("POST", path("rooms", room, "forget"), {}, policy=READING)
        except CallError as fault:
            _log.warning("a room that was left is not forgotten: %s", fault)

    async def said(self, room: str, event_id: str) -> MessageEvent | None:
        """One message by its id, decrypted; None where there is none that can be read."""
        try:
            raw = await self._wire.call("GET", path("rooms", room, "event", event_id))
        except RefusedError:
            return None
        closed = text(raw, "type") == ENCRYPTED
        if closed:
            clear = self._keys.opened(room, raw) if self._keys is not None else None
            if clear is None:
                return None
            raw = clear
        found = happening(room, raw, self._login.user, encrypted=closed)
        return found if isinstance(found, MessageEvent) else None

    async def download(self, attachment: Attachment, longest: int) -> bytes:
        """What a file holds, decrypted and checked; at most `longest` bytes."""
        return await files.fetched(self._wire, attachment, longest)

    async def close(self) -> None:
        """Let go of the connection and the files; twice does no harm."""
        if not self._closed:
            self._closed = True
            await self._wire.close()
            if self._keys is not None:
                self._keys.close()

    # Sending

    async def _put(self, room: str, kind: str, content: Json, txn: str) -> str:
        async with self._lane(room):
            await self._known(room)
            state = self._book.state(room)
            # Reactions are never encrypted: servers count them.
            if state is not None and state.encrypted and kind != "m.reaction":
                if self._keys is None:
                    raise RefusedError(403, "ENCRYPTION_IS_OFF")
                people = self._book.people(room)
                content = await self._keys.sealed(room, people, kind, content)
                kind = ENCRYPTED
            where = path("rooms", room, "send", kind, txn)
            told = await self._wire.call("PUT", where, content, policy=WRITING)
        event_id = text(told, "event_id")
        if event_id is None:
            raise UnreachedError("it did not say what became of a message")
        return event_id

    async def _known(self, room: str) -> None:
        """Whether a room is encrypted must be known before anything is said in it."""
        if room in self._book:
            return
        told = await self._wire.call("GET", path("rooms", room, "state"), policy=WRITING)
        if room not in self._book:
            self._book.enter(room)
            for raw in tables(told, "list"):
                self._book.apply(room, raw)

    @asynccontextmanager
    async def _lane(self, room: str) -> AsyncIterator[None]:
        """One after the other in a room, in the order they came."""
        async with self._lanes.setdefault(room, asyncio.Lock()):
            yield

    async def _renewed(self, token: str, soft: bool) -> None:
        """Get a new token for one that ended; raises MatrixError where none is to be had.

        Only a soft logout is answered with a login: else somebody threw the bot out on purpose.
        """
        async with self._renewing:
            if self._wire.token != token:
                return
            if not soft or not self._account.password:
                raise token_lost()
            _log.warning("the access token ended; logging in again as the same device")
            await self._signing.by_password(self._login.device)


async def _check(wire: HttpApi, keys: EncryptionKeys, login: Login) -> None:
    """See whether the homeserver knows this device by these keys."""
    asked: Json = {"device_keys": {login.user: [login.device]}}
    told = await wire.call("POST", path("keys", "query"), asked, policy=WRITING)
    device = table(told, "device_keys", login.user, login.device)
    shown = text(table(device, "keys"), f"ed25519:{login.device}")
    if shown is None:
        # New, or logged out since: whatever was up there is gone.
        keys.machine.account.shared = False
    elif shown != keys.identity:
        raise keys_gone()
    else:
        keys.machine.account.shared = True


async def _trusted(
    wire: HttpApi,
    keys: EncryptionKeys,
    safe: vault.Vault,
    values: Values,
    login: Login,
    account: Account,
) -> None:
    try:
        await trust(wire, keys, safe, values, login, account)
    except CallError as fault:
        _log.warning(
            "The bot's device could not be signed and stays unverified (%s); with MATRIX_PASSWORD"
            " set, it tries again at the next start.",
            fault,
        )


async def _shut(keys: EncryptionKeys | None, session: aiohttp.ClientSession) -> None:
    await session.close()
    if keys is not None:
        keys.close()
