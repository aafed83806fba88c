"""The page as printed beside the text: its picture, the mark on it, its bounds, and originals."""

import asyncio
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from bot.core.documents import Document, Source
from bot.core.errors import DocumentError
from bot.ingest.formats import Limits
from bot.ingest.page_picture import PagePicture, PictureRequest, QuotedWords
from bot.platforms.web.page_pictures import MOST_WAITING, PagePictures, TooBusyError
from tests.harness.web_harness import WebHarness, page_of, serving
from tests.ingest.readers.pdf_files import drawn
from tests.platforms.web.conftest import TOWN

MILL = page_of("town/mill.pdf")
SOLD = "Who bought the stones of the mill of Corvel?"
NOT_FOUND = "There is no such page, or its link has ended."


def mill(canvas: Canvas) -> None:
    """Three pages, numbered i, ii and 1."""
    canvas.addPageLabel(0, style="ROMAN_LOWER", start=1)
    canvas.addPageLabel(2, style="ARABIC", start=1)
    for line in (
        "The mill of Corvel was built in 1871 by the carpenter Jon Ferrow.",
        "The stones of the mill of Corvel were bought by the abbey in 1902.",
        "The sluice of the mill broke in the great winter, and was not mended.",
    ):
        canvas.drawString(72, 500, line)
        canvas.showPage()


def put(folder: Path, path: str, data: bytes) -> None:
    """Put a file into the corpus folder of a server that is not started yet."""
    place = folder / "corpus" / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)


@pytest.fixture
async def printed_site(tmp_path: Path) -> AsyncIterator[WebHarness]:
    """A server with a PDF, which shows the town's documents and their files to everybody."""
    put(tmp_path, "town/mill.pdf", drawn(mill))
    put(tmp_path, "guild/vault.pdf", drawn(mill))
    async with serving(tmp_path, TOWN, open_collections=("town",), originals=True) as harness:
        yield harness


async def status_and_bytes(site: WebHarness, path: str) -> tuple[int, bytes, dict[str, str]]:
    url = path if path.startswith("http") else site.address + path
    async with site.session.get(url) as response:
        return response.status, await response.read(), dict(response.headers)


async def test_the_page_of_the_quote_stands_beside_the_text_with_a_mark(
    printed_site: WebHarness,
) -> None:
    _, url = await printed_site.ask(SOLD, frozenset({"town"}))
    page = await printed_site.get(f"{url}/1")
    assert page.texts("nav.leaves span") == ["Page ii, number 2 of 3"]
    (picture,) = page.html.css(".printed img")
    source = picture.attributes["src"] or ""
    assert source.startswith("/a/")
    assert source.endswith("/page/2.png")
    assert picture.attributes["alt"] == "Page ii as printed; its words stand in the text."
    status, body, headers = await status_and_bytes(printed_site, source)
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert headers["Cache-Control"] == "private, no-store"
    image = Image.open(BytesIO(body)).convert("L")
    assert image.size == tuple(int(picture.attributes[name] or 0) for name in ("width", "height"))
    (mark,) = page.html.css(".printed rect")
    x, y, width, height = (
        int(mark.attributes[name] or 0) for name in ("x", "y", "width", "height")
    )
    dark = image.point(lambda shade: 255 if shade < 128 else 0).getbbox()
    assert dark is not None
    assert x <= dark[0] + 1
    assert y <= dark[1]
    assert dark[2] <= x + width + 1
    assert dark[3] <= y + height


async def test_pages_are_turned_and_enlarged_by_links_alone(printed_site: WebHarness) -> None:
    page = await printed_site.get(f"{MILL}?q=stones")
    previous, following, larger, _ = page.links("nav.leaves a")
    assert "q=stones" in following
    page = await printed_site.get(following.split("#")[0])
    assert page.texts("nav.leaves span") == ["Page 1, number 3 of 3"]
    assert page.html.css(".printed rect") == []
    page = await printed_site.get(previous.split("#")[0])
    assert page.texts("nav.leaves span") == ["Page i, number 1 of 3"]
    page = await printed_site.get(larger.split("#")[0])
    (picture,) = page.html.css(".printed img")
    assert larger.endswith("#mark-1")
    assert page.html.css_first("#mark-1") is not None
    _, body, _ = await status_and_bytes(printed_site, picture.attributes["src"] or "")
    _, small, _ = await status_and_bytes(printed_site, f"{MILL}/page/2.png")
    assert Image.open(BytesIO(body)).width > 1.9 * Image.open(BytesIO(small)).width


