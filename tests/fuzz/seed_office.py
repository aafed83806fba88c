"""A small file of each format that office programs and readers of books have."""

from collections.abc import Sequence
from io import BytesIO

import docx
from reportlab.pdfgen.canvas import Canvas

from tests.fuzz import seed_texts
from tests.fuzz.archives import zipped
from tests.harness.office_files import docx_file, paragraph, pdf, word_file

_OPC = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"


def pdfs() -> Sequence[bytes]:
    """PDF files of a line, and of pages with columns, a table, a form, an outline and links."""
    made = BytesIO()
    canvas = Canvas(made, invariant=1, pageCompression=0)
    canvas.setTitle("Rules")
    for page in range(1, 4):
        canvas.bookmarkPage(f"p{page}")
        canvas.addOutlineEntry(f"Part {page}", f"p{page}", level=0)
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(72, 760, f"{page}. Opening hours")
        canvas.setFont("Times-Roman", 11)
        for row in range(8):
            canvas.drawString(72, 720 - 14 * row, f"The garden opens at {row} and clo-")
            canvas.drawString(320, 720 - 14 * row, f"Dogs are kept on a lead, item {row}.")
            canvas.drawString(72 + 90 * (row % 4), 400 - 14 * (row // 4), f"cell {row}")
        canvas.drawRightString(540, 30, f"Page {page}")
        canvas.linkURL("http://x.invalid", (72, 700, 200, 730))
        canvas.acroForm.textfield(name=f"name{page}", value="Ann", x=72, y=300, width=90)
        canvas.acroForm.checkbox(name=f"box{page}", checked=True, x=200, y=300)
        canvas.rotate(page)
        canvas.drawString(200, 200, "turned words")
        canvas.showPage()
    canvas.save()
    return made.getvalue(), pdf()


def docx_files() -> Sequence[bytes]:
    """DOCX files of a paragraph, by python-docx, and with notes, numbering and revisions."""
    made = BytesIO()
    document = docx.Document()
    document.add_heading("Rules", 1)
    document.add_paragraph("The garden opens at 9.")
    document.add_paragraph("Dogs", style="List Bullet")
    document.add_paragraph("Cats", style="List Number")
    table = document.add_table(2, 2)
    table.cell(0, 0).text, table.cell(1, 1).text = "Name", "12.50"
    document.sections[0].header.paragraphs[0].text = "A header"
    document.save(made)
    numbering = '<w:numId w:val="1"/>'
    body = (
        paragraph("Rules", '<w:pStyle w:val="h"/>')
        + paragraph("Dogs", f'<w:numPr><w:ilvl w:val="0"/>{numbering}</w:numPr>')
        + paragraph("W", '<w:framePr w:dropCap="drop"/>')
        + '<w:p><w:r><w:t>ords</w:t><w:footnoteReference w:id="2"/></w:r><w:del><w:r><w:delText>old'
        '</w:delText></w:r></w:del><w:r><w:sym w:font="Symbol" w:char="F0B1"/><w:tab/><w:br/></w:r>'
        "<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath></w:p>"
        + '<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>'
        + f'{paragraph("Name")}</w:tc><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>'
        + f"{paragraph('Fee')}</w:tc></w:tr></w:tbl><w:sectPr/>"
    )
    note = f'<w:footnote w:id="2">{paragraph("Not on holidays.")}</w:footnote>'
    parts = {
        "footnotes": note,
        "styles": '<w:style w:styleId="h"><w:name w:val="heading 1"/><w:pPr>'
        '<w:outlineLvl w:val="0"/></w:pPr></w:style>',
        "numbering": '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="3"/>'
        '<w:numFmt w:val="lowerRoman"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>',
        "comments": f'<w:comment w:id="0">{paragraph("A comment.")}</w:comment>',
    }
    return made.getvalue(), word_file(body, parts), word_file(body, parts, strict=True), docx_file()


def xlsx() -> bytes:
    """A workbook of two sheets with shared words, a formula, a date, a merged and a hidden cell."""
    sheet = (
        f'<worksheet xmlns="{_SHEET}"><dimension ref="A1:C4"/><cols><col min="3" max="3" hidden="1"'
        '/></cols><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>'
        '</row><row r="2"><c r="A2" t="inlineStr"><is><t>Adult</t></is></c><c r="B2" s="1">'
        '<v>12.5</v></c></row><row r="4" hidden="1"><c r="A4" s="2"><v>43832</v></c><c r="B4"><f>'
        'WEBSERVICE("http://x.invalid")</f><v>3</v></c><c r="C4" t="b"><v>1</v></c></row>'
        '</sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells></worksheet>'
    )
    styles = (
        f'<styleSheet xmlns="{_SHEET}"><numFmts><numFmt numFmtId="164" formatCode="0.00 €"/>'
        "</numFmts><fonts><font/></fonts><fills><fill/></fills><borders><border/></borders>"
        '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    words = "<si><t>Name</t></si><si><r><t>Fe</t></r><r><t>e</t></r></si>"
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return _package(
        ("xl/workbook.xml", f"{main}.sheet.main+xml"),
        {
            "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="Fees" sheetId="1" r:id="rId1"/><sheet name="Old" sheetId="2"'
            ' state="hidden" r:id="rId2"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _relations(
                ("worksheet", "worksheets/sheet1.xml"),
                ("worksheet", "worksheets/sheet2.xml"),
                ("sharedStrings", "sharedStrings.xml"),
                ("styles", "styles.xml"),
            ),
            "xl/worksheets/sheet1.xml": sheet,
            "xl/worksheets/sheet2.xml": sheet.replace("Adult", "Child"),
            "xl/sharedStrings.xml": f'<sst xmlns="{_SHEET}">{words}</sst>',
            "xl/styles.xml": styles,
        },
        {"worksheets/sheet1": "worksheet", "worksheets/sheet2": "worksheet",
         "sharedStrings": "sharedStrings", "styles": "styles"},
    )  # fmt: skip


def pptx() -> bytes:
    """A presentation of two slides with a title, items, a table, a picture's words and notes."""
    words = '<a:p><a:pPr lvl="1"/><a:r><a:t>The garden</a:t></a:r><a:br/></a:p>'
    shape = (
        '<p:sp><p:nvSpPr><p:cNvPr id="2" name="t"/><p:cNvSpPr/><p:nvPr><p:ph type="title"/>'
        f"</p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>{words}</p:txBody></p:sp>"
    )
    table = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="x" descr="A map"/>'
        "<p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm/><a:graphic><a:graphicData"
        ' uri="http://schemas.openxmlformats.org/drawingml/2006/table"><a:tbl><a:tblPr/><a:tblGrid>'
        f'<a:gridCol w="1"/></a:tblGrid><a:tr h="1"><a:tc><a:txBody><a:bodyPr/>{words}</a:txBody>'
        "</a:tc></a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )
    space = f'xmlns:p="{_SLIDE}" xmlns:a="{_DRAWING}" xmlns:r="{_OFFICE}"'
    tree = (
        '<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/>'
        "</p:nvGrpSpPr><p:grpSpPr/>{}</p:spTree></p:cSld>"
    )
    group = f"<p:grpSp><p:nvGrpSpPr/>{shape}</p:grpSp>"
    slide = f"<p:sld {space}>{tree.format(shape + table + group)}</p:sld>"
    return _package(
        (
            "ppt/presentation.xml",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
        ),
        {
            "ppt/presentation.xml": f'<p:presentation {space}><p:sldIdLst><p:sldId id="256"'
            ' r:id="rId1"/><p:sldId id="257" r:id="rId2"/></p:sldIdLst><p:sldSz cx="9" cy="9"/>'
            "</p:presentation>",
            "ppt/_rels/presentation.xml.rels": _relations(
                ("slide", "slides/slide1.xml"), ("slide", "slides/slide2.xml")
            ),
            "ppt/slides/slide1.xml": slide,
            "ppt/slides/slide2.xml": slide,
            "ppt/slides/_rels/slide1.xml.rels": _relations(
                ("notesSlide", "../notesSlides/notesSlide1.xml"),
                ("slideLayout", "../slideLayouts/slideLayout1.xml"),
            ),
            "ppt/notesSlides/notesSlide1.xml": f"<p:notes {space}>{tree.format(shape)}</p:notes>",
            "ppt/slideLayouts/slideLayout1.xml": f"<p:sldLayout {space}>{tree.format(shape)}"
            "</p:sldLayout>",
        },
        {"slides/slide1": "slide", "slides/slide2": "slide",
         "notesSlides/notesSlide1": "notesSlide", "slideLayouts/slideLayout1": "slideLayout"},
    )  # fmt: skip


def odt() -> bytes:
    """An OpenDocument text with a heading, a list, a table, a note and a tracked change."""
    names = ("office", "text", "table", "style", "meta")
    space = " ".join(f'xmlns:{name}="{_OASIS}:{name}:1.0"' for name in names) + (
        ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>old</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        '<text:h text:outline-level="1">Rules</text:h><text:p>The garden<text:s text:c="3"/>opens'
        '<text:tab/>at 9<text:note text:note-class="footnote"><text:note-citation>1'
        "</text:note-citation><text:note-body><text:p>Not on holidays.</text:p></text:note-body>"
        "</text:note>.<text:line-break/><text:span>Next</text:span></text:p><text:list><text:list-item>"
        "<text:p>Dogs</text:p></text:list-item></text:list><table:table><table:table-row"
        ' table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="3">'
        "<text:p>Fee</text:p></table:table-cell></table:table-row></table:table>"
        '<text:p><text:a xlink:href="http://x.invalid">link</text:a></text:p>'
    )
    return zipped(
        (name, content.encode())
        for name, content in {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {space}><office:automatic-styles/>"
            f"<office:body><office:text>{body}</office:text></office:body>"
            "</office:document-content>",
            "styles.xml": f"<office:document-styles {space}><office:styles/>"
            "</office:document-styles>",
            "meta.xml": f"<office:document-meta {space}><office:meta><dc:title>Rules</dc:title>"
            "</office:meta></office:document-meta>",
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{_OASIS}:manifest:1.0"><m:file-entry'
            ' m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>',
        }.items()
    )


def epub() -> bytes:
    """A book of two chapters with a navigation document and an older table of contents."""
    chapter = seed_texts.HTML.replace("<br>", "<br/>")
    return zipped(
        (name, content.encode())
        for name, content in {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:'
            'container" version="1.0"><rootfiles><rootfile full-path="OEBPS/a.opf" media-type='
            '"application/oebps-package+xml"/></rootfiles></container>',
            "OEBPS/a.opf": '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Rules</dc:title></metadata>'
            '<manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/><item id="b"'
            ' href="b%20c.xhtml" media-type="application/xhtml+xml"/><item id="n" href="nav.xhtml"'
            ' properties="nav" media-type="application/xhtml+xml"/><item id="t" href="toc.ncx"'
            ' media-type="application/x-dtbncx+xml"/></manifest><spine toc="t"><itemref idref="a"/>'
            '<itemref idref="b" linear="no"/></spine></package>',
            "OEBPS/a.xhtml": chapter,
            "OEBPS/b c.xhtml": chapter.replace("garden", "park"),
            "OEBPS/nav.xhtml": "<html xmlns:epub='http://www.idpf.org/2007/ops'><body><nav"
            " epub:type='toc'><ol><li><a href='a.xhtml#r'>Rules</a></li></ol></nav></body></html>",
            "OEBPS/toc.ncx": "<ncx xmlns='http://www.daisy.org/z3986/2005/ncx/'><navMap><navPoint>"
            "<navLabel><text>Rules</text></navLabel><content src='a.xhtml'/></navPoint></navMap>"
            "</ncx>",
        }.items()
    )


def _relations(*targets: tuple[str, str]) -> str:
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_OPC}/relationships">{each}</Relationships>'


def _package(main: tuple[str, str], parts: dict[str, str], kinds: dict[str, str]) -> bytes:
    """An Open XML file of `parts`; `kinds` are the content types of those beside the main one."""
    name, media_type = main
    family = media_type.rsplit(".", 2)[0]
    folder = name.split("/")[0]
    overrides = {f"/{name}": media_type} | {
        f"/{folder}/{part}.xml": f"{family}.{kind}+xml" for part, kind in kinds.items()
    }
    types = "".join(
        f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides.items()
    )
    first = {
        "[Content_Types].xml": f'<Types xmlns="{_OPC}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{types}</Types>",
        "_rels/.rels": _relations(("officeDocument", name)),
    }
    return zipped((name, content.encode()) for name, content in (first | parts).items())
