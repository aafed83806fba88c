"""The Markdown reader, by markdown-it-py; runs in the sandbox only.

The text of the document is the decoded file itself, but for HTML within it: its words stand there
without the tags. Of MDX, imports, expressions and the tags of components are left out, too.

The lines of a token give its place in the file. The marks of a heading, list, quotation or
table lie outside of the blocks; marks within a sentence lie inside, so that a quote is an
exact part of the file, and are hidden where it is shown.
"""

import tomllib
from collections.abc import Iterator, MutableMapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import regex
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from bot.core.documents import Block, BlockKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.exclusions import trimmed
from bot.ingest.readers.builder import NO_WORDS, readable
from bot.ingest.readers.decoding import decode
from bot.ingest.readers.headings import SIDE_HEADING, heading_title
from bot.ingest.readers.item_numbers import CountedItems
from bot.ingest.readers.markdown_html import block_edit, inline_edits, with_plain_containers
from bot.ingest.readers.markdown_marks import hidden_marks, is_picture
from bot.ingest.readers.mdx import component_edits, without_indents
from bot.ingest.readers.text_edits import Edit, disjoint, edited, in_order, masked

_PREFIX = regex.compile(r"[\p{Zs}\t>]*")
_HEADING_MARKS = regex.compile(r"#{1,6}[\p{Zs}\t]+")
_HEADING_TAIL = regex.compile(r"[\p{Zs}\t]+(?:#+|\\?\{#[\w:.-]+\})$")
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
_TOML = regex.compile(r"\+\+\+[ \t]*\n(?P<toml>.*?)\n\+\+\+[ \t]*(?:\n|$)", regex.DOTALL)
_YAML_ESCAPE = regex.compile(r"\\([\"\\/])")
_QUOTED = regex.compile(r'"([^"\n]+)"')
_ONLY_COMPONENTS = "It is made of components alone, without words to quote: leave it out."
_MAX_NESTING = 100
_TOO_DEEP = "Its lists or quotations are nested too deep to be read: make them flatter."
_LINE_END = regex.compile(r"\r\n|\n|\r")


def parse(data: bytes, *, has_components: bool = False) -> Parsed:
    """The blocks of a Markdown file, titled by its front matter, else by its first heading.

    `has_components` tells that it is MDX.
    """
    source = readable(decode(data).text)
    removed = in_order(component_edits(source)) if has_components else []
    toml = _TOML.match(source)
    masks = [*removed, *([Edit(0, toml.end())] if toml else [])]
    text = masked(source, in_order(masks))
    plain = with_plain_containers(text)
    if has_components:
        plain = without_indents(source, plain)
    environment: dict[str, Any] = {}
    tokens = _parser(has_components=has_components).parse(plain, environment)
    _refuse_lost_words(plain.split("\n"), tokens)
    blocks, edits = _blocks(text, tokens, environment)
    text, blocks = edited(source, in_order([*removed, *edits]), blocks)
    if not blocks:
        raise DocumentError(_ONLY_COMPONENTS if removed else NO_WORDS)
    title = _toml_title(toml["toml"]) if toml else _front_matter_title(tokens)
    worded = [block.span for block in blocks if block.kind is not BlockKind.CODE]
    hidden = hidden_marks(text, worded, environment)
    return Parsed(text, blocks, title or heading_title(text, blocks), hidden=hidden)


@cache
def _parser(*, has_components: bool) -> MarkdownIt:
    """The parser of blocks; marks within those that have any are parsed when their HTML is gone."""
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table")
    parser.disable(["inline", "code"] if has_components else "inline")
    return parser.use(front_matter_plugin).use(admon_plugin)


def _refuse_lost_words(lines: Sequence[str], tokens: Sequence[Token]) -> None:
    """`DocumentError` if words are nested so deep that the parser passed over them."""
    for token in tokens:
        if token.nesting == 1 and token.level >= _MAX_NESTING - 1 and token.map is not None:
            start, end = token.map
            if any(any(map(str.isalnum, line)) for line in lines[start:end]):
                raise DocumentError(_TOO_DEEP)


def _toml_title(front_matter: str) -> str | None:
    try:
        title = tomllib.loads(front_matter).get("title")
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    return " ".join(title.split()) or None if isinstance(title, str) else None


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


def _blocks(
    text: str, tokens: Sequence[Token], environment: MutableMapping[str, Any]
) -> tuple[Sequence[Block], Sequence[Edit]]:
    """The blocks in order, without those that begin inside the one before, and edits of HTML."""
    blocks: list[Block] = []
    edits: list[Edit] = []
    items = CountedItems()
    for start, end, kind, level in _block_ranges(text, tokens, items, environment):
        span = trimmed(text, start, end)
        if span is None:
            continue
        if kind is None:
            edit = block_edit(text, span.start, span.end)
            edits += [edit] if edit is not None else []
            continue
        blocks.append(Block(span, kind, level, landmark=items.landmark))
        if kind is not BlockKind.CODE:
            edits += inline_edits(text, span.start, span.end)
    return disjoint(blocks), edits


def _block_ranges(
    text: str,
    tokens: Sequence[Token],
    items: CountedItems,
    environment: MutableMapping[str, Any],
) -> Iterator[tuple[int, int, BlockKind | None, int]]:
    """The start, end, kind and heading level of each block, white space included.

    The kind of HTML is None. The item that a block is part of is open in `items` then.
    """
    line_starts = [0, *(match.end() for match in _LINE_END.finditer(text)), len(text)]
    in_table_head = False
    for token, following in pairwise([*tokens, Token("end", "", 0)]):
        _count(items, token)
        if token.type in ("thead_open", "thead_close"):
            in_table_head = token.type == "thead_open"
        if token.map is None:
            continue
        first, last = token.map[0], min(token.map[1], len(line_starts) - 1)
        start, end = line_starts[first], line_starts[last]
        match token.type:
            case "heading_open":
                start, end = _heading_range(text, start, end, token.markup)
                yield start, end, BlockKind.HEADING, int(token.tag[1:])
            case "admonition_title_open":
                if (title := _QUOTED.search(text, start, end)) is not None:
                    yield *title.span(1), BlockKind.HEADING, SIDE_HEADING
            case "paragraph_open" if following.content.strip() and not is_picture(
                following.content, environment
            ):
                kind = BlockKind.ITEM if items.is_open else BlockKind.PARAGRAPH
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
            case "html_block":
                yield _content_start(text, start, end), end, None, 0


def _count(items: CountedItems, token: Token) -> None:
    match token.type:
        case "ordered_list_open":
            items.open_list(int(token.attrs.get("start", 1)))
        case "bullet_list_open":
            items.open_list(None)
        case "list_item_open":
            items.next_item()
        case "ordered_list_close" | "bullet_list_close":
            items.close_list()


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
