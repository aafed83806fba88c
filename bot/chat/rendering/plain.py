"""Plain text, for pipes and files: a bar before each quoted line, nothing else added."""

from bot.chat.rendering.blocks import ListEntry, QuoteBlock
from bot.chat.rendering.citations import Described, described, listed
from bot.chat.rendering.dialects import TextDialect
from bot.chat.rendering.escape import visible
from bot.chat.texts.english import ENGLISH

BAR = "│ "
"""Before every line of a quote."""

INDENT = "  "
"""Before every line that stands under a quote or a title."""


class Plain(TextDialect):
    """No markup and no wrapping: what follows the bars is the quote, line by line."""

    def quote(self, block: QuoteBlock) -> str:
        """The quote, and under it the citation."""
        lead = [] if block.lead is None else [self.notice(block.lead)]
        quoted = [BAR + line for line in visible(block.excerpt.quote).split("\n")]
        cited = described(block.citation, self.language, block.field_most)
        number = "" if block.number is None else f"{block.number} · "
        return "\n".join([*lead, *quoted, *self._said(cited, INDENT + number)])

    def entry(self, block: ListEntry) -> str:
        """The title, and indented under it the rest."""
        known = listed(block, self.language)
        details = ", ".join(map(self.escaped, known.details))
        return f"{self.escaped(known.title)}\n{INDENT}{details}"

    def _said(self, cited: Described, before: str) -> list[str]:
        said = before + ", ".join(map(self.escaped, (cited.title, *cited.details)))
        return [said] if cited.url is None else [said, INDENT + self.escaped(cited.url)]


PLAIN = Plain(ENGLISH)
"""Plain text in English."""
