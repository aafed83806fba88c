"""Programs of others: the TypeScript SDK of MCP, matrix-js-sdk, and Hydrogen in a browser.

`make test-clients`, which installs them beside this file. They need Node 20 or newer, npm and
Chromium, and take no part in the other tests. The first uses the tools for models, the second
plays a conversation with the bot, and both print what each step took; the third shows replies,
whose pictures are kept in `build/foreign_clients/`.
"""

import asyncio

from tests.foreign_clients.matrix import play_matrix
from tests.foreign_clients.mcp import play_mcp


async def main() -> None:
    """Let one after the other use the bot."""
    await play_mcp()
    await play_matrix()


if __name__ == "__main__":
    asyncio.run(main())
