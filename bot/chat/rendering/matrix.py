"""Matrix: a plain body, and the same as HTML with tags that every client supports.

A quote is a block quote, with its citation in a paragraph below and the title as link. The
sentence that the question found is strong, but not in code, where clients colour words. The
target of a link is the only attribute, so the direction of text cannot be one: text from outside
that runs from right to left stands between isolates (UAX #9), or clients would put its full stop,
and any Latin word in it, on the wrong side.
Source: "m.room.message msgtypes" of the client-server specification.
"""

import json
from html import escape
from itertools import groupby
from urllib.parse import unquote, urlsplit

import regex

from bot.chat.rendering.blocks import Block, ListEntry, NoticeBlock, QuoteBlock
from bot.chat.rendering.citations import CitationFields, citation_fields, entry_fields
from bot.chat.rendering.dialects import SMALL_PRINT, Dialect, Rendered, TextDialect
from bot.chat.rendering.escape import visible, visible_line
from bot.chat.rendering.links import web_url
from bot.chat.rendering.plain import Plain
from bot.chat.rendering.quote_lines import QuoteLine, above_lines, quote_lines
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import Notice
from bot.chat.texts.parameters import CommandName, MessageOnPlatform
from bot.core.documents import BlockKind
from bot.core.replies import Excerpt

MOST = 30_000
"""Bytes of a message in JSON. An event may have 65,536; encrypted, four thirds of them."""

QUOTED = " > "
"""Begins every line of a quote in the plain body.

The blank is needed because clients drop lines that begin with `>` at the start of a reply:
they take them for a repetition of the message replied to.
"""

INDENT = "   "
"""Begins a line of the plain body below a quote or a title."""

# A label that looks like a URL could name another place than the target of its link.
_NO_LABEL = regex.compile(r"://|\w\.\p{L}{2}|^\s*$")
_RIGHT_TO_LEFT = regex.compile(r"(?=\p{L})[\p{Bidi_Class=R}\p{Bidi_Class=AL}]")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_PILL = regex.compile(r"/(?:(?:room|user|roomid|u|r)/)?[@#!+$]")


class Matrix(Dialect):
    """Text and HTML, with the markup of documents escaped; sizes are bytes of ASCII JSON."""

    def __init__(self, *, emphasis: bool = True) -> None:
        self._body = MatrixBody()
        self._html = MatrixHtml(emphasis=emphasis)

    def render(self, block: Block) -> Rendered:
        """One block as text and as HTML."""
        return Rendered(self._body.render(block).text, self._html.render(block).text)

    def between(self, before: Block, after: Block) -> Rendered:
        """A blank line in the body; HTML elements need no separator."""
        return Rendered(self._body.between(before, after).text, "")

    def measure(self, rendered: Rendered) -> int:
        """Bytes as ASCII JSON, the longest encoding in which it may be sent."""
        return _bytes(rendered.text) + _bytes(rendered.html or "")


class _MatrixText(TextDialect):
    """The base of body and HTML."""

    def command(self, command: CommandName) -> str:
        """A command as a member types it."""
        return self.escaped(f"!{command.name} {command.argument}".rstrip())

    def message(self, of: MessageOnPlatform) -> str:
        """The link of a message, which clients open in its room."""
        return self.escaped(f"https://matrix.to/#/{of.room}/{of.message}")


class MatrixBody(_MatrixText, Plain):
    """The plain body, for notifications and clients without HTML; it has no markup."""

    bar, indent = QUOTED, INDENT

    def entry(self, block: ListEntry) -> str:
        """The title, and below it, indented, the details and the URL."""
        address = self.address(entry_fields(block).url)
        return "\n".join([super().entry(block), *address])

    def address(self, url: str | None) -> tuple[str, ...]:
        """The line of a URL, if there is one."""
        return () if url is None else (self.indent + (web_url(url) or self.escaped(url)),)


