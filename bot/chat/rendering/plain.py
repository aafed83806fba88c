"""Plain text, for pipes and files: a bar before each quoted line, no other markup."""

from bot.chat.rendering.blocks import ListEntry, QuoteBlock
from bot.chat.rendering.citations import CitationFields, citation_fields, entry_fields
from bot.chat.rendering.dialects import TextDialect
from bot.chat.rendering.escape import visible
from bot.chat.texts.english import ENGLISH

BAR = "│ "
"""Begins every line of a quote."""

INDENT = "  "
"""Begins every line below a quote or a title."""


class Plain(TextDialect):
    """Plain text without wrapping: the text after the bars is the quote, line by line."""

    def quote(self, block: QuoteBlock) -> str:
        """The quote, and below it the citation."""
        lead = [] if block.lead is None else [self.notice(block.lead)]
        quoted = [BAR + line for line in visible(block.excerpt.quote).split("\n")]
        cited = citation_fields(block.citation, self.language, block.field_most)
        number = "" if block.number is None else f"{block.number} · "
        return "\n".join([*lead, *quoted, *self._citation(cited, INDENT + number)])

    def entry(self, block: ListEntry) -> str:
        """The title, and indented below it the rest."""
        known = entry_fields(block, self.language)
        details = ", ".join(map(self.escaped, known.details))
        return f"{self.escaped(known.title)}\n{INDENT}{details}"

    def _citation(self, cited: CitationFields, prefix: str) -> list[str]:
        line = prefix + ", ".join(map(self.escaped, (cited.title, *cited.details)))
        return [line] if cited.url is None else [line, INDENT + self.escaped(cited.url)]


PLAIN = Plain(ENGLISH)
"""Plain text in English."""
