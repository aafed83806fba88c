"""The answer page, the list of sources, and the page to ask on."""

from pathlib import Path

from tests.harness.web_harness import WebHarness, serving
from tests.platforms.web.conftest import COST, DREDGED, TOWN

KIBBEH = "what is a good recipe for kibbeh?"
LINER = "How deep is the draught of a cruise liner in metres?"


async def test_a_reply_is_shown_with_its_citations_and_differences(site: WebHarness) -> None:
    reply, url = await site.ask(COST)
    page = await site.get(url)
    quotes = page.texts("section.excerpt blockquote")
    assert quotes[: len(reply.excerpts)] == [excerpt.shown for excerpt in reply.excerpts]
    titles = [excerpt.citation.source.title for excerpt in (*reply.excerpts, *reply.further)]
    links = page.links("section.excerpt .title a")
    assert page.texts("section.excerpt .title a") == titles
    assert [link.rsplit("/", 1)[1] for link in links] == [
        f"{n}#quote-1" for n in range(1, len(titles) + 1)
    ]
    for link in links:
        assert (await site.get(link.partition("#")[0])).status == 200
    differing = dict(text.split(": ", 1) for text in page.texts(".differences li"))
    assert {"78,000", "81,000"} <= set(differing)
    assert set(page.texts(".status")) == {"Unchanged in the documents of today."}
    assert f"Answer {reply.id}, corpus {reply.revision[:8]}." in page.texts(".notices li")
    # The question is not kept, so it is nowhere.
    assert page.texts("h1") == ["Reply"]
    assert "How many" not in page.text


async def test_the_question_is_shown_where_it_is_kept(site: WebHarness) -> None:
    _, url = await site.ask(COST, keep_question=True)
    assert (await site.get(url)).texts("h1") == [f"Question: {COST}"]


async def test_words_of_a_question_are_kept_only_with_it(site: WebHarness) -> None:
    for keeps in (False, True):
        question = f"Who dredged the harbour of Corvel in the year 1903, {keeps} zwygart?"
        _, url = await site.ask(question, keep_question=keeps)
        assert ("zwygart" in (await site.get(url)).text) is keeps


async def test_each_excerpt_says_whether_it_still_stands(site: WebHarness) -> None:
    reply, url = await site.ask(COST)
    paths = [excerpt.citation.document for excerpt in reply.excerpts]
    first, second = paths.index("town/harbour.md"), paths.index("town/market.md")
    site.write("town/harbour.md", TOWN["town/harbour.md"] + "\nA last word.\n")
    site.write("town/market.md", "# The market\n\nThere is no market.\n")
    await site.reload()
    page = await site.get(url)
    statuses = page.texts("section.excerpt .status")
    assert statuses[first].startswith("The document has changed. The words stand now in")
    assert statuses[second].startswith("These words are no longer in the documents.")
    gone = f"#excerpt-{second + 1} del"
    assert page.texts(gone) == [reply.excerpts[second].quote]


async def test_sources_are_filtered_by_words_and_collection(tmp_path: Path) -> None:
    async with serving(tmp_path, TOWN, open_collections=("*",)) as site:
        page = await site.get("/")
        assert page.texts("ul.sources li > a") == ["The vault", "The harbour", "The market"]
        assert "M. Ferrow, 1911, second printing" in page.texts(".sources .details")
        assert "Dredging and dues" in page.texts(".sources li p")
        for link in page.links(".sources li > a"):
            assert (await site.get(link)).status == 200
        for query, titles in (
            ("q=ferrow", ["The harbour"]),
            ("q=DUES+dredging", ["The harbour"]),
            ("q=almanac", ["The market"]),
            ("q=whale", []),
        ):
            filtered = await site.get(f"/sources?{query}")
            assert filtered.texts("ul.sources li > a") == titles
        guild = page.html.css("select option")[1].attributes["value"]
        assert (await site.get(f"/sources?c={guild}")).texts("ul.sources li > a") == ["The vault"]


