"""A sandbox for all readers: a child process with limits.

Many readers are large libraries, partly in C, and the files are hostile: a crash, a loop or a
lack of memory there must not take the program down. One child reads file after file; after a
crash, a kill or `_FILES_PER_CHILD` files the next one is started.
`bot.ingest.readers.sandbox_child` is the child. A request is two frames, `ReadRequest` in JSON
and the file; the reply is one frame, `ReadOutcome` in JSON, which is checked like anything from
outside. Text recognition is a request for each page, so that the limits are those of a page, and so
is the picture of a page.
"""

from __future__ import annotations

import logging
import signal
import threading
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.formats import Kind, Limits, ReadingOrder
from bot.ingest.page_picture import (
    MOST_PICTURE_BYTES,
    PNG_MARK,
    PagePicture,
    PictureRequest,
)
from bot.ingest.readers.builder import CONTROLS
from bot.ingest.recognised_page import RecognisedPage
from bot.processes.child import ChildExit, ChildProcess

CRASHED = "It made the reader crash: save it anew in another program."
NOT_STARTED = "The reader for such files could not be started: see the log, then load again."
MAX_REPLY_BYTES = 100_000_000
READY = b"ready"

_MODULE = "bot.ingest.readers.sandbox_child"
_START_SECONDS = 60.0
_FILES_PER_CHILD = 500

_log = logging.getLogger(__name__)


class ReadRequest(BaseModel):
    """The format of a file to read, the limits, and the order of columns if it is named.

    `recognised` are pages of a PDF whose words are known. If `page` is not 0, its picture is read
    alone, in `languages`, as the program for text recognition takes them. With `picture`, a page is
    drawn. Without `labels`, the printed page numbers of a PDF are left out.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    kind: Kind
    limits: Limits
    order: ReadingOrder | None = None
    recognised: tuple[RecognisedPage, ...] = ()
    page: int = 0
    languages: str = ""
    picture: PictureRequest | None = None
    labels: bool = True


class _ReaderCrashError(DocumentError):
    """The child ended by itself, within its limits."""


def _plausible(parsed: Parsed) -> Parsed:
    """`parsed`, or `ValueError` if no reader can have made it."""
    if (
        not (parsed.blocks or parsed.unrecognised)
        or CONTROLS.search(parsed.text)
        or len(parsed.title or "") > 10_000
    ):
        raise ValueError("not a document")
    for block in parsed.blocks:
        if not 0 <= block.level <= 6 or (block.page is not None and block.page < 1):
            raise ValueError("not a block")
        if block.confidence is not None and not 0 <= block.confidence <= 100:
            raise ValueError("not a percentage")
        mark = "" if block.landmark is None else block.landmark.mark
        if len(mark) > 20 or CONTROLS.search(mark):
            raise ValueError("not a mark")
    if parsed.gaps < 0 or any(page < 1 for page in parsed.unrecognised):
        raise ValueError("not a count")
    if any(len(remark) > 400 for remark in parsed.remarks):
        raise ValueError("not a remark")
    return parsed


def _plausible_page(page: RecognisedPage) -> RecognisedPage:
    """`page`, or `ValueError` if text recognition cannot have made it."""
    for word in (word for line in page.lines for word in line.words):
        if not word.text.strip() or CONTROLS.search(word.text) or not 0 <= word.confidence <= 100:
            raise ValueError("not a word")
    if not all(line.words for line in page.lines):
        raise ValueError("not a line")
    return page


def _plausible_picture(picture: PagePicture) -> PagePicture:
    """`picture`, or `ValueError` if it cannot have been drawn."""
    if not picture.png.startswith(PNG_MARK) or len(picture.png) > MOST_PICTURE_BYTES:
        raise ValueError("not a picture")
    if not 1 <= picture.page <= picture.count or min(picture.width, picture.height) < 1:
        raise ValueError("not a page")
    for mark in picture.marks:
        across = 0 <= mark.left < mark.right <= picture.width
        if not (across and 0 <= mark.top < mark.bottom <= picture.height and mark.quote >= 0):
            raise ValueError("not a mark")
    return picture


class ReadOutcome(BaseModel):
    """The result of reading: a document, a page or a picture if `ok`, or the kind of failure.

    `reason` is a sentence for a person if `refused`, the class of the exception if `fault`.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    kind: Literal["ok", "refused", "memory", "fault"]
    parsed: Annotated[Parsed, AfterValidator(_plausible)] | None = None
    page: Annotated[RecognisedPage, AfterValidator(_plausible_page)] | None = None
    picture: Annotated[PagePicture, AfterValidator(_plausible_picture)] | None = None
    reason: Annotated[str, Field(max_length=400)] = ""


