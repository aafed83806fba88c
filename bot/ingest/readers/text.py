"""The plain text reader: paragraphs, list items, and lines that look like headings.

The text of the document is the decoded file itself without invisible controls, so that a quote is
an exact part of the file. The kind of a line is judged by its form; a doubtful line becomes a
paragraph.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest
from statistics import median

import regex

from bot.core.documents import Block, BlockKind, Landmark, Parsed, Span
from bot.core.errors import DocumentError
from bot.core.lines_above import COLONS
from bot.ingest.exclusions import line_spans
from bot.ingest.readers.builder import CONTROLS, NO_WORDS
from bot.ingest.readers.headings import NAMED_SECTION, SIDE_HEADING, begins_with_section, title_of
from bot.ingest.readers.item_numbers import PrintedNumbers
from bot.ingest.readers.page_edges import page_edges

_BULLET = regex.compile(
    r"(?:(?P<sign>[•‣◦▪●○·*–—-])|(?P<number>\(?\p{Nd}{1,3}[.)]|\((?:\p{L}|[ivx]{2,5})\)|\p{L}\)))[\p{Zs}\t]+(?=\S)"
)
_FIRST_NUMBER = regex.compile(r"\(?[1aA][.)]")
_UNDERLINE = regex.compile(r"^(?:={3,}|-{3,}|~{3,}|\*{3,})\p{Zs}*$")
_SECTION = regex.compile(r"^(?:§\p{Zs}*)?(\p{Nd}+(?:\.\p{Nd}+)*)[.)]?\p{Zs}+\S")
_FULL_STOPS = (".", ";", "!", "?", "。")
_ENDS = (*tuple(".;,:…。．；，、：।॥؛،۔።។།"), "”.", ".”", ".)", "」", "!”", "?”")
_DATE = regex.compile(
    r"^(?:(?:mon|tue|wed|thu|fri|sat|sun)\p{L}*,?\s+)?(?:\p{Nd}{1,2}\.?\s+)?"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\p{L}*\.?\s+(?:\p{Nd}{1,2},?\s+)?\p{Nd}{4}\.?$",
    regex.IGNORECASE,
)
_FURNITURE = regex.compile(
    r"^(?:comments? (?:are|is) closed|leave a (?:comment|reply)|share (?:this|on)|read more"
    r"|related (?:articles?|posts?)|back to top|subscribe to|sign up for|skip to|cookie"
    r"|posted (?:in|on|by)|filed under|tagged (?:in|with|as)|(?:previous|next) (?:post|article)"
    r"|click here|advertisement|all rights reserved|copyright|©)",
    regex.IGNORECASE,
)
_FURNITURE_WORDS = 15
_LONG_LINE = 150
_HEADING_CHARACTERS = 100
_HEADING_WORDS = 18
_UNSPACED_HEADING = 40
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}]")
_SHORT_TEXT_SHARE = 0.7
_WORDS_WITH_FIGURE = 5
_DIGIT = regex.compile(r"\p{Nd}")


@dataclass(frozen=True, slots=True)
class _TextLine:
    """One line with its offsets in the text, without its end and the blanks around it.

    `is_edge` is true for the head or foot of a page.
    """

    start: int
    end: int
    text: str
    is_edge: bool = False


def parse(data: bytes) -> Parsed:
    """The blocks of a plain text in UTF-8; its title is the first heading or line."""
    text = CONTROLS.sub("", data.decode("utf-8", "surrogatepass"))
    chunks = _chunks(text)
    short = _is_made_of_short_lines(chunks)
    blocks: list[Block] = []
    for chunk, following in zip_longest(chunks, chunks[1:]):
        blocks += _blocks(chunk, following, first=not blocks, short=short)
    if not blocks:
        raise DocumentError(NO_WORDS)
    closed = _with_signature(text, blocks)
    if all(block.level == SIDE_HEADING for block in closed):  # of short lines, as a note is
        closed = [b if _is_furniture(b.span.of(text)) else Block(b.span) for b in closed]
    closed = _with_numbers(text, closed)
    title = None if begins_with_section(text, blocks) else title_of(text, blocks)
    return Parsed(text, tuple(closed), title)


def _with_numbers(text: str, blocks: Sequence[Block]) -> list[Block]:
    """The blocks, items with their printed numbers as landmarks."""
    numbers = PrintedNumbers()

    def landmark(block: Block) -> Landmark | None:
        if block.kind is not BlockKind.ITEM:
            numbers.end_list()
            return None
        match = _BULLET.match(text, block.span.start)
        return numbers.landmark(match["number"] or "") if match else None

    return [replace(block, landmark=landmark(block)) for block in blocks]


def _with_signature(text: str, blocks: Sequence[Block]) -> list[Block]:
    """The blocks, with the signature and the date that close a text as paragraphs.

    They stand behind the last long block: a date, with the line before it, and a last line. Side
    headings elsewhere are dates of posts, captions and furniture of pages.
    """
    long = (n for n, block in enumerate(blocks) if _is_long(block))
    tail = max(long, default=len(blocks)) + 1
    closed = list(blocks[:tail])
    for block in blocks[tail:]:
        line = block.span.of(text)
        if block.level != SIDE_HEADING or _is_furniture(line):
            closed.append(block)
        elif not _DATE.match(line):
            closed.append(Block(block.span) if block is blocks[-1] else block)
        elif len(closed) > tail and _is_signature(text, closed[-1]):
            closed[-1] = Block(Span(closed[-1].span.start, block.span.end))
        else:
            closed.append(Block(block.span))
    return closed


def _is_long(block: Block) -> bool:
    return block.kind is not BlockKind.HEADING and len(block.span) > _HEADING_CHARACTERS


def _is_signature(text: str, block: Block) -> bool:
    """Whether a block behind the last long one may be a name with the date below."""
    line = block.span.of(text)
    return not _is_long(block) and "\n" not in line and not _is_furniture(line)


def _is_furniture(line: str) -> bool:
    """Whether a line is a usual wording of web pages, as "Share this"."""
    return len(line.split()) <= _FURNITURE_WORDS and _FURNITURE.match(line) is not None


def _chunks(text: str) -> list[list[_TextLine]]:
    """The lines of the text in groups that blank lines and the edges of pages separate."""
    edges = page_edges(text)
    chunks: list[list[_TextLine]] = [[]]
    for span in line_spans(text):
        if span is not None and span.start in edges:
            edge = _TextLine(span.start, span.end, span.of(text), is_edge=True)
            chunks += [[edge], []]
        elif span is not None:
            chunks[-1].append(_TextLine(span.start, span.end, span.of(text)))
        elif chunks[-1]:
            chunks.append([])
    return [chunk for chunk in chunks if chunk]


def _is_made_of_short_lines(chunks: Sequence[Sequence[_TextLine]]) -> bool:
    """Whether the text is made of short lines, as a poem, a list of names or minutes are."""
    lines = [line for chunk in chunks for line in chunk]
    short = sum(_is_short(line.text) for line in lines)
    return short >= _SHORT_TEXT_SHARE * len(lines) and len(lines) > 1


def _is_short(line: str) -> bool:
    if len(line) > _HEADING_CHARACTERS:
        return False  # spares most lines the tests below, which read each character
    if line.endswith(_ENDS) or _BULLET.match(line):
        return False
    if _UNSPACED.search(line):
        return len(line) <= _UNSPACED_HEADING
    return len(line.split()) <= _HEADING_WORDS


def _blocks(
    chunk: Sequence[_TextLine], following: Sequence[_TextLine] | None, *, first: bool, short: bool
) -> list[Block]:
    headings: list[Block] = []
    while (
        len(chunk) >= 2 and _UNDERLINE.match(chunk[1].text) and not _UNDERLINE.match(chunk[0].text)
    ):
        headings.append(_heading(chunk[0], 1 if first or chunk[1].text[0] == "=" else 2))
        chunk, first = chunk[2:], False
    if len(chunk) == 1:
        return [*headings, _single(chunk[0], following, first=first, short=short)]
    return [*headings, *_several(chunk)] if chunk else headings


def _several(chunk: Sequence[_TextLine]) -> list[Block]:
    """The blocks of a chunk of several lines that begins with no underlined heading."""
    caption = all(line.text == chunk[0].text for line in chunk) and _is_short(chunk[0].text)
    if caption or all(_DATE.match(line.text) for line in chunk):
        return [_heading(line, SIDE_HEADING) for line in chunk]
    if _is_section_title(chunk):
        title = _heading(chunk[0], _section_level(chunk[0].text))
        return [title, *_paragraphs(chunk[1:])]
    return _paragraphs(chunk)


def _single(
    line: _TextLine, following: Sequence[_TextLine] | None, *, first: bool, short: bool
) -> Block:
    if line.is_edge or _UNDERLINE.match(line.text):
        return _heading(line, SIDE_HEADING)
    if following is not None and _SECTION.match(line.text) and _is_short_title(line.text):
        body = following[0].text
        is_body = len(body) > _HEADING_CHARACTERS // 2 or body.endswith(_FULL_STOPS)
        if is_body and not _SECTION.match(body):
            return _heading(line, _section_level(line.text))
    words = len(line.text.split())
    if _DATE.match(line.text) or _is_furniture(line.text):
        return _heading(line, SIDE_HEADING)
    if not _is_short(line.text):
        return _item_or_paragraph([line])
    if first and following is not None:
        return _heading(line, 1)
    if following is not None and (len(following) > 1 or not _is_short(following[0].text)):
        level = _section_level(line.text) if _SECTION.match(line.text) else 2
        return _heading(line, level)
    # A figure or a date in several words is information, and no furniture.
    has_figure = words >= _WORDS_WITH_FIGURE and _DIGIT.search(line.text)
    return _paragraph([line]) if short or has_figure else _heading(line, SIDE_HEADING)


def _heading(line: _TextLine, level: int) -> Block:
    return Block(Span(line.start, line.end), BlockKind.HEADING, level)


def _section_level(text: str) -> int:
    match = _SECTION.match(text)
    depth = match[1].count(".") + 1 if match else 1
    return min(1 + depth, SIDE_HEADING - 1)


def _is_section_title(chunk: Sequence[_TextLine]) -> bool:
    """Whether "3.2 Opening hours" heads its chunk, rather than begins a paragraph.

    "§ 2 Dogs" also heads items that begin with the first number.
    """
    title, body = chunk[0].text, chunk[1].text
    if not _is_short_title(title):
        return False
    if NAMED_SECTION.match(title) and _FIRST_NUMBER.match(body) and _BULLET.match(body):
        return True
    return (
        _SECTION.match(title) is not None
        and not _BULLET.match(body)
        and not _SECTION.match(body)
        and (len(body) > len(title) * 1.3 or body.endswith(_ENDS))
        and not body[:1].islower()
    )


def _is_short_title(text: str) -> bool:
    return (
        not text.endswith(_ENDS)
        and len(text) <= _HEADING_CHARACTERS // 2
        and len(text.split()) <= _HEADING_WORDS // 2
    )


def _paragraphs(chunk: Sequence[_TextLine]) -> list[Block]:
    """The chunk as list items, as one paragraph a line, or as one wrapped paragraph."""
    if any(_BULLET.match(line.text) for line in chunk[1:]) or _BULLET.match(chunk[0].text):
        groups = _grouped(chunk, lambda _, line: _BULLET.match(line.text) is not None)
        return [_item_or_paragraph(group) for group in groups]
    if _is_one_paragraph_a_line(chunk):
        # A line that ends in a colon introduces the next line and stays with it.
        groups = _grouped(chunk, lambda before, _: not before.text.endswith(COLONS))
        return [_paragraph(group) for group in groups]
    return [_paragraph(chunk)]


def _is_one_paragraph_a_line(chunk: Sequence[_TextLine]) -> bool:
    """Long lines of uneven width are paragraphs; wrapped text has lines of one width."""
    if len(chunk) < 2:
        return False
    widths = [len(line.text) for line in chunk]
    if median(widths) > _LONG_LINE or max(widths) > 2 * _LONG_LINE:
        return True
    if _UNSPACED.search(chunk[0].text):
        return median(widths) > _LONG_LINE // 2
    return all(line.text.endswith(_FULL_STOPS) for line in chunk) and (
        min(widths[:-1]) < 0.7 * max(widths[:-1])
    )


def _grouped(
    chunk: Sequence[_TextLine], begins: Callable[[_TextLine, _TextLine], bool]
) -> list[list[_TextLine]]:
    """The lines in groups; `begins(before, line)` tells whether `line` begins another."""
    groups = [[chunk[0]]]
    for before, line in pairwise(chunk):
        if begins(before, line):
            groups.append([line])
        else:
            groups[-1].append(line)
    return groups


def _item_or_paragraph(lines: Sequence[_TextLine]) -> Block:
    """An item keeps its number, which is part of what it says, but not the sign of a bullet."""
    match = _BULLET.match(lines[0].text)
    if match is None:
        return _paragraph(lines)
    start = lines[0].start + (match.end() if match["sign"] else 0)
    return Block(Span(start, lines[-1].end), BlockKind.ITEM)


def _paragraph(lines: Sequence[_TextLine]) -> Block:
    return Block(Span(lines[0].start, lines[-1].end))
