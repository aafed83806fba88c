"""Checks of a DOCX archive before it is parsed, and the usual names for Strict Open XML."""

import zipfile
import zlib
from collections.abc import Sequence
from io import BytesIO

import regex

from bot.core.errors import DocumentError
from bot.ingest.readers.builder import DAMAGED

MAX_PARTS = 10_000
"""A file made of more parts is refused."""

_OLD_FORMAT = "It is protected by a password or in the old Word format: save it as an open .docx."
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_CHUNK = 1 << 20
_DOCTYPE = regex.compile(rb"<!(?:DOCTYPE|ENTITY)", regex.IGNORECASE)
_OVERLAP = 40

# ISO/IEC 29500 has the same elements in a transitional form, which python-docx reads, and in a
# strict one, under other names: http://purl.oclc.org/ooxml/wordprocessingml/main stands for
# http://schemas.openxmlformats.org/wordprocessingml/2006/main.
_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAME = regex.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_TRANSITIONAL_NAME = rb"http://schemas.openxmlformats.org/\1/2006/"
_PACKAGE_RELATIONS = "_rels/.rels"


def check(data: bytes, max_bytes: int) -> None:
    """`DocumentError` for another format, a ZIP bomb, and XML that could expand when parsed."""
    if data.startswith(_OLE_MAGIC):
        raise DocumentError(_OLD_FORMAT)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_format([part.filename for part in parts])
            if len(parts) > MAX_PARTS:
                raise DocumentError(f"It is made of more than {MAX_PARTS:,} parts: save it anew.")
            # No part gives more bytes than its header says.
            if sum(part.file_size for part in parts) > max_bytes:
                size = max_bytes // 1_000_000
                raise DocumentError(f"It unpacks to more than {size} MB: split it.")
            if any(part.flag_bits & 1 for part in parts):
                raise DocumentError(_OLD_FORMAT)
            for part in parts:
                _check_part(archive, part)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError):
        raise DocumentError(DAMAGED) from None


def transitional(data: bytes) -> bytes:
    """The archive with the names of Strict Open XML replaced; any other archive as it is."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = archive.namelist()
        if _PACKAGE_RELATIONS not in names or _STRICT not in archive.read(_PACKAGE_RELATIONS):
            return data
        changed = BytesIO()
        with zipfile.ZipFile(changed, "w") as target:
            for name in dict.fromkeys(names):
                content = archive.read(name)
                if _is_markup(name):
                    content = _STRICT_NAME.sub(_TRANSITIONAL_NAME, content)
                target.writestr(name, content)
    return changed.getvalue()


def _check_format(names: Sequence[str]) -> None:
    if any(name.startswith("word/") for name in names):
        return
    for folder, kind in (("xl/", "a spreadsheet"), ("ppt/", "a presentation")):
        if any(name.startswith(folder) for name in names):
            raise DocumentError(f"It is {kind}, not a DOCX file: save its text as .docx or .pdf.")
    if "mimetype" in names:
        raise DocumentError("It is an OpenDocument or EPUB file, not DOCX: save it as .docx.")
    if "[Content_Types].xml" in names:
        raise DocumentError(DAMAGED)
    raise DocumentError("It is a ZIP archive, not a DOCX file: unpack it first.")


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Unpack `part`, which checks its sum, and search XML for entities on the way."""
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            if not _is_markup(part.filename):
                continue
            # Without its zero bytes, UTF-16 reads as ASCII.
            text = tail + chunk.replace(b"\x00", b"")
            if _DOCTYPE.search(text):
                raise DocumentError("It holds XML that a Word file must not have: save it anew.")
            if b"macroEnabled.main+xml" in text or b"template.main+xml" in text:
                raise DocumentError(
                    "It is a template or a file with macros: save it as a plain .docx."
                )
            tail = text[-_OVERLAP:]


def _is_markup(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels"))
