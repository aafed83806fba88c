"""A document on a page: the quote marked, its citation, search, contents, parts."""

from pathlib import Path

from tests.harness.web_harness import WebHarness, page_of, serving
from tests.platforms.web.conftest import COST, DREDGED, TOWN

HARBOUR = page_of("town/harbour.md")


async def test_the_quote_is_marked_below_its_citation(site: WebHarness) -> None:
    reply, url = await site.ask(COST)
    for number, excerpt in enumerate(reply.excerpts, start=1):
        page = await site.get(f"{url}/{number}")
        assert "".join(page.texts("article mark.quote")) == excerpt.shown
        assert page.html.css_first("#quote-1") is not None
        assert excerpt.citation.source.title in page.texts("h1")
        (details,) = page.texts("header .details")
        if excerpt.citation.document == "town/harbour.md":
            assert details == (
                "M. Ferrow, 1911 (second printing), Cost, paragraph 4 https://example.org/harbour"
            )
        current = page.html.css_first("nav.quotes a[aria-current]")
        assert current is not None
        assert current.text(strip=True) == str(number)


async def test_tables_lists_and_code_are_what_they_are(open_site: WebHarness) -> None:
    page = await open_site.get(HARBOUR)
    assert page.texts("article th[scope=col]") == ["Plot", "Rent"]
    assert page.texts("article td") == ["North", "61", "South", "74"]
    assert page.texts("article li") == ["Barges pay nothing.", "Ships pay by their draught."]
    assert page.texts("article pre") == ["draught * 2"]
    headings = page.html.css("article h2, article h3")
    assert [node.text(strip=True) for node in headings] == ["The harbour", "Rents", "Cost", "Ships"]
    for target in page.links("article a.anchor") + page.links("details.contents a"):
        assert page.html.css_first(target) is not None
    assert page.html.css_first("article").attributes["lang"] == "en"  # type: ignore[union-attr]


async def test_words_are_searched_and_each_match_leads_to_the_next(open_site: WebHarness) -> None:
    page = await open_site.get(f"{HARBOUR}?q=the+DREDG")
    assert page.texts("[role=status]") == ["Match 1 of 1"]
    page = await open_site.get(f"{HARBOUR}?q=dredg")
    assert [text.lower() for text in page.texts("mark.match")] == ["dredg"] * 2
    (following,) = page.links("a[data-key=n]")
    assert following.endswith("?q=dredg&m=2#match-2")
    page = await open_site.get(f"{HARBOUR}?q=dredg&m=2")
    assert page.texts("[role=status]") == ["Match 2 of 2"]
    assert page.links("a[data-key=n]") == []
    nothing = await open_site.get(f"{HARBOUR}?q=whale")
    assert nothing.texts("[role=status]") == ["These words do not stand in this document."]
    marked = await open_site.get(f"{HARBOUR}?q=%3Cmark%3E")
    assert marked.html.css_first("input#q").attributes["value"] == "<mark>"  # type: ignore[union-attr]


async def test_a_span_of_the_address_is_marked(open_site: WebHarness) -> None:
    start = TOWN["town/harbour.md"].index("nine months")
    page = await open_site.get(f"{HARBOUR}?at={start}-{start + 11}")
    assert page.texts("mark.quote") == ["nine months"]
    for wrong in ("5-4", "0-99999999", "x", "-1-4", "1-2-3", "٣-٤"):
        assert (await open_site.get(f"{HARBOUR}?at={wrong}")).texts("mark") == []


async def test_a_long_document_comes_in_parts(tmp_path: Path) -> None:
    chapters = [f"# Chapter {n}\n\n" + f"Word {n} stands here. " * 400 for n in range(12)]
    documents = {"town/long.md": "\n\n".join(chapters)}
    async with serving(tmp_path, documents, open_collections=("*",)) as site:
        place = page_of("town/long.md")
        first = await site.get(place)
        assert first.links("nav.parts a[rel=prev]") == []
        target, *_ = first.links("nav.parts a[rel=next]")
        second = await site.get(target)
        assert first.texts("article")[0] != second.texts("article")[0]
        entries = first.links("details.contents a")
        assert len(entries) == 12
        last, _, anchor = entries[-1].partition("#")
        assert (await site.get(last)).html.css_first(f"#{anchor}") is not None
        found = await site.get(f"{place}?q=Word+11&m=1")
        assert found.html.css_first("#match-1") is not None
        far = await site.get(f"{place}?part=9999")
        assert far.status == 200


async def test_a_changed_document_shows_the_words_where_they_stand_now(site: WebHarness) -> None:
    _, url = await site.ask(DREDGED)
    moved = TOWN["town/harbour.md"].replace("# The harbour\n", "# The harbour\n\nA word before.\n")
    site.write("town/harbour.md", moved)
    await site.reload()
    page = await site.get(f"{url}/1")
    assert "The words are marked where they stand now." in page.texts(".change p")[0]
    assert "Ada Sand" in page.texts("mark.quote")[0]


async def test_words_that_are_gone_are_shown_as_they_were(site: WebHarness) -> None:
    reply, url = await site.ask(DREDGED)
    site.write("town/harbour.md", "# The harbour\n\nNothing is known of it.\n")
    await site.reload()
    page = await site.get(f"{url}/1")
    assert page.texts(".change del") == [reply.excerpts[0].quote]
    assert page.texts("mark.quote") == []
    assert page.texts("article p") == ["Nothing is known of it."]
    (site.corpus / "town/harbour.md").unlink()
    await site.reload()
    page = await site.get(f"{url}/1")
    assert page.status == 200
    assert page.texts(".change del") == [reply.excerpts[0].quote]
    assert page.texts(".change p") == [
        "This document is no longer there. These words are no longer in the documents."
        " They were as shown here."
    ]


async def test_only_what_begins_an_item_has_its_number(tmp_path: Path) -> None:
    rules = "1. Keep the path clear:\n   - both sides,\n   - the middle.\n2. No fires.\n"
    async with serving(tmp_path, {"rules.md": rules}, open_collections=("*",)) as site:
        page = await site.get(page_of("rules.md"))
    texts = ["Keep the path clear:", "both sides,", "the middle.", "No fires."]
    assert page.texts("article li") == texts
    numbers = [node.attributes["data-mark"] for node in page.html.css("article li .bullet")]
    assert numbers == ["1.", "2."]


async def test_a_text_from_right_to_left_keeps_its_direction(tmp_path: Path) -> None:
    documents = {"old.txt": "بني الميناء القديم في عام 1903 من قبل المهندسة آدا ساند.\n"}
    async with serving(tmp_path, documents, open_collections=("*",)) as site:
        page = await site.get(page_of("old.txt"))
        article = page.html.css_first("article")
        assert article is not None
        assert (article.attributes["lang"] or "").startswith("ar")
        paragraph = page.html.css_first("article p")
        assert paragraph is not None
        assert paragraph.attributes["dir"] == "auto"
