"""Matrix from settings to a running bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.platforms.matrix.adapter import Adapter, MatrixOptions
from bot.platforms.matrix.api.nio_port import NioPort
from bot.platforms.matrix.api.port import Account, Port
from bot.platforms.matrix.faults import stay
from bot.platforms.parts import PlatformServices


@dataclass(frozen=True, slots=True)
class MatrixConnection:
    """How Matrix is joined, and how the bot behaves there."""

    account: Account
    ways: MatrixOptions = field(default_factory=MatrixOptions)


async def run_matrix(
    parts: PlatformServices,
    joining: MatrixConnection,
    opened: Callable[[Account], Awaitable[Port]] | None = None,
) -> None:
    """Be on Matrix until cancelled; raises `MatrixError` where only a person can help.

    `opened` makes the connection, for tests.
    """

    async def real(account: Account) -> Port:
        return await NioPort.open(account, parts.store.values)

    async def run() -> None:
        port = await (opened or real)(joining.account)
        try:
            await Adapter(parts, port, joining.ways).run()
        finally:
            await port.close()

    await stay(run)
