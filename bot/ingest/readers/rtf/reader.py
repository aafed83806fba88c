r"""The parser of RTF files: paragraphs, headings, items, tables and notes to blocks.

striprtf was not chosen: it quotes hidden and deleted words, drops notes, and tells no headings.
Words of deleted revisions, hidden and struck words, comments, pictures, headers and footers are
left out. Numbers of items are those that the program wrote into the file beside the text.
"""

import codecs
from collections import Counter
from dataclasses import dataclass, field, replace

import regex

from bot.core.documents import Parsed
from bot.core.errors import DocumentError
from bot.ingest.readers.builder import DAMAGED, UNREADABLE, cleaned
from bot.ingest.readers.docx.symbols import symbol
from bot.ingest.readers.number_formats import written
from bot.ingest.readers.open_xml import left_out_remark
from bot.ingest.readers.raised_figures import lowered, raised
from bot.ingest.readers.rtf.blocks import RtfBlocks
from bot.ingest.readers.rtf.destinations import BOXES, DESTINATIONS, GAPS, LEFT_OUT, Destination
from bot.ingest.readers.rtf.tokens import (
    CHARACTERS,
    ENCODINGS,
    SIGNS,
    SYMBOLS,
    RtfToken,
    TokenKind,
    tokens,
)
from bot.ingest.readers.table_rows import joined

MAX_DEPTH = 10_000
"""A file with groups nested deeper is refused."""

_HEADING = regex.compile(r"heading ([1-9])", regex.IGNORECASE)
_BODY_TEXT = 9
_MARK_CHARACTERS = 20
_NOTE_FORM = regex.compile(r"(a?)ftnn(ar|alc|auc|rlc|ruc|chi)")
_FORMS = {
    "ar": "decimal",
    "alc": "lowerLetter",
    "auc": "upperLetter",
    "chi": "chicago",
    "rlc": "lowerRoman",
    "ruc": "upperRoman",
}
_NOTE_SIGN = "\ufdd0"
"""A noncharacter in place of a note's number within its own words."""

_FILE_ENCODINGS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_SWITCHES = {
    "v": "is_hidden",
    "deleted": "is_deleted",
    "strike": "is_struck",
    "striked": "is_struck",
}


@dataclass(slots=True)
class _State:
    """The state of a group: it holds until its end."""

    destination: Destination = Destination.TEXT
    is_optional: bool = False
    opens_box: bool = False
    is_hidden: bool = False
    is_struck: bool = False
    is_deleted: bool = False
    height: int = 0
    font: int | None = None
    substitutes: int = 1
    style: int = 0
    outline: int | None = None
    depth: int = 0
    is_in_table: bool = False


@dataclass(slots=True)
class _Font:
    name: str = ""
    character_set: int = 0


@dataclass(slots=True)
class _Paragraphs:
    """The paragraph that is being read, and the finished ones before it in a note or box."""

    words: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    mark: str | None = None
    note: str | None = None
    bodies: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _NoteSeries:
    """The numbers of footnotes, or of endnotes."""

    form: str = "decimal"
    count: int = 0

    def next_mark(self) -> str:
        """The number of the next note."""
        self.count += 1
        mark = written(self.count, self.form)
        return mark if 0 < len(mark) <= _MARK_CHARACTERS else UNREADABLE


def parse(data: bytes) -> Parsed:
    """The blocks of an RTF file, titled by its properties, its title style, or its first lines."""
    reader = _RtfReader()
    for token in tokens(data):
        reader.read(token)
        if reader.is_finished:
            break
    return reader.parsed()


