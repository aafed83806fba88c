"""The reader of reStructuredText, by docutils (public domain); runs in the sandbox only.

Nothing but the file is read: `include`, `raw` and the like are switched off, and so are settings
files. Directives and roles of Sphinx, which nearly all such files have, are read by their words.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO

from docutils import nodes
from docutils.core import publish_doctree

from bot.core.documents import BlockKind, Landmark, LandmarkKind, Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers.builder import (
    DAMAGED,
    UNREADABLE,
    DocumentBuilder,
    cleaned,
    cleaned_code,
    readable,
)
from bot.ingest.readers.headings import SIDE_HEADING, titled
from bot.ingest.readers.html_inline import set_apart
from bot.ingest.readers.item_numbers import item_landmark
from bot.ingest.readers.number_formats import written
from bot.ingest.readers.rst_names import Unreadable, known_names
from bot.ingest.readers.table_rows import TableCell, row_blocks, row_text, with_spans

_SETTINGS = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "input_encoding": "unicode",
    "report_level": 2,  # messages stay in the tree: they hold what could not be parsed
    "halt_level": 5,
    "smart_quotes": False,
    "syntax_highlight": "none",
    "sectsubtitle_xform": False,
}
_ERROR = 3
_NOT_SHOWN = (
    *(nodes.comment, nodes.substitution_definition, nodes.target, nodes.pending, nodes.raw),
    *(nodes.decoration, nodes.meta, nodes.image, nodes.colspec),
)
_WORDLESS = (nodes.footnote_reference, nodes.raw, nodes.system_message)
_FORMS = {
    "arabic": "decimal",
    "loweralpha": "lowerLetter",
    "upperalpha": "upperLetter",
    "lowerroman": "lowerRoman",
    "upperroman": "upperRoman",
}
_MARK_CHARACTERS = 20


def parse(data: bytes) -> Parsed:
    """The blocks of a file in UTF-8, titled by its title, else by its first heading."""
    source = readable(data.decode("utf-8", "surrogatepass"))
    settings = _SETTINGS | {
        "line_length_limit": len(source) + 1,
        "warning_stream": StringIO(),
    }
    try:
        with known_names(source):
            tree = publish_doctree(source, settings_overrides=settings)
        walk = _TreeText()
        walk.children(tree)
    except RecursionError:
        raise DocumentError("Its parts are nested too deep to be read: save it anew.") from None
    except ValueError:  # of docutils, for substitutions that stand for each other in a circle
        raise DocumentError(DAMAGED) from None
    fault = f"has markup that cannot be read, which is left out ({walk.faults:,})"
    return titled(walk.document, (), [fault] if walk.faults else [])


@dataclass(slots=True)
class _TreeText:
    """Adds the blocks of a tree.

    `numbers` are the marks of the numbered items around, `mark` is that of the next one.
    """

    document: DocumentBuilder = field(default_factory=DocumentBuilder)
    depth: int = 0
    open_items: int = 0
    numbers: list[str] = field(default_factory=list)
    mark: str = ""
    note: str = ""
    faults: int = 0

    def children(self, node: nodes.Element) -> None:
        for child in node.children:
            if isinstance(child, nodes.Element) and not isinstance(child, _NOT_SHOWN):
                self.block(child)

    def block(self, node: nodes.Element) -> None:
        """Add the blocks of one element."""
        match node:
            case nodes.section():
                self.depth += 1
                self.children(node)
                self.depth -= 1
            case nodes.title() | nodes.subtitle() | nodes.rubric():
                self._add_title(node)
            case nodes.topic() if "contents" in node["classes"]:
                pass
            case nodes.system_message():
                self._add_fault(node)
            case Unreadable() | nodes.math_block():
                self.document.add_gap()
            case nodes.literal_block() | nodes.doctest_block():
                self._add(cleaned_code(node.astext()), BlockKind.CODE)
            case nodes.line_block():
                self._add(_lines(node))
            case nodes.bullet_list() | nodes.enumerated_list():
                self._add_items(node)
            case nodes.footnote() | nodes.citation():
                self._add_note(node)
            case nodes.field() | nodes.option_list_item():
                name, body = node.children[0], node.children[1]
                self._add_named(_words(name), body)
            case nodes.docinfo():
                self._add_facts(node)
            case nodes.definition():
                self.open_items += 1
                self.children(node)
                self.open_items -= 1
            case nodes.table():
                self._add_table(node)
            case nodes.TextElement():
                self._add(_words(node))
            case _:
                self.children(node)

    def _add(self, body: str, kind: BlockKind = BlockKind.PARAGRAPH) -> None:
        if kind is BlockKind.PARAGRAPH:
            body = cleaned(body)
            kind = BlockKind.ITEM if self.open_items else kind
        if not any(map(str.isalnum, body)):
            if UNREADABLE in body:
                self.document.add_gap()
            return
        landmark = None
        if self.note:
            landmark = Landmark(LandmarkKind.NOTE, self.note)
        elif self.numbers and kind is BlockKind.ITEM:
            landmark = item_landmark(self.numbers)
        self.document.add(body, kind, landmark=landmark, mark=self.mark)
        self.mark = ""

    def _add_title(self, node: nodes.Element) -> None:
        level = min(self.depth + 1, SIDE_HEADING - 1)
        if isinstance(node.parent, nodes.section):
            level = min(self.depth + self._has_title(node), SIDE_HEADING - 1)
        elif not isinstance(node.parent, nodes.document) or isinstance(node, nodes.rubric):
            level = SIDE_HEADING
        self.document.add(cleaned(_words(node)).replace("\n", " "), BlockKind.HEADING, level)

    def _has_title(self, node: nodes.Element) -> bool:
        root = node.document
        return root is not None and bool(root.children) and isinstance(root[0], nodes.title)

    def _add_fault(self, node: nodes.Element) -> None:
        """Leave a gap for what could not be parsed, or what is switched off."""
        first_line = node.astext().partition("\n")[0]
        is_switched_off = "disabled" in first_line or "deactivated" in first_line
        is_lost = node["level"] >= _ERROR and any(
            isinstance(child, nodes.literal_block) for child in node.children
        )
        if is_lost or is_switched_off:
            self.document.add_gap()
            self.faults += is_lost

    def _add_items(self, node: nodes.Element) -> None:
        form = _FORMS.get(node.get("enumtype", ""))
        for number, item in enumerate(node.children, int(node.get("start", 1))):
            if not isinstance(item, nodes.Element):
                continue
            self.mark = ""
            if form is not None:
                self.mark = f"{node['prefix']}{written(number, form)}{node['suffix']}"
                self.numbers.append(self.mark)
            self.open_items += 1
            self.children(item)
            self.open_items -= 1
            if form is not None:
                self.numbers.pop()
        self.mark = ""

    def _add_note(self, node: nodes.Element) -> None:
        label = cleaned(node.children[0].astext())
        self.note = label[:_MARK_CHARACTERS]
        self.mark = label
        for child in node.children[1:]:
            if isinstance(child, nodes.Element):
                self.block(child)
        self.note = self.mark = ""

    def _add_facts(self, node: nodes.Element) -> None:
        """Add what is said of the document itself at its top, as "author: Ida Kern"."""
        for child in node.children:
            if isinstance(child, nodes.field):
                self.block(child)
            elif isinstance(child, nodes.authors):
                self._add("\n".join(f"author: {_words(each)}" for each in child.children))
            elif isinstance(child, nodes.Element):
                self._add(f"{child.tagname}: {_words(child)}")

    def _add_named(self, name: str, body: nodes.Node) -> None:
        """Add a field or an option: its name and the first paragraph are one item."""
        paragraphs = [child for child in body.children if isinstance(child, nodes.Element)]
        words = ""
        if paragraphs and isinstance(paragraphs[0], nodes.paragraph):
            words = _words(paragraphs.pop(0))
        self.open_items += 1
        self._add(f"{name}: {words}" if words else name)
        for child in paragraphs:
            self.block(child)
        self.open_items -= 1

    def _add_table(self, node: nodes.Element) -> None:
        for child in node.findall(nodes.title):
            self.document.add(cleaned(_words(child)))
        rows = list(node.findall(nodes.row))
        texts = map(row_text, with_spans(map(_cells, rows)))
        heads = (isinstance(row.parent, nodes.thead) for row in rows)
        for block in row_blocks(zip(texts, heads, strict=True)):
            self.document.add(*block)


def _cells(row: nodes.row) -> Iterator[TableCell]:
    for entry in row.children:
        if isinstance(entry, nodes.entry):
            width, height = int(entry.get("morecols", 0)) + 1, int(entry.get("morerows", 0)) + 1
            yield TableCell(_cell(entry), width, height)


def _cell(entry: nodes.Element) -> str:
    walk = _TreeText()
    walk.children(entry)
    text = walk.document.text
    return "\n".join(line for line in text.split("\n") if line.strip())


def _lines(block: nodes.Element) -> str:
    return "\n".join(
        _lines(child) if isinstance(child, nodes.line_block) else _words(child)
        for child in block.children
    )


def _words(node: nodes.Node) -> str:
    """The words of a line of text, without signs of notes; figures keep apart from the raised."""
    match node:
        case nodes.Text():
            return node.astext()
        case nodes.superscript() | nodes.subscript():
            is_raised = isinstance(node, nodes.superscript)
            return set_apart(node.astext(), is_raised=is_raised)
        case nodes.math():
            text = node.astext()
            return text if text.isalnum() else UNREADABLE
        case nodes.image():
            words = str(node.get("alt", ""))
            return words if any(map(str.isalnum, words)) else UNREADABLE
        case nodes.citation_reference():
            return f"[{node.astext()}]"
        case nodes.option_group():
            return ", ".join(map(_words, node.children))
        case nodes.option_argument():
            return str(node.get("delimiter", " ")) + node.astext()
    if isinstance(node, _WORDLESS):
        return ""
    return "".join(map(_words, node.children))
