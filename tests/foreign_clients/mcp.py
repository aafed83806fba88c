"""The tools for models, used by the TypeScript SDK of MCP over both transports."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.foreign_clients.node import run_script
from tests.harness.api_harness import OPEN, SECRET, api_harness

QUESTION = "When does the front gate close?"
QUOTE = "The front gate closes at ten o'clock"
DOCUMENTS = OPEN | SECRET | {"rules/gate.md": "# The 🚪\n\n" + OPEN["rules/gate.md"]}


async def play_mcp() -> None:
    """Use the tools over HTTP with a token, then of a program that the client starts."""
    given: dict[str, object] = {"question": QUESTION, "quote": QUOTE}
    with TemporaryDirectory(prefix="clients-") as name:
        folder = Path(name)
        async with api_harness(folder, DOCUMENTS) as api:
            token = await api.token("model", "rules")
            await run_script("mcp.mjs", given | {"url": f"{api.url}/mcp", "token": token})
        environment = {
            "SOURCES_SAY_STATE__FOLDER": str(folder / "other"),
            "SOURCES_SAY_RETRIEVAL__ENCODER": "none",
        }
        program = {
            "command": sys.executable,
            "arguments": ["-m", "bot", "mcp", "--corpus", str(api.corpus)],
            "environment": environment,
        }
        await run_script("mcp.mjs", given | program)
