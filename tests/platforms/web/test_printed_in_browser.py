"""The page as printed in a browser: the picture is there, and its mark is on it and in sight."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.harness.browser import DESKTOP, PHONE, reading
from tests.harness.web_harness import serving
from tests.ingest.readers.pdf_files import drawn
from tests.platforms.web.conftest import TOWN
from tests.platforms.web.test_printed_pages import MILL, mill, put

LOADED = "image => image.complete && image.naturalWidth > 0"


@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["1280", "390"])
async def test_the_picture_is_loaded_and_its_mark_in_sight_without_script(
    tmp_path: Path, browser: Browser, window: dict[str, int]
) -> None:
    put(tmp_path, "town/mill.pdf", drawn(mill))
    async with serving(tmp_path, TOWN, open_collections=("town",)) as site:
        link = f"{site.address}{MILL}?q=stones"
        async with reading(browser, f"{link}#printed", window, java_script_enabled=False) as reader:
            image, mark = reader.page.locator(".leaf img"), reader.page.locator("#mark-1")
            assert await image.evaluate(LOADED)
            picture, box = await image.bounding_box(), await mark.bounding_box()
            assert picture is not None
            assert box is not None
            # The words stand at 500 of 842 points, "stones" some 23 behind the margin of 72.
            scale = picture["width"] / 595
            assert abs(box["x"] - picture["x"] - 95 * scale) < 6
            assert abs(box["y"] + box["height"] - picture["y"] - (842 - 500) * scale) < 6
            assert 0 <= box["y"] < window["height"]
            await reader.page.get_by_role("link", name="Larger").click()
            larger = await mark.bounding_box()
            assert larger is not None
            assert larger["width"] > 1.5 * box["width"]
            assert 0 <= larger["y"] < window["height"]
            assert 0 <= larger["x"] < window["width"]
            assert reader.elsewhere == []
