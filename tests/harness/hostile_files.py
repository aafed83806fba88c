"""Files that do harm where a reader lets them: they call out, unpack without end, or never end.

Each maker gives files of many formats by name; what the program reads of them, a test takes.
"""

import gzip
import struct
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from io import BytesIO

from tests.fuzz.archives import members, zipped
from tests.fuzz.seed_office import docx_files, epub, odt, pptx, xlsx
from tests.harness.office_files import paragraph, word_file

DEEP = 10_000
_BOMB_BYTES = 30_000_000
_WORDS = "The rain fell for days."
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MACROS = b"application/vnd.ms-word.document.macroEnabled.main+xml"
_NO_MACROS = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def calling_out(address: str) -> dict[str, bytes]:
    """Files that want what is at `address`, of a file or a server, put in place of their words."""
    entity = f'<!DOCTYPE x [<!ENTITY x SYSTEM "{address}"><!ENTITY % y SYSTEM "{address}"> %y;]>'
    outside = f'<Relationship Id="rId90" Type="{_RELATIONS}/{{}}" Target="{address}" '
    outside += 'TargetMode="External"/></Relationships>'
    part = '<w:altChunk r:id="rId90"/><w:subDoc r:id="rId90"/>'
    field = f'<w:r><w:instrText>INCLUDETEXT "{address}"</w:instrText></w:r>'
    docx = word_file(paragraph(_WORDS) + f"<w:p>{field}</w:p>{part}", {"settings": ""})
    relations, main = "word/_rels/document.xml.rels", "word/document.xml"
    linked = {
        kind: _changed(docx, relations, "</Relationships>", outside.format(kind))
        for kind in ("aFChunk", "subDocument", "footnotes", "header", "attachedTemplate")
    }
    formula = f'WEBSERVICE("{address}")&amp;HYPERLINK("{address}")'
    section = f'<text:section text:name="x"><text:section-source xlink:href="{address}"/>'
    return {
        **{f"{kind}.docx": data for kind, data in linked.items()},
        "entity.docx": _changed(docx, main, "<w:document", f"{entity}<w:document"),
        "macros.docx": _changed(docx, "[Content_Types].xml", _NO_MACROS, _MACROS),
        "entity.xlsx": _changed(xlsx(), "xl/workbook.xml", "<workbook", f"{entity}<workbook"),
        "formula.xlsx": _changed(
            xlsx(), "xl/worksheets/sheet1.xml", 'WEBSERVICE("http://x.invalid")', formula
        ),
        "entity.pptx": _changed(pptx(), "ppt/slides/slide1.xml", "<p:sld", f"{entity}<p:sld"),
        "slide.pptx": _changed(
            pptx(), "ppt/_rels/presentation.xml.rels", "</Relationships>", outside.format("slide")
        ),
        "entity.odt": _changed(odt(), "content.xml", "<office:doc", f"{entity}<office:doc"),
        "section.odt": _changed(
            odt(), "content.xml", "<text:h", f"{section}</text:section><text:h"
        ),
        "entity.epub": _changed(epub(), "OEBPS/a.opf", "<package", f"{entity}<package"),
        "spine.epub": _changed(epub(), "OEBPS/a.opf", 'href="a.xhtml"', f'href="{address}"'),
        "root.epub": _changed(epub(), "META-INF/container.xml", "OEBPS/a.opf", address),
        **{name: text.encode() for name, text in _texts_that_call_out(address, entity).items()},
        **{f"{name}.pdf": pdf_of(parts) for name, parts in _pdf_that_calls_out(address).items()},
    }


