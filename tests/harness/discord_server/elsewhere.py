"""Runs a module with discord.py pointed at a server of ours: for a bot in another process.

python -m tests.harness.discord_server.elsewhere API_URL GATEWAY_URL MODULE [ARGUMENTS…]
"""

import runpy
import sys

import discord.gateway
import discord.http
import yarl


def main() -> None:
    """Set both addresses, then become the module."""
    api, gateway, module, *arguments = sys.argv[1:]
    discord.http.Route.BASE = api
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
