"""The program itself on Matrix: three variables, and it answers."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.harness.matrix_clients import PASSWORD
from tests.harness.matrix_harness import LIT, moved_in
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import EncryptingNewcomer, fresh


async def test_an_account_is_all_it_takes(
    synapse: Synapse, tmp_path: Path, project_root: Path, encrypting_person: EncryptingNewcomer
) -> None:
    bot = await moved_in(synapse, fresh("bot"), tmp_path)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        cwd=project_root,
        env=os.environ
        | {
            "MATRIX_HOMESERVER": synapse.url,
            "MATRIX_USER": bot.user_id,
            "MATRIX_PASSWORD": PASSWORD,
            "SOURCES_SAY_MATRIX__INVITERS": "@*:localhost",
            "SOURCES_SAY_CORPUS__FOLDER": str(bot.corpus),
            "SOURCES_SAY_STATE__FOLDER": str(bot.state),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            first = (await process.stdout.readline()).decode()
            told = (await process.stdout.readline()).decode()
        assert first == "Set up: Matrix. Not set up: Discord (DISCORD_TOKEN).\n"
        assert told == f"On Matrix as {bot.user_id}. Rooms: 0.\n"
        ana = await encrypting_person("ana")
        room = await bot.welcomed(ana, encrypted=True, direct=True)
        answer = await ana.ask(room, LIT)
        assert "Ivar Holm" in answer.body
        assert (answer.encrypted, answer.trusted) == (True, True)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            rest, errors = await process.communicate()
        assert process.returncode == 128 + signal.SIGTERM
        assert rest == b""
        assert PASSWORD.encode() not in errors
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
