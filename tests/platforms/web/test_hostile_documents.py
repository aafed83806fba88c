"""Documents that attack whoever reads them: their text is text on every page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.chat.rendering.escape import visible
from tests.harness.web_harness import WebHarness, WebPage, page_of, serving
from tests.platforms.web.hostile_texts import HOSTILE, WORDS

OURS = {
    "article", "h2", "h3", "h4", "h5", "h6", "p", "ul", "li", "span", "mark", "a", "pre", "code",
    "div", "table", "tbody", "tr", "th", "td",
}  # fmt: skip
"""The elements that a document is made of."""

ATTRIBUTES = {
    "id", "class", "dir", "href", "aria-label", "tabindex", "lang", "data-mark", "role", "scope",
}  # fmt: skip


def documents() -> dict[str, str]:
    """A plain text for each attack, and a manifest that has it in every label."""
    texts = {
        f"town/text-{number:02}.txt": f"In {1900 + number} {WORDS} {number} crowns {attack} so."
        for number, attack in enumerate(HOSTILE)
    }
    labels = "\n".join(
        f'["town/text-{number:02}.txt"]\n'
        + "\n".join(f"{name} = {_toml(attack)}" for name in ("title", "author", "about"))
        for number, attack in enumerate(HOSTILE)
        if number % 2
    )
    return {**texts, "sources.toml": labels}


def _toml(text: str) -> str:
    escapes = (f"\\U{ord(c):08X}" if not c.isprintable() or c in '"\\' else c for c in text)
    return f'"{"".join(escapes)}"'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebHarness]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    async with serving(folder, documents(), open_collections=("*",), per_minute=100_000) as site:
        yield site


def check(page: WebPage) -> None:
    """Nothing in a page is made by the text of a document."""
    html = page.html
    ids = [node.attributes["id"] for node in html.css("[id]")]
    assert len(ids) == len(set(ids))
    assert [node.attributes.get("src") for node in html.css("script")] == [
        node.attributes.get("src") for node in html.css("head > script[defer]")
    ]
    for forbidden in ("iframe", "object", "embed", "img", "svg", "base", "style", "template"):
        assert html.css(forbidden) == [], forbidden
    for node in html.css("*"):
        assert not any(name.startswith("on") for name in node.attributes), node.html
        for name in ("href", "src", "action"):
            target = node.attributes.get(name) or ""
            assert not target.lower().lstrip().startswith(("javascript:", "data:")), target
    for node in html.css("article, article *"):
        assert node.tag in OURS, node.tag
        assert set(node.attributes) <= ATTRIBUTES, node.attributes


@pytest.mark.parametrize("number", range(len(HOSTILE)))
@pytest.mark.asyncio(loop_scope="module")
async def test_the_text_of_a_document_stays_text(hostile_site: WebHarness, number: int) -> None:
    path = f"town/text-{number:02}.txt"
    document = hostile_site.services.answering.corpus.document(path)
    assert document is not None
    shown = visible("".join(document.text.split("\n")))
    start = document.text.index("the dredging")
    for query in ("", "?q=crowns", f"?at={start}-{len(document.text) - 4}", "?q=%3Cscript%3E"):
        page = await hostile_site.get(page_of(path) + query)
        assert page.status == 200
        check(page)
        article = page.html.css_first("article")
        assert article is not None
        words = article.text().replace("\n", "")
        assert " ".join(words.split()) == " ".join(shown.split())
        if "at=" in query:
            quoted = "".join(node.text() for node in page.html.css("mark.quote"))
            assert quoted.startswith("the dredging")
            assert quoted.endswith(visible(HOSTILE[number][-3:]))


@pytest.mark.asyncio(loop_scope="module")
async def test_lists_replies_and_questions_stay_text(hostile_site: WebHarness) -> None:
    check(await hostile_site.get("/"))
    for attack in HOSTILE:
        check(await hostile_site.get("/sources", params={"q": attack}))
        page = await hostile_site.post("/ask", question=f"{WORDS} {attack}")
        assert page.status == 200
        check(page)
    for year in (1901, 1925, 1951):
        reply, url = await hostile_site.ask(f"In {year} {WORDS} how many crowns?")
        check(await hostile_site.get(url))
        for number in range(1, len(reply.excerpts) + 1):
            check(await hostile_site.get(f"{url}/{number}"))
