"""The Markdown reader, by markdown-it-py. The text of the document is the decoded file itself.

The lines of a token give its place in the file. The marks of a heading, list, quotation or
table lie outside of the blocks; marks within a sentence lie inside, so that a quote is an
exact part of the file.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import regex
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from bot.core.documents import Block, BlockKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.exclusions import trimmed
from bot.ingest.readers.decoding import decode
from bot.ingest.readers.text import NO_WORDS, SIDE_HEADING, heading_title

_PREFIX = regex.compile(r"[\p{Zs}\t>]*")
_HEADING_MARKS = regex.compile(r"#{1,6}[\p{Zs}\t]+")
_HEADING_TAIL = regex.compile(r"[\p{Zs}\t]+#+$")
_ITEM_MARK = regex.compile(r"(?:[-*+]|\p{Nd}{1,9}[.)])[\p{Zs}\t]+(?:\[[ xX]\][\p{Zs}\t]+)?")
# A title in YAML: in quotation marks, over several indented lines, or plain.
_TITLE = regex.compile(
    r"^title[ \t]*:[ \t]*(?:"
    r'"(?P<double>(?:\\.|[^"\\\n])*)"'
    r"|'(?P<single>(?:''|[^'\n])*)'"
    r"|[>|][-+]?[ \t]*(?P<lines>(?:\n[ \t]+\S.*)+)"
    r"|(?P<plain>[^\s>|].*?)"
    r")(?:[ \t]+\#.*)?[ \t]*$",
    regex.MULTILINE | regex.IGNORECASE,
)
_YAML_ESCAPE = regex.compile(r"\\([\"\\/])")
_COMMENT_OR_SCRIPT = regex.compile(r"<!--.*?(?:-->|$)|<(?:script|style)\b.*?(?:</|$)", regex.DOTALL)
_LINE_END = regex.compile(r"\r\n|\n|\r")


def parse(data: bytes) -> Parsed:
    """The blocks of a Markdown file, titled by its front matter, else by its first heading."""
    text = decode(data)
    tokens = MarkdownIt("commonmark").enable("table").use(front_matter_plugin).parse(text)
    blocks = _blocks(text, tokens)
    if not blocks:
        raise DocumentError(NO_WORDS)
    return Parsed(text, tuple(blocks), _front_matter_title(tokens) or heading_title(text, blocks))


def _front_matter_title(tokens: Sequence[Token]) -> str | None:
    for token in tokens:
        if token.type == "front_matter" and (match := _TITLE.search(token.content)):
            title = match["lines"] or match["plain"] or ""
            if match["double"] is not None:
                title = _YAML_ESCAPE.sub(r"\1", match["double"])
            elif match["single"] is not None:
                title = match["single"].replace("''", "'")
            return " ".join(title.split()) or None
    return None


def _blocks(text: str, tokens: Sequence[Token]) -> list[Block]:
    """The blocks in order, without those that begin inside the one before."""
    ranges = _block_ranges(text, tokens)
    blocks = [
        Block(span, kind, level)
        for start, end, kind, level in ranges
        if (span := trimmed(text, start, end)) is not None
    ]
    disjoint: list[Block] = []
    for block in sorted(blocks, key=lambda block: block.span):
        if not disjoint or block.span.start >= disjoint[-1].span.end:
            disjoint.append(block)
    return disjoint


def _block_ranges(text: str, tokens: Sequence[Token]) -> Iterator[tuple[int, int, BlockKind, int]]:
    """The start, end, kind and heading level of each block, white space included."""
    line_starts = [0, *(match.end() for match in _LINE_END.finditer(text)), len(text)]
    open_items = 0
    in_table_head = False
    for token, following in pairwise([*tokens, Token("end", "", 0)]):
        if token.type in ("list_item_open", "list_item_close"):
            open_items += token.nesting
        elif token.type in ("thead_open", "thead_close"):
            in_table_head = token.type == "thead_open"
        if token.map is None:
            continue
        first, last = token.map[0], min(token.map[1], len(line_starts) - 1)
        start, end = line_starts[first], line_starts[last]
        match token.type:
            case "heading_open":
                start, end = _heading_range(text, start, end, token.markup)
                yield start, end, BlockKind.HEADING, int(token.tag[1:])
            case "paragraph_open" if following.content.strip() and not _is_picture(following):
                kind = BlockKind.ITEM if open_items else BlockKind.PARAGRAPH
                yield _content_start(text, start, end), end, kind, 0
            case "tr_open" if in_table_head:
                yield _content_start(text, start, end), end, BlockKind.HEADING, SIDE_HEADING
            case "tr_open":
                yield _content_start(text, start, end), end, BlockKind.ROW, 0
            case "fence":
                fence = line_starts[max(token.map[1] - 1, first + 1)]
                is_closed = text[fence:end].strip().startswith(token.markup)
                yield line_starts[first + 1], fence if is_closed else end, BlockKind.CODE, 0
            case "code_block":
                yield start, end, BlockKind.CODE, 0
            case "html_block" if has_visible_words(token.content):
                yield _content_start(text, start, end), end, BlockKind.PARAGRAPH, 0


def _is_picture(inline: Token) -> bool:
    """Whether a paragraph is pictures and nothing else; their descriptions are no words of it."""
    children = inline.children or []
    words = (child.content for child in children if child.type in ("text", "code_inline"))
    has_picture = any(child.type == "image" for child in children)
    return has_picture and not any(map(str.isalnum, "".join(words)))


def has_visible_words(html: str) -> bool:
    """Whether an HTML block has words outside of tags and comments."""
    last_end = html.rfind(">")
    visible: list[str] = []
    place = 0
    while (start := html.find("<", place)) >= 0:
        visible.append(html[place:start])
        if (hidden := _COMMENT_OR_SCRIPT.match(html, start)) is not None:
            place = hidden.end()
        elif start < last_end:
            place = html.index(">", start) + 1
        else:  # no tag; a search for its end from each "<" would take quadratic time
            visible.append("<")
            place = start + 1
    return regex.search(r"\p{L}", "".join(visible) + html[place:]) is not None


def _heading_range(text: str, start: int, end: int, markup: str) -> tuple[int, int]:
    """The range of a heading's words, without `##` around them or `===` below them."""
    start = _after(_PREFIX, text, start, end)
    start = _after(_ITEM_MARK, text, start, end)
    if markup in ("=", "-"):
        lines = text[start:end].rstrip()
        return start, start + max(lines.rfind("\n"), lines.rfind("\r"))
    start = _after(_HEADING_MARKS, text, start, end)
    return start, start + len(_HEADING_TAIL.sub("", text[start:end].rstrip()))


def _content_start(text: str, start: int, end: int) -> int:
    """The start of a block's words after quotation and list marks, as in `> - 1. words`."""
    start = _after(_PREFIX, text, start, end)
    while (after := _after(_ITEM_MARK, text, start, end)) > start:
        start = _after(_PREFIX, text, after, end)
    return start


def _after(pattern: regex.Pattern[str], text: str, start: int, end: int) -> int:
    match = pattern.match(text, start, end)
    return match.end() if match else start
