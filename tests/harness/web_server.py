"""The web server of the bot in tests: as the program runs it, on a port of this machine."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.config.settings import WebSettings
from bot.platforms.services import SharedServices
from bot.platforms.web.server import run_web


def web_settings(path: str = "", **others: object) -> WebSettings:
    """Settings of a web server on a free port; `path` is that of its public address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    values = {"address": address, "public_url": f"http://{address}{path}", **others}
    return WebSettings.model_validate(values)


@asynccontextmanager
async def web_server(services: SharedServices) -> AsyncIterator[str]:
    """The address of the web server of these services, while the body runs."""
    listens = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run_web(services, listens.set_result))
    try:
        await asyncio.wait({task, listens}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield listens.result().rstrip("/")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