class MatrixHtml(_MatrixText):
    """The formatted body; text from outside is escaped."""

    def __init__(self, *, emphasis: bool) -> None:
        self._emphasis = emphasis

    def quote(self, block: QuoteBlock) -> str:
        """The quote as a block quote, and under it the citation as a paragraph."""
        lead = "" if block.lead is None else f"<p><strong>{self.notice(block.lead)}</strong></p>"
        quoted = "<br>".join(map(_line, quote_lines(block.excerpt, emphasis=self._emphasis)))
        if _is_code(block.excerpt):
            quoted = f"<pre><code>{escape(visible(block.excerpt.shown), quote=False)}</code></pre>"
        above = "".join(
            f"<em>{isolated(escape(e, quote=False))}</em><br>" for e in above_lines(block.excerpt)
        )
        cited = citation_fields(block)
        citation = block.label + self._description(cited, ", ")
        return f"{lead}<blockquote>{above}{quoted}</blockquote><p>{citation}</p>"

    def entry(self, block: ListEntry) -> str:
        """An item: the title, and under it the rest."""
        return f"<ul><li>{self._description(entry_fields(block), '<br>')}</li></ul>"

    def notices(self, block: NoticeBlock) -> str:
        """Fixed texts, each line of the block a line; the headings of a document are a list."""
        parts: list[str] = []
        for headings, lines in groupby(block.lines, lambda line: _is_heading(line[0])):
            written = [" ".join(map(self.notice, line)) for line in lines]
            if headings:
                parts.append("<ul>" + "".join(f"<li>{line}</li>" for line in written) + "</ul>")
            else:
                parts.append("<p>" + "<br>".join(written) + "</p>")
        return "".join(parts)

    def notice(self, notice: Notice) -> str:
        """One fixed text with its parameters; the URL of a document is a link."""
        if _is_heading(notice):
            # The list item has its own mark, so the mark of the text is dropped.
            return notice.fill(self.parameter, lambda _: "")
        linked = notice.text is Text.FACT_LINK
        text = notice.fill(
            lambda value: (linked and _link(str(value))) or self.parameter(value), _lines
        )
        return f"<em>{text}</em>" if notice.text in SMALL_PRINT else text

    def command(self, command: CommandName) -> str:
        """A command as a member types it, in a code element."""
        return f"<code>{super().command(command)}</code>"

    def escaped(self, text: str) -> str:
        """Text from outside, escaped, on one line."""
        return isolated(escape(visible_line(text), quote=False))

    def _description(self, known: CitationFields, before_details: str) -> str:
        """Title, details, and the URLs that are not behind the title."""
        label = visible_line(known.title)
        url = known.title_url
        target = None if url is None or _NO_LABEL.search(label) else _link_target(url)
        title = self.escaped(known.title) if target is None else _anchor(target, label)
        details = ", ".join(map(self.escaped, known.details))
        text = f"<strong>{title}</strong>{before_details}{details}"
        urls = [each for each in (known.page_url, known.url) if each is not None]
        below = urls if target is None else urls[1:]
        return "<br>".join([text, *(_link(each) or self.escaped(each) for each in below)])


def isolated(html: str) -> str:
    """One line of HTML, isolated from the direction around it if it has right-to-left letters."""
    if _RIGHT_TO_LEFT.search(html) is None:
        return html
    return f"{_FIRST_STRONG_ISOLATE}{html}{_POP_ISOLATE}"


def _bytes(text: str) -> int:
    return len(json.dumps(text)) - 2


def _line(line: QuoteLine) -> str:
    before, strong, after = (escape(piece, quote=False) for piece in line.pieces)
    return isolated(f"{before}<strong>{strong}</strong>{after}" if strong else before)


def _lines(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


def _anchor(target: str, label: str) -> str:
    return f'<a href="{escape(target)}">{isolated(escape(label, quote=False))}</a>'


def _link(url: str) -> str | None:
    """A link with its URL as label; None for a URL that may not be a link."""
    target = _link_target(url)
    return None if target is None else _anchor(target, target)


def _link_target(url: str) -> str | None:
    """The URL if it may be a link; None for one that clients would show as a mention.

    Clients replace links to users and rooms, on any host, by a pill with their picture.
    """
    target = web_url(url)
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
    """Whether the whole passage is in a block of code, where blanks matter."""
    span = excerpt.passage.span
    block = excerpt.passage.document.block_at(span.start)
    return block is not None and block.kind is BlockKind.CODE and block.span.covers(span)
