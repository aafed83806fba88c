"""The HTML reader, by selectolax's HTML5 parser; runs in the sandbox only.

The text is the visible text of a page's main part: scripts, menus and hidden or struck words are
left out, and blanks are folded as a browser folds them. A formula or picture within a sentence
that cannot be read leaves `[…]`.
"""

from dataclasses import dataclass, field

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.core.documents import BlockKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers import text as plain_text
from bot.ingest.readers.builder import NO_WORDS, UNREADABLE, DocumentBuilder, readable
from bot.ingest.readers.headings import SIDE_HEADING, heading_title
from bot.ingest.readers.html_inline import formula, quotation_mark, raised_or_lowered
from bot.ingest.readers.html_lists import enter_list, leave_list
from bot.ingest.readers.html_parts import PARTS, TEXTLESS, is_furniture, is_hidden, main_part
from bot.ingest.readers.html_tables import is_layout, table_blocks
from bot.ingest.readers.item_numbers import CountedItems

_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figure"
    " figcaption footer form header hgroup hr html li main nav ol p pre section summary table tbody"
    " td th thead tfoot tr ul caption h1 h2 h3 h4 h5 h6".split()
)
_STRUCK = frozenset(("del", "s", "strike"))
_KINDS = {
    **{f"h{n}": (BlockKind.HEADING, min(n, SIDE_HEADING - 1)) for n in range(1, 7)},
    **dict.fromkeys(("li", "dd"), (BlockKind.ITEM, 0)),
    "pre": (BlockKind.CODE, 0),
}
_PARAGRAPH = BlockKind.PARAGRAPH, 0
_PICTURES = frozenset(("img", "svg", "canvas", "object"))
_PICTURE = "\ufffc"  # no text holds it: it is an invisible character, which is taken out
_PICTURES_AT_ENDS = regex.compile(r"^[\s\ufffc]+|[\s\ufffc]+$")
_PICTURES_WITHIN = regex.compile(r"\ufffc(?:\s*\ufffc)*")
_BLANKS = regex.compile(r"[ \t\r\n\f]+")
_PROSE_END = regex.compile(r"\p{L}{2}[.!?](?:\s|$)")
_BLANK_LINE = regex.compile(r"\n[ \t]*\n")
_CODE_LINE = regex.compile(r"[{}<>=$\\;`#]|\w\(|^\s*(?:\$|//|--)", regex.MULTILINE)
_CODE_SHARE = 0.2
_HEADINGS = "h1, h2, h3, h4, h5, h6"
_ROWS = regex.compile(r"\s*<(?:t[rdh]|thead|tbody|tfoot|caption)\b", regex.IGNORECASE)
_TITLE_CHARACTERS = 1_000
_SPACES = regex.compile(r" {2,}")
_AROUND_LINE_END = regex.compile(r" *\n *")
_INDENT = regex.compile(r"[ \t]*\n[ \t]*")
_LINE_ENDS = regex.compile(r"\n{2,}")


def parse(data: bytes) -> Parsed:
    """The blocks of an HTML page in UTF-8, titled by its title tag, else by its first heading."""
    tree = LexborHTMLParser(data.decode("utf-8", "surrogatepass"))
    root = main_part(tree)
    if root is None:
        raise DocumentError(NO_WORDS)
    page = tree.css_first("html")
    walk = _PageText(language=(page.attributes.get("lang") or "") if page is not None else "")
    walk.run(root)
    document = walk.document
    if not document.blocks:
        raise DocumentError("It shows no words of its own: save the page as text.")
    title = _title(tree) or heading_title(document.text, document.blocks)
    return Parsed(document.text, tuple(document.blocks), title)


def fragment(source: str) -> DocumentBuilder:
    """The blocks of a piece of HTML, such as one within Markdown; it may lack its end tags."""
    if _ROWS.match(source):
        source = f"<table>{source}"
    walk = _PageText(language="")
    body = LexborHTMLParser(source).body
    if body is not None:
        walk.run(body)
    return walk.document


def _title(tree: LexborHTMLParser) -> str | None:
    node = tree.css_first("title")
    title = " ".join(readable(node.text()).split()) if node is not None else ""
    return title[:_TITLE_CHARACTERS] or None


