"""Footnotes and endnotes of a book, which are found by the links to them.

A note says what it is (`epub:type="footnote"`), or it leads back to the sign that leads to it. The
signs are taken out of the text: `in 194<a href="#n1">1</a>` would read as a year.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.ingest.readers import html
from bot.ingest.readers.epub_package import resolved

_SIGN = regex.compile(r"[\[(]?(\p{Nd}{1,4}|\p{L}|[ivxlc]{1,6}|[*†‡§¶]{1,4})[\])]?[.:]?")
_IS_NOTE = (
    "[epub\\:type~=note], [epub\\:type~=footnote], [epub\\:type~=endnote], [epub\\:type~=rearnote],"
    " [role~=doc-footnote], [role~=doc-endnote]"
)
_SURE_SIGNS = (
    "[epub\\:type~=noteref], [role~=doc-noteref], [epub\\:type~=pagebreak], [role~=doc-pagebreak]"
)
"""Signs of notes, also of such as are missing, and numbers of printed pages among the words."""

_BLOCKS = ("aside", "li", "p", "div", "dd")
_HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_WORDS_OF_BLOCKS = (*_BLOCKS, *_HEADING_TAGS, "td", "body")
_LONGEST = 8_000


@dataclass(frozen=True, slots=True)
class Note:
    """A note with the words of its blocks; the first ones from `begin`, behind the mark."""

    mark: str
    paragraphs: list[str]
    begin: int


@dataclass(frozen=True, slots=True)
class _Sign:
    """A link that may be the sign of a note, and its own address, to which the note leads back."""

    node: LexborNode
    mark: str
    addresses: frozenset[str]


def take_notes(trees: Mapping[str, LexborHTMLParser]) -> dict[str, list[Note]]:
    """The notes in each file of a book, in their order; their signs are taken out of the trees."""
    signs: dict[str, list[_Sign]] = defaultdict(list)
    for path, tree in trees.items():
        for link in tree.css("a[href*='#']"):
            match = _SIGN.fullmatch(link.text(deep=True).strip())
            if match is None or _begins_block(link):
                continue
            own = (link, link.parent, link.css_first("[id]"))
            ids = {node.attributes.get("id") for node in own if node is not None}
            addresses = frozenset(f"{path}#{name}" for name in ids if name)
            signs[_address(path, link)].append(_Sign(link, match[1], addresses))
    notes = {path: _notes(path, tree, signs) for path, tree in trees.items()}
    for tree in trees.values():
        for node in tree.css(_SURE_SIGNS):
            node.decompose()
    return notes


def _notes(path: str, tree: LexborHTMLParser, signs: Mapping[str, list[_Sign]]) -> list[Note]:
    found: list[Note] = []
    for node in tree.css(_IS_NOTE):
        if "hidden" in node.attributes:  # until a program for books opens it
            del node.attrs["hidden"]
    said = {node.mem_id for node in tree.css(_IS_NOTE)}
    for target in tree.css("[id]"):
        leading = signs.get(f"{path}#{target.attributes['id']}", ())
        block = _block(target, said) if leading else None
        if block is None:
            continue
        back = _ways_back(path, block)
        sure = [sign for sign in leading if block.mem_id in said or back & sign.addresses]
        if sure and (note := _note(block, sure[0].mark)) is not None:
            found.append(note)
            for sign in sure:
                sign.node.decompose()
    return found


def _block(node: LexborNode | None, said: set[int]) -> LexborNode | None:
    """The note that a link to `node` leads to, unless it is longer than any note or a chapter."""
    first: LexborNode | None = None
    while node is not None:
        if node.mem_id in said:
            return node
        if node.tag in _HEADING_TAGS and first is None:
            return None
        if first is None and node.tag in _BLOCKS:
            first = node
        node = node.parent
    if first is None or first.css_first(", ".join(_HEADING_TAGS)) is not None:
        return None
    return first if len(first.text(deep=True)) <= _LONGEST else None


def _ways_back(path: str, note: LexborNode) -> set[str]:
    """The targets of links that begin a block, as in a note, or that are no signs of notes."""
    return {
        _address(path, link)
        for link in note.css("a[href*='#']")
        if _begins_block(link) or not _SIGN.fullmatch(link.text(deep=True).strip())
    }


def _begins_block(link: LexborNode) -> bool:
    """Whether no words stand before a link in its paragraph or heading, as before no sign."""
    node: LexborNode | None = link
    while node is not None and node.tag not in _WORDS_OF_BLOCKS:
        before = node.prev
        while before is not None:
            if before.text(deep=True).strip():
                return False
            before = before.prev
        node = node.parent
    return True


def _note(node: LexborNode, mark: str) -> Note | None:
    for link in node.css("a[href*='#']"):
        text = link.text(deep=True).strip()
        if not any(map(str.isalnum, text)) and not _SIGN.fullmatch(text):
            link.decompose()  # an arrow that leads back
    built = html.fragment(node.html or "")
    paragraphs = [block.span.of(built.text) for block in built.blocks]
    if not paragraphs:
        return None
    begins = regex.match(rf"[\[(]?{regex.escape(mark)}[\])]?[.:]?\s+", paragraphs[0])
    return Note(mark, paragraphs, begins.end() if begins else 0)


def _address(path: str, link: LexborNode) -> str:
    """The target of a link: the file in the package and the name of a place in it."""
    reference = link.attributes.get("href") or ""
    return f"{resolved(path, reference)}#{unquote(reference.partition('#')[2])}"
