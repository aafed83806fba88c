"""The words that a program recognised in the picture of a page, and where each stands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecognisedWord:
    """A word from `left` to `right` in points; `confidence` in percent."""

    text: str
    left: float
    right: float
    confidence: int


@dataclass(frozen=True, slots=True)
class RecognisedLine:
    """One line of at least one word; `y` is its baseline and `size` that of its type, in points."""

    words: tuple[RecognisedWord, ...]
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """The lines of page `number` of a file, which counts from 1, in the order of reading.

    Places are points from the lower left corner, as the page is shown; `height` is that of the
    page. The page was `turned` if it had to be turned upright before.
    """

    number: int
    height: float
    lines: tuple[RecognisedLine, ...]
    turned: bool = False
