r"""Tokens of RTF, and the encodings that its fonts name.

RTF is text in groups, `{\b bold}`, with control words that hold until the end of their group. A
control word has letters and perhaps a number, as `\fs24`; other signs are bytes, `\'e9`, in
the encoding of the font, or Unicode, `\u233`, with a substitute behind it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

import regex

_TOKEN = regex.compile(
    r"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?[0-9]{1,10})? ?"
    r"|\\'(?P<byte>[0-9A-Fa-f]{2})|\\(?P<sign>[^A-Za-z'])|(?P<brace>[{}])"
    r"|(?P<text>[^\\{}\r\n]+)|(?P<other>.)",
    regex.DOTALL,
)

CHARACTERS: Mapping[str, str] = {
    "line": "\n",
    "page": "\n",
    "column": "\n",
    "softline": "\n",
    "tab": "\t",
    "nestcell": "\n",
    "emdash": "—",
    "endash": "–",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "zwj": "\u200d",
    "zwnj": "\u200c",
}
"""The signs that control words stand for."""

SIGNS: Mapping[str, str] = {"~": "\u00a0", "_": "\u2011", "\t": "\t"}
"""The signs for which a backslash and a sign stand; a line end is that of a paragraph."""

ENCODINGS: Mapping[int, str] = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "big5",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
"""The encodings by the number of a font's character set; another font has that of the file."""

SYMBOLS = 2
"""The number of the character set of symbol fonts."""


class TokenKind(Enum):
    """The kinds of tokens."""

    OPEN = auto()
    CLOSE = auto()
    WORD = auto()
    SIGN = auto()
    BYTES = auto()


@dataclass(frozen=True, slots=True)
class RtfToken:
    """A token: the letters of a control word and its number, a sign, or plain bytes."""

    kind: TokenKind
    text: str = ""
    number: int | None = None
    data: bytes = b""


def tokens(data: bytes) -> Iterator[RtfToken]:
    r"""The tokens of a file; the bytes that `\bin` announces are left out."""
    text = data.decode("latin-1")
    position = 0
    while (match := _TOKEN.match(text, position)) is not None:
        position = match.end()
        match match.lastgroup:
            case "word" | "number":
                number = None if match["number"] is None else int(match["number"])
                if match["word"] == "bin":
                    position += max(number or 0, 0)
                yield RtfToken(TokenKind.WORD, match["word"], number)
            case "byte":
                yield RtfToken(TokenKind.BYTES, data=bytes.fromhex(match["byte"]))
            case "sign" if match["sign"] in "\\{}":
                # It may be the second byte of a sign of Chinese or Japanese.
                yield RtfToken(TokenKind.BYTES, data=match["sign"].encode("ascii"))
            case "sign":
                yield RtfToken(TokenKind.SIGN, match["sign"])
            case "brace":
                yield RtfToken(TokenKind.OPEN if match["brace"] == "{" else TokenKind.CLOSE)
            case "text":
                yield RtfToken(TokenKind.BYTES, data=match["text"].encode("latin-1"))
            case _:
                pass  # a line end, or a backslash that ends the file
