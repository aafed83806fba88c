"""The HTML reader, by selectolax's HTML5 parser; runs in the sandbox only.

The text is the visible text of a page's main part: scripts, menus, side columns and hidden
elements are left out, and blanks are folded as a browser folds them.
"""

from dataclasses import dataclass, field

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.core.documents import BlockKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers.builder import DocumentBuilder
from bot.ingest.readers.text import NO_WORDS, SIDE_HEADING, heading_title

_SKIPPED = frozenset(
    "script style noscript template nav footer aside form svg iframe object embed head"
    " button select textarea canvas audio video dialog math".split()
)
_BLOCKS = frozenset(
    "address article blockquote body center dd details dialog div dl dt fieldset figure"
    " figcaption header hgroup hr html li main ol p pre section summary table tbody td th"
    " thead tfoot tr ul caption h1 h2 h3 h4 h5 h6".split()
)
_SIDE = BlockKind.HEADING, SIDE_HEADING
_KINDS = {
    **{f"h{n}": (BlockKind.HEADING, min(n, SIDE_HEADING - 1)) for n in range(1, 7)},
    **dict.fromkeys(("figcaption", "caption", "dt"), _SIDE),
    **dict.fromkeys(("li", "dd"), (BlockKind.ITEM, 0)),
    "tr": (BlockKind.ROW, 0),
    "pre": (BlockKind.CODE, 0),
}
_CELLS = frozenset(("td", "th"))
_HIDDEN = regex.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", regex.I)
_BLANKS = regex.compile(r"[ \t\r\n\f]+")
_CONTROLS = regex.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_MAIN_PART_WORDS = 40
"""A `<main>` or `<article>` of fewer words is not taken for the page's main part."""


@dataclass(slots=True)
class _OpenBlock:
    """The block that is being collected; `close` hands it over to `document`."""

    document: DocumentBuilder = field(default_factory=DocumentBuilder)
    pieces: list[str] = field(default_factory=list)
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0

    def close(self) -> None:
        """End the block; one without words is left out."""
        body = "".join(self.pieces)
        self.pieces.clear()
        if self.kind is not BlockKind.CODE:
            body = regex.sub(r" *\n *", "\n", regex.sub(r" {2,}", " ", body))
        body = body.strip(" \t\r\n\f")
        if body.strip():
            self.document.add(body, self.kind, self.level)


def parse(data: bytes) -> Parsed:
    """The blocks of an HTML page in UTF-8, titled by its title tag, else by its first heading."""
    tree = LexborHTMLParser(data.decode("utf-8", "surrogatepass"))
    root = _main_part(tree)
    if root is None:
        raise DocumentError(NO_WORDS)
    block = _OpenBlock()
    _collect(root, block)
    document = block.document
    if not document.blocks:
        raise DocumentError("It shows no words of its own: save the page as text.")
    title = _title(tree) or heading_title(document.text, document.blocks)
    return Parsed(document.text, tuple(document.blocks), title)


def _title(tree: LexborHTMLParser) -> str | None:
    node = tree.css_first("title")
    title = " ".join(_CONTROLS.sub("", node.text()).split()) if node is not None else ""
    return title or None


def _main_part(tree: LexborHTMLParser) -> LexborNode | None:
    for selector in ("main", "[role=main]", "article"):
        nodes = tree.css(selector)
        if len(nodes) == 1 and len(nodes[0].text(deep=True).split()) > _MAIN_PART_WORDS:
            return nodes[0]
    return tree.body or tree.root


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or _HIDDEN.search(attributes.get("style") or "") is not None
    )


def _collect(root: LexborNode, block: _OpenBlock) -> None:
    """Visit the nodes in order, without recursion, since pages may be nested very deep.

    The stack holds each node to enter, and each block element to leave after its children.
    `kinds` are the kinds of the block elements around the current node, the innermost last.
    """
    kinds: list[tuple[BlockKind, int]] = [(BlockKind.PARAGRAPH, 0)]
    stack: list[tuple[LexborNode, bool]] = [(root, False)]
    open_pre = 0
    while stack:
        node, is_leaving = stack.pop()
        tag = node.tag or ""
        if is_leaving:
            open_pre -= tag == "pre"
            block.close()
            kinds.pop()
            block.kind, block.level = kinds[-1]
            continue
        if tag == "-text":
            text = _CONTROLS.sub("", node.text_content or "")
            block.pieces.append(text if open_pre else _BLANKS.sub(" ", text))
            continue
        if tag.startswith("-") or tag in _SKIPPED or _is_hidden(node):
            continue
        if tag == "br":
            block.pieces.append("\n")
        elif tag in _CELLS:
            if any(piece.strip() for piece in block.pieces):
                block.pieces.append(" | ")
        elif tag in _BLOCKS and kinds[-1][0] is BlockKind.ROW:
            block.pieces.append(" ")
        elif tag in _BLOCKS:
            block.close()
            kinds.append(_kind(node, tag, kinds[-1]))
            block.kind, block.level = kinds[-1]
            open_pre += tag == "pre"
            stack.append((node, True))
        stack.extend((child, False) for child in reversed([*node.iter(include_text=True)]))


def _kind(node: LexborNode, tag: str, outer: tuple[BlockKind, int]) -> tuple[BlockKind, int]:
    """The kind and heading level of a block element; `outer` is that of the one around it."""
    if tag == "tr" and node.css_first("td") is None:
        return _SIDE
    if outer[0] is BlockKind.ITEM and tag in ("p", "div"):
        return outer
    return _KINDS.get(tag, (BlockKind.PARAGRAPH, 0))
