"""Marks of Markdown within a paragraph, which a page that is made of it does not show.

A mark is told by what markdown-it-py makes of the paragraph: whatever lies between two pieces of
its words. Where that is not certain, the marks stay visible: words never go. So does a mark between
two letters or figures, since "2*3*4" must not read as "234".
"""

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from typing import Any

import regex
from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkDestination, parseLinkTitle
from markdown_it.token import Token

from bot.core.documents import Span

_INLINE = MarkdownIt("commonmark").disable("text_join")
_MARK = regex.compile(r"[*_`\[<\\]")
_MARKS = regex.compile(r"[*_`~\[\]!<>\\\s]*")
_LINK_END = regex.compile(r"[*_`~]*\](?:\[[^\]]{0,999}\]|(\())?")
_BLANKS = regex.compile(r"\s*")
_NOTE = regex.compile(r"^[ ]{0,3}\[\^([^\]\s]{1,40})\]:", regex.MULTILINE)
_REFERENCE = regex.compile(r"\[\^([^\]\s]{1,40})\](?!:)")


def hidden_marks(
    text: str, blocks: Iterable[Span], environment: MutableMapping[str, Any]
) -> tuple[Span, ...]:
    """The marks in `blocks`, in order, which are paragraphs, items, headings or rows of `text`.

    `environment` is that of the parser after it read the whole text, with the targets of links.
    """
    notes = set(_NOTE.findall(text))
    found: list[Span] = []
    for block in blocks:
        words = block.of(text)
        if not _MARK.search(words):
            continue
        marks = [*_inline_marks(words, environment), *_references(words, notes)]
        found += (
            Span(block.start + mark.start, block.start + mark.end)
            for mark in _united(marks)
            if not (words[mark.start - 1 : mark.start] + words[mark.end : mark.end + 1]).isalnum()
            or mark.start == 0
            or mark.end == len(words)
        )
    return tuple(found)


def is_picture(text: str, environment: MutableMapping[str, Any]) -> bool:
    """Whether a paragraph is pictures and nothing else; their descriptions are no words of it."""
    if "![" not in text:
        return False
    children = _children(text, environment)
    words = (each.content for each in children if each.type.startswith(("text", "code")))
    has_picture = any(each.type == "image" for each in children)
    return has_picture and not any(map(str.isalnum, "".join(words)))


def _children(text: str, environment: MutableMapping[str, Any]) -> Sequence[Token]:
    """The pieces of a paragraph: words, and marks that begin or end something."""
    return _INLINE.inline.parse(text, _INLINE, environment, [])


def _inline_marks(text: str, environment: MutableMapping[str, Any]) -> Iterator[Span]:
    """The marks in a paragraph, as far as they are certain."""
    place = 0
    for child in _children(text, environment):
        match child.type:
            case "text" | "text_special" | "code_inline":
                words = child.markup if child.info == "entity" else child.content
                found = text.find(words, place)
                if found < 0 or not _MARKS.fullmatch(text, place, found):
                    return
                yield from _span(text, place, found)
                place = found + len(words)
            case "link_close" if child.markup != "autolink":
                end = _link_end(text, place)
                yield from _span(text, place, end)
                place = end
            case "image":
                start = text.find("![", place)
                if start < 0 or not _MARKS.fullmatch(text, place, start):
                    return
                yield from _span(text, place, start)
                end = _link_end(text, start + 2 + len(child.content))
                yield from _span(text, start, end)
                place = end
            case "html_inline":
                return
    if _MARKS.fullmatch(text, place):
        yield from _span(text, place, len(text))


def _link_end(text: str, place: int) -> int:
    """The end of a link whose words end at `place`; `place` itself if that is no end of one."""
    match = _LINK_END.match(text, place)
    if match is None:
        return place
    if match[1] is None:
        return match.end()
    target = parseLinkDestination(text, _after_blanks(text, match.end()), len(text))
    end = _after_blanks(text, target.pos if target.ok else match.end())
    title = parseLinkTitle(text, end, len(text))
    end = _after_blanks(text, title.pos) if title.ok else end
    return end + 1 if text.startswith(")", end) else place


def _after_blanks(text: str, place: int) -> int:
    match = _BLANKS.match(text, place)
    return match.end() if match else place


def _references(text: str, notes: set[str]) -> Iterator[Span]:
    """The references to footnotes that the document has."""
    for match in _REFERENCE.finditer(text):
        if match[1] in notes:
            yield Span(*match.span())


def _span(text: str, start: int, end: int) -> Iterator[Span]:
    """The span without the blanks around it, if anything is left."""
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    if words.strip():
        yield Span(start, start + len(words.strip()))


def _united(marks: list[Span]) -> list[Span]:
    """The marks in order, those that touch or overlap as one."""
    united: list[Span] = []
    for mark in sorted(marks):
        if united and mark.start <= united[-1].end:
            united[-1] = Span(united[-1].start, max(united[-1].end, mark.end))
        else:
            united.append(mark)
    return united
