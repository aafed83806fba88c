"""Matrix, from settings and what all platforms share."""

from __future__ import annotations

from pydantic import SecretStr

from bot.chat.grammar import MATRIX as SYNTAX
from bot.chat.identity import Rights
from bot.chat.layout import Layout
from bot.chat.rendering.matrix import MATRIX, MOST
from bot.chat.texts.catalogue import Text, notice
from bot.chat.texts.english import ENGLISH
from bot.cli.curator_tools import sentence
from bot.cli.shared import SharedServices
from bot.config.access import MatrixAccess
from bot.platforms.matrix.adapter import MatrixOptions
from bot.platforms.matrix.api.port import Account
from bot.platforms.matrix.run import MatrixConnection, run_matrix


async def on_matrix(shared: SharedServices, access: MatrixAccess) -> None:
    """Be on Matrix until cancelled. Raises `SourcesSayError` where it cannot be."""
    matrix = shared.settings.matrix
    rights = Rights(frozenset(matrix.curators))
    rooms = shared.rooms(matrix.direct_collections)

    def joined(name: str, count: int) -> None:
        text = notice(Text.JOINED_MATRIX, name=name, rooms=count)
        shared.output.write(sentence(text) + "\n")

    layout = Layout(MATRIX, MOST, ENGLISH)
    parts = shared.platform(rights, rooms, layout, SYNTAX, joined)
    account = Account(
        homeserver=access.homeserver,
        user=access.user,
        folder=shared.folder / "matrix",
        password=_given(access.password),
        token=_given(access.token),
        pickle_key=_given(access.pickle_key) or "",
        recovery_key=_given(access.recovery_key),
        device_name=matrix.device_name,
        encryption=matrix.encryption,
    )
    ways = MatrixOptions(matrix.inviters, matrix.prefix, matrix.offer_reactions)
    await run_matrix(parts, MatrixConnection(account, ways))


def _given(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()
