"""Logins that homeservers refuse, each told in one sentence; and the key of its own."""

import stat
from pathlib import Path

import pytest
from aiohttp import web

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.session.login import Account
from bot.state.store import Store
from tests.harness.stub_server import server

PASSWORDS = {"flows": [{"type": "m.login.password"}]}
ELSEWHERE = {"flows": [{"type": "m.login.sso"}]}
NOTHING: dict[str, object] = {}


@pytest.mark.parametrize(
    ("status", "told", "flows", "sentence"),
    [
        (403, {"errcode": "M_FORBIDDEN"}, PASSWORDS, "MATRIX_PASSWORD: the homeserver does not"),
        (400, {"errcode": "M_UNKNOWN"}, ELSEWHERE, "MATRIX_PASSWORD: this homeserver takes no"),
        (404, NOTHING, PASSWORDS, "matrix.homeserver: the server refused the login (404 no code)"),
        (403, {"errcode": "M_USER_DEACTIVATED"}, PASSWORDS, "matrix.user: the homeserver has"),
        (200, {"access_token": "t"}, PASSWORDS, "matrix.homeserver: the server's answer to the"),
    ],
)
async def test_a_refused_login_says_what_to_do(
    tmp_path: Path, status: int, told: dict[str, object], flows: dict[str, object], sentence: str
) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("/versions"):
            return web.json_response({"versions": ["v1.11"]})
        if request.method == "GET":
            return web.json_response(flows)
        return web.json_response(told, status=status)

    async with server(answer) as base, await Store.open(tmp_path) as store:
        with pytest.raises(MatrixError) as fault:
            await HomeserverPort.open(
                Account(base, "bot", tmp_path / "m", password="p"), store.values
            )
    assert str(fault.value).startswith(sentence)
    assert "\n" not in str(fault.value)


async def test_a_token_without_a_device_is_told(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("/versions"):
            return web.json_response({"versions": ["v1.11"]})
        return web.json_response({"user_id": "@bot:here"})

    async with server(answer) as base, await Store.open(tmp_path) as store:
        account = Account(base, "bot", tmp_path / "m", token="t")
        with pytest.raises(MatrixError, match=r"^MATRIX_TOKEN: this token belongs to no device"):
            await HomeserverPort.open(account, store.values)


async def test_without_a_key_given_one_is_made_and_kept(tmp_path: Path) -> None:
    logins = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal logins
        if request.path.endswith("/versions"):
            return web.json_response({"versions": ["v1.11"]})
        logins += request.path.endswith("/login")
        told = {"access_token": "t", "user_id": "@bot:here", "device_id": "D"}
        return web.json_response(told)

    folder = tmp_path / "m"
    async with server(answer) as base, await Store.open(tmp_path) as store:
        for _ in range(2):
            account = Account(base, "bot", folder, password="p", encryption=False)
            await (await HomeserverPort.open(account, store.values)).close()
        # The token of before goes to the server that gave it, and to no other.
        async with server(answer) as other:
            account = Account(other, "bot", folder, password="p", encryption=False)
            await (await HomeserverPort.open(account, store.values)).close()
    assert logins == 2
    assert stat.S_IMODE((folder / "pickle.key").stat().st_mode) == 0o600
    assert len((folder / "pickle.key").read_text()) >= 40


async def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with await Store.open(tmp_path) as store:
        account = Account("http://nowhere", "bot", tmp_path / "file" / "m", password="p")
        with pytest.raises(MatrixError, match=r"^The folder .* cannot be made"):
            await HomeserverPort.open(account, store.values)
