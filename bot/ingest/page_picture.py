"""The picture of a page of a PDF, and where quoted words stand on it."""

from dataclasses import dataclass

from pydantic import Base64Bytes

LARGEST_ZOOM = 2
MOST_QUOTES = 20
MOST_PICTURE_BYTES = 20_000_000
PNG_MARK = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class QuotedWords:
    """Words to find on a page, and the words around them, which tell equal words apart."""

    words: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """The first of the pages from `first` to `last` on which quotes stand, else `first`.

    Pages count from 1. `zoom` is from 1 to `LARGEST_ZOOM`.
    """

    first: int
    last: int
    zoom: int = 1
    quotes: tuple[QuotedWords, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkBox:
    """A stretch of a line of quote number `quote`, from 0, in dots from the upper left corner."""

    quote: int
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class PagePicture:
    """Page `page` of `count` as a PNG of `width` by `height` dots, and the marks on it."""

    page: int
    count: int
    width: int
    height: int
    png: Base64Bytes
    marks: tuple[MarkBox, ...] = ()
