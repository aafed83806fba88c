"""Markup within a line of AsciiDoc: the words without it, and footnotes apart from them."""

from collections.abc import Mapping

import regex

from bot.ingest.readers.builder import UNREADABLE
from bot.ingest.readers.html_inline import set_apart

# Each mark may stand alone, so that the words between two of them have a most length: else a
# line of marks alone would be read once for each.
# Words that are kept as they are stand meanwhile between two zeros, which no text holds.
_KEPT = regex.compile(r"\x00(\d+)\x00")
_CODE = regex.compile(
    r"(?<!\\)(?:``(?P<wide>.{1,500}?)``|(?<![\w`\\\"'])`(?P<code>[^\s`][^`]{0,500}+(?<=[^\s`]))`(?![\w`\"']))"
    r"|pass:\w*\[(?P<passed>[^\]]{0,500})\]|\+{2,3}(?P<raw>.{1,500}?)\+{2,3}",
    regex.DOTALL,
)
_LITERAL = regex.compile(r"^\+(.*)\+$", regex.DOTALL)
_ATTRIBUTE = regex.compile(r"(?<!\\)\{([\w-]+)\}")
_SIGNS = {
    "nbsp": " ", "sp": " ", "empty": "", "blank": "", "plus": "+", "amp": "&", "lt": "<", "gt": ">",
    "asterisk": "*", "backtick": "`", "tilde": "~", "caret": "^", "vbar": "|", "apos": "'",
    "quot": '"', "ldquo": "“", "rdquo": "”", "lsquo": "‘", "rsquo": "’", "deg": "°", "cpp": "C++",
    "startsb": "[", "endsb": "]", "backslash": "\\", "two-colons": "::", "zwsp": "", "wj": "",
}  # fmt: skip
_FOOTNOTE = regex.compile(r"\s?footnote(?:ref)?:([\w-]*)\[((?:[^\]\\]|\\.){0,2000}+)\]")
_UNSHOWN = regex.compile(
    r"\[\[[\w:.-]+(?:,[^\]]{0,200})?\]\]|\(\(\(.{0,200}?\)\)\)|indexterm:\[[^\]]{0,200}\]"
    r"|anchor:[\w.-]{1,200}\[[^\]]{0,200}\]"
)
_REFERENCE = regex.compile(r"<<([^<>,]{1,200})(?:,\s*([^<>]{0,500}))?>>")
_LINK = regex.compile(
    r"(?<![\w\\])(?:link:|xref:|mailto:)(?P<target>[^\s\[]{0,1000})\[(?P<words>[^\]]{0,500})\]"
    r"|(?<![\w\\])(?P<url>(?:https?|ftp|irc)://[^\s\[\]<>]{1,1000})\[(?P<title>[^\]]{0,500})\]"
)
_MACRO = regex.compile(
    r"(?<![\w\\])(kbd|btn|image|icon|stem|latexmath|asciimath):([^\s:\[\]]{0,500})\[([^\]]{0,500})\]"
)
_MENU = regex.compile(r"(?<![\w\\])menu:([^\[\]\n]{1,200})\[([^\]]{0,200})\]")
_INDEXED = regex.compile(r"\(\(([^()]{1,200})\)\)")
_ROLE = r"(?:\[[.#%\w][^\[\]]{0,100}\])?"
_WIDE = regex.compile(_ROLE + r"(?<!\\)(\*\*|__|##)(?=\S)(.{1,500}?)(?<=\S)\1", regex.DOTALL)
_NARROW = regex.compile(
    rf"(?<![\w\\}}*_#]){_ROLE}" + r"([*_#])(?![*_#\s])(.{1,500}?)(?<=[^\s\\])\1(?![\w*_#])",
    regex.DOTALL,
)
_RAISED = regex.compile(r"(?<!\\)([\^~])([^\s^~]{1,100})\1")
_QUOTED = regex.compile(r"(?<![\w`])([\"'])`(?=\S)(.{1,500}?)(?<=\S)`\1(?!\w)", regex.DOTALL)
_ESCAPE = regex.compile(r"\\(?=[*_#`^~{<\[+]|\w+:)")
_BREAK = regex.compile(r"(?<![ \t])[ \t]+\+[ \t]*$", regex.MULTILINE)


def plain(source: str, attributes: Mapping[str, str], notes: list[str]) -> str:
    """The words of a paragraph; its footnotes are added to `notes`."""
    kept: list[str] = []

    def keep(words: str) -> str:
        kept.append(words)
        return f"\x00{len(kept) - 1}\x00"

    def code(match: regex.Match[str]) -> str:
        words = next(group for group in match.groups() if group is not None)
        return keep(_LITERAL.sub(r"\1", words))

    def footnote(match: regex.Match[str]) -> str:
        if match[2].strip():
            notes.append(match[2].replace("\\]", "]"))
        return ""

    text = _BREAK.sub("", source)
    text = _QUOTED.sub(_in_quotation_marks, text)
    text = _CODE.sub(code, text)
    text = _ATTRIBUTE.sub(
        lambda m: attributes.get(m[1].lower(), _SIGNS.get(m[1].lower(), m[0])), text
    )
    text = _FOOTNOTE.sub(footnote, _UNSHOWN.sub("", text))
    text = _REFERENCE.sub(lambda m: m[2] or m[1], text)
    text = _LINK.sub(_link_words, text)
    text = _MACRO.sub(_macro_words, text)
    text = _MENU.sub(lambda m: " > ".join(filter(None, (m[1], m[2]))), text)
    text = _INDEXED.sub(r"\1", text)
    for pattern in (_WIDE, _NARROW, _NARROW):
        text = pattern.sub(r"\2", text)
    text = _RAISED.sub(lambda m: set_apart(m[2], is_raised=m[1] == "^"), text)
    text = _ESCAPE.sub("", text)
    while _KEPT.search(text):  # code within a link
        text = _KEPT.sub(lambda m: kept[int(m[1])], text)
    notes[:] = [_KEPT.sub(lambda m: kept[int(m[1])], note) for note in notes]
    return text


def _in_quotation_marks(match: regex.Match[str]) -> str:
    return f"“{match[2]}”" if match[1] == '"' else f"‘{match[2]}’"


def _link_words(match: regex.Match[str]) -> str:
    """The words of a link, without attributes such as `window=_blank`, else its address."""
    words = (match["words"] or match["title"] or "").removesuffix("^").strip('"')
    if "=" in words:
        words = ",".join(part for part in words.split(",") if "=" not in part).strip('" ^')
    return words or match["target"] or match["url"] or ""


def _macro_words(match: regex.Match[str]) -> str:
    name, words = match[1], match[3]
    if name in ("kbd", "btn"):
        return words
    alt = words.partition(",")[0].strip('"')
    return alt if name == "image" and any(map(str.isalnum, alt)) else UNREADABLE
