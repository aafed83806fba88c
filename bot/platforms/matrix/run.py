"""The bot on Matrix, from its account and options to a supervised connection."""

from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from bot.chat.command_grammar import MATRIX as SYNTAX
from bot.chat.identity import Rights
from bot.chat.layout import Layout
from bot.chat.rendering.matrix import MOST, Matrix
from bot.config.access import MatrixAccess
from bot.config.settings import Settings
from bot.core.errors import MatrixError
from bot.platforms.matrix.adapter import Adapter, MatrixConnection
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.api.http import CallError
from bot.platforms.matrix.session.login import Account
from bot.platforms.retry import supervise
from bot.platforms.services import OnJoin, PlatformServices, SharedServices, ignore_join
from bot.state.values import Values


def matrix_connection(settings: Settings, access: MatrixAccess) -> MatrixConnection:
    """The connection by these settings and with this access."""
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
        has_limits=matrix.signs != "all",
        curators=matrix.curators,
    )
    return MatrixConnection(
        account, matrix.inviters, matrix.prefix, matrix.signs, matrix.alert_room
    )


def _plain(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()


def matrix_services(services: SharedServices, on_join: OnJoin = ignore_join) -> PlatformServices:
    """The services of Matrix, by its settings."""
    settings = services.settings.matrix
    rights = Rights(frozenset(settings.curators))
    dialect = Matrix(emphasis=services.settings.answer.emphasis)
    layout = Layout(dialect, MOST, services.excerpt_url)
    return services.for_platform(
        "Matrix", rights, settings.direct_collections, layout, SYNTAX, on_join
    )


async def run_matrix(
    services: PlatformServices,
    connection: MatrixConnection,
    open_port: Callable[[Account, Values], Awaitable[HomeserverPort]] = HomeserverPort.open,
) -> None:
    """Run the bot on Matrix until cancelled; raises `MatrixError` where only a person can help."""

    async def connect() -> None:
        port = await open_port(connection.account, services.store.values)
        try:
            await Adapter(services, port, connection).run()
        finally:
            services.connection.set(False)
            await port.close()

    def fatal_error(fault: Exception) -> MatrixError | None:
        return fault if isinstance(fault, MatrixError) else None

    await supervise("Matrix", connect, fatal_error, _describe)


def _describe(fault: Exception) -> str:
    """The fault for the log, without any address or secret."""
    return str(fault) if isinstance(fault, CallError) else type(fault).__name__
