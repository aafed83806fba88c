"""Small PDF and DOCX files, for tests of what reads them."""

from io import BytesIO

import docx
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas


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
