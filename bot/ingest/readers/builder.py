"""A builder of parsed documents, for formats whose text is put together from blocks."""

from dataclasses import dataclass, field

import regex

from bot.core.documents import Block, BlockKind, Landmark, Span

UNREADABLE = "[…]"
"""The sign in a text for a part of the document that cannot be read."""

DAMAGED = "It is damaged or cut off: get a whole copy of it, or save it anew."
NO_WORDS = "It holds no words: fill it or remove it."
_SEPARATOR = "\n\n"
CONTROLS = regex.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
"""The control characters that are no blanks, none of which stands in what a reader returns."""

_LINE_ENDS = regex.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Controls, halves of surrogate pairs, soft hyphens and noncharacters.
_INVISIBLE = regex.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\ufeff\ufff9-\ufffc\ud800-\udfff]"
    r"|\p{Noncharacter_Code_Point}"
)
_BLANKS = regex.compile(r"[^\S\n]+")
_NO_TITLE = regex.compile(
    r"(?:untitled|unbenannt|sans titre|\(?anonymous\)?|title|(?:word )?document ?\p{Nd}*)"
    r"|.*\.(?:docx?|pdf|tex|dvi|indd|odt|rtf|xlsx?|pptx?|qxd|p65)"
    r"|microsoft word\b.*|.*\\.*"
    # The titles that PowerPoint gives by itself, in its languages.
    r"|powerpoint[ -](?:presentation|präsentation|presentatie|præsentation|presentasjon|esitys"
    r"|bemutató|sunusu|演示文稿|簡報|プレゼンテーション|프레젠테이션)"
    r"|(?:présentation|prezentare|презентация|презентація) powerpoint"
    r"|presentación de powerpoint|apresentação do powerpoint"
    r"|presentazione (?:standard )?di powerpoint"
    r"|prezent(?:acja programu|ácia programu|ace aplikace) powerpoint"
    r"|(?:slide|folie|diapositiv[ae]|slajd|dia) 1",
    regex.IGNORECASE,
)
_AROUND_LINE_END = regex.compile(r" *\n[ \n]*")


def readable(text: str) -> str:
    """`text` with line ends of one kind, and without controls and other invisible characters.

    The text of every format that is built from blocks went through it.
    """
    return _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))


def cleaned(text: str) -> str:
    """Readable `text`, each run of blanks and line ends folded into one."""
    return _AROUND_LINE_END.sub("\n", _BLANKS.sub(" ", readable(text))).strip()


def cleaned_code(text: str) -> str:
    """`text` without invisible characters and the blank lines around it; indents stay."""
    lines = readable(text).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def metadata_title(value: str) -> str | None:
    """The title in a file's metadata; None if it is empty, a default, or the name of a file."""
    title = cleaned(value).replace("\n", " ")
    return None if not title or _NO_TITLE.fullmatch(title) else title


@dataclass(slots=True)
class DocumentBuilder:
    """Collects blocks, and joins their texts with a blank line between two blocks."""

    blocks: list[Block] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _length: int = 0

    @property
    def text(self) -> str:
        """The text of all blocks."""
        return "".join(self._pieces)

    def add(
        self,
        body: str,
        kind: BlockKind = BlockKind.PARAGRAPH,
        level: int = 0,
        *,
        page: int | None = None,
        landmark: Landmark | None = None,
        mark: str = "",
        confidence: int | None = None,
    ) -> None:
        """Add a block with the text `body` as it is, unless that is empty.

        `mark`, a bullet or number, stands before it in the text, outside of the block.
        """
        if not body:
            return
        start = self._append(body, f"{mark} " if mark else "")
        span = Span(start, self._length)
        self.blocks.append(Block(span, kind, level, page, landmark, confidence))

    def add_gap(self) -> None:
        """Put `[…]` into the text, outside of all blocks, for a part that cannot be read."""
        self._append(UNREADABLE, "")

    def _append(self, body: str, mark: str) -> int:
        before = (_SEPARATOR if self._pieces else "") + mark
        start = self._length + len(before)
        self._pieces += (before, body)
        self._length = start + len(body)
        return start
