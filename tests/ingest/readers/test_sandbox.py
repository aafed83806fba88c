"""The sandbox of the readers: real files, real crashes, real limits."""

import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
import regex
from reportlab.pdfgen.canvas import Canvas

from bot.core.errors import DocumentError
from bot.ingest.formats import Kind, Limits
from bot.ingest.readers import sandbox
from bot.ingest.readers.sandbox import CRASHED, ReadRequest, Sandbox
from tests.harness.child_processes import (
    child_pids,
    is_running,
    needs_proc,
    replace_interpreter,
    wait_until,
)
from tests.harness.office_files import docx_file, pdf
from tests.ingest.readers.pdf_files import typed

MEGABYTE = 1_000_000
MODULE = "bot.ingest.readers.sandbox_child"
pytestmark = needs_proc


@pytest.fixture
def reader() -> Iterator[Sandbox]:
    sandbox.shared.close()  # other tests may have read a file, and its process is no matter here
    reader = Sandbox()
    yield reader
    reader.close()


def pid_of_child() -> int:
    (pid,) = child_pids(MODULE)
    return pid


def slow_pdf() -> bytes:
    """A page that draws words for longer than anyone waits: a few kilobytes, unpacked much."""
    made = BytesIO()
    canvas = Canvas(made, invariant=1, pageCompression=1)
    text = canvas.beginText(72, 700)
    for _ in range(60_000):
        text.textOut("The rain fell for days and days on end. ")
    canvas.drawText(text)
    canvas.showPage()
    canvas.save()
    return made.getvalue()


def large_docx() -> bytes:
    """A small file whose XML takes much memory to hold."""
    xml = zipfile.ZipFile(BytesIO(docx_file())).read("word/document.xml")
    many = xml.replace(b"<w:body>", b"<w:body>" + b"<w:p><w:r/></w:p>" * 1_500_000)
    made = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(docx_file())) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, many if name == "word/document.xml" else old.read(name))
    return made.getvalue()


def request(kind: Kind = "pdf", seconds: float = 60, memory: int = 1_500 * MEGABYTE) -> ReadRequest:
    limits = Limits(worker_seconds=seconds, worker_memory_bytes=memory)
    return ReadRequest(kind=kind, limits=limits)


