"""Matrix: a plain body, and the same as HTML of the few tags that every client knows.

A quote is a block quote, its citation a paragraph below it with the title as link. Of
attributes there is the target of a link only.
Source: "m.room.message msgtypes" of the client-server specification.
"""

import json
from collections.abc import Iterator
from html import escape
from itertools import groupby
from urllib.parse import unquote, urlsplit

import regex

from bot.chat.rendering.blocks import Block, ListEntry, NoticeBlock, QuoteBlock
from bot.chat.rendering.citations import Described, described, listed
from bot.chat.rendering.dialects import Dialect, Rendered, TextDialect
from bot.chat.rendering.escape import visible, visible_line
from bot.chat.rendering.links import live
from bot.chat.texts.catalogue import CommandName, Language, Notice, Text
from bot.chat.texts.english import ENGLISH
from bot.core.documents import BlockKind
from bot.core.replies import Excerpt

MOST = 30_000
"""Bytes of a message in JSON. An event may have 65,536; encrypted, four thirds of them."""

QUOTED = " > "
"""Before every line of a quote in the plain body.

The blank is there because clients take lines at the start of a reply's body that begin with
`>` for a repetition of the message replied to, and leave them out.
"""

INDENT = "   "
"""Before a line of the plain body that stands under a quote or a title."""

_SMALL_PRINT = frozenset({Text.ANSWER_ID, Text.SILENCE_ID})
# Such a label would name another place than the one it leads to.
_NO_LABEL = regex.compile(r"://|\w\.\p{L}{2}|^\s*$")
_PILL = regex.compile(r"/(?:(?:room|user|roomid|u|r)/)?[@#!+$]")


class Matrix(Dialect):
    """Text and HTML in which only our own marks act; sizes are bytes of ASCII JSON."""

    def __init__(self, language: Language) -> None:
        self._body = MatrixBody(language)
        self._html = MatrixHtml(language)

    def render(self, block: Block) -> Rendered:
        """One block, written twice."""
        return Rendered(self._body.render(block).text, self._html.render(block).text)

    def between(self, before: Block, after: Block) -> Rendered:
        """A blank line in the body; in HTML blocks stand apart by themselves."""
        return Rendered(self._body.between(before, after).text, "")

    def measure(self, rendered: Rendered) -> int:
        """Bytes in JSON of which all is ASCII: the longest way of the ways it may be sent."""
        return _bytes(rendered.text) + _bytes(rendered.html or "")


class _MatrixText(TextDialect):
    """The base of body and HTML."""

    def command(self, command: CommandName) -> str:
        """A command as a member types it."""
        return self.escaped(f"!{command.name} {command.argument}".rstrip())


class MatrixBody(_MatrixText):
    """The plain body, for notifications and clients without HTML: nothing in it acts."""

    def quote(self, block: QuoteBlock) -> str:
        """The quote, and under it the citation and the address."""
        lead = [] if block.lead is None else [self.notice(block.lead)]
        quoted = [QUOTED + line for line in visible(block.excerpt.quote).split("\n")]
        cited = described(block.citation, self.language, block.field_most)
        number = "" if block.number is None else f"{block.number} · "
        said = INDENT + number + ", ".join(map(self.escaped, (cited.title, *cited.details)))
        return "\n".join([*lead, *quoted, said, *self._address(cited)])

    def entry(self, block: ListEntry) -> str:
        """The title, and indented under it the rest."""
        known = listed(block, self.language)
        details = ", ".join(map(self.escaped, known.details))
        lines = [self.escaped(known.title), INDENT + details, *self._address(known)]
        return "\n".join(lines)

    def _address(self, known: Described) -> Iterator[str]:
        if known.url is not None:
            yield INDENT + (live(known.url) or self.escaped(known.url))