class _RtfReader:
    """Reads one file, token by token."""

    def __init__(self) -> None:
        self.is_finished = False
        self._blocks = RtfBlocks()
        self._state = _State()
        self._outer: list[_State] = []
        self._begins_group = False
        self._paragraphs = [_Paragraphs()]
        self._bytes = bytearray()
        self._to_skip = 0
        self._encoding = "cp1252"
        self._fonts: dict[int | None, _Font] = {}
        self._default_font: int | None = None
        self._styles: dict[int, str] = {}
        self._series = {"": _NoteSeries(), "a": _NoteSeries()}
        self._names_columns = False
        self._title = ""
        self._left_out: Counter[str] = Counter()

    def parsed(self) -> Parsed:
        """The whole document."""
        if not self.is_finished:
            raise DocumentError(DAMAGED)
        self._end_paragraph()
        if self._paragraphs[-1].cells:
            self._end_cell(is_row=True)
        return self._blocks.parsed(self._title, tuple(left_out_remark(list(self._left_out))))

    def read(self, token: RtfToken) -> None:
        """Read the next token."""
        begins_group, self._begins_group = self._begins_group, token.kind is TokenKind.OPEN
        if token.kind is TokenKind.BYTES:
            skipped = min(self._to_skip, len(token.data))
            self._to_skip -= skipped
            self._bytes += token.data[skipped:]
            return
        if self._to_skip:
            is_sign = token.kind is TokenKind.SIGN and token.text in SIGNS
            if is_sign or (token.kind is TokenKind.WORD and token.text in CHARACTERS):
                self._to_skip -= 1
                return
            self._to_skip = 0
        self._decode()
        match token.kind:
            case TokenKind.OPEN:
                if len(self._outer) == MAX_DEPTH:
                    raise DocumentError(DAMAGED)
                self._outer.append(self._state)
                self._state = replace(self._state, opens_box=False, is_optional=False)
            case TokenKind.CLOSE:
                self._close()
            case TokenKind.SIGN if token.text in "\r\n":
                self._word("par", None)
            case TokenKind.SIGN if token.text == "*":
                # Old programs also write it within a group, where it says nothing.
                self._state.is_optional = begins_group
            case TokenKind.SIGN:
                self._put(SIGNS.get(token.text, ""))
            case _:
                self._word(token.text, token.number)

    def _close(self) -> None:
        """End a group."""
        if self._state.opens_box:
            self._end_paragraph()
            box = self._paragraphs.pop()
            if box.note is not None:
                self._blocks.notes.append((box.note, box.bodies))
            else:
                self._blocks.boxes += box.bodies
        if not self._outer:
            raise DocumentError(DAMAGED)
        self._state = self._outer.pop()
        self.is_finished = not self._outer

    def _word(self, word: str, number: int | None) -> None:
        state = self._state
        is_optional, state.is_optional = state.is_optional, False
        if word in DESTINATIONS or is_optional:
            self._begin(word)
        elif word in CHARACTERS:
            self._put(CHARACTERS[word])
        elif word == "u" and number is not None:
            self._put_unicode(number % 0x10000)
            self._to_skip = state.substitutes
        elif word in _SWITCHES:
            setattr(state, _SWITCHES[word], number != 0)
        elif state.destination is Destination.INFO and word == "title":
            state.destination = Destination.TITLE
        elif state.destination is Destination.TEXT:
            self._format(word, number)
        else:
            self._define(word, number)

    def _begin(self, word: str) -> None:
        """Begin a group with a destination of its own; inside a skipped one, all is skipped."""
        state = self._state
        if state.destination is Destination.SKIPPED:
            return
        if word in GAPS:
            self._put(UNREADABLE)
        if word in LEFT_OUT:
            self._left_out[LEFT_OUT[word]] += 1
        if state.destination is not Destination.EDGE or word in LEFT_OUT:
            state.destination = DESTINATIONS.get(word, Destination.SKIPPED)
        elif DESTINATIONS.get(word) is not Destination.EDGE:
            state.destination = Destination.SKIPPED
        if state.destination is Destination.MARK:
            self._paragraphs[-1].mark = self._paragraphs[-1].mark or ""
        if word in BOXES and state.destination is Destination.TEXT:
            state.opens_box, state.is_in_table = True, False
            note = UNREADABLE if word == "footnote" else None
            self._paragraphs.append(_Paragraphs(note=note))

    def _format(self, word: str, number: int | None) -> None:
        """Obey a control word of the text."""
        state = self._state
        match word:
            case "par" | "sect":
                self._end_paragraph()
            case "cell" | "row":
                self._end_cell(is_row=word == "row")
            case "pard":
                state.style, state.outline, state.is_in_table = 0, None, False
                state.depth = 0
            case "plain":
                state.is_hidden = state.is_struck = state.is_deleted = False
                state.height, state.font = 0, self._default_font
            case "intbl":
                state.is_in_table = True
            case "trowd":
                self._names_columns = False
            case "trhdr":
                self._names_columns = True
            case "outlinelevel":
                state.outline = number
            case "ilvl":
                state.depth = number or 0
            case "super" | "up":
                state.height = 0 if number == 0 else 1
            case "sub" | "dn":
                state.height = 0 if number == 0 else -1
            case "nosupersub":
                state.height = 0
            case "chftn":
                self._number_note()
            case "ftnalt":
                self._paragraphs[-1].note = "a"
            case _:
                self._define(word, number)

    def _define(self, word: str, number: int | None) -> None:
        """Obey a control word that stands in the tables of fonts and styles as well."""
        state = self._state
        match word:
            case "f":
                state.font = number
                if state.destination is Destination.FONTS:
                    self._fonts[number] = _Font()
            case "fcharset" if state.destination is Destination.FONTS:
                self._fonts.setdefault(state.font, _Font()).character_set = number or 0
            case "s" | "cs" | "ds" | "ts":
                state.style = (number or 0) if word == "s" else state.style
            case "uc":
                state.substitutes = max(number or 0, 0)
            case "ansicpg" if number:
                self._encoding = _known(f"cp{number}", self._encoding)
            case "deff":
                self._default_font = state.font = number
            case _ if word in _FILE_ENCODINGS:
                self._encoding = _FILE_ENCODINGS[word]
            case _ if (form := _NOTE_FORM.fullmatch(word)) is not None:
                self._series[form[1]].form = _FORMS[form[2]]

    def _number_note(self) -> None:
        """Give a note its number, which stands before its words; in the text it is left out."""
        note = self._paragraphs[-1]
        if note.note is not None and _NOTE_SIGN not in note.words:
            note.words.append(_NOTE_SIGN)

    def _decode(self) -> None:
        """Put the bytes read so far into the text, in the encoding of their font."""
        if not self._bytes:
            return
        data = bytes(self._bytes)
        self._bytes.clear()
        font = self._fonts.get(self._state.font, _Font())
        if font.character_set == SYMBOLS and self._state.destination is not Destination.FONTS:
            self._put("".join(" " if b == 0x20 else symbol(font.name, f"{b:x}") for b in data))
            return
        encoding = ENCODINGS.get(font.character_set, self._encoding)
        self._put(data.decode(encoding, "replace").replace("\ufffd", UNREADABLE))

    def _put_unicode(self, code: int) -> None:
        font = self._fonts.get(self._state.font, _Font())
        is_private = 0xF000 <= code < 0xF100
        self._put(symbol(font.name, f"{code:x}") if is_private else chr(code))

    def _put(self, text: str) -> None:
        """Put words where those of the group belong."""
        state = self._state
        match state.destination:
            case Destination.TEXT:
                self._paragraphs[-1].words.append(self._shown(text))
            case Destination.MARK:
                self._paragraphs[-1].mark = (self._paragraphs[-1].mark or "") + text
            case Destination.FONTS:
                self._fonts.setdefault(state.font, _Font()).name += text.strip(";")
            case Destination.STYLES:
                self._styles[state.style] = self._styles.get(state.style, "") + text.strip(";")
            case Destination.TITLE:
                self._title += text
            case Destination.EDGE if any(map(str.isalpha, text)):
                self._left_out["headers and footers"] += 1

    def _shown(self, text: str) -> str:
        state = self._state
        if not text.strip():
            return text
        if state.is_deleted:
            return ""
        if state.is_hidden or state.is_struck:
            self._left_out["hidden words" if state.is_hidden else "struck-through words"] += 1
            return ""
        if state.height:
            return raised(text) if state.height > 0 else lowered(text)
        return text

    def _end_paragraph(self) -> None:
        """Add the paragraph read so far; one in a table is a line of its cell."""
        current = self._paragraphs[-1]
        if self._state.is_in_table and current.note is None:
            current.words.append("\n")
            return
        words, current.words = current.words, []
        mark, current.mark = current.mark, None
        if current.note is not None and _NOTE_SIGN in words:
            words.remove(_NOTE_SIGN)
            current.note = self._series["a" if current.note == "a" else ""].next_mark()
        body = cleaned(_whole("".join(words)))
        if not body:
            return
        number = _number(mark)
        body = f"{number} {body}" if number else body
        if len(self._paragraphs) > 1:
            current.bodies.append(body)
            return
        self._add_paragraph(body, None if mark is None else number)

    def _add_paragraph(self, body: str, number: str | None) -> None:
        """Add a paragraph, or an item if `number` is not None."""
        name = self._styles.get(self._state.style, "").strip()
        heading = _HEADING.fullmatch(name)
        outline = self._state.outline
        level = 0
        if name.lower() == "title":
            level = 1
        elif heading is not None:
            level = int(heading[1])
        elif outline is not None and 0 <= outline < _BODY_TEXT:
            level = outline + 1
        if level:
            self._blocks.add_heading(body, level, is_title=name.lower() == "title")
        elif number is not None:
            self._blocks.add_item(body, self._state.depth, number)
        else:
            self._blocks.add_paragraph(body)

    def _end_cell(self, *, is_row: bool) -> None:
        current = self._paragraphs[-1]
        if not is_row:
            number = _number(current.mark)
            words = cleaned(_whole("".join(current.words)))
            current.cells.append(f"{number} {words}" if number else words)
            current.words, current.mark = [], None
            return
        text, current.cells = joined(current.cells), []
        if len(self._paragraphs) > 1:
            current.bodies.append(text)
            return
        self._blocks.add_row(text, names_columns=self._names_columns)


def _number(mark: str | None) -> str:
    """The number in the mark of an item; empty for a bullet, of which Word takes "o" for one."""
    number = cleaned(_whole(mark or ""))
    return number if number != "o" and any(map(str.isalnum, number)) else ""


def _known(encoding: str, otherwise: str) -> str:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return "utf-8" if encoding == "cp65001" else otherwise
    return encoding


def _whole(text: str) -> str:
    """`text` with the halves of surrogate pairs joined."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
