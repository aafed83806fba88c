"""The reader of AsciiDoc: headings, paragraphs, lists, tables, listings, notes.

There is no library in Python for it that is both free to use and kept up: asciidoc-py is GPL,
asciidoc3 AGPL, and Asciidoctor is a program in Ruby. Nothing but the file is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat

import regex

from bot.core.documents import BlockKind, Landmark, LandmarkKind, Parsed
from bot.ingest.readers.asciidoc_inline import plain
from bot.ingest.readers.asciidoc_tables import rows_of
from bot.ingest.readers.builder import UNREADABLE, DocumentBuilder, cleaned, cleaned_code, readable
from bot.ingest.readers.headings import SIDE_HEADING, titled
from bot.ingest.readers.item_numbers import item_landmark
from bot.ingest.readers.number_formats import written
from bot.ingest.readers.table_rows import TableCell, row_blocks, row_text

_HEADING = regex.compile(r"^(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?$")
_UNDERLINE = regex.compile(r"^(?:={3,}|-{3,}|~{3,}|\^{3,}|\+{3,})$")
_UNDERLINES = "=-~^+"
_ATTRIBUTE = regex.compile(r"^:(!?[\w-]+!?):(?:[ \t]+(.*))?$")
_OPTIONS = regex.compile(r"^\[(?!\[\s)[^\n]*\]$")
_TITLE = regex.compile(r"^\.(?![.\s])(.+)$")
_VERBATIM = regex.compile(r"^(-{4,}|\.{4,}|`{3,})(?:[\w+.,-]+)?$")
_HIDDEN = regex.compile(r"^(/{4,}|\+{4,})$")
_CONTAINER = regex.compile(r"^(?:={4,}|\*{4,}|_{4,}|--|~{4,}|\"\")$")
_TABLE = regex.compile(r"^([|!,:]={3,})$")
_MACRO = regex.compile(
    r"^(image|include|toc|video|audio|ifdef|ifndef|ifeval|endif|stem)::(\S*?)\[(.*)\]$"
)
_LITERAL_STYLES = ("[literal", "[source", "[listing")
_RULE = regex.compile(r"^(?:'{3,}|<<<+|\* ?\* ?\*|- ?- ?-|\+)$")
_ITEM = regex.compile(
    r"^[ \t]*(?P<mark>\*{1,5}|-|\.{1,5}|\d{1,6}\.|<(?:\d{1,6}|\.)>)[ \t]+(?:\[[ x*]\][ \t]+)?"
    r"(?P<words>\S.*)$"
)
_TERM = regex.compile(r"^[ \t]*(?P<term>\S.*?)(?P<mark>:{2,4}|;;)(?:[ \t]+(?P<words>\S.*))?$")
_FORMS = ("decimal", "lowerLetter", "lowerRoman", "upperLetter", "upperRoman")
_REMARK = regex.compile(
    r"[ \t]*(?:(?://|#|--|;;)[ \t]*)?<(?:\d{1,6}|\.)>(?=[ \t]*(?:<\d{1,6}>|$))", regex.MULTILINE
)
_DEFINED = {"asciidoctor": "", "backend-html5": "", "basebackend-html": "", "doctype": "article"}


def parse(data: bytes) -> Parsed:
    """The blocks of a file in UTF-8, titled by its title, else by its first heading."""
    reader = _BlockReader(readable(data.decode("utf-8", "surrogatepass")).expandtabs(4).split("\n"))
    reader.run()
    remarks = ["includes other files, which are not read"] if reader.has_includes else []
    return titled(reader.document, (), remarks)


@dataclass(slots=True)
class _BlockReader:
    """Reads lines from `at` on; `counts` are the numbers of the ordered lists that are open.

    `options` is the line in brackets above a block; `skipped` counts conditions that do not hold.
    """

    lines: Sequence[str]
    at: int = 0
    document: DocumentBuilder = field(default_factory=DocumentBuilder)
    attributes: dict[str, str] = field(default_factory=lambda: dict(_DEFINED))
    counts: dict[str, int] = field(default_factory=dict)
    options: str = ""
    is_in_list: bool = False
    is_attached: bool = False
    notes: int = 0
    has_includes: bool = False

    def run(self) -> None:
        while self.at < len(self.lines):
            line = self.lines[self.at].rstrip()
            if not line or (line.startswith("//") and not line.startswith("///")):
                self.at += 1
            elif not (self._is_mark(line) or self._is_delimited(line) or self._is_list(line)):
                self._paragraph(line)

    def _is_mark(self, line: str) -> bool:
        """Whether a line is no text by itself: it is read, then."""
        after = self.at + 1
        if match := _ATTRIBUTE.match(line):
            name = match[1].strip("!").lower()
            if "!" in match[1]:
                self.attributes.pop(name, None)
            else:
                self.attributes[name] = plain(match[2] or "", self.attributes, [])
        elif match := _MACRO.match(line):
            after = self._after_macro(match[1], match[2], match[3])
        elif match := _HEADING.match(line):
            after = self._after_heading(match[2], len(match[1]), after)
        elif self._is_underlined(line):
            level = _UNDERLINES.index(self.lines[after][0]) + 1
            after = self._after_heading(line, level, after + 1)
        elif line == "+" and self.is_in_list:
            self.is_attached = True
        elif _OPTIONS.match(line):
            self.options += line
        elif (match := _TITLE.match(line)) and not _ITEM.match(line):
            self._add(match[1])
        elif not _RULE.match(line):
            return False
        self.at = after
        return True

    def _is_underlined(self, line: str) -> bool:
        following = self.lines[self.at + 1].rstrip() if self.at + 1 < len(self.lines) else ""
        is_title = line[0].isalnum() and abs(len(line) - len(following)) <= 2
        return is_title and _UNDERLINE.match(following) is not None

    def _after_heading(self, words: str, level: int, after: int) -> int:
        """Add a heading, and what stands below the title; returns the line behind it."""
        self._end_list()
        is_side = "discrete" in self.options or "float" in self.options
        self.options = ""
        is_title = level == 1 and not self.document.blocks
        level = SIDE_HEADING if is_side else min(level, SIDE_HEADING - 1)
        self._add(words, BlockKind.HEADING, level)
        self.at = after
        if is_title:
            self._read_header()
        return self.at

    def _read_header(self) -> None:
        """Read the lines below the title: the author and the revision, and attributes."""
        said: list[str] = []
        while self.at < len(self.lines) and (line := self.lines[self.at].rstrip()):
            if _ATTRIBUTE.match(line) or _MACRO.match(line):
                self._is_mark(line)
                continue
            if not line.startswith("//"):
                said.append(line)
            self.at += 1
        self._add("\n".join(said))

    def _after_macro(self, name: str, target: str, words: str) -> int:
        """Read a macro that is a line; returns the line behind what belongs to it."""
        if name in ("ifdef", "ifndef"):
            names = regex.split(r"[,+]", target.lower())
            holds = (all if "+" in target else any)(each in self.attributes for each in names)
            if holds == (name == "ifdef"):
                if words:
                    self._add(words)
            elif not words:
                return self._behind_condition()
        elif name == "ifeval":
            self.document.add_gap()
            return self._behind_condition()
        elif name in ("include", "video", "audio", "stem"):
            self.document.add_gap()
            self.has_includes |= name == "include"
        return self.at + 1

    def _behind_condition(self) -> int:
        depth = 0
        for number in range(self.at, len(self.lines)):
            match = _MACRO.match(self.lines[number].rstrip())
            if (
                match
                and match[1] in ("ifdef", "ifndef", "ifeval")
                and (match[1] == "ifeval" or not match[3])
            ):
                depth += 1
            elif match and match[1] == "endif":
                depth -= 1
            if not depth:
                return number + 1
        return len(self.lines)

    def _is_delimited(self, line: str) -> bool:
        """Whether a line begins a block that another such line ends: it is read, then."""
        if _CONTAINER.match(line):
            self._end_list()
            self.options = self.options if line.startswith("_") else ""
            self.at += 1
            return True
        match = _VERBATIM.match(line) or _HIDDEN.match(line) or _TABLE.match(line)
        if match is None:
            return False
        inner = []
        self.at += 1
        while self.at < len(self.lines) and self.lines[self.at].rstrip() != match[1]:
            inner.append(self.lines[self.at])
            self.at += 1
        self.at += 1
        if _VERBATIM.match(line):
            self._end_list()
            self._add_code("\n".join(inner))
        elif line[0] == "+" or (line[0] in ",:" and inner):
            self.document.add_gap()
        elif _TABLE.match(line):
            self._end_list()
            self._add_table(inner)
        self.options = ""
        return True

    def _add_code(self, text: str) -> None:
        """Add a listing without the signs of its remarks."""
        text = _REMARK.sub("", text)
        self.document.add(cleaned_code(text), BlockKind.CODE, landmark=self._item())

    def _add_table(self, lines: Sequence[str]) -> None:
        notes: list[str] = []

        def plain_row(cells: Sequence[TableCell]) -> str:
            return row_text(
                replace(cell, text=cleaned(plain(cell.text, self.attributes, notes)))
                for cell in cells
            )

        rows, has_head = rows_of(lines, self.options)
        heads = chain([has_head], repeat(False))
        for block in row_blocks(zip(map(plain_row, rows), heads, strict=False)):
            self.document.add(*block)
        self._add_notes(notes)

    def _is_list(self, line: str) -> bool:
        """Whether a line begins an item of a list: it is read with those that belong to it."""
        match = _ITEM.match(line)
        term = _TERM.match(line) if match is None else None
        if match is None and term is None:
            return False
        self.at += 1
        self.is_in_list = True
        self.is_attached = False
        if match is not None:
            words = [match["words"], *self._wrapped()]
            self._add("\n".join(words), BlockKind.ITEM, mark=self._mark(match["mark"]))
        elif term is not None:
            self._mark(term["mark"])
            self._add(term["term"])
            words = [term["words"] or "", *self._wrapped()]
            self._add("\n".join(words), BlockKind.ITEM)
        self.options = ""
        return True

    def _mark(self, sign: str) -> str:
        """The mark in the text of an item with this sign, which is counted where it is a number.

        A sign that is open continues its list and ends those within; another one begins one.
        """
        key = "<" if sign[0] == "<" else "." if sign[0].isdigit() else sign
        if key in self.counts:
            place = list(self.counts).index(key)
            self.counts = dict(list(self.counts.items())[: place + 1])
        start = regex.search(r"start=\"?(\d+)", self.options)
        number = self.counts.get(key, int(start[1]) - 1 if start else 0) + 1
        written_number = sign.strip("<.>")
        self.counts[key] = int(written_number) if written_number.isdigit() else number
        shown = self._shown(key)
        return f"({shown})" if key == "<" else f"{shown}." if shown else ""

    def _shown(self, key: str) -> str:
        """The number of the item that is open in the list with this sign; none for bullets."""
        if key == "<":
            return str(self.counts[key])
        return written(self.counts[key], _FORMS[len(key) - 1]) if key[0] == "." else ""

    def _item(self) -> Landmark | None:
        """The number of the item that is open."""
        return item_landmark([*map(self._shown, self.counts)]) if self.is_in_list else None

    def _end_list(self) -> None:
        if not self.is_attached:
            self.is_in_list = False
            self.counts.clear()
        self.is_attached = False

    def _wrapped(self) -> list[str]:
        """The next lines of a paragraph or an item."""
        lines: list[str] = []
        while self.at < len(self.lines):
            line = self.lines[self.at].rstrip()
            ends = not line or line == "+" or _ITEM.match(line) or _CONTAINER.match(line)
            if ends or any(
                each.match(line) for each in (_VERBATIM, _HIDDEN, _TABLE, _MACRO, _OPTIONS)
            ):
                break
            if self.is_in_list and _TERM.match(line):
                break
            self.at += 1
            if not line.startswith("//"):
                lines.append(line.strip())
        return lines

    def _paragraph(self, line: str) -> None:
        is_indented = line.startswith(" ")
        is_literal = is_indented or any(each in self.options for each in _LITERAL_STYLES)
        if is_indented and self.is_in_list:
            self.is_attached = True
        self._end_list()
        if is_literal:
            lines = [line]
            self.at += 1
            while (
                self.at < len(self.lines)
                and self.lines[self.at].strip()
                and self.lines[self.at].strip() != "+"
            ):
                lines.append(self.lines[self.at])
                self.at += 1
            self._add_code("\n".join(lines))
        elif "stem]" in self.options or "math]" in self.options:
            self._wrapped()
            self.document.add_gap()
        else:
            self.at += 1
            kind = BlockKind.ITEM if self.is_in_list else BlockKind.PARAGRAPH
            self._add("\n".join([line.strip(), *self._wrapped()]), kind)
        self.options = ""

    def _add(
        self, source: str, kind: BlockKind = BlockKind.PARAGRAPH, level: int = 0, mark: str = ""
    ) -> None:
        notes: list[str] = []
        body = cleaned(plain(source, self.attributes, notes))
        if any(map(str.isalnum, body)):
            landmark = self._item() if kind is BlockKind.ITEM else None
            self.document.add(body, kind, level, landmark=landmark, mark=mark)
        elif UNREADABLE in body:
            self.document.add_gap()
        self._add_notes(notes)

    def _add_notes(self, notes: list[str]) -> None:
        for note in notes:
            self.notes += 1
            mark = str(self.notes)
            body = cleaned(plain(note, self.attributes, []))
            self.document.add(body, landmark=Landmark(LandmarkKind.NOTE, mark), mark=mark)