def refusal(reader: Sandbox, request: ReadRequest, data: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        reader.read(request, data)
    return str(caught.value)


def test_one_process_reads_file_after_file(reader: Sandbox) -> None:
    assert child_pids(MODULE) == []
    assert reader.read(request(), pdf()).text == "The rain fell."
    first = pid_of_child()
    assert reader.read(request("docx"), docx_file("The sun shone.")).text == "The sun shone."
    assert refusal(reader, request(), b"%PDF-1.4 nonsense").startswith("It is damaged")
    assert reader.read(request(), pdf()).blocks[0].page == 1
    assert pid_of_child() == first


def test_what_takes_too_long_is_ended_and_the_next_file_is_read(reader: Sandbox) -> None:
    reader.read(request(), pdf())
    first = pid_of_child()
    assert refusal(reader, request(seconds=1), slow_pdf()) == (
        "It took more than 1 second to read: split it or save it anew."
    )
    assert reader.read(request(), pdf()).text == "The rain fell."
    assert pid_of_child() != first


def test_what_takes_too_much_memory_is_ended_and_the_next_file_is_read(reader: Sandbox) -> None:
    assert refusal(reader, request("docx", memory=256 * MEGABYTE), large_docx()) == (
        "It needs more memory than the limit of 256 MB: split it, or raise corpus.worker_memory_mb."
    )
    assert reader.read(request(memory=256 * MEGABYTE), pdf()).text == "The rain fell."


def test_libraries_do_not_count_against_the_memory_of_a_file(reader: Sandbox) -> None:
    few = 10 * MEGABYTE
    assert reader.read(request("docx", memory=few), docx_file()).text == "The rain fell."
    assert reader.read(request("pdf", memory=few), pdf()).text == "The rain fell."


def test_a_crash_takes_nothing_else_down(reader: Sandbox) -> None:
    reader.read(request(), pdf())
    os.kill(pid_of_child(), signal.SIGSEGV)
    assert refusal(reader, request("docx"), docx_file()) == CRASHED
    assert reader.read(request(), pdf()).text == "The rain fell."


@pytest.mark.parametrize("kids", ["[1 0 R]", "[2 0 R]"])
def test_page_labels_that_lead_in_a_circle_are_left_out(reader: Sandbox, kids: str) -> None:
    objects = f"1 0 obj<</Kids[2 0 R]>>endobj 2 0 obj<</Kids{kids}>>endobj "
    catalog = b"/Type/Catalog/PageLabels 1 0 R"
    words = typed(("Rain",), {letter: letter for letter in "Rain"})
    moved = regex.sub(rb"(\d) 0 (obj|R)", lambda each: b"1%b 0 %b" % each.groups(), words)
    data = moved.replace(b"/Type/Catalog", catalog)
    data = data.replace(b"trailer", objects.encode() + b"trailer")
    parsed = reader.read(request(), data)
    assert (parsed.text, parsed.page_labels) == ("Rain", ())


def test_it_can_be_closed_and_used_again(reader: Sandbox) -> None:
    reader.read(request(), pdf())
    pid = pid_of_child()
    reader.close()
    reader.close()
    assert not Path(f"/proc/{pid}").exists()
    assert reader.read(request(), pdf()).text == "The rain fell."


def test_an_interrupted_reading_leaves_nothing_to_the_next_file(reader: Sandbox) -> None:
    data = slow_pdf()
    reader.read(request(), pdf())
    first = pid_of_child()
    interrupt = threading.Timer(0.5, signal.pthread_kill, (threading.get_ident(), signal.SIGINT))
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        reader.read(request(), data)
    assert reader.read(request(), pdf("The sun shone.")).text == "The sun shone."
    assert pid_of_child() != first


def test_threads_share_it(reader: Sandbox) -> None:
    texts: list[str] = []

    def read(number: int) -> None:
        texts.append(reader.read(request(), pdf(f"The rain fell {number} times.")).text)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(texts) == [f"The rain fell {number} times." for number in range(8)]


def test_where_it_is_started_and_what_lies_there_does_not_matter(
    reader: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("bot", "docx", "json"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    assert reader.read(request(), pdf()).text == "The rain fell."


def test_no_secret_reaches_the_process(reader: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES_SAY_DISCORD__TOKEN", "very-secret")
    monkeypatch.setenv("OTHER_KEY", "very-secret")
    reader.read(request(), pdf())
    assert b"very-secret" not in Path(f"/proc/{pid_of_child()}/environ").read_bytes()


@pytest.mark.parametrize("end", ["", "os.kill(os.getpid(), signal.SIGKILL)"])
@pytest.mark.parametrize("data", [pdf(), slow_pdf()], ids=["idle", "busy"])
def test_it_ends_with_the_program_that_started_it(
    data: bytes, end: str, project_root: Path
) -> None:
    program = f"""
import os, signal, sys, threading, time
from bot.ingest.readers import read
read("x.pdf", {pdf()!r})
data = sys.stdin.buffer.read()
threading.Thread(target=read, args=("x.pdf", data), daemon=True).start()
time.sleep(0.5)
print("reading", flush=True)
time.sleep(0.5)
{end}
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=project_root,
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(data)
        parent.stdin.close()
        parent.stdout.readline()
        (pid,) = child_pids(MODULE, parent.pid)
        parent.wait(60)
    wait_until(lambda: not is_running(pid))


def test_a_reader_that_cannot_start_is_reported(
    reader: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for program in (str(tmp_path / "none"), "/bin/false"):
        monkeypatch.setattr(sys, "executable", program)
        assert refusal(reader, request(), pdf()) == sandbox.NOT_STARTED
    monkeypatch.undo()
    assert reader.read(request(), pdf()).text == "The rain fell."


def answer(text: str, *blocks: tuple[int, int, str], title: str = "", **more: int) -> bytes:
    """A document as the child sends it, each block given by its start, end and kind."""
    rows = [
        {"span": {"start": start, "end": end}, "kind": kind, "level": 0, "page": 1, **more}
        for start, end, kind in blocks
    ]
    return json.dumps(
        {"kind": "ok", "parsed": {"text": text, "blocks": rows, "title": title}}
    ).encode()


def send_instead_of_child(monkeypatch: pytest.MonkeyPatch, folder: Path, answer: bytes) -> None:
    """A program in place of the child sends what a child that a file took over might."""
    sent = b"".join(len(part).to_bytes(4, "little") + part for part in (b"ready", answer))
    replace_interpreter(
        monkeypatch,
        folder,
        f"import sys\nsys.stdout.buffer.write({sent!r})\n"
        "sys.stdout.flush()\nsys.stdin.buffer.read()",
    )


GOOD = answer("short", (0, 5, "paragraph"))


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense",
        b"{}",
        b'{"kind":"ok"}',
        GOOD.replace(b'"ok"', b'"refused"'),
        answer(""),
        answer("short", (0, 99, "paragraph")),
        answer("short", (3, 3, "paragraph")),
        answer("short", (0, 5, "magic")),
        answer("sh\x07rt", (0, 5, "paragraph")),
        answer("short", (0, 5, "paragraph"), title="x" * 10_001),
        answer("short", (0, 5, "paragraph"), level=7),
        answer("short", (0, 5, "paragraph"), page=0),
        answer("short", (0, 5, "paragraph"), more=1),
        answer("short", (2, 5, "paragraph"), (0, 1, "paragraph")),
        GOOD[:-1] + b',"more":1}',
    ],
)
def test_an_answer_that_is_no_document_is_not_believed(
    answer: bytes, reader: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    send_instead_of_child(monkeypatch, tmp_path, answer)
    assert refusal(reader, request(), pdf()) == CRASHED
    assert child_pids(MODULE) == []


def test_an_answer_that_is_a_document_is_believed(
    reader: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    send_instead_of_child(monkeypatch, tmp_path, GOOD)
    assert reader.read(request(), pdf()).text == "short"
