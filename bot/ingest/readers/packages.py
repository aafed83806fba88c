"""Packages: office files and e-books, which are ZIP archives, and the checks before one is parsed.

Open XML has two sets of names, of which that of the strict form is replaced by the usual one.
"""

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

import regex

from bot.core.errors import DocumentError
from bot.ingest.readers.builder import DAMAGED

MAX_PARTS = 10_000
"""A file made of more parts is refused."""

_OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_TYPE_BYTES = 100
_CHUNK = 1 << 20
_DOCTYPE = regex.compile(rb"<!(?:DOCTYPE|ENTITY)", regex.IGNORECASE)
_OVERLAP = 40
# The messages by which the parsers report a lack of memory, also for the message itself.
_NO_MEMORY = regex.compile(r"memory|^unknown error .*line 0\)", regex.IGNORECASE)

# ISO/IEC 29500 has the same elements in a transitional form, which python-docx reads, and in a
# strict one, under other names: http://purl.oclc.org/ooxml/wordprocessingml/main stands for
# http://schemas.openxmlformats.org/wordprocessingml/2006/main.
_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAME = regex.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_TRANSITIONAL_NAME = rb"http://schemas.openxmlformats.org/\1/2006/"
_PACKAGE_RELATIONS = "_rels/.rels"


@dataclass(frozen=True, slots=True)
class OfficeFormat:
    """A format of office files: its ending, and the sign of an archive in that format.

    The sign is the folder that holds the parts, or the type that OpenDocument writes down.
    `parsed` are the parts that are parsed; empty if any may be.
    """

    ending: str
    name: str
    sign: str
    parsed: tuple[str, ...] = ()


DOCX = OfficeFormat(".docx", "Word", "word/")
XLSX = OfficeFormat(".xlsx", "Excel", "xl/")
PPTX = OfficeFormat(".pptx", "PowerPoint", "ppt/")
# Formulas and macros in other parts of ODT files name a document type.
_ODT_PARTS = ("content.xml", "styles.xml", "meta.xml")
ODT = OfficeFormat(".odt", "OpenDocument", "application/vnd.oasis.opendocument.text", _ODT_PARTS)
_EPUB = OfficeFormat(".epub", "EPUB", "application/epub+zip")
_KINDS = {
    DOCX: "a Word document",
    XLSX: "an Excel sheet",
    PPTX: "a PowerPoint presentation",
    ODT: "an OpenDocument text",
    _EPUB: "an e-book",
}
_TYPE_PART = "mimetype"
_CONTENT_TYPES = "[Content_Types].xml"


def check(data: bytes, max_bytes: int, expected: OfficeFormat = DOCX) -> None:
    """`DocumentError` for another format, a ZIP bomb, and XML that could expand when parsed."""
    if data.startswith(_OLE_MAGIC):
        raise DocumentError(_old_format(expected))
    with open_package(data, max_bytes) as archive:
        _check_format(archive, expected)
        parts = archive.infolist()
        if any(part.flag_bits & 1 for part in parts):
            raise DocumentError(_old_format(expected))
        for part in parts:
            _check_part(archive, part, expected)


@contextmanager
def open_package(data: bytes, max_bytes: int) -> Iterator[zipfile.ZipFile]:
    """The archive in `data`; `DocumentError` for damage, and for too many or too large parts.

    `max_bytes` is the most that all its parts together may unpack to.
    """
    with damage_as_error(), zipfile.ZipFile(BytesIO(data)) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS:
            raise DocumentError(f"It is made of more than {MAX_PARTS:,} parts: save it anew.")
        # No part gives more bytes than its header says.
        if sum(part.file_size for part in parts) > max_bytes:
            raise DocumentError(f"It unpacks to more than {max_bytes // 1_000_000} MB: split it.")
        yield archive


@contextmanager
def open_office_file(
    data: bytes, max_bytes: int, expected: OfficeFormat
) -> Iterator[zipfile.ZipFile]:
    """The archive in `data` after all checks, with the usual names of Open XML."""
    check(data, max_bytes, expected)
    with damage_as_error(), zipfile.ZipFile(BytesIO(transitional(data))) as archive:
        yield archive


def part_path(base: str, target: str) -> str:
    """The path in a package of what the part `base` refers to as `target`."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(base), target)).lstrip("/")


@contextmanager
def damage_as_error() -> Iterator[None]:
    """Turn the faults of a parser of XML, which has no error of its own, into `DocumentError`."""
    try:
        yield
    except (DocumentError, MemoryError):
        raise
    except Exception as fault:  # noqa: BLE001 - the libraries raise anything
        if _NO_MEMORY.search(str(fault)):
            raise MemoryError from None
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


def _old_format(expected: OfficeFormat) -> str:
    return (
        f"It is protected by a password or in the old {expected.name} format:"
        f" save it as an open {expected.ending}."
    )


def _check_format(archive: zipfile.ZipFile, expected: OfficeFormat) -> None:
    names = archive.namelist()
    written = ""
    if _TYPE_PART in names:
        with archive.open(_TYPE_PART) as stream:
            written = stream.read(_TYPE_BYTES).decode("ascii", "replace").strip()

    def is_in(form: OfficeFormat) -> bool:
        return form.sign == written or any(
            form.sign[-1] == "/" and name.startswith(form.sign) for name in names
        )

    if is_in(expected):
        return
    for form, kind in _KINDS.items():
        if is_in(form):
            raise DocumentError(
                f"It is {kind}, not {expected.ending}: give it the ending {form.ending}."
            )
    if written:
        raise DocumentError(f"It is not {expected.ending}, but of another kind: save it anew.")
    if _CONTENT_TYPES in names:
        raise DocumentError(DAMAGED)
    raise DocumentError(f"It is a ZIP archive, not {expected.ending}: unpack it first.")


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, expected: OfficeFormat) -> None:
    """Unpack `part`, which checks its sum, and search XML for entities on the way."""
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            if not _is_markup(part.filename):
                continue
            if expected.parsed and part.filename not in expected.parsed:
                continue
            # Without its zero bytes, UTF-16 reads as ASCII.
            text = tail + chunk.replace(b"\x00", b"")
            if _DOCTYPE.search(text):
                raise DocumentError("It holds XML that an office file must not have: save it anew.")
            if b"macroEnabled.main+xml" in text or b"template.main+xml" in text:
                raise DocumentError(
                    f"It is a template or a file with macros: save it as a plain {expected.ending}."
                )
            tail = text[-_OVERLAP:]


def _is_markup(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels"))
