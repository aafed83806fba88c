"""Gaps: the signs `[…]` of a text that stand for what could not be read.

An author may have written the same sign, in place of words that a quotation leaves out.
"""

from html import unescape
from io import BytesIO
from zipfile import ZipFile, is_zipfile

import regex

from bot.core.documents import Parsed
from bot.ingest.readers.builder import UNREADABLE

_TAG = regex.compile(r"<[^<>]*+>")
_PARTS = (".xml", ".xhtml", ".html", ".htm")


def gaps_of(parsed: Parsed, data: bytes) -> int:
    """The signs in the text of a file that its bytes, a text or a ZIP archive, do not hold."""
    count = parsed.text.count(UNREADABLE)
    return max(count - _written(data), 0) if count else 0


def _written(data: bytes) -> int:
    if not is_zipfile(BytesIO(data)):
        return _text(data).count(UNREADABLE)
    with ZipFile(BytesIO(data)) as archive:
        parts = [name for name in archive.namelist() if name.lower().endswith(_PARTS)]
        # A word may be divided into many elements.
        return sum(_TAG.sub("", _text(archive.read(name))).count(UNREADABLE) for name in parts)


def _text(data: bytes) -> str:
    return unescape(data.decode("utf-8", "replace"))
