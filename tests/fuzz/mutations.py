"""Mutations of files: bytes, text, markup, and what is packed in ZIP, gzip and PDF streams.

Each takes a file and a source of chance, and returns another file. What is packed is unpacked,
changed and packed again, so that the change reaches the parser behind the sums.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Sequence
from random import Random
from xml.etree import ElementTree

from tests.fuzz.archives import members, zipped

Mutation = Callable[[bytes, Random], bytes]

LARGEST = 500_000
"""Bytes of the largest mutant, as unpacked."""

_TOKENS = (
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x80", b"\r", b"\r\n", b"\x0b", b"\x0c", b"\x1b[2J"),
    "\u2028",
    *("\u202e", "\u200b", "\ufeff", "\u0301" * 50, "\U0001f468\u200d\U0001f469", "\u0130"),
    *("%PDF-1.7", "%%EOF", "PK\x03\x04", "PK\x05\x06", "\x1f\x8b", "{\\rtf1", "\xd0\xcf\x11\xe0"),
    *("<!--", "-->", "<![CDATA[", "]]>", "<?xml", "&#0;", "&#xd800;", "&#x110000;", "&x;", "&amp;"),
    *("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", "</", "/>", "<a ", "\"", "'", "`"),
    *("```", "~~~", "---", "===", "***", "|", "\t", "    ", "- ", "1. ", "# ", "> ", "[^1]", "$$"),
    *("{", "}", "{{", "}}", "\\", "\\bin999999999 ", "\\u-32768 ", "\\'", "::", ".. ", "include::"),
    "../../etc/passwd",
    *("=HYPERLINK(\"http://x.invalid\")", "@SUM(A1)", "C:\\x", "file:///dev/zero"),
    *("\ud800", "0", "-1", "=\n"),
    *( "1e999", "NaN", "00:00:00,000 --> 99:99:99,999", "\nFrom ", "\n\n"),
)  # fmt: skip
_NUMBERS = (b"0", b"-1", b"1", b"255", b"65536", b"2147483647", b"4294967296", b"9" * 30, b"1e309")
_VALUES = ("", "0", "-1", "4294967296", "1e309", "NaN", "x", "true", "../x", "9" * 25, "9" * 5_000)
_PAIRS = (
    *(("<div>", "</div>"), ("<b>", "</b>"), ("<table><tr><td>", "</td></tr></table>")),
    *(("<ul><li>", "</li></ul>"), ("<svg>", ""), ("<a href='x'>", ""), ("<!--", ""), ("[", "]")),
    ("> ", ""),
    *(("(", ")"), ("{", "}"), ("{\\b ", "}"), ("<<", ">>"), ("[[", "]]"), ("![", "](x)")),
    *(("- ", ""), ("* ", "*"), ("**", "**"), ("`", "`"), ("\"", "\""), ("<w:tbl><w:tr><w:tc>", "")),
    *(("<w:p><w:r>", "</w:r></w:p>"), ("<x>", "</x>"), ("<Card>", "</Card>"), ("~", "~")),
)  # fmt: skip
_DEPTHS = (10, 200, 10_000, 100_000)
_DIGITS = re.compile(rb"\d+")
_TAG = re.compile(rb"<[^<>]{1,300}>")
_VALUE = re.compile(rb"=(\"[^\"<]{0,200}\"|'[^'<]{0,200}')")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_REFERENCE = re.compile(rb"\b\d+ 0 R\b")
_ENCODINGS = ("utf-16", "utf-16-be", "utf-32", "latin-1", "cp1251", "shift_jis", "utf-7", "cp037")
_ZIP, _GZIP, _PDF = b"PK\x03\x04", b"\x1f\x8b", b"%PDF-"


def mutant(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """`data` after one to four mutations; `others` are files to take parts from."""
    for _ in range(random.choice((1, 1, 2, 4))):
        data = _mutated(data, others, random)[:LARGEST]
    return data


def _mutated(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    is_inner = random.random() < 0.8
    if is_inner and data.startswith(_ZIP) and (packed := members(data)) is not None:
        return _with_members_mutated(packed, others, random)
    if is_inner and data.startswith(_GZIP):
        return _with_gzip_mutated(data, random)
    if is_inner and data.startswith(_PDF) and random.random() < 0.5:
        return _with_stream_mutated(data, random)
    if random.random() < 0.15 and others:
        return _spliced(data, random.choice(others), random)
    if b"<" in data[:200] and random.random() < 0.7:
        grown = _with_tree_changed(data, random)
        if grown is not None:
            return grown
    return random.choice(_OF_MARKUP if b"<" in data and random.random() < 0.5 else _OF_BYTES)(
        data, random
    )


def _with_members_mutated(
    packed: list[tuple[str, bytes]], others: Sequence[bytes], random: Random
) -> bytes:
    """A ZIP archive with a member changed, left out, doubled, renamed or given another's bytes."""
    number = random.randrange(len(packed))
    if random.random() < 0.6:  # the main part is mostly the largest
        number = max(range(len(packed)), key=lambda index: len(packed[index][1]))
    name, content = packed[number]
    match random.randrange(12):
        case 0:
            del packed[number]
        case 1:
            packed.append((name, content))
        case 2:
            packed[number] = (random.choice((f"../{name}", f"/{name}", name.upper(), "x")), content)
        case 3:
            packed[number] = (name, random.choice(packed)[1])
        case 4:
            taken = members(random.choice(others)) if others else None
            packed += taken or []
        case _:
            packed[number] = (name, _mutated(content, (), random)[:LARGEST])
    return zipped(packed)


