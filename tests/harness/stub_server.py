"""A server that answers as a test wants it, for what no real homeserver does on demand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from bot.platforms.matrix.api.events import RoomEvent
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.session.login import Account
from bot.state.store import Store
from tests.harness.matrix_listener import everywhere

USER = "@bot:here"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[str]:
    """A server that answers everything so; gives its address."""
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def listening(
    answer: Answer,
    folder: Path,
    handle: Callable[[RoomEvent], Awaitable[None]],
    values: Mapping[str, str] | None = None,
) -> AsyncIterator[HomeserverPort]:
    """A port without encryption that listens to a homeserver which lets `USER` in.

    `answer` has all requests but those that find the server and the account. `values` lie in the
    state before.
    """

    async def homeserver(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/versions"):
            return web.json_response({"versions": ["v1.11"]})
        if request.path.endswith("/whoami"):
            return web.json_response({"user_id": USER, "device_id": "D"})
        return await answer(request)

    async with server(homeserver) as base, await Store.open(folder) as store:
        for key, value in (values or {}).items():
            await store.values.set(key, value)
        account = Account(base, "bot", folder / "matrix", token="t", encryption=False)
        port = await HomeserverPort.open(account, store.values)
        task = asyncio.create_task(port.listen(handle, everywhere))
        try:
            yield port
        finally:
            task.cancel()
            await asyncio.wait({task})
            await port.close()
