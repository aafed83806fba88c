"""A conversation with the bot by matrix-js-sdk and its Rust crypto, and replies in Hydrogen."""

import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.foreign_clients.hydrogen import show_replies
from tests.foreign_clients.node import run_script
from tests.harness.matrix_clients import PASSWORD, MatrixPerson
from tests.harness.matrix_harness import COST, LIT, at_home
from tests.harness.synapse import Synapse

PYTHON = Path(__file__).resolve().parents[2] / ".venv-synapse/bin/python"


async def play_matrix() -> None:
    """Start server and bot, play, and compare the numbers of the verification with the log."""
    lines: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("bot").addHandler(handler)
    with (
        TemporaryDirectory(prefix="clients-") as name,
        Synapse(PYTHON, Path(name) / "server") as synapse,
    ):
        who = await MatrixPerson.register(synapse, "ana")
        curators = (who.user_id,)
        async with at_home(
            synapse, "bot", Path(name) / "bot", signs="one", curators=curators
        ) as bot:
            given = {
                "url": synapse.url,
                "user": who.user_id,
                "token": who.token,
                "device": who.device_id,
                "password": PASSWORD,
                "bot": bot.user_id,
                "first": COST,
                "second": LIT,
            }
            steps = await run_script("matrix.mjs", given)
            await show_replies(synapse, bot, who)
        await who.close()
    numbers = next(str(step["numbers"]) for step in steps if "numbers" in step)
    if not any(numbers in line for line in lines):
        sys.exit("the numbers of the verification differ from those in the bot's log")
