"""The worker process: real files, real crashes, real limits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import docx
import pytest
from reportlab.pdfgen.canvas import Canvas

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers import sandbox
from bot.ingest.readers.sandbox import CRASHED, Sandbox, request_for
from bot.ingest.readers.sandbox_child import outcome_of, serve
from bot.ingest.readers.sandbox_protocol import Kind, ReadOutcome, Request, receive, send

MEGABYTE = 1_000_000
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits are those of POSIX")


@pytest.fixture
def reader() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def pdf(words: str = "The rain fell.") -> bytes:
    made = BytesIO()
    canvas = Canvas(made, invariant=1)
    canvas.drawString(72, 700, words)
    canvas.showPage()
    canvas.save()
    return made.getvalue()


def docx_file() -> bytes:
    made = BytesIO()
    document = docx.Document()
    document.add_paragraph("The sun shone.")
    document.save(made)
    return made.getvalue()


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


def request(kind: Kind = "pdf", seconds: float = 60, memory: int = 1_500 * MEGABYTE) -> Request:
    return request_for(kind, "x", seconds, memory, 200 * MEGABYTE)


def refusal(reader: Sandbox, asked: Request, data: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        reader.read(asked, data)
    return str(caught.value)


def test_one_process_reads_file_after_file(reader: Sandbox) -> None:
    assert reader.pid is None
    assert reader.read(request(), pdf()).text == "The rain fell."
    first = reader.pid
    assert reader.read(request("docx"), docx_file()).text == "The sun shone."
    assert refusal(reader, request(), b"%PDF-1.4 nonsense").startswith("It is damaged")
    assert reader.read(request(), pdf()).blocks[0].page == 1
    assert reader.pid == first


def test_what_takes_too_long_is_ended_and_the_next_file_is_read(reader: Sandbox) -> None:
    reader.read(request(), pdf())
    first = reader.pid
    assert refusal(reader, request(seconds=1), slow_pdf()) == (
        "It took more than 1 second to read: split it or save it anew."
    )
    assert reader.read(request(), pdf()).text == "The rain fell."
    assert reader.pid != first


def test_what_takes_too_much_memory_is_ended_and_the_next_file_is_read(reader: Sandbox) -> None:
    assert refusal(reader, request("docx", memory=256 * MEGABYTE), large_docx()) == (
        "It needs more memory than the limit of 256 MB: split it, or raise corpus.worker_memory_mb."
    )
    assert reader.read(request(memory=256 * MEGABYTE), pdf()).text == "The rain fell."


def test_a_crash_takes_nothing_else_down(reader: Sandbox) -> None:
    reader.read(request(), pdf())
    assert reader.pid is not None
    os.kill(reader.pid, signal.SIGSEGV)
    assert refusal(reader, request(), pdf()) == CRASHED
    assert reader.read(request(), pdf()).text == "The rain fell."


def test_it_can_be_closed_and_used_again(reader: Sandbox) -> None:
    reader.read(request(), pdf())
    closed = reader.pid
    assert closed is not None
    reader.close()
    reader.close()
    assert reader.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(closed, 0)
    assert reader.read(request(), pdf()).text == "The rain fell."


def test_threads_share_it(reader: Sandbox) -> None:
    found: list[str] = []

    def read(number: int) -> None:
        found.append(reader.read(request(), pdf(f"The rain fell {number} times.")).text)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [f"The rain fell {number} times." for number in range(8)]


def test_where_it_is_started_and_what_lies_there_does_not_matter(
    reader: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("bot", "docx", "json"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    assert reader.read(request(), pdf()).text == "The rain fell."


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc here")
def test_no_secret_reaches_the_process(reader: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES_SAY_DISCORD__TOKEN", "very-secret")
    monkeypatch.setenv("OTHER_KEY", "very-secret")
    reader.read(request(), pdf())
    assert b"very-secret" not in Path(f"/proc/{reader.pid}/environ").read_bytes()


def test_it_ends_with_the_program_that_started_it(project_root: Path) -> None:
    program = (
        "import sys; from bot.ingest.readers import read, sandbox;"
        "read('x.pdf', sys.stdin.buffer.read()); print(sandbox.shared().pid)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=pdf(),
        capture_output=True,
        cwd=project_root,
        check=True,
    )
    assert done.stderr == b""
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def test_a_reader_that_cannot_start_is_told(
    reader: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for program in (str(tmp_path / "none"), "/bin/false"):
        monkeypatch.setattr(sys, "executable", program)
        assert refusal(reader, request(), pdf()) == sandbox.NOT_STARTED
    monkeypatch.undo()
    assert reader.read(request(), pdf()).text == "The rain fell."


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense",
        b"{}",
        b'{"kind":"ok","text":"","blocks":[]}',
        b'{"kind":"ok","text":"short","blocks":[[0,99,"paragraph",0,1]]}',
        b'{"kind":"ok","text":"short","blocks":[[3,3,"paragraph",0,1]]}',
        b'{"kind":"ok","text":"short","blocks":[[0,5,"magic",0,1]]}',
        b'{"kind":"ok","text":"sh\\u0007rt","blocks":[[0,5,"paragraph",0,1]]}',
        b'{"kind":"ok","text":"short","blocks":[[0,5,"paragraph",0,1]],"more":1}',
        b'{"kind":"ok","text":"short","blocks":[[2,5,"paragraph",0,1],[0,1,"paragraph",0,1]]}',
    ],
)
def test_an_answer_that_is_no_document_is_not_believed(
    answer: bytes, reader: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A program in the worker's place that says what a taken-over worker might."""
    impostor = tmp_path / "impostor"
    said = b"".join(len(part).to_bytes(8, "big") + part for part in (b"ready", answer))
    impostor.write_text(
        f"#!{sys.executable}\nimport sys\nsys.stdout.buffer.write({said!r})\n"
        "sys.stdout.flush()\nsys.stdin.buffer.read()\n"
    )
    impostor.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(impostor))
    assert refusal(reader, request(), pdf()) == CRASHED
    assert reader.pid is None


def test_the_other_side_answers_request_after_request() -> None:
    asked, said = BytesIO(), BytesIO()
    for kind, data in (("pdf", pdf()), ("docx", docx_file()), ("pdf", b"nonsense")):
        send(asked, request(kind).model_dump_json().encode())  # type: ignore[arg-type]
        send(asked, data)
    asked.seek(0)
    limited: list[Request] = []
    serve(asked, said, limited.append)
    said.seek(0)
    assert receive(said, 5) == b"ready"
    answers = [ReadOutcome.model_validate_json(receive(said, MEGABYTE)) for _ in range(3)]
    assert [answer.text for answer in answers] == ["The rain fell.", "The sun shone.", ""]
    assert answers[2].reason.startswith("It is damaged")
    assert len(limited) == 3


def test_a_document_is_the_same_on_both_sides() -> None:
    outcome = outcome_of(request(), pdf())
    there = ReadOutcome.model_validate_json(outcome.model_dump_json()).parsed()
    assert isinstance(there, Parsed)
    assert there == outcome.parsed()


def test_a_message_that_is_too_long_or_cut_off_is_refused() -> None:
    stream = BytesIO()
    send(stream, b"12345")
    with pytest.raises(ValueError, match="5 bytes"):
        receive(BytesIO(stream.getvalue()), 4)
    with pytest.raises(EOFError):
        receive(BytesIO(stream.getvalue()[:-1]), 10)