class Sandbox:
    """Reads files in a child process; may be called from any thread, one file at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: ChildProcess | None = None
        self._files = 0

    def read(self, request: ReadRequest, data: bytes) -> Parsed:
        """The document in the file; blocks. Raises `DocumentError` with a sentence for a person.

        PDFium breaks at page labels that lead in a circle: a PDF is tried once more without.
        """
        try:
            parsed = self._outcome(request, data).parsed
        except _ReaderCrashError:
            if request.kind != "pdf" or not request.labels:
                raise
            parsed = self._outcome(request.model_copy(update={"labels": False}), data).parsed
        if parsed is None:
            raise DocumentError(CRASHED)
        return parsed

    def recognise(self, request: ReadRequest, data: bytes) -> RecognisedPage:
        """The words in the picture of the page that is asked for; as `read`."""
        page = self._outcome(request, data).page
        if page is None or page.number != request.page:
            raise DocumentError(CRASHED)
        return page

    def draw(self, request: ReadRequest, data: bytes) -> PagePicture:
        """The picture of the page that is asked for; as `read`."""
        picture = self._outcome(request, data).picture
        if picture is None:
            raise DocumentError(CRASHED)
        return picture

    def _outcome(self, request: ReadRequest, data: bytes) -> ReadOutcome:
        with self._lock:
            child = self._child_for_next_file()
            header = request.model_dump_json().encode()
            seconds = request.limits.worker_seconds
            try:
                reply = child.request(header, data, seconds=seconds, max_bytes=MAX_REPLY_BYTES)
            except BaseException:  # Ctrl-C; the next file must not get the reply to this one
                self._end(child)
                raise
            outcome = None if isinstance(reply, ChildExit) else _checked(reply)
            if outcome is None:
                raise _failure(self._end(child), request.limits)
            if outcome.kind in ("memory", "fault"):
                self._end(child)  # its memory may be in no good order any more
        match outcome.kind:
            case "refused":
                raise DocumentError(outcome.reason)
            case "memory":
                raise DocumentError(_too_large(request.limits))
            case "ok":
                return outcome
        _log.error("fault while reading a %s: %s", request.kind, outcome.reason)
        raise DocumentError(CRASHED)

    def close(self) -> None:
        """End the child, also while it reads; the next file starts another."""
        child = self._child
        if child is None:
            return
        child.kill()
        with self._lock:
            if self._child is child:
                self._end(child)

    def _child_for_next_file(self) -> ChildProcess:
        if self._child is not None and self._files >= _FILES_PER_CHILD:
            self._end(self._child)
        if self._child is None:
            self._child = _started()
            self._files = 0
        self._files += 1
        return self._child

    def _end(self, child: ChildProcess) -> ChildExit:
        self._child = None
        return child.close()


shared = Sandbox()
"""The one sandbox of this program."""


def _started() -> ChildProcess:
    try:
        child = ChildProcess(_MODULE)
    except OSError as error:
        _log.error("the reader process cannot be started", exc_info=error)
        raise DocumentError(NOT_STARTED) from None
    if child.request(seconds=_START_SECONDS, max_bytes=len(READY)) == READY:
        return child
    _log.error("the reader process ended at its start, exit code %d", child.close().code)
    raise DocumentError(NOT_STARTED)


def _checked(reply: bytes) -> ReadOutcome | None:
    """The outcome, or None for a reply that no reader makes."""
    try:
        outcome = ReadOutcome.model_validate_json(reply)
    except ValueError:
        return None
    results = (outcome.parsed, outcome.page, outcome.picture)
    has_one = len([each for each in results if each is not None]) == 1
    return outcome if (outcome.kind == "ok") == has_one else None


def _failure(ended: ChildExit, limits: Limits) -> DocumentError:
    """The sentence for a file whose reader ended without a document."""
    if ended.timed_out or ended.code == -signal.SIGXCPU:
        unit = "second" if limits.worker_seconds == 1 else "seconds"
        return DocumentError(
            f"It took more than {limits.worker_seconds:g} {unit} to read: split it or save it anew."
        )
    # PDFium ends the process where it gets no memory, just as where it breaks.
    if ended.peak_bytes > limits.worker_memory_bytes // 2:
        return DocumentError(_too_large(limits))
    _log.error("the reader process failed, exit code %d", ended.code)
    return _ReaderCrashError(CRASHED)


def _too_large(limits: Limits) -> str:
    return (
        f"It needs more memory than the limit of {limits.worker_memory_bytes // 1_000_000} MB:"
        " split it, or raise corpus.worker_memory_mb."
    )
