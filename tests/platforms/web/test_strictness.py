"""Headers, caches, limits and faults: what holds for every request."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.rate_limits import RateLimiter
from bot.platforms.web.client_address import with_client
from bot.platforms.web.middlewares import preferred_language, within_limits
from bot.platforms.web.slow_clients import ConnectionLimits, guarded_server
from tests.harness.web_harness import WebHarness, page_of, serving
from tests.platforms.web.conftest import DREDGED, TOWN

HARBOUR = page_of("town/harbour.md")
STRICT = {
    "Content-Security-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "Cross-Origin-Resource-Policy",
    "X-Robots-Tag",
}


async def test_every_response_has_strict_headers_and_no_cookie(open_site: WebHarness) -> None:
    _, url = await open_site.ask(DREDGED)
    for place in (
        "/",
        HARBOUR,
        url,
        f"{url}/1",
        "/ask",
        "/nowhere",
        "/static/pages.css",
        "/static",
    ):
        page = await open_site.get(place)
        assert set(page.headers) >= STRICT, place
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert not {"Set-Cookie", "Strict-Transport-Security"} & set(page.headers)
        assert page.headers["Server"] == "sources-say"
        assert "<script>" not in page.text
        assert "style=" not in page.text


async def test_https_is_asked_for_only_where_it_is(tmp_path: Path) -> None:
    public = "https://docs.example.org/say"
    async with serving(tmp_path, TOWN, public_url=public, open_collections=("*",)) as site:
        assert "max-age" in (await site.get("/")).headers["Strict-Transport-Security"]


async def test_links_are_stored_nowhere_and_open_pages_by_revision(open_site: WebHarness) -> None:
    _, url = await open_site.ask(DREDGED)
    for place in (url, f"{url}/1", f"{url}/sources", f"{url}{HARBOUR}", f"{url}/ask", "/nowhere"):
        headers = (await open_site.get(place)).headers
        assert headers["Cache-Control"] == "private, no-store", place
        assert "Etag" not in headers
    for place in ("/", HARBOUR, f"{HARBOUR}?q=salt"):
        first = await open_site.get(place)
        assert first.headers["Cache-Control"] == "no-cache"
        asked = {"If-None-Match": first.headers["Etag"]}
        again = await open_site.get(place, headers=asked)
        assert (again.status, again.text) == (304, "")
        other = await open_site.get(place, headers={**asked, "Accept-Language": "de"})
        assert other.status == 200
    before = await open_site.get(HARBOUR)
    open_site.write("town/harbour.md", TOWN["town/harbour.md"] + "\nMore.\n")
    await open_site.reload()
    after = await open_site.get(HARBOUR, headers={"If-None-Match": before.headers["Etag"]})
    assert after.status == 200


async def test_other_methods_are_refused_with_a_page(open_site: WebHarness) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        page = await open_site.get(HARBOUR, method)
        assert page.status == 405, method
        assert page.texts("h1") == ["This page cannot be asked for in that way."]
        assert "GET" in page.headers["Allow"]
    got, head = await open_site.get(HARBOUR), await open_site.get(HARBOUR, "HEAD")
    assert (head.status, head.text) == (200, "")
    assert head.headers["Content-Length"] == got.headers["Content-Length"]
    assert head.headers["Etag"] == got.headers["Etag"]


async def test_everything_works_below_the_path_of_a_proxy(tmp_path: Path) -> None:
    async with serving(tmp_path, TOWN, path="/docs/say", open_collections=("*",)) as site:
        host = site.address.removesuffix("/docs/say")
        _, url = await site.ask(DREDGED)
        assert url.startswith(f"{site.address}/a/")
        seen, waiting = set(), [f"{host}/docs/say/", url]
        while waiting:
            page = await site.get(place := waiting.pop())
            assert page.status == 200, place
            seen.add(place)
            inside = [
                *page.links("a"), *page.links("link"),
                *[node.attributes["src"] or "" for node in page.html.css("script")],
                *[node.attributes["action"] or "" for node in page.html.css("form")],
            ]  # fmt: skip
            for link in {each.partition("#")[0] for each in inside} - {""}:
                if link.startswith("https://example.org"):
                    continue
                assert link.startswith(("/docs/say/", url)), link
                target = link if link.startswith("http") else host + link
                if target not in seen | set(waiting):
                    waiting.append(target)
        assert len(seen) > 10
        assert (await site.get(f"{host}/")).status == 404


async def test_too_many_pages_of_one_address_are_refused(tmp_path: Path) -> None:
    async with serving(tmp_path, TOWN, per_minute=10, open_collections=("*",)) as site:
        pages = [await site.get("/") for _ in range(12)]
        assert [page.status for page in pages] == [200] * 10 + [429] * 2
        assert 0 < int(pages[-1].headers["Retry-After"]) <= 61
        assert pages[-1].texts("h1") == ["That is a lot of pages at once. Try again in a minute."]

        async def status(forwarded: str) -> int:
            return (await site.get("/", headers={"X-Forwarded-For": forwarded})).status

        # The proxy on this machine adds the last entry; those before may be made up.
        assert await status("203.0.113.7") == 200
        assert [await status(f"198.51.100.{n}, 203.0.113.8") for n in range(11)][-1] == 429
        # A household has all addresses of its network.
        assert [await status(f"2001:db8::{n}") for n in range(11)][-1] == 429
        assert await status("2001:db8:1::1") == 200


async def test_proxies_elsewhere_tell_the_address_too(tmp_path: Path) -> None:
    proxies = ("172.30.0.0/24", "2001:db8::7")
    web = {"open_collections": ("*",), "per_minute": 10, "proxies": proxies}
    async with serving(tmp_path, TOWN, **web) as site:  # type: ignore[arg-type]

        async def last(forwarded: str) -> int:
            """The status of the eleventh page, each asked for under another made-up address."""
            pages = [
                await site.get("/", headers={"X-Forwarded-For": f"192.0.2.{n}, {forwarded}"})
                for n in range(11)
            ]
            return pages[-1].status

        assert await last("198.51.100.1, 172.30.0.2") == 429
        assert await last("198.51.100.2, 2001:db8::7, ::ffff:172.30.0.2") == 429
        # An address outside of the networks is a client, whatever it says.
        assert await last("198.51.100.3, 172.30.1.2") == 429
        for address in ("198.51.100.1", "198.51.100.2", "172.30.1.2"):
            again = await site.get("/", headers={"X-Forwarded-For": address})
            assert again.status == 429
        # Proxies alone, and what is no address, are told apart from nobody.
        assert await last("what, 172.30.0.2") == 429
        assert (await site.get("/", headers={"X-Forwarded-For": "198.51.100.3"})).status == 200


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("203.0.113.7:4711", "203.0.113.7", "203.0.113.8:4711"),
        ("[2001:db8::1]:4711", "2001:db8::1", "[2001:db8:1::1]:4711"),
        ("[2001:db8::1]", "[2001:db8::2]:80", "[2001:db8:1::1]"),
    ],
)
async def test_proxies_may_write_a_port_behind_the_address(
    tmp_path: Path, one: str, same: str, other: str
) -> None:
    async with serving(tmp_path, TOWN, per_minute=10, open_collections=("*",)) as site:
        for _ in range(10):
            assert (await site.get("/", headers={"X-Forwarded-For": one})).status == 200
        assert (await site.get("/", headers={"X-Forwarded-For": same})).status == 429
        assert (await site.get("/", headers={"X-Forwarded-For": other})).status == 200


async def test_long_requests_are_refused(open_site: WebHarness) -> None:
    large = await open_site.get("/ask", "POST", data={"question": "x" * 200_000})
    assert large.status == 413
    assert large.texts("h1") == ["That is too long."]
    assert (await open_site.get("/?q=" + "x" * 9_000)).status in {400, 414}
    for _ in range(3):
        hostile = await open_site.get("/d/../../etc/passwd", headers={"X": "y" * 7_000})
        assert hostile.status == 404


@pytest.mark.parametrize(
    "beginning",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST /ask HTTP/1.1\r\nContent-Length: 99\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n",
    ],
    ids=["page", "form", "second request"],
)
async def test_a_client_that_sends_too_slowly_is_cut_off(beginning: bytes) -> None:
    async with guarded(ConnectionLimits(request_seconds=0.2)) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(beginning)
        async with asyncio.timeout(5):
            with pytest.raises(ConnectionError):
                await _dribble(writer)
        writer.close()
        assert await ok(port)


async def test_a_client_that_sends_nothing_is_cut_off() -> None:
    async with guarded(ConnectionLimits(request_seconds=0.2)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_a_body_that_comes_too_slowly_is_not_waited_for() -> None:
    async with guarded(ConnectionLimits()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nX")
        async with asyncio.timeout(5):
            assert b" 504 " in await reader.readline()
        writer.close()


async def _dribble(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"X")
        await writer.drain()
        await asyncio.sleep(0.02)


async def test_a_client_that_does_not_read_is_cut_off() -> None:
    async with guarded(ConnectionLimits(reading_seconds=0.2)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
        writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readline()
        await asyncio.sleep(0.8)
        async with asyncio.timeout(5):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(LARGE)
        writer.close()


async def test_a_client_that_reads_slowly_but_steadily_has_all() -> None:
    async with guarded(ConnectionLimits(reading_seconds=0.4)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
        writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(20):
            assert len(await reader.readexactly(LARGE // 20)) == LARGE // 20
            await asyncio.sleep(0.1)
        writer.close()


async def test_too_many_connections_are_closed_at_once() -> None:
    async with guarded(ConnectionLimits(most=3)) as port:
        kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(5):
            with suppress(ConnectionError):
                assert await reader.read() == b""
        for _, each in (*kept, (reader, writer)):
            each.close()
        await asyncio.sleep(0.05)
        assert await ok(port)


LARGE = 20_000_000


@asynccontextmanager
async def guarded(limits: ConnectionLimits) -> AsyncIterator[int]:
    """The port of a server whose connections are guarded, while the body runs."""
    limiter = RateLimiter(99, 99, 1.0, 0, 1, time.monotonic)
    application = web.Application(
        middlewares=[with_client(()), within_limits(limiter, ("/api",), 0.2)]
    )
    application.router.add_get("/", _small)
    application.router.add_post("/form", _form)
    application.router.add_get("/large", _large)
    async with guarded_server(application, "127.0.0.1", 0, limits) as server:
        yield int(server.sockets[0].getsockname()[1])


async def _small(_request: web.Request) -> web.Response:
    return web.Response(text="well")


async def _form(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="well")


async def _large(_request: web.Request) -> web.Response:
    return web.Response(body=b"x" * LARGE)


async def ok(port: int) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    text = await reader.read()
    writer.close()
    return text.endswith(b"well")


@given(st.text(max_size=60))
def test_any_header_names_a_language_or_none(header: str) -> None:
    assert preferred_language(header) in {None, "en", "de", "fr", "es", "ru"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("de", "de"),
        ("ja, fr;q=0.7, es;q=0.9", "es"),
        ("fr;q=0, ru;q=0.1", "ru"),
        ("*", None),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
    ],
)
def test_the_first_language_that_there_is_is_taken(header: str, language: str | None) -> None:
    assert preferred_language(header) == language
