"""Clients that people use: matrix-js-sdk with its Rust crypto, and Hydrogen in a browser.

`make test-clients`, which installs both beside this file. They need Node 20 or newer, npm and
Chromium, and take no part in the other tests. The first plays a conversation with the bot, and
prints what each step took; the second shows replies, whose pictures are kept in
`build/foreign_clients/`.
"""

import asyncio
import json
import logging
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.foreign_clients.hydrogen import show_replies
from tests.harness.matrix_clients import PASSWORD, MatrixPerson
from tests.harness.matrix_harness import COST, LIT, MatrixHarness, at_home
from tests.harness.synapse import Synapse

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent.parent / ".venv-synapse/bin/python"
WITHIN = 300.0


async def play(synapse: Synapse, bot: MatrixHarness, who: MatrixPerson) -> list[dict[str, object]]:
    """Run the client; its steps, or an exit with what it said."""
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
    node = shutil.which("node")
    if node is None:
        sys.exit("node is needed, 20 or newer, and is not here")
    process = await asyncio.create_subprocess_exec(
        node,
        str(HERE / "client.mjs"),
        json.dumps(given),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), WITHIN)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    sys.stdout.write(output.decode())
    if process.returncode:
        sys.exit(errors.decode()[-2_000:])
    return [json.loads(line) for line in output.decode().splitlines()]


async def main() -> None:
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
            steps = await play(synapse, bot, who)
            await show_replies(synapse, bot, who)
        await who.close()
    numbers = next(str(step["numbers"]) for step in steps if "numbers" in step)
    if not any(numbers in line for line in lines):
        sys.exit("the numbers of the verification differ from those in the bot's log")


if __name__ == "__main__":
    asyncio.run(main())
