"""The parts of an HTML page: which one is its text, and which show none of it.

No tag alone makes a part furniture: whole pages stand in one `<form>`, and warnings in `<aside>`.
What is left out is hidden, or holds more words of links and buttons than of text.
"""

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

TEXTLESS = frozenset(
    "script style noscript template svg iframe object embed head select textarea canvas audio"
    " video math".split()
)
"""Elements whose text is not that of the page."""

PARTS = frozenset("nav footer aside form dialog".split())
"""Elements that may be furniture."""

_HIDDEN_STYLE = regex.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", regex.I)
_HIDDEN_CLASS = regex.compile(r"(?:^|\s)(?:sr-only|visually-?hidden|screen-reader-text)(?:\s|$)")
_NOTICE = regex.compile(r"©|\bcopyright\b|all rights reserved|\bcookies?\b", regex.I)
_ENDS_SENTENCE = regex.compile(r"[.!?。！？।؟](?:\s|$)")
_MAIN_PART_WORDS = 40
_FURNITURE_WORDS = 12
_MAIN_PARTS = (("main", 0.2), ("[role=main]", 0.2), ("article", 0.5))
"""The least share of a page's words, outside of links, that its one such part has."""


def main_part(tree: LexborHTMLParser) -> LexborNode | None:
    """The element that holds the text of the page, if any; a teaser beside the text is none."""
    page = tree.body or tree.root
    for selector, share in _MAIN_PARTS:
        nodes = tree.css(selector)
        if page is None or len(nodes) != 1:
            continue
        least = _MAIN_PARTS[0][1] if nodes[0].css_first("h1") is not None else share
        words = _words(nodes[0])[0]
        if words > _MAIN_PART_WORDS and words >= least * _words(page)[0]:
            return nodes[0]
    return page


def is_hidden(node: LexborNode) -> bool:
    """Whether the page does not show an element; what a search in the page finds is shown."""
    attributes = node.attributes
    return (
        ("hidden" in attributes and (attributes["hidden"] or "").lower() != "until-found")
        or attributes.get("aria-hidden") == "true"
        or _HIDDEN_STYLE.search(attributes.get("style") or "") is not None
        or _HIDDEN_CLASS.search(attributes.get("class") or "") is not None
    )


def is_furniture(node: LexborNode) -> bool:
    """Whether an element of `PARTS` holds no text of its own."""
    tag = node.tag
    if tag == "dialog":
        return "open" not in node.attributes
    if tag == "footer" and _is_within_text(node):
        return False
    words, linked, text = _words(node)
    if tag == "aside":
        return linked >= words
    if tag == "form":
        return linked >= words or (words < _FURNITURE_WORDS and not _ENDS_SENTENCE.search(text))
    return words < _FURNITURE_WORDS or 2 * linked > words or _NOTICE.search(text) is not None


def _is_within_text(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag in ("article", "main", "section", "blockquote"):
            return True
        parent = parent.parent
    return False


def _words(root: LexborNode) -> tuple[int, int, str]:
    """The numbers of an element's words outside of links and within, and the text outside."""
    texts: list[str] = []
    linked_words = 0
    stack = [(root, False)]
    while stack:
        node, is_linked = stack.pop()
        tag = node.tag or ""
        if tag == "-text":
            text = node.text_content or ""
            if is_linked:
                linked_words += len(text.split())
            else:
                texts.append(text)
        elif tag not in TEXTLESS and not tag.startswith("-"):
            inner = is_linked or tag in ("a", "button")
            stack.extend((child, inner) for child in reversed([*node.iter(include_text=True)]))
    text = " ".join(texts)
    return len(text.split()), linked_words, text