async def test_an_open_picture_has_a_tag_of_its_revision(printed_site: WebHarness) -> None:
    status, _, headers = await status_and_bytes(printed_site, f"{MILL}/page/1.png")
    assert (status, headers["Cache-Control"]) == (200, "no-cache")
    again = {"If-None-Match": headers["Etag"]}
    url = f"{printed_site.address}{MILL}/page/1.png"
    async with printed_site.session.get(url, headers=again) as response:
        assert response.status == 304
    for other in (f"{MILL}/page/2.png", f"{MILL}/page/1.png?zoom=2"):
        assert (await status_and_bytes(printed_site, other))[2]["Etag"] != headers["Etag"]


@pytest.mark.parametrize(
    "path",
    [
        page_of("guild/vault.pdf") + "/page/1.png",
        page_of("guild/vault.pdf") + "/file",
        page_of("town/nothing.pdf") + "/page/1.png",
        page_of("town/harbour.md") + "/page/1.png",
        MILL + "/page/4.png",
        MILL + "/page/9999.png",
        MILL + "/page/0.png",
        MILL + "/page/99999.png",
        MILL + "/page/-1.png",
        MILL + "/page/1.png/..%2f..%2fsources.toml",
        MILL + "/file/../../sources.toml",
        "/a/wrong" + MILL + "/page/1.png",
    ],
)
async def test_what_is_not_seen_is_as_what_is_not_there(
    printed_site: WebHarness, path: str
) -> None:
    page = await printed_site.get(path)
    assert page.status == 404
    assert page.texts("h1") == [NOT_FOUND]


async def test_a_link_shows_the_pictures_and_files_of_its_room_alone(
    printed_site: WebHarness,
) -> None:
    _, url = await printed_site.ask(SOLD, frozenset({"guild"}))
    vault = page_of("guild/vault.pdf")
    for part in ("/page/1.png", "/file"):
        assert (await status_and_bytes(printed_site, url + vault + part))[0] == 200
        assert (await status_and_bytes(printed_site, url + MILL + part))[0] == 404


async def test_an_original_is_a_download_and_no_page(printed_site: WebHarness) -> None:
    for path in ("town/mill.pdf", "town/harbour.md"):
        place = f"{page_of(path)}/file"
        page = await printed_site.get(page_of(path))
        assert place in page.links(".printed a")
        status, body, headers = await status_and_bytes(printed_site, place)
        assert (status, body) == (200, (printed_site.corpus / path).read_bytes())
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert re.match(r'attachment; filename="[\w.]+"; ', headers["Content-Disposition"])


async def test_the_head_of_an_original_has_no_body(printed_site: WebHarness) -> None:
    url = f"{printed_site.address}{MILL}/file"
    size = (printed_site.corpus / "town/mill.pdf").stat().st_size
    for _ in range(6):  # more than files are sent at one time
        async with printed_site.session.head(url) as response:
            assert response.headers["Content-Length"] == str(size)
    answers = await asyncio.gather(
        *(status_and_bytes(printed_site, f"{MILL}/file") for _ in range(20))
    )
    assert {(status, len(body)) for status, body, _ in answers} == {(200, size)}


async def test_an_original_that_changed_since_it_was_read_is_not_handed_out(
    printed_site: WebHarness,
) -> None:
    (printed_site.corpus / "town/harbour.md").write_text("Something else.", encoding="utf-8")
    assert (await status_and_bytes(printed_site, page_of("town/harbour.md") + "/file"))[0] == 404
    (printed_site.corpus / "town/mill.pdf").unlink()
    page = await printed_site.get(MILL)
    assert page.status == 200
    assert page.texts("[role=note]") == ["The picture of this page cannot be shown, only its text."]
    assert "The mill of Corvel was built" in page.text


async def test_without_the_setting_there_are_pictures_but_no_originals(tmp_path: Path) -> None:
    put(tmp_path, "town/mill.pdf", drawn(mill))
    async with serving(tmp_path, TOWN, open_collections=("town",)) as site:
        page = await site.get(MILL)
        assert len(page.html.css(".printed img")) == 1
        assert not [link for link in page.links("a") if link.endswith("/file")]
        for path in (MILL, page_of("town/harbour.md")):
            assert (await site.get(f"{path}/file")).status == 404


