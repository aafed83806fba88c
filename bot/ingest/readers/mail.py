"""The reader of mails, one in a file (EML) or many (mbox), by the standard library's parser.

Each mail is a section: its subject is a heading, and below it the sender with the date. Of the
forms of one text, the plain one is read, else the HTML. Runs in the sandbox only.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser, HeaderParser

import regex

from bot.core.documents import Block, BlockKind, Parsed, Span
from bot.core.errors import DocumentError
from bot.ingest.display_names import label
from bot.ingest.readers import html
from bot.ingest.readers import text as plain_text
from bot.ingest.readers.builder import (
    DAMAGED,
    NO_WORDS,
    UNREADABLE,
    DocumentBuilder,
    cleaned,
    readable,
)
from bot.ingest.readers.headings import SIDE_HEADING
from bot.ingest.readers.mail_bytes import decoded, mails_of
from bot.ingest.readers.mail_quotations import is_forward, original_begins, own_html, own_parts

_HEAD_END = regex.compile(rb"\n\r?\n|^\r?\n")
_HEADER_NAME = regex.compile(rb"^[\x21-\x39\x3b-\x7e]+:")
_NAME_BEFORE_ADDRESS = regex.compile(r"^\s*\"?(?P<name>[^\"<]*[^\"<\s])\"?\s*<[^<>]*>")
_NAME_BEHIND_ADDRESS = regex.compile(r"^[^()]*\((?P<name>[^()]*)\)\s*$")
_DAY = regex.compile(r"\b\d{1,2} [A-Za-z]{3} \d{4}\b")
_PGP_HEAD = regex.compile(r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[\w-]+:[^\n]*\n)*\n?")
_PGP_SIGNATURE = regex.compile(
    r"-----BEGIN PGP SIGNATURE-----.*?(?:-----END PGP SIGNATURE-----|\Z)", regex.DOTALL
)
_MOST_NAMED, _NAME_CHARACTERS = 5, 40
_DEEPEST = 50

_Piece = tuple[str, Block, str]
"""The words of a block with its kind, level and landmark, and the mark that stands before it.

