"""HTML to text and blocks, through selectolax's HTML5 parser.

The text is what a reader of the page sees in its main part: scripts, menus, side
columns and hidden elements are left out; blanks are folded as a browser folds them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.core.documents import Block, BlockKind, Parsed, Span
from bot.core.errors import DocumentError
from bot.ingest.readers.text import SIDE_HEADING, title_of

_SKIPPED = frozenset(
    "script style noscript template nav footer aside form svg iframe object embed head"
    " button select textarea canvas audio video dialog math".split()
)
_BLOCKS = frozenset(
    "address article blockquote body center dd details dialog div dl dt fieldset figure"
    " figcaption header hgroup hr html li main ol p pre section summary table tbody td th"
    " thead tfoot tr ul caption h1 h2 h3 h4 h5 h6".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SIDE = frozenset(("figcaption", "caption", "dt"))
_ITEMS = frozenset(("li", "dd"))
_HIDDEN = regex.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", regex.I)
_BLANKS = regex.compile(r"[ \t\r\n\f]+")
_CONTROLS = regex.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_ENOUGH = 200


@dataclass(slots=True)
class _Builder:
    """Collects the text of block after block; one block is open at a time."""

    pieces: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    length: int = 0
    open: list[str] = field(default_factory=list)
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0

    def add(self, text: str, *, keep_blanks: bool) -> None:
        """More words of the open block."""
        text = _CONTROLS.sub("", text)
        self.open.append(text if keep_blanks else _BLANKS.sub(" ", text))

    def line_break(self) -> None:
        """A line end within the open block."""
        self.open.append("\n")

    def close(self) -> None:
        """End the open block; it counts if it has words."""
        body = "".join(self.open)
        self.open.clear()
        if self.kind is not BlockKind.CODE:
            body = regex.sub(r" *\n *", "\n", regex.sub(r" {2,}", " ", body))
        body = body.strip(" \t\r\n\f")
        if not body.strip():
            return
        if self.pieces:
            self.pieces.append("\n\n")
            self.length += 2
        self.blocks.append(Block(Span(self.length, self.length + len(body)), self.kind, self.level))
        self.pieces.append(body)
        self.length += len(body)


def parse(data: bytes, name: str) -> Parsed:
    """The blocks of an HTML page in UTF-8, titled by its title tag, else by its first heading."""
    tree = LexborHTMLParser(data.decode("utf-8", "surrogatepass"))
    root = _main_part(tree)
    if root is None:
        raise DocumentError("It holds no words: fill it or remove it.")
    builder = _Builder()
    _walk(root, builder)
    shown = "".join(builder.pieces)
    if not builder.blocks:
        raise DocumentError("It shows no words of its own: save the page as text.")
    return Parsed(shown, tuple(builder.blocks), _title(tree) or _first(shown, builder.blocks))


def _title(tree: LexborHTMLParser) -> str | None:
    node = tree.css_first("title")
    title = " ".join(_CONTROLS.sub("", node.text()).split()) if node is not None else ""
    return title or None


def _first(text: str, blocks: list[Block]) -> str:
    headings = [block for block in blocks if block.kind is BlockKind.HEADING]
    return title_of(text, headings or blocks)


def _main_part(tree: LexborHTMLParser) -> LexborNode | None:
    for selector in ("main", "[role=main]", "article"):
        found = tree.css(selector)
        if len(found) == 1 and len(found[0].text(deep=True).split()) > _ENOUGH // 5:
            return found[0]
    return tree.body or tree.root


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or _HIDDEN.search(attributes.get("style") or "") is not None
    )


def _walk(root: LexborNode, builder: _Builder) -> None:
    """Visit the page in order without recursion: pages may be nested very deep."""
    kinds: list[tuple[BlockKind, int]] = [(BlockKind.PARAGRAPH, 0)]
    pending: list[tuple[LexborNode, bool]] = [(root, False)]
    pre = 0
    while pending:
        node, leaving = pending.pop()
        tag = node.tag or ""
        if leaving:
            if tag == "pre":
                pre -= 1
            if tag in ("td", "th"):
                continue
            builder.close()
            kinds.pop()
            builder.kind, builder.level = kinds[-1]
            continue
        if tag == "-text":
            builder.add(node.text_content or "", keep_blanks=pre > 0)
            continue
        if tag.startswith("-") or tag in _SKIPPED or _is_hidden(node):
            continue
        if tag == "br":
            builder.line_break()
        if tag in ("td", "th"):
            if any(piece.strip() for piece in builder.open):
                builder.add(" | ", keep_blanks=True)
        elif tag in _BLOCKS:
            inside_row = kinds[-1][0] is BlockKind.ROW
            if not inside_row:
                builder.close()
                kinds.append(_kind(node, tag, kinds[-1]))
                builder.kind, builder.level = kinds[-1]
                pre += tag == "pre"
                pending.append((node, True))
            else:
                builder.add(" ", keep_blanks=False)
        children = []
        child = node.child
        while child is not None:
            children.append((child, False))
            child = child.next
        pending.extend(reversed(children))


def _kind(node: LexborNode, tag: str, outer: tuple[BlockKind, int]) -> tuple[BlockKind, int]:
    if tag in _HEADINGS:
        return BlockKind.HEADING, _HEADINGS[tag] if tag != "h6" else SIDE_HEADING - 1
    if tag in _SIDE:
        return BlockKind.HEADING, SIDE_HEADING
    if tag == "tr":
        head = node.css_first("td") is None
        return (BlockKind.HEADING, SIDE_HEADING) if head else (BlockKind.ROW, 0)
    if tag == "pre":
        return BlockKind.CODE, 0
    if tag in _ITEMS:
        return BlockKind.ITEM, 0
    if outer[0] is BlockKind.ITEM and tag in ("p", "div", "span"):
        return outer
    return BlockKind.PARAGRAPH, 0
