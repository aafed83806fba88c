"""MDX: what a Markdown file of today's manuals has beside Markdown.

Imports, exports, comments and the tags of components are no text. An expression, or a component
without content, leaves `[…]` where it stands among words, since the page has something there.
Code is left as it is. Source: the grammar of MDX 3.
"""

from collections.abc import Iterable, Iterator
from textwrap import dedent

import regex

from bot.ingest.readers.builder import UNREADABLE
from bot.ingest.readers.text_edits import Edit

_TOKEN = regex.compile(
    r"(?P<fence>^[ \t>]*+(?P<ticks>`{3,}|~{3,}))"
    r"|(?P<code>`++)"
    r"|(?P<id>[ \t]*+\\?\{\#[\w-]++\}[ \t]*+$)"
    r"|(?P<escape>\\.)"
    r"|(?P<module>^(?:import|export)\b)"
    r"|(?P<tag><(?=/?[A-Za-z>]))"
    r"|(?P<brace>\{)",
    regex.MULTILINE,
)
_FRONT_MATTER = regex.compile(r"---[ \t]*\n.*?\n---[ \t]*(?:\n|$)", regex.DOTALL)
_TAG_NAME = regex.compile(r"</?([\w.:-]*)")
_AUTOLINK = regex.compile(r"<[a-z][a-z0-9+.-]{1,31}:|<[^\s<>@]+@")
_STRING = regex.compile(r"\{\s*(?:'([^'\n\\]*)'|\"([^\"\n\\]*)\")\s*\}")
_PARTNERS = {"{": "}", "(": ")", "[": "]"}
_NESTED = regex.compile(r"[{}()\[\]\"'`>/]")
_MARKUP = regex.compile(r"</?[A-Za-z][^<>\n]*>|\{[^{}\n]*\}")
_CODE_INDENT = (" " * 4, "\t")
_WITH_MARKDOWN = frozenset(
    "article aside center details div figure footer header main p section span summary".split()
)
_LONGEST = 4_000
"""Characters of an expression or tag; one that does not end within them is text."""


def component_edits(source: str) -> list[Edit]:
    """The edits that take from an MDX file what is no Markdown, in order."""
    front = _FRONT_MATTER.match(source)
    return list(_edits(source, front.end() if front else 0))


def without_indents(source: str, plain: str) -> str:
    """`plain`, the masked `source`, with what stands deep within components moved to the left.

    Each stretch of lines between two lines of tags alone is moved as a whole. Lines stay lines.
    """
    chunks: list[list[str]] = [[]]
    for line, rest in zip(source.split("\n"), plain.split("\n"), strict=True):
        if line.strip() and not rest.strip():
            chunks += [[rest], []]
        else:
            chunks[-1].append(rest)
    dedented = (
        dedent("\n".join(chunk)) if _is_deep(chunk) else "\n".join(chunk) for chunk in chunks
    )
    return "\n".join(text for text, chunk in zip(dedented, chunks, strict=True) if chunk)


def _is_deep(lines: Iterable[str]) -> bool:
    return all(line.startswith(_CODE_INDENT) for line in lines if line.strip())


def _edits(source: str, place: int) -> Iterator[Edit]:
    unclosed = -_LONGEST  # the last tag or bracket without an end; those near it are not tried
    while (token := _TOKEN.search(source, place)) is not None:
        start, place = token.span()
        match token.lastgroup:
            case "fence" | "ticks":
                place = _fence_end(source, token["ticks"], place)
            case "code":
                place = _code_end(source, token["code"], place)
            case "id":
                yield Edit(start, place)
            case "module":
                place = _module_end(source, start)
                yield Edit(start, place)
            case _ if start < unclosed + _LONGEST:
                pass
            case "brace" if (end := _closed(source, start)) is not None:
                yield Edit(start, end, _expression(source, start, end))
                place = end
            case "tag" if (end := _tag_end(source, start)) is not None:
                if _is_component(source[start:end]):
                    is_empty = source[end - 2] == "/" and _is_among_words(source, start, end)
                    yield Edit(start, end, UNREADABLE if is_empty else "")
                place = end
            case "brace" | "tag" if not _AUTOLINK.match(source, start):
                unclosed = start


