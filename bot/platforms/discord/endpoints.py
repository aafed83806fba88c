"""Where Discord is reached: its own addresses, or those of a proxy for API and gateway."""

from __future__ import annotations

import discord.gateway
import discord.http
import yarl

API_PATH = "/api/v10"


def use(api_url: str, gateway_url: str) -> None:
    """Let discord.py in this process reach Discord at these addresses; empty: its own.

    An API address without a path gets that of the version discord.py speaks. discord.py
    holds both addresses on classes, so that they count for the whole process.
    """
    if api_url:
        address = yarl.URL(api_url)
        path = API_PATH if address.path in {"", "/"} else ""
        discord.http.Route.BASE = api_url.rstrip("/") + path
    if gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
