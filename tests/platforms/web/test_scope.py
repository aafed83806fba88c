"""What a request may not see leaves no trace: not by status, size, time, tag, search or link."""

from datetime import UTC, datetime, timedelta

from tests.harness.web_harness import WebHarness, WebPage, page_of
from tests.platforms.web.conftest import COST, DREDGED, TOWN

HIDDEN, MISSING = page_of("guild/vault.md"), page_of("guild/nothing.md")
VAULT = "Who made the door of the vault?"
SECRETS = ("vault", "guild", "Harrow")


def trace(page: WebPage) -> tuple[object, ...]:
    """All that a client can tell one answer from another by, but for its time and the clock."""
    headers = {name: value for name, value in page.headers.items() if name != "Date"}
    return page.status, headers, page.text


async def test_a_document_out_of_sight_is_as_one_that_is_not_there(open_site: WebHarness) -> None:
    _, url = await open_site.ask(DREDGED, frozenset(("town",)))
    for view in ("", url):
        for method in ("GET", "HEAD"):
            for query in ("", "?q=vault", "?at=0-5", "?part=2"):
                hidden = await open_site.get(f"{view}{HIDDEN}{query}", method)
                missing = await open_site.get(f"{view}{MISSING}{query}", method)
                assert hidden.status == 404
                assert trace(hidden) == trace(missing)


async def test_nothing_of_it_is_in_any_page_of_a_link(open_site: WebHarness) -> None:
    _, url = await open_site.ask(COST, frozenset(("town",)))
    for place in (
        "/", "/sources?q=vault", "/sources?c=0123456789abcdef", "/ask",
        url, f"{url}/1", f"{url}/sources", f"{url}/sources?q=vault", f"{url}/ask",
    ):  # fmt: skip
        page = await open_site.get(place)
        shown = page.text.replace('value="vault"', "")
        assert page.status == 200
        assert not any(secret in shown for secret in SECRETS), place
    for view in ("", url):
        asked = await open_site.post(f"{view}/ask", question=VAULT)
        quotes = " ".join(asked.texts("blockquote")) + " ".join(asked.texts(".title"))
        assert not any(secret in quotes for secret in SECRETS)


async def test_a_change_out_of_sight_changes_no_tag_and_no_byte(open_site: WebHarness) -> None:
    _, url = await open_site.ask(COST, frozenset(("town",)))
    places = ("/", "/sources", page_of("town/harbour.md"), url, f"{url}/1", f"{url}/sources")
    before = [trace(await open_site.get(place)) for place in places]
    open_site.write("guild/vault.md", TOWN["guild/vault.md"] + "\nIt was emptied.\n")
    open_site.write("guild/ledger.md", "# The ledger\n\nThe harbour of Corvel is in debt.\n")
    await open_site.reload()
    assert [trace(await open_site.get(place)) for place in places] == before


async def test_an_excerpt_that_is_out_of_sight_now_is_not_told(open_site: WebHarness) -> None:
    _, whole = await open_site.ask(VAULT)
    reply, _ = await open_site.ask(VAULT)
    narrow = open_site.links.excerpt(reply.id, frozenset(("town",)), 1).partition("#")[0]
    assert "Harrow" in (await open_site.get(f"{whole}/1")).text
    assert trace(await open_site.get(narrow)) == trace(await open_site.get(f"{whole}/99"))
    page = await open_site.get(narrow.removesuffix("/1"))
    assert page.status == 200
    assert "Excerpt 1 cannot be seen here." in page.texts(".status")
    assert not any(secret in page.text for secret in SECRETS)


async def test_words_that_moved_out_of_sight_are_gone(open_site: WebHarness) -> None:
    reply, url = await open_site.ask(DREDGED, frozenset(("town",)))
    assert reply.excerpts[0].citation.document == "town/harbour.md"
    open_site.write("guild/harbour.md", TOWN["town/harbour.md"])
    open_site.write("town/harbour.md", "# The harbour\n\nNothing is known.\n")
    await open_site.reload()
    page = await open_site.get(url)
    assert page.texts("#excerpt-1 .status")[0].startswith("These words are no longer")
    assert "guild" not in page.text


async def test_wrong_links_are_all_alike(site: WebHarness) -> None:
    _, url = await site.ask(DREDGED)
    token = url.rsplit("/", 1)[1]
    unknown = site.links.answer("ffffffffffffffff", None).rsplit("/", 1)[1]
    places = [
        f"/a/{wrong}{path}"
        for wrong in (token[:-2] + "xx", token[1:], "x", "..", unknown, "a.b.c")
        for path in ("", "/1", "/sources", page_of("town/harbour.md"), "/ask")
    ]
    traces = {repr(trace(await site.get(place))) for place in (*places, "/nowhere", "/", "/ask")}
    assert len(traces) == 1
    assert "404" in traces.pop()


async def test_a_link_ends_with_its_reply(site: WebHarness) -> None:
    _, url = await site.ask(DREDGED)
    assert (await site.get(f"{url}/1")).status == 200
    later = datetime.now(UTC) + timedelta(days=10)
    await site.store.retention.prune(later, answers_days=9, unanswered_days=9, audit_days=9)
    assert [(await site.get(url + path)).status for path in ("", "/1")] == [404, 404]
