"""Terminal: quotes behind a bar and wrapped to the width, citations dimmed, links active.

The sentence that the question found is bold; words of the question in it are underlined, too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import regex
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style

from bot.chat.rendering.blocks import Block, ListEntry, NoticeBlock, QuoteBlock
from bot.chat.rendering.citations import citation_fields, entry_fields
from bot.chat.rendering.dialects import Rendered, TextDialect
from bot.chat.rendering.links import web_url
from bot.chat.rendering.matched_words import matched_words
from bot.chat.rendering.plain import BAR, INDENT
from bot.chat.rendering.quote_lines import QuoteLine, above_lines, quote_lines
from bot.core.documents import Span

LEAST_WIDTH = 20
MOST_WIDTH = 100
"""Longer lines are hard to read, even in a wide window."""

_TAB_CELLS = 8
_WORD = regex.compile(r"https?://\S+|[^\s-]*-+|[^\s-]+\s*|\s+")
_GRAPHEME = regex.compile(r"\X")
_BAR = Style(color="cyan")
_DIM = Style(dim=True)
_BOLD = Style(bold=True)
_MATCH = Style(bold=True, underline=True)


@dataclass(frozen=True, slots=True)
class Screen:
    """The abilities of a terminal: columns, colours (None: no styles), active links."""

    width: int = 80
    colors: ColorSystem | None = ColorSystem.STANDARD
    links: bool = True


class Terminal(TextDialect):
    """Text with escape sequences; those of documents are made visible.

    `look` returns the screen at this moment, because a window may change its size.
    """

    def __init__(self, look: Callable[[], Screen] = Screen, *, emphasis: bool = True) -> None:
        self._look = look
        self._emphasis = emphasis
        self._screen = Screen()

    def render(self, block: Block) -> Rendered:
        """The rendered text of one block, on the screen at this moment."""
        self._screen = self._look()
        return super().render(block)

    @property
    def _width(self) -> int:
        return max(LEAST_WIDTH, min(self._screen.width, MOST_WIDTH))

    def quote(self, block: QuoteBlock) -> str:
        """The quote behind its bar, and below it the citation, dimmed."""
        lead = [] if block.lead is None else [self._styled(self.notice(block.lead), _BOLD)]
        bar = self._styled(BAR.rstrip(), _BAR) + " "
        width = self._width - cell_len(BAR)
        above = [
            bar + self._styled(piece, _DIM)
            for line in above_lines(block.excerpt)
            for piece in wrapped(line, width)
        ]
        quoted = [
            bar + self._marked(piece, _fitting(piece.text, width), block.question)
            for line in quote_lines(block.excerpt, emphasis=self._emphasis)
            for piece in _wrapped(line, width)
        ]
        cited = citation_fields(block)
        citation = block.label + ", ".join(map(self.escaped, (cited.title, *cited.details)))
        return "\n".join([*lead, *above, *quoted, *self._dimmed(citation), *self._link(cited.url)])

    def _marked(self, line: QuoteLine, text: str, question: str) -> str:
        """`text`, the line or its beginning, with its sentence and matched words styled."""
        if self._screen.colors is None or not self._emphasis:
            return text
        styles = [Style()] * len(text)
        strong = [] if line.strong is None else [line.strong]
        for style, spans in ((_BOLD, strong), (_MATCH, matched_words(question, text))):
            for span in spans:
                styles[span.start : span.end] = [style] * (min(span.end, len(text)) - span.start)
        runs = groupby(zip(text, styles, strict=True), key=itemgetter(1))
        return "".join(
            self._styled("".join(character for character, _ in run), style) for style, run in runs
        )

    def entry(self, block: ListEntry) -> str:
        """The title, and dimmed below it the rest."""
        known = entry_fields(block)
        titles = wrapped(self.escaped(known.title), self._width)
        return "\n".join(
            [
                *(self._styled(title, _BOLD) for title in titles),
                *self._dimmed(", ".join(map(self.escaped, known.details))),
            ]
        )

    def notices(self, block: NoticeBlock) -> str:
        """Fixed texts, wrapped."""
        lines = super().notices(block).split("\n")
        return "\n".join(piece for line in lines for piece in wrapped(line, self._width))

    def _dimmed(self, text: str) -> Iterator[str]:
        for piece in wrapped(text, self._width - cell_len(INDENT)):
            yield INDENT + self._styled(piece, _DIM)

    def _link(self, url: str | None) -> Iterator[str]:
        """The URL, never wrapped, so that a terminal without links can recognize it."""
        if url is None:
            return
        shown = self._styled(self.escaped(url), _DIM)
        target = web_url(url) if self._screen.links else None
        if target is not None:
            shown = f"\x1b]8;;{target}\x1b\\{shown}\x1b]8;;\x1b\\"
        yield INDENT + shown

    def _styled(self, text: str, style: Style) -> str:
        colors = self._screen.colors
        return text if colors is None else style.render(text, color_system=colors)


def cells(text: str) -> int:
    """The columns of `text` on a terminal, at most: a tab counts as eight."""
    return cell_len(text) + _TAB_CELLS * text.count("\t")


def wrapped(line: str, width: int) -> list[str]:
    """One line in pieces of at most `width` columns, broken at blanks if possible."""
    return [_fitting(piece, width) for piece in _pieces(line, width)]


def _pieces(line: str, width: int) -> list[str]:
    """The pieces of `wrapped`, which concatenate to the line: blanks at an end may exceed it."""
    pieces: list[str] = []
    piece, used = "", 0
    for part in _parts(line, width):
        # Blanks that begin a line stay with its first word, or they would be a row of their own.
        if part.strip() and piece.strip() and used + cells(part.rstrip()) > width:
            pieces.append(piece)
            piece, used = "", 0
        piece += part
        used += cells(part)
    return [*pieces, piece] if piece or not pieces else pieces


def _wrapped(line: QuoteLine, width: int) -> Iterator[QuoteLine]:
    """A line in pieces as by `_pieces`, each with its share of the emphasis."""
    place = 0
    for piece in _pieces(line.text, width):
        start, end = (0, 0) if line.strong is None else (line.strong.start, line.strong.end)
        start, end = max(start - place, 0), min(end - place, len(piece))
        yield QuoteLine(piece, Span(start, end) if start < end else None)
        place += len(piece)


def _fitting(piece: str, width: int) -> str:
    """A piece of a line without the blanks that a terminal would put on a row of their own."""
    return piece if cells(piece) <= width else piece.rstrip()


def _parts(line: str, width: int) -> Iterator[str]:
    """The words of a line with the blanks behind them; one that fits in no row, in characters."""
    width -= min(cells(line[: len(line) - len(line.lstrip())]), width - 1)
    for word in _WORD.findall(line):
        # A terminal recognizes a URL only if it is not broken.
        if cells(word.rstrip()) <= width or word.startswith(("http://", "https://")):
            yield word
        else:
            yield from _GRAPHEME.findall(word)
