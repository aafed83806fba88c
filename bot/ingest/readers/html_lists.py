"""Ordered lists of HTML pages, whose numbers the browser counts and the page does not hold.

Source: "The ol element" and "The li element" of the HTML standard.
"""

import regex
from selectolax.lexbor import LexborNode

from bot.ingest.readers.item_numbers import CountedItems

_UNORDERED = ("ul", "menu")
_STYLE = regex.compile(r"list-style(?:-type)?\s*:[^;]*?(?<![\w-])(none|(?:lower|upper)-\w+)")
_STYLES = {
    **dict.fromkeys(("lower-alpha", "lower-latin"), "a"),
    **dict.fromkeys(("upper-alpha", "upper-latin"), "A"),
    "lower-roman": "i",
    "upper-roman": "I",
}
_INTEGER = regex.compile(r"\s*([-+]?[0-9]{1,6})")


def enter_list(items: CountedItems, node: LexborNode, tag: str) -> None:
    """Begin the list or item that `node` is, if it is one."""
    if tag == "li":
        items.next_item(_integer(node, "value"))
    elif tag in _UNORDERED:
        items.open_list(None)
    elif tag == "ol":
        style = _STYLE.search((node.attributes.get("style") or "").lower())
        is_reversed = "reversed" in node.attributes
        first = _integer(node, "start")
        if first is None:
            first = sum(child.tag == "li" for child in node.iter()) if is_reversed else 1
        form = _STYLES.get(style[1], "1") if style else node.attributes.get("type") or "1"
        has_numbers = style is None or style[1] != "none"
        items.open_list(first if has_numbers else None, form, is_reversed=is_reversed)


def leave_list(items: CountedItems, tag: str) -> None:
    """End the list that an element with this tag is, if it is one."""
    if tag == "ol" or tag in _UNORDERED:
        items.close_list()


def _integer(node: LexborNode, name: str) -> int | None:
    match = _INTEGER.match(node.attributes.get(name) or "")
    return int(match[1]) if match else None
