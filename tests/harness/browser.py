"""A browser on the pages of the bot: Debian's Chromium, moved by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 780}
SMALL_PHONE = {"width": 360, "height": 640}

NO_BROWSER = "no Chromium here (on Debian and Ubuntu: apt-get install chromium)"

_IN_WINDOW = """(selector) => {
  const box = document.querySelector(selector).getBoundingClientRect();
  return box.top >= 0 && box.left >= 0 && box.width > 0
    && box.top < window.innerHeight && box.left < window.innerWidth;
}"""


def chromium_path() -> str | None:
    """The program, if this machine has it."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser, while the body runs."""
    async with async_playwright() as playwright:
        # As root, as in containers, Chromium has no sandbox of its own.
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox"]
        )
        try:
            yield browser
        finally:
            await browser.close()


class PageReader:
    """Somebody who reads pages in a window; what the browser asks of other hosts is noted."""

    def __init__(self, page: Page, host: str) -> None:
        self.page = page
        self.elsewhere: list[str] = []
        self.faults: list[str] = []
        page.on("request", lambda request: self._note(request.url, host))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._note_fault)

    def _note_fault(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.faults.append(said.text)

    def _note(self, url: str, host: str) -> None:
        if urlsplit(url).netloc != host:
            self.elsewhere.append(url)

    async def sees(self, selector: str) -> bool:
        """Whether the beginning of an element is in the window."""
        return bool(await self.page.evaluate(_IN_WINDOW, selector))

    async def focused(self) -> str:
        """The name of the element that the keyboard is at."""
        name: str = await self.page.evaluate(
            "() => document.activeElement.id || document.activeElement.textContent.trim()"
        )
        return name

    async def width(self) -> int:
        """The width of the page, which is scrolled sideways if it is wider than the window."""
        return int(await self.page.evaluate("() => document.documentElement.scrollWidth"))


@asynccontextmanager
async def reading(
    browser: Browser, url: str, window: Mapping[str, int] = DESKTOP, **options: Any
) -> AsyncIterator[PageReader]:
    """Somebody with a page open, while the body runs."""
    context = await browser.new_context(viewport={**window}, **options)  # type: ignore[arg-type]
    try:
        reader = PageReader(await context.new_page(), urlsplit(url).netloc)
        await reader.page.goto(url)
        yield reader
    finally:
        await context.close()
