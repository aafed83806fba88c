"""Discord's Markdown, for a text display of Components V2 or a plain message.

A quote is a block quote, with its citation below as small print and the title as link. Some
clients drop leading blanks of a quoted line.
"""

import regex

from bot.chat.rendering.blocks import ListEntry, NoticeBlock, QuoteBlock
from bot.chat.rendering.citations import CitationFields, citation_fields, entry_fields
from bot.chat.rendering.dialects import Rendered, TextDialect
from bot.chat.rendering.discord_escape import bare_link, escaped, masked_link
from bot.chat.rendering.escape import visible, visible_line
from bot.chat.texts.catalogue import CommandName, Notice, Text
from bot.chat.texts.english import ENGLISH

QUOTED = "> "
"""Begins every line of a quote, also empty ones, which would otherwise end it."""

SMALL = "-# "
"""Begins a line of small print."""

_SMALL_PRINT = frozenset({Text.ANSWER_ID, Text.SILENCE_ID})
_CODE = regex.compile(r"/[\w \[\]<>|….-]+")


class DiscordMarkdown(TextDialect):
    """Discord's Markdown, with that of documents escaped; sizes are UTF-16 code units."""

    def measure(self, rendered: Rendered) -> int:
        """UTF-16 code units, an upper bound of the code points that Discord counts."""
        text = rendered.text
        return len(text) + sum(character > "\uffff" for character in text)

    def quote(self, block: QuoteBlock) -> str:
        """The quote, and under it the citation in small print."""
        lead = [] if block.lead is None else [_bold(self.notice(block.lead))]
        lines = escaped(visible(block.excerpt.quote)).split("\n")
        cited = citation_fields(block.citation, self.language, block.field_most)
        number = "" if block.number is None else f"{block.number} · "
        return "\n".join(
            [*lead, *(QUOTED + line for line in lines), *self._citation(cited, number)]
        )

    def entry(self, block: ListEntry) -> str:
        """The title, and under it the rest in small print."""
        known = entry_fields(block, self.language)
        title = self._linked(known) or self.escaped(known.title)
        details = ", ".join(map(self.escaped, known.details))
        return f"{_bold(title)}\n{SMALL}{details}"

    def notices(self, block: NoticeBlock) -> str:
        """Fixed texts, each line of the block a line; the id of a reply is small print."""
        return "\n".join(
            (SMALL if line[0].text in _SMALL_PRINT else "") + " ".join(map(self.notice, line))
            for line in block.lines
        )

    def notice(self, notice: Notice) -> str:
        """One fixed text with its parameters; the URL of a document is a link."""
        if notice.text is not Text.FACT_LINK:
            return super().notice(notice)
        return "".join(
            fixed + ("" if value is None else bare_link(str(value)) or self.parameter(value))
            for fixed, value in self.language.pieces(notice)
        )

    def command(self, command: CommandName) -> str:
        """A command as a member types it, in code marks."""
        typed = super().command(command)
        return f"`{typed}`" if _CODE.fullmatch(typed) else self.escaped(typed)

    def escaped(self, text: str) -> str:
        """Text from outside, escaped, on one line."""
        return escaped(visible_line(text))

    def _citation(self, cited: CitationFields, number: str) -> list[str]:
        linked = self._linked(cited)
        title = linked or self.escaped(cited.title)
        line = SMALL + number + ", ".join([_bold(title), *map(self.escaped, cited.details)])
        if cited.url is None or linked is not None:
            return [line]
        address = bare_link(cited.url) or self.escaped(cited.url).strip()
        # Discord shows the mark of empty small print as text.
        return [line, SMALL + address] if address else [line]

    def _linked(self, cited: CitationFields) -> str | None:
        if cited.url is None:
            return None
        return masked_link(visible_line(cited.title), cited.url)


def _bold(text: str) -> str:
    return f"**{text}**" if text.strip() else text


DISCORD = DiscordMarkdown(ENGLISH)
"""Discord's Markdown in English."""
