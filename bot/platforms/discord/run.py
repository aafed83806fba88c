"""The bot on Discord, from its options to a supervised connection."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import aiohttp
import discord
import discord.gateway
import discord.http
import yarl
from pydantic import SecretStr

from bot.chat.command_grammar import DISCORD as SYNTAX
from bot.chat.identity import Rights
from bot.chat.layout import Layout
from bot.chat.message import Message
from bot.chat.rendering.discord import DiscordMarkdown
from bot.config.settings import DiscordSettings, Settings
from bot.core.errors import DiscordError, SettingsError
from bot.platforms.discord import outbox
from bot.platforms.discord.client import Client
from bot.platforms.discord.components import LIMIT
from bot.platforms.discord.register import commands_of, register
from bot.platforms.retry import Sleep, supervise
from bot.platforms.services import OnJoin, PlatformServices, SharedServices, ignore_join

BAD_TOKEN, BAD_INTENTS, BAD_SHARD = 4004, {4013, 4014}, {4010, 4011}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DiscordConnection:
    """Token and settings of the connection; registering the commands fills `command_ids`."""

    token: str = field(repr=False)
    settings: DiscordSettings = field(default_factory=DiscordSettings)
    command_ids: dict[str, int] = field(default_factory=dict)


def discord_connection(settings: Settings, token: SecretStr) -> DiscordConnection:
    """The connection by these settings; raises `SettingsError` where they contradict each other."""
    if settings.discord.shard_ids and not settings.discord.shard_count:
        raise SettingsError(
            "discord.shard_ids: these are numbers out of discord.shard_count, which is 0; set"
            " that to the number of shards in all"
        )
    return DiscordConnection(token.get_secret_value(), settings.discord)


def discord_services(
    services: SharedServices,
    on_join: OnJoin = ignore_join,
    command_ids: Mapping[str, int] | None = None,
) -> PlatformServices:
    """The services of Discord, by its settings; texts name the commands by `command_ids`."""
    settings = services.settings.discord
    rights = Rights(
        frozenset(settings.curator_users),
        frozenset(settings.curator_roles),
        frozenset(settings.manager_roles),
    )
    emphasis = services.settings.answer.emphasis
    dialect = DiscordMarkdown(emphasis=emphasis, command_ids=command_ids)
    layout = Layout(dialect, LIMIT, services.excerpt_url)
    return services.for_platform(
        "Discord", rights, settings.direct_collections, layout, SYNTAX, on_join
    )


class DiscordBot(Client):
    """The client together with its slash commands."""

    def __init__(self, services: PlatformServices, connection: DiscordConnection) -> None:
        settings = connection.settings
        super().__init__(
            services,
            message_content=settings.message_content,
            # Discord advises on shards for its own gateway; a proxy is one connection.
            shard_count=settings.shard_count or (1 if settings.gateway_url else None),
            shard_ids=[int(shard) for shard in settings.shard_ids],
        )
        self._command_servers = settings.command_servers
        self._command_ids = connection.command_ids
        self._alert_channel = settings.alert_channel
        self._alerts: asyncio.Task[None] | None = None
        self.tree = commands_of(self)

    async def setup_hook(self) -> None:
        """Register changed commands before connecting to the gateway."""
        await super().setup_hook()
        if self.application_id is not None:
            servers = self._command_servers
            store = self.services.store
            self._command_ids |= await register(self.tree, store, self.application_id, servers)
        if self._alert_channel:
            self._alerts = asyncio.create_task(self._send_alerts(), name="alerts")

    async def _send_alerts(self) -> None:
        channel = self.get_partial_messageable(int(self._alert_channel))

        async def send(message: Message) -> None:
            await outbox.send_with_retries(partial(outbox.say, channel, message))

        await self.services.alerts.send_all(self.services.layout, send, outbox.NotSentError)

    async def close(self) -> None:
        """Leave Discord, and send no more alerts."""
        if self._alerts is not None:
            self._alerts.cancel()
        await super().close()


async def run_discord(services: PlatformServices, connection: DiscordConnection) -> None:
    """Run the bot on Discord until cancelled; raises DiscordError where only a person can help."""
    prepare_library(connection.settings)

    async def run(client: Client) -> None:
        await client.start(connection.token, reconnect=True)

    await stay_on_discord(lambda: DiscordBot(services, connection), run)


def prepare_library(settings: DiscordSettings) -> None:
    """Set class attributes of discord.py, for the whole process: addresses, and no warnings.

    An empty address stays Discord's own. One of the API without a path gets that of the API
    version discord.py uses.
    """
    if settings.api_url:
        address = yarl.URL(settings.api_url)
        path = "/api/v10" if address.path in {"", "/"} else ""
        discord.http.Route.BASE = settings.api_url.rstrip("/") + path
    if settings.gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url)
    # The bot uses no voice channels, so it needs no warning that voice libraries are missing.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


def fatal_error(fault: BaseException) -> DiscordError | None:
    """The error that says what a person has to do; None where trying again may help."""
    code = fault.code if isinstance(fault, discord.ConnectionClosed) else None
    if isinstance(fault, discord.LoginFailure) or code == BAD_TOKEN:
        return DiscordError(
            "DISCORD_TOKEN: Discord does not accept this token; take a new one from the"
            " developer portal, page Bot, and start again."
        )
    if isinstance(fault, discord.PrivilegedIntentsRequired) or code in BAD_INTENTS:
        return DiscordError(
            "discord.message_content: Discord does not let the bot read all messages; turn on"
            " the message content intent in the developer portal, page Bot, or set this to"
            " false."
        )
    if code in BAD_SHARD:
        return DiscordError(
            "discord.shard_count: Discord does not accept these shards; set it to 0, or to"
            " what Discord advises."
        )
    return None


async def stay_on_discord(
    make_client: Callable[[], Client],
    run: Callable[[Client], Awaitable[None]],
    *,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Keep a client running until cancelled, each connection with a new one; see `fatal_error`."""

    async def connect() -> None:
        client = make_client()
        try:
            await run(client)
        finally:
            await _close(client)

    await supervise("Discord", connect, fatal_error, describe, sleep=sleep)


def describe(fault: BaseException) -> str:
    """The fault for the log, without any address or secret."""
    if isinstance(fault, discord.HTTPException):
        return f"it answered {fault.status}"
    if isinstance(fault, discord.ConnectionClosed):
        return f"it closed the connection, code {fault.code}"
    if isinstance(fault, aiohttp.ClientError | OSError):
        return f"no connection ({type(fault).__name__})"
    return type(fault).__name__


async def _close(client: Client) -> None:
    try:
        async with asyncio.timeout(5.0):
            await client.close()
    except Exception as fault:  # noqa: BLE001 - a client that broke need not close well
        _log.debug("a client did not close well: %s", type(fault).__name__)
