"""Citations lead to the pages of the web server, as soon as members can reach it."""

from pathlib import Path

import aiohttp
from playwright.async_api import Browser
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.harness.browser import DESKTOP, PHONE, reading
from tests.harness.matrix_harness import LIT, at_home
from tests.harness.synapse import Synapse
from tests.harness.web_server import web_server, web_settings
from tests.platforms.matrix.conftest import Newcomer, fresh


async def test_title_and_body_lead_to_the_quote(
    synapse: Synapse, tmp_path: Path, person: Newcomer
) -> None:
    async with at_home(synapse, fresh("bot"), tmp_path, web=web_settings()) as bot:
        (bot.corpus / "sources.toml").write_text(
            '["isle/lamp.md"]\nurl = "https://example.org/lamp"\n', encoding="utf-8"
        )
        await bot.reload()
        ana = await person("ana")
        answer = await ana.ask(await bot.welcomed(ana, direct=True), LIT)
        targets = [link.attributes["href"] for link in HTMLParser(answer.html or "").css("a")]
        page, source = targets[:2]
        assert source == "https://example.org/lamp"
        assert f"   {page}\n   {source}\n" in answer.body
        async with (
            web_server(bot.services),
            aiohttp.ClientSession() as session,
            session.get(page or "") as response,
        ):
            assert response.status == 200
            assert '<mark class="quote" id="quote-1">' in await response.text()


async def test_one_press_shows_the_words_in_the_document(
    synapse: Synapse, tmp_path: Path, person: Newcomer, browser: Browser
) -> None:
    async with at_home(synapse, fresh("bot"), tmp_path, web=web_settings()) as bot:
        ana = await person("ana")
        answer = await ana.ask(await bot.welcomed(ana, direct=True), LIT)
        link = HTMLParser(answer.html or "").css("a")[0].attributes["href"] or ""
        async with web_server(bot.services):
            for window in (DESKTOP, PHONE):
                async with reading(browser, link, window) as reader:
                    assert await reader.sees("mark.quote")
                    assert "Ivar Holm" in await reader.page.inner_text("mark.quote")
                    assert (reader.elsewhere, reader.faults) == ([], [])