def _texts_that_call_out(address: str, entity: str) -> dict[str, str]:
    body = f"<p>{_WORDS} &x;</p>"
    return {
        "page.html": f"<base href='{address}'><link rel=stylesheet href='{address}'>"
        f"<script src='{address}'></script><iframe src='{address}'></iframe>{body}"
        f"<object data='{address}'></object><img src='{address}'><meta http-equiv=refresh"
        f" content='0;url={address}'>",
        "entity.xhtml": f"<?xml version='1.0'?>{entity}<html><body>{body}</body></html>",
        "picture.md": f"{_WORDS} ![]({address})\n\n<iframe src='{address}'></iframe>\n",
        "import.mdx": f"import A from '{address}'\n\n{_WORDS} {{fetch('{address}')}}\n",
        "include.rst": f"{_WORDS}\n\n.. include:: {address}\n\n.. csv-table:: x\n   :file:"
        f" {address}\n\n.. raw:: html\n   :url: {address}\n",
        "include.adoc": f"{_WORDS}\n\ninclude::{address}[]\n\nimage::{address}[]\n",
        "formula.csv": f'Name,Fee\n"=WEBSERVICE(""{address}"")",12\n=cmd|x!A1,13\n',
        "field.rtf": rf'{{\rtf1 {_WORDS}{{\field{{\*\fldinst INCLUDETEXT "{address}"}}'
        rf"{{\fldrslt kept}}}}{{\*\template {address}}}\par}}",
        "body.eml": "From: a@x.invalid\nSubject: Rain\nMIME-Version: 1.0\nContent-Type:"
        f' message/external-body; access-type=URL; URL="{address}"\n\nContent-Type: text/plain\n\n'
        f"{_WORDS}\n",
        "page.eml": "From: a@x.invalid\nSubject: Rain\nMIME-Version: 1.0\nContent-Type: text/html"
        f"\n\n<p>{_WORDS}</p><img src='{address}'><iframe src='{address}'></iframe>\n",
        "style.vtt": f"WEBVTT\n\nSTYLE\n@import url('{address}');\n\n00:01.000 --> 00:02.000\n"
        f"{_WORDS}\n",
        "alias.yaml": f"words: {_WORDS}\nx: !!python/object/apply:os.system ['cat {address}']\n",
        "entity.xml": f"<?xml version='1.0'?>{entity}<x>{_WORDS} &x;</x>",
    }


def _pdf_that_calls_out(address: str) -> dict[str, dict[int, str]]:
    words = f"BT /F1 12 Tf 72 700 Td ({_WORDS}) Tj ET"
    action = f"<</S/{{}}/F({address})/URI({address})/JS(app.launchURL\\('{address}'\\))>>"
    return {
        kind: _pages(words, catalog=f"/OpenAction {action.format(kind)}")
        for kind in ("JavaScript", "Launch", "GoToR", "URI", "ImportData", "SubmitForm")
    } | {"stream": _pages(words, stream=f"/F({address})/FFilter/Null")}


