"""The program in a process of its own, and every line it writes."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Program:
    """The running program; `said` is its standard output, `complained` its standard error."""

    process: asyncio.subprocess.Process
    said: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def listen(self, stream: asyncio.StreamReader | None, kept: list[str]) -> None:
        assert stream is not None
        async for line in stream:
            async with self.news:
                kept.append(line.decode().rstrip("\n"))
                self.news.notify_all()

    async def line(self, kept: list[str], words: str) -> str:
        """The first line with these words, once it is there."""

        def look() -> str | None:
            return next((line for line in kept if words in line), None)

        try:
            async with asyncio.timeout(20), self.news:
                found = await self.news.wait_for(look)
        except TimeoutError:
            raise AssertionError(f"no {words!r} in {self.said} or {self.complained}") from None
        assert found is not None
        return found

    async def ends(self, seconds: float = 20) -> int:
        """The exit code."""
        return await asyncio.wait_for(self.process.wait(), seconds)


@asynccontextmanager
async def program(
    folder: Path, root: Path, environment: Mapping[str, str], *arguments: str
) -> AsyncIterator[Program]:
    """The program of the checkout `root`, at work in `folder`; killed in the end if it still is.

    Of this process's environment it has what names no account.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DISCORD_", "MATRIX_"))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env={**kept, "PYTHONPATH": str(root), "PYTHONUTF8": "1", **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    made = Program(process)
    listening = asyncio.gather(
        made.listen(process.stdout, made.said), made.listen(process.stderr, made.complained)
    )
    try:
        yield made
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await listening
