"""Citations lead to the pages of the web server, as soon as members can reach it."""

import aiohttp
import pytest
import regex
from playwright.async_api import Browser

from tests.harness.browser import DESKTOP, PHONE, reading
from tests.harness.discord_harness import COST, DREDGED, LAMPS, DiscordHarness
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.web_server import web_server, web_settings

IN_THE_DOCUMENT = "In the document"
_TITLE_LINK = regex.compile(r"\*\*\[([^\]]+)\]\(<([^>]+)>\)\*\*")


def pages(message: ServerMessage) -> list[str]:
    """The addresses of its buttons to pages."""
    return [b.url or "" for b in message.buttons if b.label == IN_THE_DOCUMENT]


async def test_title_and_button_lead_to_the_quote(closed_club: DiscordHarness) -> None:
    club = closed_club
    await club.restart(web=web_settings())
    answer = await club.ask(club.ana, club.general, DREDGED)
    titles = dict(_TITLE_LINK.findall(answer.text))
    assert list(titles.values()) == pages(answer)
    assert "https://example.org/harbour" in [b.url for b in answer.buttons if b.label == "Open"]
    assert "example.org" not in answer.text
    async with (
        web_server(club.services),
        aiohttp.ClientSession() as session,
        session.get(titles["The harbour"]) as response,
    ):
        assert response.status == 200
        assert '<mark class="quote" id="quote-1">' in await response.text()


@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_one_press_shows_the_words_in_the_document(
    closed_club: DiscordHarness, browser: Browser, window: dict[str, int]
) -> None:
    club = closed_club
    await club.restart(web=web_settings())
    answer = await club.ask(club.ana, club.general, DREDGED)
    link = dict(_TITLE_LINK.findall(answer.text))["The harbour"]
    assert link in pages(answer)
    async with web_server(club.services), reading(browser, link, window) as reader:
        assert await reader.sees("mark.quote")
        assert "Ada Sand" in await reader.page.inner_text("mark.quote")
        assert await reader.page.inner_text("h1") == "The harbour"
        assert (reader.elsewhere, reader.faults) == ([], [])


async def test_further_pages_context_and_nearest_lead_there_too(
    closed_club: DiscordHarness,
) -> None:
    club = closed_club
    await club.restart(web=web_settings())
    answer = await club.ask(club.ana, club.general, COST)
    further = await (
        await club.ana.press(
            answer, next(b.label for b in answer.buttons if b.label.startswith("More"))
        )
    ).response()
    numbers = [
        url.rsplit("/", 1)[1].removesuffix("#quote-1") for url in (*pages(answer), *pages(further))
    ]
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]
    context = await (await club.ana.press(answer, "Context")).response()
    assert _TITLE_LINK.findall(context.text)
    silence = await club.ask(club.ana, club.general, LAMPS)
    nearest = await (await club.ana.press(silence, "1️⃣")).response()
    assert pages(nearest)[0].endswith("/1#quote-1")


async def test_without_a_public_address_titles_lead_to_the_sources(club: DiscordHarness) -> None:
    answer = await club.ask(club.ana, club.general, DREDGED)
    assert pages(answer) == []
    assert dict(_TITLE_LINK.findall(answer.text)) == {"The harbour": "https://example.org/harbour"}
