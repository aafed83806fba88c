"""Text recognition of pages that hold no text: which program there is, and the pages it has read.

The program is `tesseract`, which is called page by page: it gives the place and the confidence of
each word. `ocrmypdf` runs the same program, but its result is a PDF, without confidences, and
it needs Ghostscript.

    FOLDER/REVISION-HASH/7.json      the words on page 7 of the file with that revision

HASH stands for the program's version and the languages, so a page is recognised once, however
often the documents are loaded.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from pydantic import TypeAdapter

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.readability import page_list
from bot.ingest.recognised_page import RecognisedPage
from bot.ingest.report import counted

LATER = "later"
"""The state of the recogniser for files with pages that wait."""

_PROGRAM = "tesseract"
_WAY = 1
"""Raised whenever pages are recognised in another way: with other options, or at another size."""

_SECONDS = 30.0
_TURNED_OFF = "set corpus.recognition_languages for text recognition, then load again"
_FAILED = (
    "text recognition failed; raise corpus.worker_seconds or corpus.worker_memory_mb, then"
    " load again"
)
_UNDER_WAY = "text recognition is under way, and its result is served once it is done"
_PAGE = TypeAdapter(RecognisedPage)


@dataclass(frozen=True, slots=True)
class Recogniser:
    """A program for text recognition with its languages, or the remedy where there is none.

    `name` tells version and languages, and is empty where there is none. `folder` holds the pages
    that were recognised. It is `postponed` while pages wait that are too many for a load.
    """

    name: str
    remedy: str = _FAILED
    folder: Path | None = None
    postponed: bool = False

    def to_json(self) -> list[str]:
        """The recogniser in JSON types."""
        folder = "" if self.folder is None else str(self.folder)
        return [self.name, self.remedy, folder, *(["postponed"] if self.postponed else [])]

    @classmethod
    def from_json(cls, data: Sequence[str]) -> Recogniser:
        """The inverse of `to_json`."""
        name, remedy, folder, *postponed = data
        return cls(name, remedy, Path(folder) if folder else None, bool(postponed))

    def until_later(self) -> Recogniser:
        """The recogniser for a load that leaves pages for later."""
        return replace(self, remedy=_UNDER_WAY, postponed=True)

    @property
    def state(self) -> str:
        """The name, "none" or `LATER`; files that need recognition are read anew if it changes."""
        return LATER if self.postponed else self.name or "none"

    def place_of(self, revision: str) -> Path | None:
        """The folder of the pages of the file with that revision."""
        if self.folder is None or not self.name:
            return None
        way = sha256(f"{_WAY} {self.name}".encode()).hexdigest()[:8]
        return self.folder / f"{revision[:32]}-{way}"

    def pages(self, revision: str) -> tuple[RecognisedPage, ...]:
        """The pages of a file that were recognised before."""
        place = self.place_of(revision)
        pages = []
        for file in () if place is None else place.glob("[0-9]*.json"):
            with suppress(OSError, ValueError):  # it is recognised again
                pages.append(_PAGE.validate_json(file.read_bytes(), strict=True))
        return tuple(sorted(pages, key=lambda page: page.number))

    def keep(self, revision: str, page: RecognisedPage) -> None:
        """Keep a page; raises OSError."""
        place = self.place_of(revision)
        if place is not None:
            place.mkdir(parents=True, exist_ok=True)
            new = place / f"new-{uuid4().hex}"
            new.write_bytes(_PAGE.dump_json(page))
            new.replace(place / f"{page.number}.json")

    def without_unread_pages(self, parsed: Parsed) -> Parsed:
        """`parsed`, with a remark on the pages that could not be recognised.

        Raises `DocumentError` if it has no others, unless these come later.
        """
        if not parsed.unrecognised:
            return parsed
        if not (parsed.blocks or self.postponed):
            count = counted(len(parsed.unrecognised), "page", "pages")
            raise DocumentError(
                f"It holds no text that can be read, only pictures or nonsense ({count}):"
                f" {self.remedy}."
            )
        pages = page_list(parsed.unrecognised)
        remark = f"holds no text that can be read on {pages}: {self.remedy}"
        return replace(parsed, unrecognised=(), remarks=(*parsed.remarks, remark))


def find_recogniser(languages: str, folder: Path | None = None) -> Recogniser:
    """The program of this machine, if it knows all `languages`, such as "eng+deu"; blocks."""
    if not languages:
        return Recogniser("", _TURNED_OFF)
    wanted = languages.split("+")
    program = shutil.which(_PROGRAM)
    if program is None:
        return Recogniser("", _installation([f"{_PROGRAM}-ocr", *map(_package, wanted)]))
    version, known = _said(program, "--version").split("\n")[0], _said(program, "--list-langs")
    missing = [language for language in wanted if language not in known.split()]
    if missing or not version.startswith(_PROGRAM):
        return Recogniser("", _installation([*map(_package, missing or wanted)]))
    return Recogniser(f"{version.strip()} {languages}", folder=folder)


def _said(program: str, option: str) -> str:
    """The standard output of the program; empty if it does not run."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed option
            [program, option], capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return (done.stdout or done.stderr).decode("utf-8", "replace")


def _package(language: str) -> str:
    """The package of a language's data, as Debian and Ubuntu call it."""
    return f"{_PROGRAM}-ocr-{language.replace('_', '-')}"


def _installation(packages: list[str]) -> str:
    *others, last = packages
    names = f"{', '.join(others)} and {last}" if others else last
    return f"for text recognition install {names}, then load again"
