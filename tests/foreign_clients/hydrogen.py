"""Replies as Hydrogen shows them in Chromium: read back, measured, and kept as pictures."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from playwright.async_api import Browser, Locator

from tests.harness.browser import DESKTOP, PHONE, chromium, reading
from tests.harness.matrix_clients import PASSWORD, MatrixPerson
from tests.harness.matrix_harness import COST, DOCUMENTS, KIBBEH, WHALES, MatrixHarness
from tests.harness.synapse import Synapse

HERE = Path(__file__).resolve().parent
PICTURES = HERE.parent.parent / "build/foreign_clients"

TALL = 5_000
"""Height of the windows: the timeline loads what can be seen."""

CODE = """cd /opt/lamp
./turn --speed 4 --colour white   # four turns in a minute, as the pilots of the harbour agreed
if [ "$?" -ne 0 ]; then
    echo "the lamp stands" >&2
fi"""
HEBREW = "המגדלור של האי נבנה בשנת 1844 על ידי Ivar Holm, ונראה ממרחק של 20 מיילים."
ROWS = (
    "| Boat | Berth per night | Pilot |",
    "| Herring boat | 2 thalers | 1 thaler |",
    "| Trading brig of three masts | 9 thalers | 5 thalers |",
    "| Mail boat | free of charge | 2 groschen |",
)
MORE_DOCUMENTS = {
    "isle/prices.md": "\n".join(("# Prices\n", ROWS[0], "| --- | --- | --- |", *ROWS[1:])),
    "isle/signals.md": f"# Signals\n\nTo start the mechanism, type this:\n\n```\n{CODE}\n```\n",
    "isle/hebrew.md": f"# המגדלור\n\n{HEBREW}\n",
}
QUESTIONS = {
    "figures differ": COST,
    "silence": KIBBEH,
    "nearest": WHALES,
    "small talk": "hello",
    "help": "!help",
    "table": "What does a mail boat pay for a berth per night?",
    "code": "What do I type to start the mechanism?",
    "right to left": "מתי נבנה המגדלור של האי?",
}

_IS_LEFT_OF_ALL = """(quote) => {
  const texts = document.createTreeWalker(quote, NodeFilter.SHOW_TEXT);
  const places = [];
  for (let node = texts.nextNode(); node; node = texts.nextNode())
    for (let at = 0; at < node.length; at++) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const box = range.getBoundingClientRect();
      if (box.width > 0) places.push([node.data[at], box]);
    }
  const [sign, end] = places.pop();
  const line = places.filter(([, box]) => Math.abs(box.bottom - end.bottom) < 3);
  return sign === "." && line.every(([, box]) => box.left >= end.left);
}"""
"""Whether the full stop at the end of an element is left of all else in its line."""


@asynccontextmanager
async def hydrogen(folder: Path) -> AsyncIterator[str]:
    """The address of Hydrogen, built into a folder, while the body runs."""
    node = shutil.which("node")
    if node is None:
        sys.exit("node is needed, 20 or newer, and is not here")
    vite = HERE / "node_modules/vite/bin/vite.js"
    options = ("--outDir", str(folder), "--target", "esnext", "--logLevel", "error")
    build = await asyncio.create_subprocess_exec(
        node, str(vite), "build", str(HERE / "hydrogen"), *options
    )
    if await build.wait():
        sys.exit("Hydrogen could not be built")
    shutil.copy(HERE / "node_modules/hydrogen-view-sdk/lib-build/sw.js", folder)

    async def index(_: web.Request) -> web.FileResponse:
        return web.FileResponse(folder / "index.html")

    app = web.Application()
    app.router.add_get("/", index)
    app.router.add_static("/", folder)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/"
    finally:
        await runner.cleanup()


async def show_replies(synapse: Synapse, bot: MatrixHarness, who: MatrixPerson) -> None:
    """Ask everything, then look at the room in a wide and in a narrow window."""
    for path, text in MORE_DOCUMENTS.items():
        bot.write(path, text)
    await bot.restart()
    room = await bot.welcomed(who)
    for asked in QUESTIONS.values():
        before = len(bot.said(who, room))
        await who.say(room, asked)
        await who.until(lambda before=before: len(bot.said(who, room)) > before)  # type: ignore[misc]
    given = {"url": synapse.url, "user": who.name, "password": PASSWORD, "room": room}
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with hydrogen(bot.state / "hydrogen") as url, chromium() as browser:
        for width in (DESKTOP["width"], PHONE["width"]):
            await look(browser, f"{url}#{quote(json.dumps(given))}", width)


async def look(browser: Browser, url: str, width: int) -> None:
    """Read all replies in a window of this width, and take their pictures."""
    async with reading(browser, url, {"width": width, "height": TALL}) as reader:
        page = reader.page
        await page.wait_for_function("document.title === 'Ready'")
        await page.get_by_text(COST).first.wait_for()
        shown = page.locator(".Timeline_message:has(.Timeline_messageAvatar)")
        for name, asked in QUESTIONS.items():
            reply = shown.filter(has_text=asked).filter(has_text="In reply to")
            await reply.first.scroll_into_view_if_needed()
            await reply.first.screenshot(path=PICTURES / f"{name.replace(' ', '-')}-{width}.png")
            for fault in [each async for each in _faults(name, reply.first)]:
                sys.exit(f"Hydrogen, {width} pixels, {name}: {fault}")
        if reader.faults or await reader.width() > width:
            sys.exit(f"Hydrogen, {width} pixels: {reader.faults or 'too wide'}")
        done = {"client": "Hydrogen", "width": width, "replies": len(QUESTIONS)}
        sys.stdout.write(json.dumps(done) + "\n")


async def _faults(name: str, reply: Locator) -> AsyncIterator[str]:
    """What is wrong with a reply as the client shows it."""
    own = reply.locator(".Timeline_messageBody > blockquote")
    quotes = [text.strip() for text in await own.all_inner_texts()]
    text = await reply.inner_text()
    match name:
        case "figures differ":
            sentences = " ".join(DOCUMENTS.values())
            if len(quotes) < 2 or not all(each in sentences for each in quotes):
                yield f"the quotes are {quotes}"
            if "Figures differ" not in text or await reply.locator("strong").count() == 0:
                yield text
        case "silence" | "nearest":
            if "The documents do not answer this." not in text or quotes:
                yield text
        case "table":
            if quotes != ["\n".join(ROWS)]:
                yield f"the quotes are {quotes}"
        case "code":
            if await reply.locator("pre").all_inner_texts() != [CODE]:
                yield f"the quotes are {quotes}"
        case "right to left":
            if not await own.first.evaluate(_IS_LEFT_OF_ALL):
                yield "the full stop is not at the left end"