async def test_a_question_gets_the_reply_of_the_chat(open_site: WebHarness) -> None:
    reply, _ = await open_site.ask(DREDGED, frozenset(("town",)))
    form = await open_site.get("/ask")
    assert form.texts("label") == ["Your question"]
    page = await open_site.post("/ask", question=DREDGED)
    assert page.texts("blockquote")[0] == reply.excerpts[0].shown
    assert any(f"Answer {reply.id}" in text for text in page.texts(".notices li"))
    source = page.links(".title a")[0]
    assert "Ada Sand" in (await open_site.get(source.partition("#")[0])).texts("mark.quote")[0]
    whole = page.links("main > p a")[-1]
    assert (await open_site.get(whole)).status == 200
    silent = await open_site.post("/ask", question=KIBBEH)
    assert "The documents do not answer this." in " ".join(silent.texts(".notices li"))
    # There is no excerpt, so nothing to read on.
    assert silent.links("main a") == []


async def test_what_is_near_to_a_question_without_an_answer_is_a_link(
    open_site: WebHarness,
) -> None:
    page = await open_site.post("/ask", question=LINER)
    assert "Nearest, but not an answer:" in page.texts(".notices li")
    nearest = page.links(".notices a")
    assert nearest
    for link, label in zip(nearest, page.texts(".notices a"), strict=True):
        target = await open_site.get(link.partition("#")[0])
        assert target.texts("h1")[0] in label
        assert target.html.css_first("#quote-1") is not None


async def test_a_follow_up_leans_on_the_question_before_in_its_tab(open_site: WebHarness) -> None:
    first = await open_site.post("/ask", question=DREDGED)
    thread = first.html.css_first("input[name=thread]").attributes["value"] or ""  # type: ignore[union-attr]
    again = await open_site.post("/ask", question="and when?", thread=thread)
    assert any("harbour" in text for text in again.texts(".notices li"))
    for other in (thread[:-1], f"x{thread}", "", "main"):
        alone = await open_site.post("/ask", question="and when?", thread=other)
        assert not any("harbour" in text for text in alone.texts(".notices li"))
    # A link with other documents is another conversation.
    _, url = await open_site.ask("Who made the door of the vault?", frozenset(("guild",)))
    there = await open_site.post(f"{url}/ask", question="and when?", thread=thread)
    assert not any("harbour" in text for text in there.texts(".notices li"))


async def test_small_talk_commands_and_nonsense_do_no_harm(open_site: WebHarness) -> None:
    hello = await open_site.post("/ask", question="hello")
    assert hello.texts(".notices li")
    assert "/help" not in hello.text
    for typed in ("/reload", "/corpus remove harbour.md", "", " \n", "x" * 2_001, "\x00\u202e"):
        page = await open_site.post("/ask", question=typed)
        assert page.status == 200
        assert page.texts("blockquote") == []
    assert (await open_site.post("/ask")).status == 200


async def test_questions_are_limited_as_in_chat(tmp_path: Path) -> None:
    async with serving(tmp_path, TOWN, per_person=2, open_collections=("*",)) as site:
        pages = [await site.post("/ask", question=DREDGED) for _ in range(3)]
        assert [bool(page.texts("blockquote")) for page in pages] == [True, True, False]


async def test_texts_are_in_the_language_of_the_browser(open_site: WebHarness) -> None:
    headers = {"Accept-Language": "xx, de-AT;q=0.8, fr;q=0.9;x, en;q=0.5"}
    page = await open_site.get("/", headers=headers)
    assert page.html.css_first("html").attributes["lang"] == "de"  # type: ignore[union-attr]
    assert page.texts("h1") == ["Quellen"]
    asked = await open_site.get("/ask", "POST", data={"question": KIBBEH}, headers=headers)
    assert "Die Dokumente beantworten das nicht." in " ".join(asked.texts(".notices li"))
    missing = await open_site.get("/nowhere", headers={"Accept-Language": "es"})
    assert missing.html.css_first("html[lang=es]") is not None