class MatrixHtml(_MatrixText):
    """The formatted body: every character from outside is text."""

    def quote(self, block: QuoteBlock) -> str:
        """The quote as a block quote, and under it the citation as a paragraph."""
        lead = "" if block.lead is None else f"<p><strong>{self.notice(block.lead)}</strong></p>"
        quoted = _lines(visible(block.excerpt.quote))
        if _is_code(block.excerpt):
            quoted = f"<pre><code>{escape(visible(block.excerpt.quote), quote=False)}</code></pre>"
        cited = described(block.citation, self.language, block.field_most)
        number = "" if block.number is None else f"{block.number} · "
        return f"{lead}<blockquote>{quoted}</blockquote><p>{number}{self._said(cited, ', ')}</p>"

    def entry(self, block: ListEntry) -> str:
        """An item: the title, and under it the rest."""
        return f"<ul><li>{self._said(listed(block, self.language), '<br>')}</li></ul>"

    def notices(self, block: NoticeBlock) -> str:
        """Fixed texts, each line of the block a line; headings of a document are a list."""
        parts: list[str] = []
        for headings, lines in groupby(block.lines, lambda line: _is_heading(line[0])):
            written = [" ".join(map(self.notice, line)) for line in lines]
            if headings:
                parts.append("<ul>" + "".join(f"<li>{line}</li>" for line in written) + "</ul>")
            else:
                parts.append("<p>" + "<br>".join(written) + "</p>")
        return "".join(parts)

    def notice(self, notice: Notice) -> str:
        """One fixed text with its parameters; a document's address can be followed."""
        pieces = list(self.language.pieces(notice))
        if _is_heading(notice):
            # The mark before it is the list's own here.
            pieces = [("", value) for _, value in pieces if value is not None]
        linked = notice.text is Text.FACT_LINK
        said = "".join(
            _lines(fixed)
            + ("" if value is None else (linked and _link(str(value))) or self.parameter(value))
            for fixed, value in pieces
        )
        return f"<em>{said}</em>" if notice.text in _SMALL_PRINT else said

    def command(self, command: CommandName) -> str:
        """A command as a member types it, set off from the sentence."""
        return f"<code>{super().command(command)}</code>"

    def escaped(self, text: str) -> str:
        """Text from outside as it may stand on one line."""
        return escape(visible_line(text), quote=False)

    def _said(self, known: Described, before_details: str) -> str:
        """Title, details and, where the title cannot be the link, the address."""
        label = visible_line(known.title)
        target = None if known.url is None else _followed(known.url)
        linked = target is not None and not _NO_LABEL.search(label)
        title = _anchor(target, label) if target and linked else self.escaped(known.title)
        details = ", ".join(map(self.escaped, known.details))
        said = f"<strong>{title}</strong>{before_details}{details}"
        if known.url is None or linked:
            return said
        return f"{said}<br>{_link(known.url) or self.escaped(known.url)}"


def _bytes(text: str) -> int:
    return len(json.dumps(text)) - 2


def _lines(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


def _anchor(target: str, label: str) -> str:
    return f'<a href="{escape(target)}">{escape(label, quote=False)}</a>'


def _link(url: str) -> str | None:
    """An address to be read and followed; None where it may not be followed."""
    target = _followed(url)
    return None if target is None else _anchor(target, target)


def _followed(url: str) -> str | None:
    """The address as it may be opened; None for what clients would show as a mention.

    A link to a user or a room becomes a button with that one's face, on whichever host.
    """
    target = live(url)
    if target is None:
        return None
    parts = urlsplit(target)
    host = (parts.hostname or "").rstrip(".")
    if host == "matrix.to" or host.endswith(".matrix.to"):
        return None
    return None if _PILL.match(unquote(unquote(parts.fragment))) else target


def _is_heading(notice: Notice) -> bool:
    return notice.text is Text.FACT_HEADING


def _is_code(excerpt: Excerpt) -> bool:
    """Whether all of the passage stands in a block of code, where blanks have a meaning."""
    span = excerpt.passage.span
    return any(
        block.kind is BlockKind.CODE and block.span.covers(span)
        for block in excerpt.passage.document.blocks
    )


MATRIX = Matrix(ENGLISH)
"""Matrix in English."""
