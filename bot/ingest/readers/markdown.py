"""Markdown to blocks, through markdown-it-py; the text is the file as it is written.

A token's lines give its place in the file. Marks of a heading, list, quotation or table
stand outside the blocks, marks within a sentence inside: a quote is a part of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import regex
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from bot.core.documents import Block, BlockKind, Parsed, Span
from bot.core.errors import DocumentError
from bot.ingest.readers.decoding import decode
from bot.ingest.readers.text import SIDE_HEADING, title_of

_PREFIX = regex.compile(r"[\p{Zs}\t>]*")
_HEADING_MARKS = regex.compile(r"#{1,6}[\p{Zs}\t]+")
_HEADING_TAIL = regex.compile(r"[\p{Zs}\t]+#+$")
_ITEM_MARK = regex.compile(r"(?:[-*+]|\p{Nd}{1,9}[.)])[\p{Zs}\t]+(?:\[[ xX]\][\p{Zs}\t]+)?")
_TITLE = regex.compile(r"^title\s*:\s*[\"']?(.+?)[\"']?\s*$", regex.MULTILINE | regex.IGNORECASE)
_UNREAD = regex.compile(r"<!--.*?(?:-->|$)|<(?:script|style)\b.*?(?:</|$)", regex.DOTALL)
_LINE_END = regex.compile(r"\r\n|\n|\r")


def parse(data: bytes, name: str) -> Parsed:
    """The blocks of a Markdown file; its title is front matter's, else the first heading."""
    text = decode(data)
    starts = _line_starts(text)
    reader = MarkdownIt("commonmark").enable("table").use(front_matter_plugin)
    # It would fold line ends in one long call in which no other thread can run; below they
    # are folded already, and there is no zero byte that it would have to replace.
    reader.disable("normalize")
    # The library knows \n only; the same number of lines keeps its line numbers right.
    tokens = reader.parse(_LINE_END.sub("\n", text))
    blocks = tuple(_apart(sorted(_blocks(text, starts, tokens), key=lambda b: b.span)))
    if not blocks:
        raise DocumentError("It holds no words: fill it or remove it.")
    return Parsed(text, blocks, _title(tokens) or _heading_title(text, blocks))


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in _LINE_END.finditer(text)), len(text)]


def _title(tokens: Sequence[Token]) -> str | None:
    for token in tokens:
        if token.type == "front_matter" and (match := _TITLE.search(token.content)):
            return " ".join(match[1].split())
    return None


def _heading_title(text: str, blocks: Sequence[Block]) -> str:
    headings = [block for block in blocks if block.kind is BlockKind.HEADING]
    return title_of(text, headings or blocks)


def _apart(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks without any that begins inside the one before it."""
    end = 0
    for block in blocks:
        if block.span.start >= end:
            yield block
            end = block.span.end


def _blocks(text: str, starts: Sequence[int], tokens: Sequence[Token]) -> Iterator[Block]:
    items = 0
    head = False
    for token, following in pairwise([*tokens, Token("end", "", 0)]):
        if token.type == "list_item_open":
            items += 1
        elif token.type == "list_item_close":
            items -= 1
        elif token.type in ("thead_open", "thead_close"):
            head = token.type == "thead_open"
        if token.map is None:
            continue
        first, last = starts[token.map[0]], starts[min(token.map[1], len(starts) - 1)]
        match token.type:
            case "heading_open":
                yield from _heading(text, first, last, int(token.tag[1:]), token.markup)
            case "paragraph_open" if following.content.strip():
                kind = BlockKind.ITEM if items else BlockKind.PARAGRAPH
                yield from _block(text, first, last, kind)
            case "tr_open" if head:
                yield from _block(text, first, last, BlockKind.HEADING, SIDE_HEADING)
            case "tr_open":
                yield from _block(text, first, last, BlockKind.ROW)
            case "fence":
                begin = starts[token.map[0] + 1]
                end = starts[max(token.map[1] - 1, token.map[0] + 1)]
                closed = text[end:last].strip().startswith(token.markup)
                yield from _code(text, begin, end if closed else last)
            case "code_block":
                yield from _code(text, first, last)
            case "html_block" if _shows_words(token.content):
                yield from _block(text, first, last, BlockKind.PARAGRAPH)


def _shows_words(html: str) -> bool:
    """Whether an HTML block has words outside of tags and comments."""
    last_end = html.rfind(">")
    shown: list[str] = []
    place = 0
    while (start := html.find("<", place)) >= 0:
        shown.append(html[place:start])
        if (unread := _UNREAD.match(html, start)) is not None:
            place = unread.end()
        elif start < last_end:
            place = html.index(">", start) + 1
        else:  # no tag, and to look for its end from each "<" would take for ever
            shown.append("<")
            place = start + 1
    return regex.search(r"\p{L}", "".join(shown) + html[place:]) is not None


def _trimmed(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if start < end else None


def _heading(text: str, start: int, end: int, level: int, markup: str) -> Iterator[Block]:
    start = _after(_PREFIX, text, start, end)
    start = _after(_ITEM_MARK, text, start, end)
    if markup in ("=", "-"):
        lines = text[start:end].rstrip()
        end = start + max(lines.rfind("\n"), lines.rfind("\r"))
    else:
        start = _after(_HEADING_MARKS, text, start, end)
        body = text[start:end].rstrip()
        end = start + len(_HEADING_TAIL.sub("", body))
    span = _trimmed(text, start, end)
    if span is not None:
        yield Block(span, BlockKind.HEADING, level)


def _block(text: str, start: int, end: int, kind: BlockKind, level: int = 0) -> Iterator[Block]:
    start = _after(_PREFIX, text, start, end)
    while (after := _after(_ITEM_MARK, text, start, end)) > start:
        start = _after(_PREFIX, text, after, end)
    span = _trimmed(text, start, end)
    if span is not None:
        yield Block(span, kind, level)


def _code(text: str, start: int, end: int) -> Iterator[Block]:
    span = _trimmed(text, start, end)
    if span is not None:
        yield Block(span, BlockKind.CODE)


def _after(pattern: regex.Pattern[str], text: str, start: int, end: int) -> int:
    match = pattern.match(text, start, end)
    return match.end() if match else start
