"""Matrix from settings to a running bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pydantic import SecretStr

from bot.chat.identity import Rights
from bot.chat.rendering.matrix import MATRIX, MOST
from bot.config.access import MatrixAccess
from bot.config.settings import Settings
from bot.platforms.matrix.adapter import Adapter, MatrixOptions
from bot.platforms.matrix.api.nio_port import NioPort
from bot.platforms.matrix.api.port import Account, Port
from bot.platforms.matrix.faults import stay
from bot.platforms.services import Joined, PlatformServices, Services, ignore_join


@dataclass(frozen=True, slots=True)
class MatrixConnection:
    """How Matrix is joined, and how the bot behaves there."""

    account: Account
    ways: MatrixOptions = field(default_factory=MatrixOptions)


def matrix_connection(settings: Settings, access: MatrixAccess) -> MatrixConnection:
    """How Matrix is joined with this access."""
    matrix = settings.matrix
    account = Account(
        homeserver=access.homeserver,
        user=access.user,
        folder=settings.state.folder / "matrix",
        password=_plain(access.password),
        token=_plain(access.token),
        pickle_key=_plain(access.pickle_key) or "",
        recovery_key=_plain(access.recovery_key),
        device_name=matrix.device_name,
        encryption=matrix.encryption,
    )
    options = MatrixOptions(matrix.inviters, matrix.prefix, matrix.offer_reactions)
    return MatrixConnection(account, options)


def _plain(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()


def matrix_services(services: Services, joined: Joined = ignore_join) -> PlatformServices:
    """The chat as the settings of Matrix want it."""
    settings = services.settings.matrix
    rights = Rights(frozenset(settings.curators))
    return services.for_platform(rights, settings.direct_collections, MATRIX, MOST, joined)


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