def _with_gzip_mutated(data: bytes, random: Random) -> bytes:
    try:
        return gzip.compress(_mutated(gzip.decompress(data), (), random)[:LARGEST], mtime=0)
    except (OSError, EOFError, zlib.error):
        return _flipped(data, random)


def _with_stream_mutated(data: bytes, random: Random) -> bytes:
    """A PDF with a stream changed, or a reference to an object replaced by another."""
    streams = list(_STREAM.finditer(data))
    references = list(_REFERENCE.finditer(data))
    if references and (not streams or random.random() < 0.4):
        match = random.choice(references)
        return data[: match.start()] + random.choice(references)[0] + data[match.end() :]
    if not streams:
        return _flipped(data, random)
    match = random.choice(streams)
    try:
        stream = zlib.compress(_mutated(zlib.decompress(match[1]), (), random)[:LARGEST])
    except zlib.error:
        stream = _mutated(match[1], (), random)
    return data[: match.start(1)] + stream + data[match.end(1) :]


def _spliced(data: bytes, other: bytes, random: Random) -> bytes:
    return data[: _place(data, random)] + other[_place(other, random) :]


def _place(data: bytes, random: Random) -> int:
    return random.randint(0, len(data))


def _range(data: bytes, random: Random) -> tuple[int, int]:
    """The ends of a part of `data`, mostly a short one."""
    start = _place(data, random)
    return start, min(len(data), start + random.choice((1, 8, 100, 4_000)))


def _flipped(data: bytes, random: Random) -> bytes:
    changed = bytearray(data or b" ")
    for _ in range(random.choice((1, 1, 4, 50))):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _cut(data: bytes, random: Random) -> bytes:
    start, end = _range(data, random)
    return random.choice((data[:start], data[start:], data[:start] + data[end:]))


