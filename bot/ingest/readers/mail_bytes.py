"""The bytes of mails: where one begins in a mailbox, and which characters its words are."""

import codecs
from contextlib import suppress

import regex
import webencodings

from bot.core.errors import DocumentError

# A line "From " with a sender and a year begins a mail in an mbox, if headers follow. In a text,
# it is ">From ", though some programs leave it as it is.
_MAIL_BEGINS = regex.compile(
    rb"^From [^\n]*\b\d{4}\b[^\n]*\n(?=[\x21-\x39\x3b-\x7e]+:)", regex.MULTILINE
)
_ENVELOPE = regex.compile(rb"^>?From [^\n]*\n")
_ESCAPED_FROM = regex.compile(rb"^>(>*From )", regex.MULTILINE)


def mails_of(data: bytes, *, is_mailbox: bool) -> list[bytes]:
    """The mails of a file, without the line "From " that may stand before each."""
    data = data.lstrip(b"\xef\xbb\xbf\r\n")
    return _mails(data) if is_mailbox else [_ENVELOPE.sub(b"", data)]


def _mails(data: bytes) -> list[bytes]:
    """The mails of a mailbox; a line "From " begins one only behind a blank line."""
    starts = [
        match
        for match in _MAIL_BEGINS.finditer(data)
        if not match.start()
        or data[max(match.start() - 3, 0) : match.start()].endswith((b"\n\n", b"\n\r\n"))
    ]
    if not starts:
        raise DocumentError("It is no mailbox in the format mbox: save it anew, or mail by mail.")
    ends = [match.start() for match in starts[1:]] + [len(data)]
    return [
        _ESCAPED_FROM.sub(rb"\1", data[match.end() : end])
        for match, end in zip(starts, ends, strict=True)
    ]


def decoded(data: bytes, declared: str | None) -> tuple[str, bool]:
    """The text of `data`, and whether its encoding is known.

    Mails in UTF-8 are often labelled as US-ASCII or ISO 8859-1, of which nearly any bytes are.
    """
    name = _python_name(declared) if declared else "utf-8"
    for encoding in (name, "utf-8") if b"\x1b" in data else ("utf-8", name):
        with suppress(ValueError):
            return data.decode(encoding), True
    return data.decode("cp1252", "replace"), False


def _python_name(declared: str) -> str:
    """The name that Python has for an encoding; that of UTF-8 if it is not known.

    Labels mean what browsers take them for. Those that browsers refuse, as ISO-2022-KR, are read.
    """
    known = webencodings.lookup(declared)
    if known is None:
        return "utf-8"
    for name in (known.codec_info.name, declared):
        with suppress(LookupError, ValueError):
            return codecs.lookup(name).name
    return "utf-8"
