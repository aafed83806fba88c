"""PDF files made for a test: drawn by reportlab, or with a font whose meanings are chosen."""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO

from pypdfium2 import PdfDocument
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from bot.core.documents import Parsed


def drawn(draw: Callable[[Canvas], None], **options: object) -> bytes:
    """A PDF of the pages that `draw` draws."""
    made = BytesIO()
    canvas = Canvas(made, pagesize=A4, invariant=1, **options)  # type: ignore[arg-type]
    draw(canvas)
    canvas.save()
    return made.getvalue()


def placed(*words: tuple[float, float, str], size: float = 11, font: str = "Helvetica") -> bytes:
    """One page with words at places; `size` is that of their type."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        for x, y, text in words:
            canvas.drawString(x, y, text)
        canvas.showPage()

    return drawn(draw)


def scanned(data: bytes, dots: int = 200, turn: int = 0, stamp: str = "") -> bytes:
    """The pages of a PDF as a scanner saves them: pictures, perhaps turned, or with a stamp."""
    with PdfDocument(data) as document:
        pictures = [page.render(scale=dots / 72, rotation=turn).to_pil() for page in document]

    def draw(canvas: Canvas) -> None:
        for picture in pictures:
            size = A4 if turn % 180 == 0 else A4[::-1]
            canvas.setPageSize(size)
            canvas.drawInlineImage(picture, 0, 0, *size)
            canvas.drawString(72, 60, stamp)
            canvas.showPage()

    return drawn(draw)


def bound(*files: bytes) -> bytes:
    """The pages of several PDFs in one."""
    whole, made = PdfDocument.new(), BytesIO()
    for data in files:
        with PdfDocument(data) as document:
            whole.import_pages(document)
    whole.save(made)
    return made.getvalue()


def seen(parsed: Parsed) -> list[tuple[str, str]]:
    """Kind (with the level of a heading) and words of each block."""
    return [
        (
            block.kind.value + (str(block.level) if block.level else ""),
            block.span.of(parsed.text),
        )
        for block in parsed.blocks
    ]


def typed(lines: Sequence[str], meanings: Mapping[str, str] | None = None) -> bytes:
    """One page with lines of a font that is only drawn: its file knows `meanings` by letter."""
    codes = range(33, 123)
    names = " ".join(f"/g{code}" for code in codes)
    table = "".join(
        f"<{ord(letter):02X}> <{meaning.encode('utf-16-be').hex()}>\n"
        for letter, meaning in (meanings or {}).items()
    )
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def"
        " /CMapType 2 def 1 begincodespacerange <00> <FF> endcodespacerange"
        f" {len(meanings or {})} beginbfchar\n{table}endbfchar endcmap end end"
    )
    words = "\n".join(
        f"BT /F1 12 Tf 1 0 0 1 72 {700 - 15 * number} Tm ({line}) Tj ET"
        for number, line in enumerate(lines)
    )
    procedures = " ".join(f"/g{code} 5 0 R" for code in codes)
    parts = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        "/Resources<</Font<</F1 6 0 R>>>>>>",
        _stream(words),
        _stream("600 0 0 0 500 700 d1 0 0 500 700 re f"),
        "<</Type/Font/Subtype/Type3/FontBBox[0 0 600 700]/FontMatrix[0.001 0 0 0.001 0 0]"
        f"/CharProcs<<{procedures}>>/Encoding<</Differences[33 {names}]>>/FirstChar 33"
        f"/LastChar 122/Widths[{'600 ' * len(codes)}]/Resources<<>>"
        f"{'/ToUnicode 7 0 R' if meanings else ''}>>",
        _stream(cmap),
    )
    body = "".join(f"{n} 0 obj\n{part}\nendobj\n" for n, part in enumerate(parts, 1))
    return f"%PDF-1.7\n{body}trailer<</Root 1 0 R>>\n%%EOF\n".encode("latin-1")


def _stream(data: str) -> str:
    return f"<</Length {len(data)}>>\nstream\n{data}\nendstream"
