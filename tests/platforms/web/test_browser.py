"""The pages in a browser: on desktop and phone, by keyboard alone, with no harm done."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.harness.browser import DESKTOP, PHONE, SMALL_PHONE, reading
from tests.harness.web_harness import WebHarness, page_of, serving
from tests.platforms.web.conftest import COST, DREDGED
from tests.platforms.web.hostile_texts import HOSTILE
from tests.platforms.web.test_hostile_documents import documents

AXE = Path(__file__).parents[2] / "accessibility/node_modules/axe-core/axe.min.js"
HARBOUR = page_of("town/harbour.md")

schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


async def every_page(site: WebHarness) -> list[str]:
    """An address of each kind of page."""
    _, url = await site.ask(COST, frozenset(("town",)), keep_question=True)
    inside = ("/", f"{HARBOUR}?q=dredg&m=2", "/ask", "/nowhere")
    return [url, f"{url}/1#quote-1", *(site.address + place for place in inside)]


@pytest.mark.parametrize("window", [DESKTOP, PHONE, SMALL_PHONE], ids=["1280", "390", "360"])
@pytest.mark.parametrize("scripts", [True, False], ids=["with script", "without"])
async def test_the_quote_is_in_the_window(
    site: WebHarness, browser: Browser, window: dict[str, int], scripts: bool
) -> None:
    text = "\n\n".join(f"Word {n} stands in the long letter of the harbour." for n in range(300))
    site.write("town/letter.md", f"# Letter\n\n{text}\n\nAda Sand dredged in May 1902 at noon.\n")
    await site.reload()
    reply, url = await site.ask("Who dredged in May 1902 at noon?")
    assert reply.excerpts[0].citation.document == "town/letter.md"
    link = f"{url}/1#quote-1"
    async with reading(browser, link, window, java_script_enabled=scripts) as reader:
        mark = reader.page.locator("mark.quote")
        assert await mark.inner_text() == reply.excerpts[0].shown
        box = await mark.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < window["height"]
        assert reader.elsewhere == []
        assert reader.faults == []


async def test_no_page_is_wider_than_a_phone_or_asks_another_host(
    open_site: WebHarness, browser: Browser
) -> None:
    for url in await every_page(open_site):
        async with reading(browser, url, SMALL_PHONE) as reader:
            assert await reader.width() <= SMALL_PHONE["width"], url
            assert reader.elsewhere == []
            assert [fault for fault in reader.faults if "404" not in fault] == []


async def test_the_keyboard_is_enough(open_site: WebHarness, browser: Browser) -> None:
    async with reading(browser, open_site.address + HARBOUR) as reader:
        keys = reader.page.keyboard
        await keys.press("Tab")
        assert await reader.focused() == "Skip to the text"
        assert await reader.sees(".skip")
        outline = "() => getComputedStyle(document.activeElement).outlineStyle"
        assert await reader.page.evaluate(outline) == "solid"
        await keys.press("Enter")
        assert await reader.focused() == "content"
        await keys.press("/")
        assert await reader.focused() == "q"
        await keys.type("dredg")
        await keys.press("Enter")
        await reader.page.wait_for_url("**?q=dredg")
        await keys.press("n")
        await reader.page.wait_for_url("**m=2#match-2")
        assert await reader.sees("#match-2")
        await keys.press("p")
        await reader.page.wait_for_url("**m=1#match-1")
    async with reading(browser, f"{open_site.address}/ask") as reader:
        for _ in range(4):
            await reader.page.keyboard.press("Tab")
        assert await reader.focused() == "question"
        await reader.page.keyboard.type(DREDGED)
        await reader.page.keyboard.press("Tab")
        await reader.page.keyboard.press("Enter")
        await reader.page.wait_for_selector("blockquote")
        assert "Ada Sand" in await reader.page.inner_text("blockquote >> nth=0")


async def test_a_print_has_the_text_alone(open_site: WebHarness, browser: Browser) -> None:
    async with reading(browser, f"{open_site.address}{HARBOUR}?q=dredg") as reader:
        await reader.page.emulate_media(media="print")
        for selector in ("nav.site", "form.search", "details.contents", "article .anchor >> nth=0"):
            assert not await reader.page.locator(selector).is_visible(), selector
        assert await reader.page.locator("article").is_visible()


async def test_a_wide_table_is_scrolled_on_a_phone_and_whole_in_print(
    tmp_path: Path, browser: Browser
) -> None:
    columns = " | ".join(f"Measurement{number}" for number in range(9))
    table = {"table.md": f"# Table\n\n| {columns} |\n|{' --- |' * 9}\n| {columns} |\n"}
    async with (
        serving(tmp_path, table, open_collections=("*",)) as site,
        reading(browser, site.address + page_of("table.md"), PHONE) as reader,
    ):
        width = "() => document.querySelector('table').getBoundingClientRect().width"
        # Nine words that are not broken are wider than the window, which stays as it is.
        assert await reader.page.evaluate(width) > 2 * PHONE["width"]
        assert await reader.width() == PHONE["width"]
        await reader.page.set_viewport_size({"width": 650, "height": 900})
        await reader.page.emulate_media(media="print")
        assert await reader.page.evaluate(width) <= 650


@schemes
async def test_contrast_labels_and_structure_are_right(
    open_site: WebHarness, browser: Browser, scheme: str
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not here (`make accessibility` fetches it)")
    for url in await every_page(open_site):
        async with reading(browser, url, PHONE, color_scheme=scheme) as reader:
            await reader.page.evaluate(AXE.read_text(encoding="utf-8"))
            result: dict[str, Any] = await reader.page.evaluate("() => axe.run()")
            told = [
                (each["id"], [node["html"] for node in each["nodes"]])
                for each in result["violations"]
            ]
            assert told == [], url
            assert len(result["passes"]) > 10


async def test_no_document_runs_in_a_browser(tmp_path: Path, browser: Browser) -> None:
    async with (
        serving(tmp_path, documents(), open_collections=("*",), per_minute=100_000) as site,
        reading(browser, f"{site.address}/") as reader,
    ):
        await reader.page.add_init_script("window.hacked = () => { window.hasRun = true; };")
        places = [page_of(f"town/text-{number:02}.txt") for number in range(len(HOSTILE))]
        for place in ("/", *places):
            await reader.page.goto(f"{site.address}{place}?q=crowns")
            assert await reader.page.evaluate("() => window.hasRun") is None
            assert await reader.page.locator("#b0").count() == (place != "/")
        assert reader.elsewhere == []
        assert reader.faults == []
