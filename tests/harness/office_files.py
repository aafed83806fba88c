"""Small PDF, DOCX, ODT and EPUB files, and the blocks that were read, for tests of readers."""

import zipfile
from collections.abc import Mapping
from io import BytesIO

import docx
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from bot.core.documents import Parsed

_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_CONTAINER = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'


def seen(parsed: Parsed) -> list[tuple[str, str]]:
    """Kind (with the level of a heading, or the mark of a note) and words of each block."""
    return [
        (
            str(block.landmark) if block.landmark else block.kind.value + str(block.level or ""),
            block.span.of(parsed.text),
        )
        for block in parsed.blocks
    ]


def pdf(words: str = "The rain fell.", password: str | None = None) -> bytes:
    """A PDF of one page with one line, locked where a password is given."""
    made = BytesIO()
    lock = StandardEncryption(password) if password else None
    canvas = Canvas(made, invariant=1, encrypt=lock)
    canvas.drawString(72, 700, words)
    canvas.showPage()
    canvas.save()
    return made.getvalue()


def docx_file(words: str = "The rain fell.") -> bytes:
    """A DOCX file of one paragraph."""
    made = BytesIO()
    document = docx.Document()
    document.add_paragraph(words)
    document.save(made)
    return made.getvalue()


def paragraph(words: str, properties: str = "", run: str = "") -> str:
    """A paragraph of one run as WordprocessingML, with its properties and those of the run."""
    text = f'<w:t xml:space="preserve">{words}</w:t>'
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr>{text}</w:r></w:p>"


def word_file(body: str, parts: Mapping[str, str] | None = None, *, strict: bool = False) -> bytes:
    """A DOCX file of WordprocessingML, with no more in it than is given.

    `parts` are the contents of further parts by their kind: "styles", "numbering", "footnotes",
    "endnotes", "comments", "header", "settings".
    """
    parts = parts or {}
    roots = {"header": "hdr"}
    contents = {"document": f"<w:body>{body}</w:body>", **parts}
    types = "".join(
        f'<Override PartName="/word/{kind}.xml" ContentType="{_WORD_TYPE}.'
        f'{"document.main" if kind == "document" else kind}+xml"/>'
        for kind in contents
    )
    files = {
        "[Content_Types].xml": "<Types"
        ' xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default'
        ' Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{types}</Types>",
        "_rels/.rels": _relations({"officeDocument": "word/document.xml"}),
        "word/_rels/document.xml.rels": _relations({kind: f"{kind}.xml" for kind in parts}),
    }
    for kind, content in contents.items():
        root = roots.get(kind, kind)
        files[f"word/{kind}.xml"] = f"<w:{root} {_NAMESPACES}>{content}</w:{root}>"
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, _strict(content) if strict else content)
    return made.getvalue()


_OPEN_DOCUMENT = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("style", "style"),
        ("meta", "meta"),
    )
)
ODT_TYPE = "application/vnd.oasis.opendocument.text"


def odt_file(
    body: str, styles: str = "", *, title: str = "", parts: Mapping[str, str] | None = None
) -> bytes:
    """An ODT file of OpenDocument XML, with no more in it than is given.

    `styles` are automatic ones; `parts` are the contents of further parts by their name.
    """
    content = (
        f"<office:document-content {_OPEN_DOCUMENT}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>"
    )
    meta = (
        f'<office:document-meta {_OPEN_DOCUMENT} xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<office:meta><dc:title>{title}</dc:title></office:meta></office:document-meta>"
    )
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", ODT_TYPE)
        archive.writestr("content.xml", content)
        archive.writestr("meta.xml", meta)
        for name, part in (parts or {}).items():
            archive.writestr(name, part.replace("NAMESPACES", _OPEN_DOCUMENT))
    return made.getvalue()


def _relations(targets: Mapping[str, str]) -> str:
    """The relationships of a part, numbered rId1, rId2 …"""
    name = "http://schemas.openxmlformats.org/package/2006/relationships"
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets.items(), 1)
    )
    return f'<Relationships xmlns="{name}">{each}</Relationships>'


def _strict(content: str) -> str:
    """XML with the names that Strict Open XML has for the same elements."""
    for area in ("wordprocessingml", "officeDocument"):
        content = content.replace(
            f"http://schemas.openxmlformats.org/{area}/2006/", f"http://purl.oclc.org/ooxml/{area}/"
        )
    return content


def book(
    *chapters: str,
    title: str = "Boats",
    items: str = "",
    files: Mapping[str, str] | None = None,
    container: str = _CONTAINER,
) -> bytes:
    """An EPUB of the chapters `c1.xhtml`, `c2.xhtml` … in a folder `t`."""
    names = [f"c{number}" for number in range(1, len(chapters) + 1)]
    manifest = "".join(
        f'<item id="{name}" href="t/{name}.xhtml" media-type="application/xhtml+xml"/>'
        for name in reversed(names)
    )
    spine = "".join(f'<itemref idref="{name}"/>' for name in names)
    opf = (
        '<?xml version="1.0"?><package xmlns:dc="x"><metadata>'
        f"<dc:title>{title}</dc:title></metadata>"
        f"<manifest>{manifest}{items}</manifest><spine>{spine}</spine></package>"
    )
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("OPS/book.opf", opf)
        for name, body in zip(names, chapters, strict=True):
            page = f"<html><head><title/></head><body>{body}</body></html>"
            archive.writestr(f"OPS/t/{name}.xhtml", page)
        for name, content in (files or {}).items():
            archive.writestr(f"OPS/{name}", content)
    return made.getvalue()