async def test_a_document_with_parts_left_out_is_shown_as_text_alone(tmp_path: Path) -> None:
    put(tmp_path, "town/mill.pdf", drawn(mill))
    left_out = TOWN["sources.toml"] + (
        '["town/mill.pdf"]\n'
        'exclude = ["The sluice of the mill broke in the great winter, and was not mended."]\n'
    )
    documents = TOWN | {"sources.toml": left_out}
    async with serving(tmp_path, documents, open_collections=("town",), originals=True) as site:
        page = await site.get(MILL)
        assert "Jon Ferrow" in page.text
        assert "great winter" not in page.text
        assert page.html.css(".printed img") == []
        assert len(page.texts("[role=note]")) == 1
        for part in ("/page/2.png", "/file"):
            assert (await site.get(MILL + part)).status == 404


async def test_a_hostile_name_stays_in_its_header(tmp_path: Path) -> None:
    name = 'town/a"; b=“ü”.md'
    put(tmp_path, name, b"The ferry crossed the river twice a day.\n")
    async with serving(tmp_path, TOWN, open_collections=("town",), originals=True) as site:
        _, _, headers = await status_and_bytes(site, page_of(name) + "/file")
        assert headers["Content-Disposition"] == (
            "attachment; filename=\"a___b____.md\"; filename*=UTF-8''"
            "a%22%3B%20b%3D%E2%80%9C%C3%BC%E2%80%9D.md"
        )


async def test_twenty_at_once_get_one_picture(printed_site: WebHarness) -> None:
    answers = await asyncio.gather(
        *(status_and_bytes(printed_site, f"{MILL}/page/{1 + n % 2}.png") for n in range(20))
    )
    assert {status for status, _, _ in answers} == {200}
    assert len({body for _, body, _ in answers}) == 2


def slow(canvas: Canvas) -> None:
    """A page that is drawn for longer than anybody waits."""
    text = canvas.beginText(72, 700)
    for _ in range(60_000):
        text.textOut("The rain fell for days and days on end. ")
    canvas.drawText(text)
    canvas.showPage()


def document(folder: Path, name: str, data: bytes) -> Document:
    (folder / name).write_bytes(data)
    return Document(name, "main", sha256(data).hexdigest(), Source(name), "", ())


async def test_a_page_that_cannot_be_drawn_in_time_ends_alone(tmp_path: Path) -> None:
    pictures = PagePictures(tmp_path, Limits(worker_seconds=2.0))
    try:
        bomb = document(tmp_path, "bomb.pdf", drawn(slow))
        broken = document(tmp_path, "broken.pdf", b"%PDF-1.7 nothing %%EOF")
        good = document(tmp_path, "good.pdf", drawn(mill))
        wanted = PictureRequest(1, 1, quotes=(QuotedWords("The rain"),))
        results = await asyncio.gather(
            *(pictures.picture(each, wanted) for each in (bomb, broken, bomb, good)),
            return_exceptions=True,
        )
        kinds = (DocumentError, DocumentError, DocumentError, PagePicture)
        assert all(map(isinstance, results, kinds))
        async with asyncio.timeout(0.5):  # it is remembered
            with pytest.raises(DocumentError):
                await pictures.picture(bomb, PictureRequest(1, 1, quotes=(QuotedWords("rain"),)))
    finally:
        await pictures.close()


async def test_too_many_pictures_at_once_are_refused(tmp_path: Path) -> None:
    pictures = PagePictures(tmp_path, Limits())
    try:
        good = document(tmp_path, "good.pdf", drawn(mill))
        wanted = [PictureRequest(1, last, zoom) for last in range(1, 40) for zoom in (1, 2)]
        results = await asyncio.gather(
            *(pictures.picture(good, each) for each in wanted), return_exceptions=True
        )
        refused = [result for result in results if isinstance(result, TooBusyError)]
        assert len(refused) == len(wanted) - MOST_WAITING
        assert isinstance(await pictures.picture(good, wanted[-1]), PagePicture)
    finally:
        await pictures.close()
