"""Programs of others in Node, each a script beside this file that prints its steps as JSON."""

import asyncio
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

WITHIN = 300.0

_HERE = Path(__file__).resolve().parent


async def run_script(name: str, given: Mapping[str, object]) -> list[dict[str, object]]:
    """The steps of a script, or an exit with what it said."""
    node = shutil.which("node")
    if node is None:
        sys.exit("node is needed, 20 or newer, and is not here")
    process = await asyncio.create_subprocess_exec(
        node,
        str(_HERE / name),
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