def endless() -> dict[str, bytes]:
    """Files with references that lead back to themselves."""
    words = f"BT /F1 12 Tf 72 700 Td ({_WORDS}) Tj ET"
    style = '<w:style w:styleId="{0}"><w:name w:val="{0}"/><w:basedOn w:val="{1}"/></w:style>'
    numbering = (
        '<w:abstractNum w:abstractNumId="0"><w:numStyleLink w:val="a"/><w:styleLink w:val="a"/>'
        '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    numbered = '<w:pStyle w:val="a"/><w:numPr><w:numId w:val="1"/></w:numPr>'
    note = f'<w:footnote w:id="2"><w:p><w:r><w:t>{_WORDS}</w:t></w:r>{{}}</w:p></w:footnote>'
    refers = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    return {
        "pages.pdf": pdf_of({**_pages(words), 2: "<</Type/Pages/Kids[2 0 R 3 0 R]/Count 9>>"}),
        "parents.pdf": pdf_of({**_pages(words), 3: _PAGE.replace("Parent 2", "Parent 3")}),
        "form.pdf": pdf_of(_pages(f"{words} /X1 Do", stream="/Type/XObject/Subtype/Form"
                                  "/BBox[0 0 9 9]/Resources<</XObject<</X1 4 0 R>>>>")),
        "outline.pdf": pdf_of({**_pages(words, catalog="/Outlines 7 0 R"),
                               7: "<</First 7 0 R/Last 7 0 R/Next 7 0 R/Title(x)/Parent 7 0 R>>"}),
        "fields.pdf": pdf_of({**_pages(words, catalog="/AcroForm<</Fields[7 0 R]>>"),
                              7: "<</T(x)/FT/Tx/Kids[7 0 R]/Parent 7 0 R/V(x)>>"}),
        "labels.pdf": pdf_of({**_pages(words, catalog="/PageLabels 7 0 R"), 7: "<</Kids[7 0 R]>>"}),
        "length.pdf": pdf_of({**_pages(words), 4: f"<</Length 4 0 R>>stream\n{words}\nendstream"}),
        "styles.docx": word_file(paragraph(_WORDS, numbered), {
            "styles": style.format("a", "b") + style.format("b", "a"), "numbering": numbering}),
        "notes.docx": word_file(f"<w:p>{refers}</w:p>", {"footnotes": note.format(refers)}),
        "nav.epub": _changed(epub(), "OEBPS/a.opf", 'href="toc.ncx"', 'href="a.opf"'),
    }  # fmt: skip


def deep() -> dict[str, bytes]:
    """Files with elements nested ten thousand deep."""
    table = "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"
    group = "<p:grpSp><p:nvGrpSpPr/><p:grpSpPr/>", "</p:grpSp>"
    return {
        "tags.html": _nested(("<div><b>", "</b></div>"), f"<p>{_WORDS}</p>"),
        "tables.html": _nested(("<table><tr><td>", "</td></tr></table>"), _WORDS),
        "quotations.md": b"> " * DEEP + _WORDS.encode(),
        "items.md": b"- " * DEEP + _WORDS.encode(),
        "brackets.md": _nested(("[", "](x)"), _WORDS),
        "tags.mdx": _nested(("<Card>\n\n", "\n\n</Card>"), _WORDS),
        "tables.docx": word_file(_nested(table, paragraph(_WORDS)).decode()),
        "runs.docx": word_file(f"<w:p>{_nested(('<w:ins>', '</w:ins>'), '').decode()}</w:p>"),
        "groups.pptx": _changed(pptx(), "ppt/slides/slide1.xml", "<p:grpSpPr/>", "<p:grpSpPr/>"
                                + _nested(group, "").decode()),
        "sections.odt": _changed(odt(), "content.xml", "<text:h",
                                 _nested(("<text:section>", "</text:section>"), "").decode()
                                 + "<text:h"),
        "groups.rtf": rb"{\rtf1 " + _nested((r"{\b ", "}"), _WORDS) + b"}",
        "quotations.rst": "\n\n".join(" " * n + "x" for n in range(300)).encode(),
        "items.adoc": b"\n".join(b"*" * n + b" x" for n in range(1, 300)),
        "brackets.json": _nested(("[", "]"), f'"{_WORDS}"'),
        "brackets.yaml": _nested(("[", "]"), f'"{_WORDS}"'),
        "tags.xml": _nested(("<x>", "</x>"), _WORDS),
        "parts.eml": _nested_mail(300),
        "arrays.pdf": pdf_of({**_pages(f"BT /F1 12 Tf 72 700 Td ({_WORDS}) Tj ET"),
                              7: _nested(("[", "]"), "0").decode()}),
        "archives.zip": _nested_archive(100),
    }  # fmt: skip


def _packages() -> dict[str, bytes]:
    """A file of each format that is a ZIP archive, by its ending."""
    return {
        "docx": docx_files()[0],
        "xlsx": xlsx(),
        "pptx": pptx(),
        "odt": odt(),
        "epub": epub(),
    }


def bombs() -> dict[str, bytes]:
    """Files of some kilobytes that unpack to thirty million bytes, or to more than they are."""
    filler = b" " * _BOMB_BYTES
    stream = zlib.compress(zlib.compress(filler, 9), 9).decode("latin-1")
    content = f"<</Length {len(stream)}/Filter[/FlateDecode/FlateDecode]>>\nstream\n{stream}"
    return {
        **{f"bomb.{name}": _larger(data, filler) for name, data in _packages().items()},
        "bomb.zip": zipped([("a.txt", filler)]),
        "bomb.gz": gzip.compress(filler, mtime=0),
        "bomb.tgz": gzip.compress(_tar([("a.txt", filler)]), mtime=0),
        "overlap.zip": _overlapping(b"The rain fell. " * 4_000, 5_000),
        "overlap.docx": _overlapping(b" " * 60_000, 5_000, "word/document.xml"),
        "bomb.pdf": pdf_of({**_pages(""), 4: f"{content}\nendstream"}),
    }


def astray() -> dict[str, bytes]:
    """Archives whose members have names that lead out of where they are unpacked."""
    names = (
        "../escaped.txt",
        "/tmp/escaped.txt",
        "a/../../escaped.txt",
        "C:\\escaped.txt",
        "..\\x.txt",
    )
    strays = [(name, b"Outside.") for name in names]
    inside = ("a.txt", _WORDS.encode())
    return {
        **{
            f"paths.{name}": zipped((members(data) or []) + strays)
            for name, data in _packages().items()
        },
        "paths.zip": zipped([inside, *strays]),
        "paths.tar": _tar([inside, *strays]),
        "paths.tgz": gzip.compress(_tar([inside, *strays]), mtime=0),
        "root.epub": _changed(epub(), "META-INF/container.xml", "OEBPS/a.opf", "../../escaped.txt"),
    }


_PAGE = (
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
    "/Resources<</Font<</F1 5 0 R>>/XObject<</X1 4 0 R>>>>>>"
)


def _pages(content: str, *, catalog: str = "", stream: str = "") -> dict[int, str]:
    """The objects of a PDF of one page by their number."""
    return {
        1: f"<</Type/Catalog/Pages 2 0 R{catalog}>>",
        2: "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: _PAGE,
        4: f"<</Length {len(content)}{stream}>>\nstream\n{content}\nendstream",
        5: "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    }


def pdf_of(objects: Mapping[int, str]) -> bytes:
    """A PDF of objects by their number; the first is the catalog."""
    body = "".join(f"{number} 0 obj\n{each}\nendobj\n" for number, each in objects.items())
    return f"%PDF-1.7\n{body}trailer<</Root 1 0 R>>\n%%EOF\n".encode("latin-1")


def _changed(data: bytes, member: str, old: str | bytes, new: str | bytes) -> bytes:
    """An archive with `new` in place of the first `old` of a member."""
    before = old if isinstance(old, bytes) else old.encode()
    after = new if isinstance(new, bytes) else new.encode()
    packed = members(data) or []
    assert any(name == member and before in content for name, content in packed), member
    return zipped(
        (name, content.replace(before, after, 1) if name == member else content)
        for name, content in packed
    )


def _nested(tags: tuple[str, str], inner: str) -> bytes:
    opening, closing = tags
    return f"{opening * DEEP}{inner}{closing * DEEP}".encode()


def _nested_mail(depth: int) -> bytes:
    head = "From: a@x.invalid\nSubject: Rain\nContent-Type: {}\n\n"
    return (head.format("message/rfc822") * depth + head.format("text/plain") + _WORDS).encode()


def _nested_archive(depth: int) -> bytes:
    data = zipped([("a.txt", _WORDS.encode())])
    for _ in range(depth):
        data = zipped([("a.zip", data)])
    return data


def _tar(files: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive of files, and of links to one that every machine has."""
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, BytesIO(content))
        for number, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(f"link{number}.txt")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    return made.getvalue()


def _larger(data: bytes, filler: bytes) -> bytes:
    """An archive with `filler` at the end of its largest member."""
    packed = members(data) or []
    largest = max(packed, key=lambda member: len(member[1]))[0]
    return zipped((name, content + filler * (name == largest)) for name, content in packed)


def _overlapping(content: bytes, times: int, name: str = "a.txt") -> bytes:
    """An archive in whose directory one member is listed many times, so that it unpacks often."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(content) + packed.flush()
    sizes = struct.pack("<III", zlib.crc32(content), len(body), len(content))
    head = struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes
    local = b"PK\x03\x04" + head + struct.pack("<HH", len(name), 0) + name.encode() + body
    place = struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name.encode()
    entries = (b"PK\x01\x02" + struct.pack("<H", 20) + head + place) * times
    end = struct.pack("<HHHHIIH", 0, 0, times, times, len(entries), len(local), 0)
    return local + entries + b"PK\x05\x06" + end
