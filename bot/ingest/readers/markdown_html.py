"""HTML within Markdown: its words without the tags, and the marks of containers.

A block of HTML is read as a page is. Tags within a sentence are left out; `<id>` and other names
that are no elements of HTML are text.
"""

from collections.abc import Iterator
from textwrap import dedent

import regex

from bot.ingest.readers import html
from bot.ingest.readers.builder import UNREADABLE
from bot.ingest.readers.html_inline import set_apart
from bot.ingest.readers.text_edits import Edit

_ELEMENTS = (
    "a|abbr|address|article|aside|b|bdi|bdo|big|blockquote|body|button|caption|center|cite|code|dd"
    "|del|details|dfn|div|dl|dt|em|figcaption|figure|font|footer|h[1-6]|header|i|iframe|ins|kbd"
    "|label|li|main|mark|nav|ol|p|picture|pre|q|s|samp|section|small|source|span|strike|strong|sub"
    "|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|video|wbr"
)
_ATTRIBUTES = r"(?:\s[^<>]*)?/?>"
_INLINE = regex.compile(
    r"(?P<skip>\\.|(?P<ticks>`++).{1,4000}?(?<!`)(?P=ticks)(?!`))"
    r"|<(?P<raised>su[pb])>(?P<words>[^<>\n]{1,20})</(?P=raised)>"
    r"|(?P<struck><(?P<strike>del|s|strike)>[^<>]*</(?P=strike)>)"
    rf"|(?P<br><br{_ATTRIBUTES})"
    rf"|(?P<img><img{_ATTRIBUTES})"
    r"|(?P<component><(?-i:[A-Z])\w*(?:\s[^<>]*)?/>)"
    r"|(?P<comment><!--.{0,4000}?-->)"
    rf"|(?P<tag></?(?:{_ELEMENTS}){_ATTRIBUTES})",
    regex.DOTALL | regex.IGNORECASE,
)
_CONTAINER = regex.compile(
    r'^(?P<admonition>[ \t>]*+)===(?=[+!]? "[^"\n]*"[ \t]*$)'
    r"|^(?P<fence>[ \t>]*+:{3,}[^\n]*)(?P<inner>(?:\n(?: {4}|\t)[^\n]*)*+)$"
    r"|^(?P<alert>[ \t]*+>[ \t>]*+\[!\w+\][ \t]*)$",
    regex.MULTILINE,
)


def with_plain_containers(source: str) -> str:
    """`source`, line for line, with tabs as admonitions and without the marks of containers.

    `=== "Winter"` begins an indented part as `!!! "Winter"` does; `:::note` and `> [!NOTE]` stand
    alone on their lines, and what is indented below the former is no code.
    """

    def plain(match: regex.Match[str]) -> str:
        if match["admonition"] is not None:
            return match["admonition"] + "!!!"
        mark = match["fence"] or match["alert"]
        return regex.sub(r"[^>\s]", " ", mark) + dedent(match["inner"] or "")

    return _CONTAINER.sub(plain, source)


def block_edit(source: str, start: int, end: int) -> Edit | None:
    """The edit that reads HTML from `start` to `end`; None where that shows no words."""
    document = html.fragment(source[start:end])
    if not any(map(str.isalpha, document.text)):
        return None
    tail = source[start:end]
    line_ends = tail[len(tail.rstrip()) :]
    return Edit(start, end, document.text + line_ends, tuple(document.blocks))


def inline_edits(source: str, start: int, end: int) -> Iterator[Edit]:
    """The edits that take the tags from the text of a paragraph, heading or row."""
    if source.find("<", start, end) < 0:
        return
    matches = list(_INLINE.finditer(source, start, end))
    starts = [start, *(match.end() for match in matches)]
    ends = [*(match.start() for match in matches), end]
    with_words = [
        number
        for number, (first, last) in enumerate(zip(starts, ends, strict=True))
        if any(map(str.isalnum, source[first:last]))
    ]
    for number, match in enumerate(matches):
        if match["skip"] is None:
            first, last = match.span()
            is_among_words = bool(with_words) and with_words[0] <= number < with_words[-1]
            words = _in_place_of(match, source, is_among_words=is_among_words)
            is_between_blanks = source[first - 1 : first] == source[last : last + 1] == " "
            yield Edit(first, last + (not words and is_between_blanks), words)


def _in_place_of(match: regex.Match[str], source: str, *, is_among_words: bool) -> str:
    if match["raised"]:
        return set_apart(match["words"].strip(), is_raised=match["raised"].lower() == "sup")
    if match["br"]:
        return "" if source.startswith("\n", match.end()) else "\n"
    return UNREADABLE if (match["img"] or match["component"]) and is_among_words else ""
