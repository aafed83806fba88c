"""The package of an EPUB: its chapters in the order of reading, its title, its contents.

A parser of HTML reads its XML, too: it expands no entities and forgives faults. Only the parts
that are needed are unpacked, within the limits.
"""

import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

import regex
import webencodings
from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.core.errors import DocumentError
from bot.ingest.readers.builder import DAMAGED, cleaned
from bot.ingest.readers.packages import open_package, part_path

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_CONTENTS = "application/x-dtbncx+xml"
# HTML knows no elements that end at once, but for those that are always empty.
_ENDED_AT_ONCE = regex.compile(r"<([A-Za-z][\w:.-]*+)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)(?<=/)>")
_EMPTY = frozenset("area base br col embed hr img input link meta source track wbr".split())
_PREFIX = regex.compile(r"(</?)(?:opf|ncx|container|xhtml|html|h):(?=\w)")
_DECLARED = regex.compile(rb"^<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{2,40})[\"']")
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb": "utf-8"}


@dataclass(frozen=True, slots=True)
class Chapter:
    """A file of the text, named by its path in the package.

    `heading` is what the table of contents calls its start, empty if it does not name it.
    """

    path: str
    tree: LexborHTMLParser
    heading: str


@dataclass(frozen=True, slots=True)
class Package:
    """A book: `missing` are the paths of chapters that are not in the file."""

    title: str
    chapters: tuple[Chapter, ...]
    missing: tuple[str, ...]


def read_package(data: bytes, max_bytes: int) -> Package:
    """The package in `data`; its parts together may unpack to `max_bytes`.

    Raises `DocumentError` for a file that is no EPUB, is damaged or protected.
    """
    with open_package(data, max_bytes) as archive:
        return _package(archive, set(archive.namelist()))


def _package(archive: zipfile.ZipFile, names: set[str]) -> Package:
    if _CONTAINER not in names:
        raise DocumentError("It is an archive, but no EPUB: unpack it, or save it anew.")
    root = _tree(archive.read(_CONTAINER)).css_first("rootfile")
    path = _attribute(root, "full-path")
    if path not in names:
        raise DocumentError(DAMAGED)
    package = _tree(archive.read(path))
    items = {_attribute(item, "id"): item for item in package.css("manifest item")}
    spine = [
        items[key]
        for ref in package.css("spine itemref")
        if (key := _attribute(ref, "idref")) in items
    ]
    paths = [
        resolved(path, _attribute(item, "href"))
        for item in spine
        if _attribute(item, "media-type") in _PAGES and not _is_contents(item)
    ]
    paths = list(dict.fromkeys(paths))
    if _ENCRYPTION in names:
        _refuse_protected(archive.read(_ENCRYPTION), paths)
    headings = _headings(archive, names, path, items)
    chapters = tuple(
        Chapter(each, _tree(archive.read(each)), headings.get(each, ""))
        for each in paths
        if each in names
    )
    title = package.css_first("metadata dc\\:title")
    return Package(
        _text(title),
        chapters,
        tuple(each for each in paths if each not in names),
    )


def _refuse_protected(encryption: bytes, paths: list[str]) -> None:
    """`DocumentError` if chapters are encrypted; fonts mostly are, and matter not."""
    encrypted = {
        resolved("", _attribute(reference, "uri"))
        for reference in _tree(encryption).css("*")
        if (reference.tag or "").endswith("cipherreference")
    }
    if encrypted.intersection(paths):
        raise DocumentError("It is protected against copying: get an open copy of it.")


def _headings(
    archive: zipfile.ZipFile, names: set[str], path: str, items: Mapping[str, LexborNode]
) -> dict[str, str]:
    """The names that the table of contents gives to the files, by their paths."""
    found: dict[str, str] = {}
    # The table of contents of EPUB 3 counts before that of EPUB 2.
    for item in sorted(items.values(), key=_is_contents, reverse=True):
        place = resolved(path, _attribute(item, "href"))
        if place not in names:
            continue
        if _is_contents(item):
            links = _tree(archive.read(place)).css("nav[epub\\:type~=toc] a[href]")
            named = [(_attribute(link, "href"), link.text()) for link in links]
        elif _attribute(item, "media-type") == _CONTENTS:
            points = _tree(archive.read(place)).css("navmap navpoint")
            named = [
                (_attribute(point.css_first("content"), "src"), _text(point.css_first("text")))
                for point in points
            ]
        else:
            continue
        for target, words in named:
            if heading := " ".join(cleaned(words).split()):
                found.setdefault(resolved(place, target), heading)
    return found


def _is_contents(item: LexborNode) -> bool:
    return "nav" in _attribute(item, "properties").split()


def _attribute(node: LexborNode | None, name: str) -> str:
    """An attribute of an element; empty if either is missing."""
    return "" if node is None else node.attributes.get(name) or ""


def _text(node: LexborNode | None) -> str:
    """The words of an element; empty if it is missing."""
    return "" if node is None else node.text()


def resolved(base: str, reference: str) -> str:
    """The path in the package of what the file `base` refers to, without the place in it."""
    target = unquote(reference.partition("#")[0])
    return part_path(base, target) if target else base


def _tree(data: bytes) -> LexborHTMLParser:
    """XML as a tree, by a parser of HTML."""
    source = _PREFIX.sub(r"\1", _decoded(data))
    return LexborHTMLParser(_ENDED_AT_ONCE.sub(_with_end, source))


def _with_end(match: regex.Match[str]) -> str:
    name, attributes = match[1], match[2].rstrip("/")
    return match[0] if name.lower() in _EMPTY else f"<{name}{attributes}></{name}>"


def _decoded(data: bytes) -> str:
    """The text of an XML file: in UTF-8 unless it says otherwise."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, "replace").removeprefix("\ufeff")
    declared = _DECLARED.search(data)
    known = webencodings.lookup(declared[1].decode("ascii")) if declared else None
    for encoding in ("utf-8", known.codec_info.name if known else "utf-8"):
        with suppress(ValueError, LookupError):
            return data.decode(encoding)
    return data.decode("cp1252", "replace")
