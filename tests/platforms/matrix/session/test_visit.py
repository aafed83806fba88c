"""A visit to a homeserver: what `check --accounts` says of an account."""

from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from bot.core.errors import MatrixError
from bot.platforms.matrix.session.login import Account
from bot.platforms.matrix.visit import visit
from tests.harness.stub_server import USER, server


async def test_a_token_without_a_device_is_refused_as_at_the_start(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/versions"):
            return web.json_response({"versions": ["v1.11"]})
        if request.path.endswith("/whoami"):
            return web.json_response({"user_id": USER})
        return web.json_response({"joined_rooms": ["!room"]})

    async with server(answer) as base:
        account = Account(base, USER, tmp_path, token="t")
        with pytest.raises(MatrixError, match="belongs to no device"):
            await visit(account)
        assert await visit(replace(account, encryption=False)) == (USER, 1)


async def test_a_login_that_cannot_be_ended_was_a_good_one(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/versions"):
            return web.json_response({"versions": ["v1.11"]})
        if request.path.endswith("/login"):
            login = {"user_id": USER, "device_id": "D", "access_token": "t"}
            return web.json_response(login)
        if request.path.endswith("/logout"):
            return web.json_response({"errcode": "M_FORBIDDEN"}, status=403)
        return web.json_response({"joined_rooms": ["!room"]})

    async with server(answer) as base:
        account = Account(base, USER, tmp_path, password="p")
        assert await visit(account) == (USER, 1)