The words of a gap are `[…]`.
"""

_GAP = UNREADABLE, Block(Span(0, len(UNREADABLE))), ""


@dataclass(slots=True)
class _LeftOut:
    """Counts of the parts of mails that were not read, for the remarks."""

    attachments: list[str] = field(default_factory=list)
    has_quotations: bool = False
    unknown_encodings: int = 0
    broken: int = 0

    def remarks(self) -> Iterator[str]:
        if self.attachments:
            named = ", ".join(self.attachments[:_MOST_NAMED])
            rest = len(self.attachments) - _MOST_NAMED
            yield f"is read without its attachments ({named}{f' and {rest} more' * (rest > 0)})"
        if self.has_quotations:
            yield "is read without quoted replies and signatures"
        if self.unknown_encodings:
            yield "has mails in an encoding that is not known, which are read as windows-1252"
        if self.broken:
            yield f"has mails that cannot be read ({self.broken:,})"


def parse(data: bytes, *, is_mailbox: bool) -> Parsed:
    """The blocks of a mail, titled by its subject, or of all mails of a mailbox without a title."""
    built, left_out = DocumentBuilder(), _LeftOut()
    subject = ""
    for mail in mails_of(data, is_mailbox=is_mailbox):
        try:
            subject = _add_mail(mail, built, left_out)
        except (TypeError, ValueError, RecursionError):  # parameters in parts, parts within parts
            if not is_mailbox:
                raise DocumentError(DAMAGED) from None
            left_out.broken += 1
            built.add_gap()
    if not any(block.kind is not BlockKind.HEADING for block in built.blocks):
        raise DocumentError(NO_WORDS)
    title = None if is_mailbox else subject or None
    return Parsed(built.text, tuple(built.blocks), title, remarks=tuple(left_out.remarks()))


def _add_mail(data: bytes, built: DocumentBuilder, left_out: _LeftOut) -> str:
    """Add the section of one mail; returns its subject, which may be empty."""
    headers = _headers(data)
    subject, sender, date = (headers.get(name, "") for name in ("subject", "from", "date"))
    message = BytesParser().parsebytes(data)
    bodies = list(_bodies(message, left_out.attachments))
    built.add(subject, BlockKind.HEADING, 1)
    sent = ", ".join(filter(None, (_name(sender), _day(date))))
    built.add(sent, BlockKind.HEADING, 2 if subject else 1)
    head = (("From", sender), ("Date", date))
    built.add("\n".join(f"{name}: {value}" for name, value in head if value))
    for part in bodies:
        _add_body(part, subject, built, left_out)
    return subject


def _headers(data: bytes) -> dict[str, str]:
    """The first header of each name, in lower case, as a line of readable text.

    Headers of other encodings than ASCII are forbidden and usual; the parser of bytes would put
    a question mark for each letter.
    """
    end = _HEAD_END.search(data)
    head = data[: end.start()] if end else data
    if _HEADER_NAME.match(head) is None:
        raise DocumentError("It is no mail: it does not begin with its sender, date and subject.")
    text = decoded(head, None)[0]
    values: dict[str, str] = {}
    for name, value in HeaderParser().parsestr(text).items():
        if name.lower() not in values:
            values[name.lower()] = " ".join(cleaned(_words_of_header(value)).split())
    return values


def _words_of_header(value: str) -> str:
    with suppress(LookupError, ValueError, MessageError):
        return str(make_header(decode_header(value)))
    return value


def _name(sender: str) -> str:
    """The name of a sender, or the whole header where there is only an address."""
    sender = label(sender)
    match = _NAME_BEFORE_ADDRESS.match(sender) or _NAME_BEHIND_ADDRESS.match(sender)
    return match["name"].strip() if match else sender


def _day(date: str) -> str:
    """The day of a date header: "4 Mar 2024" of "Mon, 4 Mar 2024 10:00:00 +0100"."""
    match = _DAY.search(date)
    return match[0] if match else date


def _bodies(part: Message, attachments: list[str], depth: int = 0) -> Iterator[Message]:
    """The texts of a mail that it shows by itself; other parts are noted as attachments."""
    kind = part.get_content_type()
    if part.get_content_maintype() == "multipart" and part.is_multipart() and depth < _DEEPEST:
        children = [each for each in part.get_payload() if isinstance(each, Message)]
        if kind == "multipart/alternative":
            children = [_plainest(children)] if children else []
        for child in children:
            yield from _bodies(child, attachments, depth + 1)
    elif kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment":
        yield part
    elif kind not in ("application/pgp-signature", "application/pkcs7-signature"):
        name = label(_words_of_header(part.get_filename() or ""), _NAME_CHARACTERS)
        attachments.append(name or ("a mail" if kind == "message/rfc822" else "one without a name"))


def _plainest(children: Sequence[Message]) -> Message:
    """Of the forms of one text, the plain one unless it is empty, else the richest."""
    for child in children:
        if child.get_content_type() == "text/plain" and _decoded_part(child)[0].strip():
            return child
    readable_ones = [child for child in children if child.get_content_maintype() != "text"]
    pages = [child for child in children if child.get_content_type() == "text/html"]
    return (pages or readable_ones or children)[-1]


def _decoded_part(part: Message) -> tuple[str, bool]:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    return decoded(data, part.get_content_charset())


def _add_body(part: Message, subject: str, built: DocumentBuilder, left_out: _LeftOut) -> None:
    source, is_known = _decoded_part(part)
    left_out.unknown_encodings += not is_known
    forwarded = is_forward(subject, source)
    if part.get_content_type() == "text/html":
        pieces = _html_pieces(own_html(source, forwarded=forwarded), forwarded=forwarded)
    else:
        source = _PGP_SIGNATURE.sub("", _PGP_HEAD.sub("", readable(source)))
        if part.get_param("format") == "flowed":
            source = _joined_lines(source, keeps_blank=part.get_param("delsp") != "yes")
        pieces = _plain_pieces(own_parts(source, forwarded=forwarded))
    has_gap = False
    for body, block, mark in pieces:
        if body != UNREADABLE:
            built.add(body, block.kind, block.level, landmark=block.landmark, mark=mark)
        elif not has_gap:
            built.add_gap()
            left_out.has_quotations = True
        has_gap = body == UNREADABLE


def _joined_lines(text: str, *, keeps_blank: bool) -> str:
    """The lines of a text in the form "flowed" of RFC 3676, where a blank at the end joins two."""
    joined: list[str] = []
    is_open = False
    for raw in text.split("\n"):
        line = raw[1:] if raw.startswith(" ") else raw  # one blank protects "From" and ">"
        if is_open and not raw.startswith(">"):
            joined[-1] += line
        else:
            joined.append(line)
        is_open = line.endswith(" ") and line != "-- " and not raw.startswith(">")
        if is_open and not keeps_blank:
            joined[-1] = joined[-1][:-1]
    return "\n".join(joined)


def _html_pieces(source: str, *, forwarded: bool) -> Iterator[_Piece]:
    """The blocks of an HTML mail, until the mail that it answers begins."""
    try:
        parsed = html.parse(source.encode("utf-8", "surrogatepass"))
    except DocumentError:  # a page of no words
        return
    for block in parsed.blocks:
        body = block.span.of(parsed.text)
        if not forwarded and original_begins(body):
            yield _GAP
            return
        is_main = 0 < block.level < SIDE_HEADING
        level = min(block.level + 2, SIDE_HEADING - 1) if is_main else block.level
        yield body, replace(block, level=level), ""


def _plain_pieces(parts: Sequence[str]) -> Iterator[_Piece]:
    """The blocks of a plain mail; a gap where a part is empty.

    A line that looks like a heading mostly is a greeting, and heads nothing.
    """
    for part in parts:
        if not part:
            yield _GAP
            continue
        # A line end before it keeps the first letters from being taken for those of a file type.
        parsed = plain_text.parse(f"\n{part}".encode("utf-8", "surrogatepass"))
        end = 0
        for block in parsed.blocks:
            mark = " ".join(parsed.text[end : block.span.start].split())
            is_main = 0 < block.level < SIDE_HEADING
            yield block.span.of(parsed.text), Block(block.span) if is_main else block, mark
            end = block.span.end
