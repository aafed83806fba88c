"""The bot on Matrix, from its account and options to a supervised connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.core.errors import MatrixError
from bot.platforms.matrix.adapter import Adapter, MatrixOptions
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.api.port import Account, CallError, Port
from bot.platforms.parts import PlatformServices
from bot.platforms.supervisor import supervise


@dataclass(frozen=True, slots=True)
class MatrixConnection:
    """The account to log in with, and the options of the bot on Matrix."""

    account: Account
    options: MatrixOptions = field(default_factory=MatrixOptions)


async def run_matrix(
    parts: PlatformServices,
    connection: MatrixConnection,
    open_port: Callable[[Account], Awaitable[Port]] | None = None,
) -> None:
    """Be on Matrix until cancelled; raises `MatrixError` where only a person can help.

    `open_port` is `HomeserverPort.open` unless given.
    """

    async def open_real(account: Account) -> Port:
        return await HomeserverPort.open(account, parts.store.values)

    async def connect() -> None:
        port = await (open_port or open_real)(connection.account)
        try:
            await Adapter(parts, port, connection.options).run()
        finally:
            await port.close()

    await supervise("Matrix", connect, _fatal_error, _describe)


def _fatal_error(fault: Exception) -> MatrixError | None:
    return fault if isinstance(fault, MatrixError) else None


def _describe(fault: Exception) -> str:
    """The fault for the log, without any address or secret."""
    return str(fault) if isinstance(fault, CallError) else type(fault).__name__