@dataclass(slots=True)
class _PageText:
    """Visits nodes in order, without recursion, since pages may be nested very deep.

    `pieces` are the words of the block that is being collected; `kinds` are the kinds of the
    block elements around the current node, the innermost last. Within a cell of a table, all
    blocks are lines of one.
    """

    language: str
    is_cell: bool = False
    document: DocumentBuilder = field(default_factory=DocumentBuilder)
    pieces: list[str] = field(default_factory=list)
    kinds: list[tuple[BlockKind, int]] = field(default_factory=lambda: [_PARAGRAPH])
    items: CountedItems = field(default_factory=CountedItems)
    open_pre: int = 0
    open_quotations: int = 0
    open_parts: int = 0

    def run(self, root: LexborNode) -> None:
        """Collect what `root` shows. Each element that was entered is left after its children."""
        stack: list[tuple[LexborNode, bool]] = [(root, False)]
        while stack:
            node, is_leaving = stack.pop()
            tag = node.tag or ""
            if is_leaving:
                self._leave(tag)
            elif tag == "-text":
                text = readable(node.text_content or "")
                self.pieces.append(text if self.open_pre else _BLANKS.sub(" ", text))
            elif not tag.startswith("-") and not is_hidden(node) and not self._is_read(node, tag):
                self._enter(node, tag)
                stack.append((node, True))
                stack.extend((child, False) for child in reversed([*node.iter(include_text=True)]))
        self._close()

    def words(self) -> str:
        """The words that are collected, folded; none of the pieces is left."""
        body = "".join(self.pieces)
        self.pieces.clear()
        if _PICTURE in body:
            body = _PICTURES_WITHIN.sub(UNREADABLE, _PICTURES_AT_ENDS.sub("", body))
        if self.kinds[-1][0] is not BlockKind.CODE:
            body = _AROUND_LINE_END.sub("\n", _SPACES.sub(" ", body))
        return _LINE_ENDS.sub("\n", body).strip() if self.is_cell else body.strip(" \t\r\n\f")

    def _is_read(self, node: LexborNode, tag: str) -> bool:
        """Whether an element is left out, or was read whole."""
        match tag:
            case "math":
                self.pieces.append(readable(formula(node)))
            case "sup" | "sub":
                self.pieces.append(readable(raised_or_lowered(node)))
            case "br":
                self.pieces.append("\n")
            case "table" if not self.is_cell and not is_layout(node):
                self._close()
                for body, kind, level in table_blocks(node, self._cell_text):
                    self.document.add(body, kind, level)
            case _ if tag in _PICTURES:
                self.pieces.append(_picture(node))
            case "button":
                return self.kinds[-1][0] is not BlockKind.HEADING and not node.css_first(_HEADINGS)
            case "a":
                return self._is_anchor(node)
            case _:
                is_part = tag in PARTS and not self.open_parts
                return tag in TEXTLESS or tag in _STRUCK or (is_part and is_furniture(node))
        return True

    def _is_anchor(self, node: LexborNode) -> bool:
        """Whether a link is the sign beside a heading that leads to it."""
        if self.kinds[-1][0] is not BlockKind.HEADING:
            return False
        return not any(map(str.isalnum, node.text(deep=True)))

    def _enter(self, node: LexborNode, tag: str) -> None:
        self.open_parts += tag in PARTS
        if tag == "q":
            self.pieces.append(quotation_mark(self.language, self.open_quotations, closes=False))
            self.open_quotations += 1
        elif tag in _BLOCKS and self.is_cell:
            self.pieces.append("\n")
        elif tag in _BLOCKS:
            self._close()
            enter_list(self.items, node, tag)
            self.kinds.append(_kind(tag, self.kinds[-1]))
            self.open_pre += tag == "pre"

    def _leave(self, tag: str) -> None:
        self.open_parts -= tag in PARTS
        if tag == "q":
            self.open_quotations -= 1
            self.pieces.append(quotation_mark(self.language, self.open_quotations, closes=True))
        elif tag in _BLOCKS and self.is_cell:
            self.pieces.append("\n")
        elif tag in _BLOCKS:
            self._close()
            leave_list(self.items, tag)
            self.open_pre -= tag == "pre"
            self.kinds.pop()

    def _close(self) -> None:
        """End the block; one without words is left out."""
        if self.is_cell:
            return
        kind, level = self.kinds[-1]
        body = self.words()
        if kind is BlockKind.CODE and _is_prose(body):
            self._add_plain_text(body)
        elif body.strip():
            is_part = kind in (BlockKind.ITEM, BlockKind.CODE)
            landmark = self.items.landmark if is_part else None
            self.document.add(body, kind, level, landmark=landmark)

    def _add_plain_text(self, body: str) -> None:
        """Add preformatted prose, as letters and standards have it, in its paragraphs."""
        parsed = plain_text.parse(body.encode())
        end = 0
        for block in parsed.blocks:
            mark = " ".join(parsed.text[end : block.span.start].split())
            words = _INDENT.sub("\n", block.span.of(parsed.text))
            self.document.add(_SPACES.sub(" ", words), block.kind, block.level, mark=mark)
            end = block.span.end

    def _cell_text(self, cell: LexborNode) -> str:
        walk = _PageText(self.language, is_cell=True)
        walk.run(cell)
        return walk.words()


def _kind(tag: str, outer: tuple[BlockKind, int]) -> tuple[BlockKind, int]:
    """The kind and heading level of a block element; `outer` is that of the one around it."""
    if outer[0] is BlockKind.ITEM and tag in ("p", "div"):
        return outer
    return _KINDS.get(tag, _PARAGRAPH)


def _picture(node: LexborNode) -> str:
    """The sign of a picture; nothing for one that says nothing, and the emoji that one shows."""
    if node.tag != "img" or "alt" not in node.attributes:
        return _PICTURE
    words = node.attributes["alt"] or ""
    return _PICTURE if any(map(str.isalnum, words)) else readable(words)


def _is_prose(body: str) -> bool:
    """Whether preformatted text is paragraphs of sentences, and no code."""
    if not _BLANK_LINE.search(body) or not _PROSE_END.search(body):
        return False
    lines = [line for line in body.splitlines() if line.strip()]
    return sum(_CODE_LINE.search(line) is not None for line in lines) <= _CODE_SHARE * len(lines)
