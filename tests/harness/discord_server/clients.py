"""Pointing the real, unmodified discord.py at a server of ours, and running a client there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import discord
import discord.gateway
import discord.http
import pytest
import yarl

from tests.harness.discord_server.server import DiscordServer


def point_here(monkeypatch: pytest.MonkeyPatch, server: DiscordServer) -> None:
    """Let discord.py in this process talk to the server, until the test is over."""
    monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)
    gateway = yarl.URL(server.gateway_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)


@contextlib.asynccontextmanager
async def running(
    client: discord.Client, server: DiscordServer, token: str | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """Run a client until the block ends; the task ends early with what ends the client."""
    task = asyncio.create_task(client.start(token or server.token))
    try:
        login = asyncio.create_task(server.ready())
        await asyncio.wait({task, login}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            login.cancel()
        else:
            await login
            await client.wait_until_ready()
        yield task
    finally:
        await client.close()
        await asyncio.gather(task, return_exceptions=True)