def _repeated(data: bytes, random: Random) -> bytes:
    start, end = _range(data, random)
    times = min(random.choice((2, 50, 10_000)), LARGEST // max(end - start, 1))
    return data[:start] + data[start:end] * times + data[end:]


def _swapped(data: bytes, random: Random) -> bytes:
    places = sorted(_place(data, random) for _ in range(3))
    first, middle, last = places
    return data[:first] + data[middle:last] + data[first:middle] + data[last:]


def _with_token(data: bytes, random: Random) -> bytes:
    token = random.choice(_TOKENS)
    put = token if isinstance(token, bytes) else token.encode("utf-8", "surrogatepass")
    place = _place(data, random)
    return data[:place] + put * random.choice((1, 1, 1, 3, 2_000)) + data[place:]


def _with_number(data: bytes, random: Random) -> bytes:
    numbers = list(_DIGITS.finditer(data[:LARGEST]))
    if not numbers:
        return _with_token(data, random)
    match = random.choice(numbers)
    return data[: match.start()] + random.choice(_NUMBERS) + data[match.end() :]


def _nested(data: bytes, random: Random) -> bytes:
    start, end = _range(data, random)
    opening, closing = random.choice(_PAIRS)
    if random.random() < 0.2:  # lists and quotations nest by their lines
        opening = f"\n{opening}"
    depth = min(random.choice(_DEPTHS), LARGEST // (len(opening) + len(closing)))
    closed = closing.encode() * depth if random.random() < 0.7 else b""
    return data[:start] + opening.encode() * depth + data[start:end] + closed + data[end:]


def _with_lines_moved(data: bytes, random: Random) -> bytes:
    lines = data.split(b"\n")
    match random.randrange(4):
        case 0:
            random.shuffle(lines)
        case 1:
            lines *= random.choice((2, 20))
        case 2:
            lines = [b" " * min(number, 1_000) + line for number, line in enumerate(lines)]
        case _:
            return random.choice((b"", b"\r", b"\r\n", b"\n\n", b" ", b"\x0c")).join(lines)
    return b"\n".join(lines)


def _recoded(data: bytes, random: Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(random.choice(_ENCODINGS), "replace")


def _with_tag_changed(data: bytes, random: Random) -> bytes:
    """Markup with a tag left out, replaced by another one, or with another value in it."""
    tags = list(_TAG.finditer(data))
    if not tags:
        return _flipped(data, random)
    match, other = random.choice(tags), random.choice(tags)[0]
    values = _VALUE.findall(data)
    changed = random.choice((b"", other, match[0] + other, match[0].replace(b">", b"/>")))
    if values and random.random() < 0.5:
        value = random.choice(values)
        changed = _VALUE.sub(lambda _: b"=" + value, match[0], count=1)
    return data[: match.start()] + changed + data[match.end() :]


def _with_tree_changed(data: bytes, random: Random) -> bytes | None:
    """XML with an element left out, doubled, moved, emptied or changed; None if it is no XML.

    The file stays well-formed, so that the reader behind the parser sees the change.
    """
    try:
        root = ElementTree.fromstring(data)
        elements = list(root.iter())
        for _ in range(random.choice((1, 1, 3, 10))):
            _change_element(random.choice(elements), random.choice(elements), random)
        return ElementTree.tostring(root)
    except (ElementTree.ParseError, ValueError, RecursionError, LookupError):
        return None


def _change_element(
    element: ElementTree.Element, other: ElementTree.Element, random: Random
) -> None:
    children = list(element)
    if not children or random.random() < 0.4:
        match random.randrange(4):
            case 0:
                element.tag = other.tag
            case 1:
                element.text = random.choice(
                    ("", " ", "999999999999", "-1", "x" * 5_000, other.text)
                )
            case 2 if element.attrib:
                element.set(random.choice(list(element.attrib)), random.choice(_VALUES))
            case _:
                element.attrib.clear()
                element.attrib.update(other.attrib)
        return
    child = random.choice(children)
    match random.randrange(5):
        case 0:
            element.remove(child)
        case 1:
            element.extend([child] * random.choice((1, 100, 5_000)))
        case 2:
            random.shuffle(children)
            element[:] = children
        case 3 if child not in other.iter() and element not in other.iter():
            child.append(other)
        case _:
            child.clear()


def _with_element_nested(data: bytes, random: Random) -> bytes:
    """Markup with a piece between two tags put into itself, or repeated, many times."""
    tags = list(_TAG.finditer(data))
    if len(tags) < 2:
        return _nested(data, random)
    first = random.randrange(len(tags) - 1)
    last = min(len(tags) - 1, first + random.choice((1, 3, 20)))
    start, end = tags[first].start(), tags[last].start()
    piece = data[start:end]
    times = min(random.choice((2, 100, 10_000)), LARGEST // max(len(piece), 1))
    name = re.match(rb"<([\w:.-]+)", piece)
    closing = b"</%s>" % name[1] * times if name and random.random() < 0.5 else b""
    return data[:start] + piece * times + closing + data[end:]


_OF_BYTES: Sequence[Mutation] = (
    *(_flipped, _cut, _repeated, _swapped, _with_token, _with_token),
    *(_with_number, _nested, _nested, _with_lines_moved, _recoded),
)
_OF_MARKUP: Sequence[Mutation] = (_with_tag_changed, _with_tag_changed, _with_element_nested)
