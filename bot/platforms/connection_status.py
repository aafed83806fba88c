"""Connection status of the platforms: the others are told of one that is lost for long."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.chat.rendering.blocks import NoticeBlock, notice_block
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.notices import notice
from bot.platforms.alerts import AlertQueue

_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class ConnectionStatus:
    """Whether a platform is connected; `lost_at` is the time since which it is not, else None."""

    name: str
    alerts: AlertQueue
    _clock: Callable[[], float]
    lost_at: float | None
    is_told: bool = False
    """Whether the others were told that it is lost, and not yet that it is back."""

    def set(self, connected: bool) -> None:
        """Note that the platform is connected, or not."""
        if connected:
            self.lost_at = None
        elif self.lost_at is None:
            self.lost_at = self._clock()


@dataclass(eq=False, slots=True)
class ConnectionMonitor:
    """The status of all platforms; `minutes` is how long one may be lost before it is told.

    `clock` is monotonic, in seconds.
    """

    _minutes: int
    _clock: Callable[[], float]
    statuses: list[ConnectionStatus] = field(default_factory=list)

    def add(self, name: str) -> ConnectionStatus:
        """The status of a platform that is not connected yet."""
        status = ConnectionStatus(name, AlertQueue(), self._clock, self._clock())
        self.statuses.append(status)
        return status

    def check(self) -> None:
        """Tell once of each platform that is lost for long, and once that it is back."""
        for each in self.statuses:
            is_lost = each.lost_at is not None
            if is_lost and not each.is_told and self._seconds(each) >= self._minutes * 60:
                each.is_told = True
                _log.warning("%s has not been connected for %d minutes", each.name, self._minutes)
                lost = notice(CuratorText.ALERT_LOST, platform=each.name, minutes=self._minutes)
                self._tell_others(each, notice_block(lost))
            elif each.is_told and not is_lost:
                each.is_told = False
                _log.warning("%s is connected again", each.name)
                self._tell_others(
                    each, notice_block(notice(CuratorText.ALERT_BACK, platform=each.name))
                )

    def _seconds(self, of: ConnectionStatus) -> float:
        return 0.0 if of.lost_at is None else self._clock() - of.lost_at

    def _tell_others(self, of: ConnectionStatus, alert: NoticeBlock) -> None:
        for each in self.statuses:
            if each is not of and each.lost_at is None:
                each.alerts.add(alert)
