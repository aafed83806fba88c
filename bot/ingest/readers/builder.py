"""Block after block to a parsed document, for formats whose text we put together ourselves."""

from __future__ import annotations

from dataclasses import dataclass, field

import regex

from bot.core.documents import Block, BlockKind, Parsed, Span

_BETWEEN = "\n\n"
_LINE_ENDS = regex.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Controls, halves of surrogate pairs, soft hyphens and what is no character at all.
_UNFIT = regex.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\ufeff\ufff9-\ufffc\ud800-\udfff]"
    r"|\p{Noncharacter_Code_Point}"
)
_BLANKS = regex.compile(r"[^\S\n]+")
_NO_TITLE = regex.compile(
    r"(?:untitled|unbenannt|sans titre|\(?anonymous\)?|title|(?:word )?document ?\p{Nd}*)"
    r"|.*\.(?:docx?|pdf|tex|dvi|indd|odt|rtf|xlsx?|pptx?|qxd|p65)"
    r"|microsoft word\b.*|.*\\.*",
    regex.IGNORECASE,
)
_AROUND_LINE_END = regex.compile(r" *\n[ \n]*")


def cleaned(text: str) -> str:
    """`text` without characters that no reader sees, its blanks and line ends folded."""
    text = _UNFIT.sub("", _LINE_ENDS.sub("\n", text))
    return _AROUND_LINE_END.sub("\n", _BLANKS.sub(" ", text)).strip()


def told_title(said: str) -> str | None:
    """A title from a file's properties, unless it only names a file or nothing."""
    title = cleaned(said).replace("\n", " ")
    return None if not title or _NO_TITLE.fullmatch(title) else title


@dataclass(slots=True)
class Builder:
    """Collects blocks and the text they stand in, with a blank line between any two."""

    _pieces: list[str] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _length: int = 0

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What was added so far."""
        return tuple(self._blocks)

    def add(
        self,
        body: str,
        kind: BlockKind = BlockKind.PARAGRAPH,
        level: int = 0,
        *,
        page: int | None = None,
        mark: str = "",
    ) -> None:
        """One more block; `mark`, a bullet or number, stands before it in the text only.

        A body without a visible character is left out.
        """
        body = cleaned(body)
        if not body:
            return
        before = (_BETWEEN if self._pieces else "") + (f"{mark} " if mark else "")
        start = self._length + len(before)
        self._pieces += (before, body)
        self._length = start + len(body)
        self._blocks.append(Block(Span(start, self._length), kind, level, page))

    def built(self, title: str | None) -> Parsed:
        """The document so far under `title`."""
        return Parsed("".join(self._pieces), self.blocks, title)
