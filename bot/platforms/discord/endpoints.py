"""Addresses of Discord's API and gateway: Discord's own, or those of a proxy."""

import discord.gateway
import discord.http
import yarl

API_PATH = "/api/v10"


def use(api_url: str, gateway_url: str) -> None:
    """Set the addresses for discord.py in this process; an empty one stays Discord's own.

    An API address without a path gets that of the API version discord.py uses. discord.py
    keeps both addresses as class attributes, so they are the same for the whole process.
    """
    if api_url:
        address = yarl.URL(api_url)
        path = API_PATH if address.path in {"", "/"} else ""
        discord.http.Route.BASE = api_url.rstrip("/") + path
    if gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
