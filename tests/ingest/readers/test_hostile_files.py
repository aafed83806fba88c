"""Files made to do harm: a document or one sentence, nothing fetched, nothing written.

Those made to keep a reader busy took time by the square of their size, and end at once now. No
time is measured here: before, each ran for minutes, or into Python's limit of recursion, so the
test would hang or fail.
"""

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import pytest
from reportlab.pdfgen.canvas import Canvas

from bot.core.errors import DocumentError
from bot.ingest.formats import SUFFIXES, Limits
from bot.ingest.readers import html, markdown, read, sandbox, text
from bot.ingest.readers.sandbox import CRASHED
from bot.ingest.report import sentence
from tests.harness import hostile_files
from tests.ingest.readers.pdf_files import drawn

SECRET = "The password is swordfish."
LIMITS = Limits(worker_seconds=60, worker_memory_bytes=700_000_000, max_expanded_bytes=5_000_000)

LONG = "rain " * 4_000
_CRASHES = ("labels.pdf",)
"""Files that PDFium runs out of stack with: there is no document, but the next file is read."""


@pytest.fixture(autouse=True, scope="module")
def _no_process_is_left() -> Iterator[None]:
    yield
    sandbox.shared.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """A server that a file may try to reach."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def outcome(name: str, data: bytes) -> str:
    """The text of a file, or the sentence that it is refused with; nothing else may be."""
    try:
        return read(name, data, LIMITS).text
    except DocumentError as fault:
        reason = str(fault)
        assert reason != CRASHED or name in _CRASHES
        assert reason == sentence(reason)
        assert "more than 60 seconds" not in reason
        return reason


def of_formats(files: Mapping[str, bytes]) -> list[object]:
    """The files whose format is read, as parameters of a test."""
    return [
        pytest.param(name, data, id=name)
        for name, data in files.items()
        if PurePosixPath(name).suffix in SUFFIXES
    ]


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_no_file_gets_at_what_is_outside_of_it(
    scheme: str, listener: socket.socket, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    port = listener.getsockname()[1]
    address = secret.as_uri() if scheme == "file" else f"http://127.0.0.1:{port}/x"
    for name, data in hostile_files.calling_out(address).items():
        if PurePosixPath(name).suffix in SUFFIXES:
            assert SECRET not in outcome(name, data), name
            with pytest.raises(BlockingIOError):
                listener.accept()


@pytest.mark.parametrize(("name", "data"), of_formats(hostile_files.endless()))
def test_references_that_lead_back_end(name: str, data: bytes) -> None:
    assert outcome(name, data)


@pytest.mark.parametrize(("name", "data"), of_formats(hostile_files.deep()))
def test_ten_thousand_nested_elements_end(name: str, data: bytes) -> None:
    assert outcome(name, data)


@pytest.mark.parametrize(("name", "data"), of_formats(hostile_files.bombs()))
def test_what_unpacks_to_far_more_than_it_is_is_no_document(name: str, data: bytes) -> None:
    assert len(data) < 500_000
    with pytest.raises(DocumentError):
        read(name, data, LIMITS)
    assert len(outcome(name, data)) < 200


@pytest.mark.parametrize(("name", "data"), of_formats(hostile_files.astray()))
def test_no_name_of_a_member_leads_out_of_an_archive(
    name: str, data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    outcome(name, data)
    assert sorted(tmp_path.rglob("*")) == [inside.parent, inside]
    assert not Path("/tmp/escaped.txt").exists()


def draw_titled(canvas: Canvas) -> None:
    canvas.setTitle(LONG)
    canvas.drawString(72, 700, "The rain fell.")
    canvas.showPage()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.md", f"---\ntitle: {LONG}\n---\nThe rain fell.".encode()),
        ("b.md", f"+++\ntitle = '{LONG}'\n+++\nThe rain fell.".encode()),
        ("a.html", f"<title>{LONG}</title>The rain fell.".encode()),
        ("a.pdf", drawn(draw_titled)),
    ],
)
def test_of_a_title_without_end_its_beginning_is_kept(name: str, data: bytes) -> None:
    title = read(name, data, LIMITS).title
    assert title is not None
    assert title.startswith("rain rain")
    assert len(title) == 1_000


def test_front_matter_nested_deep_names_no_title() -> None:
    parsed = markdown.parse(b"+++\nx = " + b"[" * 100_000 + b"\n+++\n\nThe rain fell.")
    assert parsed.title == "The rain fell."


def test_a_paragraph_of_very_many_tags() -> None:
    parsed = markdown.parse(b"rain <b>fell</b> " * 20_000)
    assert parsed.text.count("rain fell") == 20_000


def test_an_html_block_of_open_brackets_holds_no_words() -> None:
    with pytest.raises(DocumentError, match="It holds no words"):
        markdown.parse(b"<div>\n" + b"<" * 1_000_000)


@pytest.mark.parametrize(
    "piece", ["<A ", "{", "{a", "<A b={", "`", "<!--", "{/*", "<a b='", "[", ">"]
)
def test_mdx_of_open_brackets(piece: str) -> None:
    source = "Words first.\n\n" + piece * 50_000
    parsed = markdown.parse(source.encode(), has_components=True)
    assert parsed.text.startswith("Words first.")


def test_thousands_of_underlined_headings_without_a_blank_line() -> None:
    lines = [f"Part {number}\n=====" for number in range(5_000)]
    blocks = text.parse("\n".join(lines).encode()).blocks
    assert [block.level for block in blocks] == [1] * 5_000


def test_a_table_row_of_very_many_cells() -> None:
    cells = "".join(f"<td>cell {number}</td>" for number in range(20_000))
    parsed = html.parse(f"<table><tr>{cells}</tr></table>".encode())
    (row,) = parsed.blocks
    words = row.span.of(parsed.text)
    assert words.startswith("cell 0 | cell 1 | cell 2")
    assert words.count(" | ") == 19_999
