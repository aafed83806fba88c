"""The bot in a process of its own, that stops at a moment it is told and waits to be killed.

`python -m tests.harness.matrix_bot_process URL USER FOLDER MOMENT`; it prints `joined`,
and `MOMENT` when it has come there.
"""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from bot.chat.identity import Scope
from bot.platforms.matrix.api.contents import MessageContent
from bot.platforms.matrix.api.homeserver_port import HomeserverPort
from bot.platforms.matrix.session.login import Account
from bot.state.values import Values
from tests.harness.gated_answering import GatedAnswering
from tests.harness.matrix_harness import MatrixHarness

ASKED, SENDING, SENT = "asked", "sending", "sent"
MOMENTS = (ASKED, SENDING, SENT)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is that the test has started."""

    url: str


async def here(moment: str) -> None:
    """Say that it is this moment, and let it last."""
    sys.stdout.write(moment + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


class StoppingAnswering(GatedAnswering):
    """Answers nothing: it stops there."""

    async def hold(self, question: str, collections: Scope) -> None:
        del question, collections
        await here(ASKED)


class StoppingPort(HomeserverPort):
    """Stops before an answer is sent, or right after."""

    moment = ""

    async def send(self, room: str, words: MessageContent, txn: str) -> str:
        if txn.startswith("ans-") and self.moment == SENDING:
            await here(SENDING)
        sent = await super().send(room, words, txn)
        if txn.startswith("ans-") and self.moment == SENT:
            await here(SENT)
        return sent


async def main(url: str, user: str, folder: str, moment: str) -> None:
    async def opened(account: Account, values: Values) -> HomeserverPort:
        port = await StoppingPort.open(account, values)
        port.moment = moment
        return port

    bot = MatrixHarness(Address(url), user, Path(folder) / "corpus", Path(folder) / "state")
    bot.opened = opened
    if moment == ASKED:
        bot.answers = StoppingAnswering
    await bot.start(signs="none")
    await here("joined")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
