"""What Discord's clients make of a text: an independent reading of their published rules.

Where clients differ it takes the one that acts: any name between colons is a picture, any
scheme is followed, a mention may have any number. So what passes here is plain everywhere.
Sources: the rules of simple-markdown, on which Discord's are built; Discord's SimpleAST
library; the "Message Formatting" page of its reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

LETTERS_DRAWN = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194\u2195\u25b6\u260e\u2611\u2714\u2764"
"""Some of the letters that become pictures unless a backslash stands before them."""


@dataclass(frozen=True, slots=True)
class ShownMarkdown:
    """Characters as they are seen, under which marks, and where a click on them leads."""

    text: str
    marks: frozenset[str] = frozenset()
    target: str | None = None


@dataclass(frozen=True, slots=True)
class MarkdownPlace:
    """What the rules have to know of what stands around."""

    line_start: bool = True
    in_quote: bool = False
    in_link: bool = False
    marks: frozenset[str] = frozenset()
    target: str | None = None

    def under(self, mark: str) -> MarkdownPlace:
        return replace(self, marks=self.marks | {mark}, line_start=True)


Read = tuple[int, list[ShownMarkdown]] | None
Rule = Callable[[str, int, MarkdownPlace], Read]


def read(markdown: str) -> list[ShownMarkdown]:
    """A whole message, as it is seen: neighbours of one kind together."""
    merged: list[ShownMarkdown] = []
    for one in _read(markdown.strip(), MarkdownPlace()):
        if merged and (merged[-1].marks, merged[-1].target) == (one.marks, one.target):
            merged[-1] = replace(one, text=merged[-1].text + one.text)
        else:
            merged.append(one)
    return merged


def seen(shown: list[ShownMarkdown]) -> str:
    """All that is seen, without how."""
    return "".join(one.text for one in shown)


def invitations(markdown: str) -> list[str]:
    """The invitations a client finds in the raw text and shows as cards."""
    return re.findall(r"discord(?:app)?\.(?:gg|com|new)/\S+", markdown, re.IGNORECASE)


def _read(source: str, place: MarkdownPlace) -> Iterator[ShownMarkdown]:
    at = 0
    while at < len(source):
        for rule in RULES:
            found = rule(source, at, place)
            if found is not None:
                break
        else:
            found = at + 1, [ShownMarkdown(source[at], place.marks, place.target)]
        end, shown = found
        yield from shown
        place = replace(place, line_start=source[end - 1] == "\n")
        at = end


def _escape(source: str, at: int, place: MarkdownPlace) -> Read:
    # In a label a backslash is seen, and what follows it acts.
    if place.in_link or not (found := re.compile(r"\\([^0-9A-Za-z\s])").match(source, at)):
        return None
    return found.end(), [ShownMarkdown(found[1], place.marks, place.target)]


def _at_line_start(mark: str, pattern: str) -> Rule:
    compiled = re.compile(pattern)

    def rule(source: str, at: int, place: MarkdownPlace) -> Read:
        if not place.line_start or place.in_link or not (found := compiled.match(source, at)):
            return None
        return found.end(), list(_read(found["in"], place.under(mark)))

    return rule


_ONE_LINE = re.compile(r" *> [^\n]*(?:\n *> [^\n]*)*")
_ALL_THE_REST = re.compile(r" *>>> ([\s\S]*)")


def _quote(source: str, at: int, place: MarkdownPlace) -> Read:
    if not place.line_start or place.in_link or place.in_quote:
        return None
    inner = replace(place.under("quote"), in_quote=True)
    if found := _ALL_THE_REST.match(source, at):
        return found.end(), list(_read(found[1], inner))
    if found := _ONE_LINE.match(source, at):
        content = re.sub(r"^ *> ", "", found[0], flags=re.MULTILINE)
        return found.end(), list(_read(content, inner))
    return None


def _code(source: str, at: int, place: MarkdownPlace) -> Read:
    for pattern in (r"```([\s\S]+?)```", r"(?P<n>`+)([\s\S]*?[^`])(?P=n)(?!`)"):
        if found := re.compile(pattern).match(source, at):
            inside = found.group(found.lastindex or 1)
            return found.end(), [ShownMarkdown(inside, place.marks | {"code"}, place.target)]
    return None


_LINK = re.compile(
    r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]"
    r"\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?(?:\s+['\"][\s\S]*?['\"])?\s*\)"
)
_PICTURES = re.compile("[\u203c-\u3299\U0001f000-\U0001faff\ufe0f\u00a9\u00ae]")


def _link(source: str, at: int, place: MarkdownPlace) -> Read:
    if place.in_link or not (found := _LINK.match(source, at)):
        return None
    label, target = found[1], re.sub(r"\\(\W)", r"\1", found[2])
    if not re.match(r"\w+:/", target):
        return None
    if re.search(r"\w://\w", label) or _PICTURES.search(label) or not label.strip():
        return found.end(), [ShownMarkdown(found[0], place.marks | {"broken link"}, None)]
    inner = replace(place.under("link"), in_link=True, target=target)
    return found.end(), list(_read(label, inner))


def _acting(mark: str, pattern: str, *, leads: bool = False) -> Rule:
    """Something shown as a whole, as its first group or as it is written."""
    compiled = re.compile(pattern, re.IGNORECASE)

    def rule(source: str, at: int, place: MarkdownPlace) -> Read:
        if not (found := compiled.match(source, at)):
            return None
        text = found.group(found.lastindex or 0)
        target = text if leads else place.target
        return found.end(), [ShownMarkdown(text, place.marks | {mark}, target)]

    return rule


def _style(mark: str, pattern: str) -> Rule:
    compiled = re.compile(pattern, re.DOTALL)

    def rule(source: str, at: int, place: MarkdownPlace) -> Read:
        # The rules see no character before; so a word may end anywhere.
        if not (found := compiled.match(source[at:])):
            return None
        inner = replace(place.under(mark), line_start=place.line_start)
        return at + found.end(), list(_read(found[found.lastindex or 1], inner))

    return rule


RULES: tuple[Rule, ...] = (
    _escape,
    _at_line_start("heading", r"[^\S\n]*#{1,3}[^\S\n]+(?P<in>[^\n]+)"),
    _at_line_start("small", r"-#[^\S\n]+(?!-#)(?P<in>[^\n]+)"),
    _quote,
    _at_line_start("list", r"[^\S\n]*(?:[-*+]|[0-9]+\.)[^\S\n]+(?P<in>[^\n]+)"),
    _code,
    _link,
    _acting("link", r"<([^: >]+:/[^ >]+)>", leads=True),
    _acting("link", r"\w+://[^\s<]+[^<.,:;\"')\]\s]", leads=True),
    _acting("mention", r"<(?:@[!&]?|\#)\d+>|@everyone|@here"),
    _acting("mention", r"<(?:id:\w+|\d+:[\w-]+|sound:\w+:\d+|[\w.+-]+@[\w.-]+|\+\d+)>"),
    _acting("command", r"</[^:>\n]+:\d+>"),
    _acting("picture", r"<a?:\w+:\d+>"),
    _acting("picture", r":[^\s:]+?(?:::skin-tone-\d)?:"),
    _acting("picture", f"[{LETTERS_DRAWN}](?!\ufe0f)"),
    _acting("time", r"<t:-?\d+(?::\w)?>"),
    _style("bold", r"\*\*((?:\\.|[^\\])+?)\*\*(?!\*)"),
    _style("underlined", r"__((?:\\.|[^\\])+?)__(?!_)"),
    _style("italic", r"_((?:__|\\.|[^\\_])+?)_\b"),
    _style("italic", r"\*(?=\S)((?:\*\*|\\.|\s+(?:\\.|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)"),
    _style("struck", r"~~((?:\\.|[^\\])+?)~~"),
    _style("spoiler", r"\|\|((?:\\.|[^\\])+?)\|\|"),
)
