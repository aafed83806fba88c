"""Calls to a homeserver that misbehaves: limits, faults, nonsense, ended tokens."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import stamina
from aiohttp import web

from bot.core.errors import MatrixError
from bot.platforms.matrix.api import discovery
from bot.platforms.matrix.api.contents import MessageContent
from bot.platforms.matrix.api.events import MatrixAttachment, RoomEvent
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.api.http import (
    LONGEST_HOLD,
    DamagedFileError,
    HttpApi,
    LostTokenError,
    RefusedError,
    RetryPolicy,
    UnreachedError,
    api_path,
)
from bot.platforms.matrix.crypto.olm import EncryptionKeys
from bot.platforms.matrix.session import sync
from bot.platforms.matrix.session.login import Account
from bot.state.store import Store
from tests.harness.stub_server import USER, listening, server

TRIES = RetryPolicy((0.001, 0.001), 30.0)


@asynccontextmanager
async def homeserver(
    *answers: tuple[int, object],
) -> AsyncIterator[tuple[HttpApi, list[web.Request]]]:
    """A server that gives these answers one after the other, the last for ever."""
    requests: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        status, told = answers[min(len(requests), len(answers) - 1)]
        requests.append(request)
        return web.Response(status=status, text=told if isinstance(told, str) else json.dumps(told))

    async with server(answer) as base:
        api = HttpApi(base)
        api.token = "secret"
        try:
            yield api, requests
        finally:
            await api.close()


async def test_limits_are_obeyed_and_the_call_gets_through() -> None:
    limited = (429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 120})
    async with homeserver(limited, limited, (200, {"ok": True})) as (api, requests):
        began = asyncio.get_running_loop().time()
        assert await api.call("PUT", "/x", {}, policy=TRIES) == {"ok": True}
        assert asyncio.get_running_loop().time() - began >= 0.24
        assert len(requests) == 3
    async with homeserver(limited) as (api, requests):
        with pytest.raises(RefusedError) as fault:
            await api.call("PUT", "/x", {}, policy=RetryPolicy())
        assert (fault.value.status, fault.value.code, len(requests)) == (429, "M_LIMIT_EXCEEDED", 1)


async def test_no_server_makes_the_bot_wait_without_end() -> None:
    for_ever = (429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 10**12})
    async with homeserver(for_ever) as (api, _):
        with pytest.raises(RefusedError):
            await api.call("PUT", "/x", {}, policy=RetryPolicy((), LONGEST_HOLD - 1))


async def test_faults_of_the_server_are_tried_again() -> None:
    async with homeserver((502, "bad gateway"), (200, "no json"), (200, {"ok": 1})) as (
        api,
        requests,
    ):
        assert await api.call("PUT", "/x", {}, policy=TRIES) == {"ok": 1}
        assert len(requests) == 3
    async with homeserver((500, {})) as (api, requests):
        with pytest.raises(UnreachedError, match="it answered 500"):
            await api.call("PUT", "/x", {}, policy=TRIES)
        assert len(requests) == 3


@pytest.mark.parametrize("told", ["[" * 100_000, '"text"', "7", "", '{"a": ' + "9" * 6_000 + "}"])
async def test_an_answer_that_makes_no_sense_is_none(told: str) -> None:
    async with homeserver((200, told)) as (api, _):
        with pytest.raises(UnreachedError, match="not JSON"):
            await api.call("GET", "/x", policy=RetryPolicy())


async def test_a_no_is_told_with_its_code_and_nothing_else() -> None:
    hostile = {"errcode": "M_\x1b[31mSECRET", "error": "secret"}
    async with homeserver((403, {"errcode": "M_FORBIDDEN"}), (400, hostile)) as (api, _):
        with pytest.raises(RefusedError, match=r"^403 M_FORBIDDEN$"):
            await api.call("GET", "/x")
        with pytest.raises(RefusedError, match=r"^400 no code$"):
            await api.call("GET", "/x")


async def test_a_closed_account_is_one_sentence() -> None:
    async with homeserver((403, {"errcode": "M_USER_DEACTIVATED"})) as (api, _):
        with pytest.raises(MatrixError, match="has closed this account"):
            await api.call("GET", "/x")


async def test_the_token_is_not_carried_elsewhere() -> None:
    elsewhere: list[web.Request] = []

    async def other(request: web.Request) -> web.Response:
        elsewhere.append(request)
        return web.Response(text="{}")

    async with server(other) as away:

        async def sends_away(request: web.Request) -> web.Response:
            raise web.HTTPTemporaryRedirect(away)

        async with server(sends_away) as base:
            api = HttpApi(base)
            api.token = "secret"
            try:
                with pytest.raises(RefusedError, match="307"):
                    await api.call("GET", "/x")
                with pytest.raises(RefusedError, match="307"):
                    await api.fetch("/x", 100)
            finally:
                await api.close()
    assert not elsewhere


async def test_a_file_comes_whole_or_not_at_all() -> None:
    async with homeserver((200, "12345")) as (api, _):
        assert await api.fetch("/x", 5) == b"12345"
        with pytest.raises(DamagedFileError):
            await api.fetch("/x", 4)
    async with homeserver((404, {"errcode": "M_NOT_FOUND"})) as (api, _):
        with pytest.raises(RefusedError, match="M_NOT_FOUND"):
            await api.fetch("/x", 5)


async def test_a_token_that_ended_is_renewed_once() -> None:
    ended = (401, {"errcode": "M_UNKNOWN_TOKEN", "soft_logout": True})
    async with homeserver(ended, (200, {}), ended) as (api, requests):
        asked: list[tuple[str, bool]] = []

        async def renew(token: str, soft: bool) -> None:
            asked.append((token, soft))
            api.token = "new"

        api.renew = renew
        await api.call("GET", "/x")
        assert asked == [("secret", True)]
        assert requests[-1].headers["Authorization"] == "Bearer new"
        with pytest.raises(UnreachedError, match="not known either"):
            await api.call("GET", "/x", policy=RetryPolicy())
        api.renew = None
        with pytest.raises(LostTokenError):
            await api.call("GET", "/x")


def test_ids_cannot_leave_their_place_in_a_path() -> None:
    assert api_path("rooms", "!a/../b?c#d:e", "leave").endswith(
        "/rooms/%21a%2F..%2Fb%3Fc%23d%3Ae/leave"
    )


# Finding the homeserver


async def test_a_server_is_found_by_its_name() -> None:
    told = {"base_url": ""}

    async def matrix(request: web.Request) -> web.Response:
        if request.path == "/_matrix/client/versions":
            return web.json_response({"versions": ["v1.11"]})
        raise web.HTTPNotFound

    async def site(request: web.Request) -> web.Response:
        if request.path == discovery.WELL_KNOWN:
            # Sites serve it as what they like.
            text = json.dumps({"m.homeserver": told})
            return web.Response(text=text, content_type="application/octet-stream")
        raise web.HTTPNotFound

    async with server(matrix) as there, server(site) as name, aiohttp.ClientSession() as session:
        named, told["base_url"] = name.removeprefix("http://"), f"{there}/"
        for given in (named, name, f"{name}/", there, there.removeprefix("http://")):
            found = await discovery.find_homeserver(given, session, scheme="http")
            assert found.base == there, given
        told["base_url"] = "javascript:alert(1)"
        with pytest.raises(MatrixError, match=r"^matrix.homeserver: "):
            await discovery.find_homeserver(named, session, scheme="http")


# A login that ends softly


async def test_a_soft_logout_is_answered_with_a_login_as_the_same_device(tmp_path: Path) -> None:
    tokens = iter(("one", "two"))
    devices: list[object] = []
    valid = set[str]()
    sent: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if request.path.endswith("/versions"):
            return web.json_response({"versions": ["v1.11"]})
        if request.path.endswith("/login"):
            devices.append((await request.json()).get("device_id"))
            new = next(tokens)
            valid.clear()
            valid.add(new)
            told = {"access_token": new, "user_id": "@bot:here", "device_id": "DEVICE"}
            return web.json_response(told)
        if token not in valid:
            ended = {"errcode": "M_UNKNOWN_TOKEN", "soft_logout": True}
            return web.json_response(ended, status=401)
        if request.path.endswith("/state"):
            return web.json_response([])
        if "/send/" in request.path:
            sent.append(token)
            return web.json_response({"event_id": "$event"})
        return web.json_response({"next_batch": "s1"})

    async with server(answer) as base, await Store.open(tmp_path) as store:
        account = Account(base, "bot", tmp_path / "matrix", password="p", encryption=False)
        port = await HomeserverPort.open(account, store.values)
        try:
            valid.clear()
            calls = [
                port.send(f"!room{n}:here", MessageContent("Hello"), f"t{n}") for n in range(3)
            ]
            assert await asyncio.gather(*calls) == ["$event"] * 3
        finally:
            await port.close()
    assert devices == [None, "DEVICE"]
    assert sent == ["two"] * 3


GOOD = {
    "type": "m.room.message",
    "event_id": "$good",
    "sender": "@alice:here",
    "origin_server_ts": 1,
    "content": {"msgtype": "m.text", "body": "half \ud800 of a character"},
}
NONSENSE: list[object] = [
    None,
    7,
    {},
    {"type": 7},
    {"type": "m.room.message", "content": []},
    {"type": "m.room.encrypted", "event_id": "$a", "sender": "@b:c", "content": {}},
    {**GOOD, "content": {"msgtype": [], "body": {}}},
    {**GOOD, "event_id": ["$x"]},
    {**GOOD, "origin_server_ts": 10**40},
    {"type": "m.room.power_levels", "state_key": "", "content": {"users": 7, "events": [1]}},
    {"type": "m.room.member", "state_key": "@a:b", "content": {"membership": []}},
    {"type": "m.room.create", "state_key": "", "content": {"room_version": {}}},
]
_JOINED = {"!r:here": {"timeline": {"events": [*NONSENSE, GOOD]}, "state": {"events": NONSENSE}}}
HOSTILE_ROOMS = {"join": _JOINED | {"!x:here": 7}, "invite": {"!y:here": []}, "leave": []}


async def test_a_hostile_sync_harms_nobody(tmp_path: Path) -> None:
    """Whatever a server puts into a sync, the loop goes on with what makes sense of it."""
    synced = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal synced
        synced += 1
        if synced == 1:
            return web.json_response({"next_batch": "s1"})
        if synced == 2:
            to_device = {"events": NONSENSE}
            told = {"next_batch": "s2", "rooms": HOSTILE_ROOMS, "to_device": to_device}
            return web.json_response(told | {"device_lists": {"changed": [7]}})
        await asyncio.Event().wait()
        raise web.HTTPNotFound

    heard: list[RoomEvent] = []
    taken = asyncio.Event()

    async def handle(happened: RoomEvent) -> None:
        heard.append(happened)
        if happened.event_id == "$good":
            taken.set()

    async with listening(answer, tmp_path, handle) as port:
        await asyncio.wait_for(taken.wait(), 20)
        with pytest.raises(DamagedFileError):
            await port.download(MatrixAttachment("mxc://../../etc", "name"), 10)
    assert "half \ufffd of a character" in str(heard[-1])


async def test_keys_that_the_server_has_under_their_names_are_made_anew(tmp_path: Path) -> None:
    taken = {"errcode": "M_UNKNOWN", "error": "One time key already exists"}
    counted = {"one_time_key_counts": {"signed_curve25519": 50}}
    async with homeserver((200, counted), (400, taken), (200, counted)) as (api, requests):
        keys = EncryptionKeys(api, "@bot:here", "D", tmp_path, "key")
        try:
            for _ in range(3):
                await keys.send_pending(RetryPolicy())
                keys.receive({"device_one_time_keys_count": {"signed_curve25519": 49}})
        finally:
            keys.close()
        assert len(requests) == 3


async def test_a_server_that_lost_its_memory_is_listened_to_from_now_on(
    tmp_path: Path,
) -> None:
    asked: list[str | None] = []
    anew = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.query.get("since"))
        if asked[-1] == "old":
            return web.json_response({"errcode": "M_INVALID_PARAM"}, status=400)
        if asked[-1] == "new":
            anew.set()
            await asyncio.Event().wait()
        return web.json_response({"next_batch": "new"})

    async def handle(_: RoomEvent) -> None:
        raise AssertionError

    async with listening(answer, tmp_path, handle, {f"matrix.sync:{USER}": "old"}):
        with stamina.set_testing(True, attempts=100, cap=True):
            await asyncio.wait_for(anew.wait(), 20)
    assert asked == ["old"] * sync.MOST_REFUSALS + [None, "new"]
