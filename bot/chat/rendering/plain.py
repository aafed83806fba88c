"""Plain text, for pipes and files: a bar before each quoted line, no other markup."""

from bot.chat.rendering.blocks import ListEntry, QuoteBlock
from bot.chat.rendering.citations import citation_fields, entry_fields
from bot.chat.rendering.dialects import TextDialect
from bot.chat.rendering.escape import visible
from bot.chat.rendering.quote_lines import above_lines

BAR = "│ "
"""Begins every line of a quote."""

INDENT = "  "
"""Begins every line below a quote or a title."""


class Plain(TextDialect):
    """Plain text without wrapping: the lines above a quote and the quote, each behind a bar."""

    bar, indent = BAR, INDENT

    def quote(self, block: QuoteBlock) -> str:
        """The quote, and below it the citation."""
        lead = [] if block.lead is None else [self.notice(block.lead)]
        lines = (*above_lines(block.excerpt), *visible(block.excerpt.shown).split("\n"))
        quoted = [self.bar + line for line in lines]
        cited = citation_fields(block)
        citation = block.label + ", ".join(map(self.escaped, (cited.title, *cited.details)))
        addresses = (*self.address(cited.page_url), *self.address(cited.url))
        return "\n".join([*lead, *quoted, self.indent + citation, *addresses])

    def entry(self, block: ListEntry) -> str:
        """The title, and indented below it the rest."""
        known = entry_fields(block)
        details = ", ".join(map(self.escaped, known.details))
        return f"{self.escaped(known.title)}\n{self.indent}{details}"

    def address(self, url: str | None) -> tuple[str, ...]:
        """The line of a URL, if there is one."""
        return () if url is None else (self.indent + self.escaped(url),)


PLAIN = Plain()
"""Plain text."""
