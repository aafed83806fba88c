"""Pictures of pages for the documentation, taken of the bundled corpus: `make pictures`."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tests.harness.browser import NO_BROWSER, PHONE, chromium, chromium_path, reading
from tests.harness.web_harness import WebHarness
from tests.harness.web_server import web_settings

ROOT = Path(__file__).parents[2]
QUESTION = "How many civilians were evacuated from eastern Aleppo?"
DESKTOP = {"width": 1000, "height": 700}


async def take(folder: Path) -> None:
    """Write `docs/source-page.png` and `docs/answer-page.png`."""
    shutil.copytree(ROOT / "corpus", folder / "corpus")
    site = WebHarness(folder / "corpus", folder / "state", web_settings())
    try:
        await site.start()
        _, url = await site.ask(QUESTION, keep_question=True)
        async with chromium() as browser:
            async with reading(browser, f"{url}/2#quote-1", DESKTOP) as reader:
                await reader.page.screenshot(path=ROOT / "docs/source-page.png")
            async with reading(browser, url, PHONE, color_scheme="dark") as reader:
                await reader.page.screenshot(path=ROOT / "docs/answer-page.png")
    finally:
        await site.close()


if __name__ == "__main__":
    if chromium_path() is None:
        sys.exit(NO_BROWSER)
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(take(Path(place)))
