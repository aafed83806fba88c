"""Gaps: the signs `[…]` of a text that stand for what could not be read.

An author may have written the same sign, in place of words that a quotation leaves out.
"""

from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from html import unescape
from io import BytesIO
from zipfile import ZipFile, is_zipfile

import regex

from bot.core.documents import Parsed
from bot.ingest.formats import Kind
from bot.ingest.readers.builder import UNREADABLE
from bot.ingest.readers.mail_bytes import decoded, mails_of

_TAG = regex.compile(r"<[^<>]*+>")
_RTF_ELLIPSIS = regex.compile(rb"\\u8230 ?(?:\\'[0-9a-f]{2}|\?)?|\\'85")
_PARTS = (".xml", ".xhtml", ".html", ".htm")


def gaps_of(parsed: Parsed, data: bytes, kind: Kind) -> int:
    """The signs in the text of a file that its bytes do not hold in the way of its format."""
    count = parsed.text.count(UNREADABLE)
    written = sum(text.count(UNREADABLE) for text in _texts(data, kind)) if count else 0
    return max(count - written, 0)


def _texts(data: bytes, kind: Kind) -> Iterator[str]:
    """The words of a file as its author wrote them."""
    if is_zipfile(BytesIO(data)):
        with ZipFile(BytesIO(data)) as archive:
            for name in archive.namelist():
                if name.lower().endswith(_PARTS):
                    # A word may be divided into many elements.
                    yield _TAG.sub("", _decoded(archive.read(name)))
    elif kind in ("eml", "mbox"):
        for mail in mails_of(data, is_mailbox=kind == "mbox"):
            with suppress(TypeError, ValueError, RecursionError):  # as the reader of mails does
                for part in message_from_bytes(mail).walk():
                    payload = part.get_payload(decode=True)
                    if isinstance(payload, bytes):
                        yield unescape(decoded(payload, part.get_content_charset())[0])
    else:
        yield _decoded(_RTF_ELLIPSIS.sub("…".encode(), data) if kind == "rtf" else data)


def _decoded(data: bytes) -> str:
    return unescape(data.decode("utf-8", "replace"))
