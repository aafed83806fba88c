"""A platform that is lost for long is told on the others, once, and once when it is back."""

import logging
from dataclasses import dataclass, field

import pytest

from bot.chat.layout import TextLayout
from bot.chat.message import Message
from bot.chat.rendering.blocks import notice_block
from bot.chat.rendering.plain import PLAIN
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.core.errors import MatrixError
from bot.platforms.alerts import TRIES, AlertQueue
from bot.platforms.connection_status import ConnectionMonitor, ConnectionStatus

LOST = "Discord has not been connected for 10 minutes. The log says more."


@dataclass
class Platforms:
    """Three platforms of which Discord and Matrix are connected, and their clock."""

    now: float = 0.0
    monitor: ConnectionMonitor = field(init=False)
    discord: ConnectionStatus = field(init=False)
    matrix: ConnectionStatus = field(init=False)
    third: ConnectionStatus = field(init=False)

    def __post_init__(self) -> None:
        self.monitor = ConnectionMonitor(10, lambda: self.now)
        names = ("Discord", "Matrix", "Third")
        self.discord, self.matrix, self.third = map(self.monitor.add, names)
        self.discord.set(True)
        self.matrix.set(True)

    def told(self, of: ConnectionStatus, minute: float) -> list[str]:
        """The alerts of a platform after a look at that minute."""
        self.now = minute * 60
        self.monitor.check()
        return [PLAIN.notices(of.alerts.get_nowait()) for _ in range(of.alerts.qsize())]


def test_a_loss_is_told_once_on_those_that_are_connected_and_so_is_the_return(
    caplog: pytest.LogCaptureFixture,
) -> None:
    all_three = Platforms()
    discord, matrix = all_three.discord, all_three.matrix
    all_three.third.set(True)
    all_three.third.set(False)
    with caplog.at_level(logging.WARNING):
        discord.set(False)
        assert all_three.told(matrix, 9.9) == []
        discord.set(False)
        told = all_three.told(matrix, 10)
        assert sorted(told) == [LOST, LOST.replace("Discord", "Third")]
        assert all_three.told(matrix, 11) == []
        discord.set(True)
        assert all_three.told(matrix, 12) == ["Discord is connected again."]
        assert all_three.told(matrix, 13) == []
    assert "Discord has not been connected for 10 minutes" in caplog.text
    assert "Discord is connected again" in caplog.text
    assert all_three.third.alerts.empty()
    assert discord.alerts.empty()


def test_a_short_loss_is_not_told() -> None:
    all_three = Platforms()
    all_three.discord.set(False)
    all_three.told(all_three.matrix, 9)
    all_three.discord.set(True)
    all_three.discord.set(False)
    assert "Discord" not in " ".join(all_three.told(all_three.matrix, 18))


async def test_an_alert_is_tried_again_where_a_fault_ends_the_connection() -> None:
    queue, layout, tries = AlertQueue(), TextLayout(PLAIN), 0

    async def fail(_message: Message) -> None:
        nonlocal tries
        tries += 1
        raise MatrixError("the account is gone")

    queue.add(notice_block(notice(Text.PRESENCE)))
    for number in range(TRIES):
        assert (number, queue.qsize()) == (number, 1)
        with pytest.raises(MatrixError):
            await queue.send_all(layout, fail, KeyError)
    # One that can never be sent must not end every connection.
    assert (tries, queue.qsize()) == (TRIES, 0)
