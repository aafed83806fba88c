"""Pager: a text that is longer than the terminal is shown by `less`, or what $PAGER names."""

import asyncio
import os
import pydoc
import signal

from rich.console import Console

from bot.platforms.streams import Output


async def write_paged(text: str, output: Output) -> None:
    """Write `text` to a terminal; page by page where it has more lines than the window."""
    if text.count("\n") < Console(file=output.stream).height:
        output.write(text)
        return
    # Colours stay, a text of one page needs no key, and the text stays on the screen at the end.
    os.environ.setdefault("LESS", "RFX")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the pager
    try:
        await asyncio.to_thread(pydoc.pager, text)
    finally:
        signal.signal(signal.SIGINT, before)