def _fence_end(source: str, ticks: str, place: int) -> int:
    close = regex.compile(rf"^[ \t>]*{ticks[0]}{{{len(ticks)},}}[ \t]*$", regex.MULTILINE)
    match = close.search(source, place)
    return match.end() if match else len(source)


def _code_end(source: str, ticks: str, place: int) -> int:
    """The end of code within a line; a mark that is not closed in its paragraph is text."""
    paragraph = source.find("\n\n", place)
    close = regex.compile(rf"(?<!`){ticks}(?!`)")
    match = close.search(source, place, paragraph if paragraph >= 0 else len(source))
    return match.end() if match else place


def _module_end(source: str, start: int) -> int:
    """The end of an import or export: a blank line outside of its brackets."""
    end = start
    depth = 0
    while end < len(source):
        line_end = source.find("\n", end)
        line = source[end : line_end if line_end >= 0 else len(source)]
        if not line.strip() and (depth <= 0 or end - start > _LONGEST):
            break
        depth += sum(line.count(sign) for sign in "{([") - sum(line.count(sign) for sign in "})]")
        end = line_end + 1 if line_end >= 0 else len(source)
    return end


def _closed(source: str, start: int) -> int | None:
    """The end of the brackets that open at `start`, strings within them passed over."""
    open_brackets = [_PARTNERS[source[start]]]
    place, limit = start + 1, min(start + _LONGEST, len(source))
    while (match := _NESTED.search(source, place, limit)) is not None:
        sign, place = match[0], match.end()
        if sign in _PARTNERS:
            open_brackets.append(_PARTNERS[sign])
        elif sign == open_brackets[-1]:
            open_brackets.pop()
            if not open_brackets:
                return place
        elif sign == "/" and source.startswith("*", place):
            place = max(source.find("*/", place, limit) + 2, place)
        elif sign in "\"'`":
            place = _string_end(source, sign, place)
    return None


def _string_end(source: str, sign: str, place: int) -> int:
    """The end of a string; a lone apostrophe within text is none."""
    end = source.find(sign, place, place + _LONGEST)
    if end < 0 or (sign != "`" and "\n" in source[place:end]):
        return place
    return end + 1


def _tag_end(source: str, start: int) -> int | None:
    """The end of the tag that begins at `start`; None for a link in angle brackets and for text."""
    name = _TAG_NAME.match(source, start)
    if name is None or _AUTOLINK.match(source, start):
        return None
    place, limit = name.end(), min(start + _LONGEST, len(source))
    while (match := _NESTED.search(source, place, limit)) is not None:
        sign, place = match[0], match.end()
        if sign == ">":
            return place
        if sign == "{":
            end = _closed(source, place - 1)
            if end is None:
                return None
            place = end
        elif sign in "\"'":
            place = max(source.find(sign, place, limit) + 1, place)
    return None


def _is_component(tag: str) -> bool:
    """Whether a tag is of a component or a group, or of HTML that has Markdown within it."""
    match = _TAG_NAME.match(tag)
    name = match[1] if match else ""
    return not name or name[0].isupper() or name in _WITH_MARKDOWN or "." in name or "{" in tag


def _expression(source: str, start: int, end: int) -> str:
    """The text in place of an expression: a string stands for itself, a comment for nothing."""
    if (string := _STRING.fullmatch(source, start, end)) is not None:
        return string[1] or string[2] or ""
    is_comment = source.startswith("/*", start + 1)
    return UNREADABLE if not is_comment and _is_among_words(source, start, end) else ""


def _is_among_words(source: str, start: int, end: int) -> bool:
    """Whether there are words on the line of a tag or expression."""
    first = source.rfind("\n", 0, start) + 1
    last = source.find("\n", end)
    around = source[first:start] + " " + source[end : last if last >= 0 else len(source)]
    return any(map(str.isalnum, _MARKUP.sub("", around)))
