"""Discord's Markdown, for a text display of Components V2 or a plain message.

A quote is a block quote, with its citation below as small print and the title as link. Some
clients drop leading blanks of a quoted line.

The sentence that the question found is bold, each of its lines by itself.

A backslash stands before each character that would act as markup. Discord's clients drop one
before any character that is neither letter, digit nor blank, so readers do not see it. Inside
the label of a masked link they show it: a text that needs escapes cannot be a label.
Sources: Discord's "Message Formatting" reference; the rules of its SimpleAST library;
threads 6088, 6185, 7673 and 7721 of discord/discord-api-docs for labels.
"""

from collections.abc import Mapping

import regex

from bot.chat.rendering.blocks import ListEntry, NoticeBlock, QuoteBlock
from bot.chat.rendering.citations import CitationFields, citation_fields, entry_fields
from bot.chat.rendering.dialects import SMALL_PRINT, Rendered, TextDialect
from bot.chat.rendering.escape import visible_line
from bot.chat.rendering.links import button_url, web_url
from bot.chat.rendering.quote_lines import QuoteLine, above_lines, quote_lines
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import Notice
from bot.chat.texts.parameters import CommandName, IdOnPlatform, MessageOnPlatform

QUOTED = "> "
"""Begins every line of a quote, also empty ones, which would otherwise end it."""

SMALL = "-# "
"""Begins a line of small print."""

_CODE = regex.compile(r"/[\w \[\]<>|….-]+")

# A sign such as ™ or ↔, which Discord would replace by an emoji.
_SIGN = r"[[\u0080-\uFFFF]&&\p{Emoji}--\p{Emoji_Presentation}](?!\uFE0F)"

_ACTING = regex.compile(
    r"[\\*_`\[\]]"  # styles, code, labels; and the backslash itself
    r"|(?<=\])\("  # the target of a link, whoever opened its label
    r"|~(?=~)|(?<=~)~|\|(?=\|)|(?<=\|)\|"  # struck out, spoiler
    r"|<(?! )"  # mentions, emoji, times, commands, navigation, links
    r"|:(?=:|//|[^\s:]+:)"  # an address, a picture by its name
    r"|@(?=(?i:everyone|here))"
    r"|(?i:(?<=discord(?:app)?\.(?:gg|com|new)))/"  # the card of an invitation
    rf"|{_SIGN}"
    # At the start of a line only: list, small print, heading, quote.
    r"|(?<=^[^\S\n]*)(?:[-+](?!\S)|-(?=\#)|\#(?=\#{0,2}(?!\S))|>(?!\S)|>(?=>>))"
    r"|(?<=^[^\S\n]*[0-9]+)\.(?!\S)",
    regex.MULTILINE | regex.VERSION1,
)

# An emoji or URL in a label breaks the link, or the URL names another place.
_NO_LABEL = regex.compile(
    r"[\p{Extended_Pictographic}\p{Emoji_Presentation}\uFE0F\u20E3]|\w\.\p{L}{2}|^\s|\s$|^$"
)
_TARGET = str.maketrans({"(": "%28", ")": "%29", "*": "%2A"})

# The last colon of a text: a colon that we write later could complete an emoji name.
_OPEN = regex.compile(r"(?<!\\):(?=[^\s:]+\Z)")

# One character of escaped text, with the backslash before it.
_CHARACTER = regex.compile(r"\\?.", regex.DOTALL)


class DiscordMarkdown(TextDialect):
    """Discord's Markdown, with that of documents escaped; sizes are UTF-16 code units.

    `command_ids` are those of the registered commands by name; they may come later.
    """

    def __init__(
        self, *, emphasis: bool = True, command_ids: Mapping[str, int] | None = None
    ) -> None:
        self._emphasis = emphasis
        self._command_ids = {} if command_ids is None else command_ids

    def measure(self, rendered: Rendered) -> int:
        """UTF-16 code units, an upper bound of the code points that Discord counts."""
        text = rendered.text
        return len(text) + sum(character > "\uffff" for character in text)

    def quote(self, block: QuoteBlock) -> str:
        """The quote, and under it the citation in small print."""
        lead = [] if block.lead is None else [_bold(self.notice(block.lead))]
        lines = [*quote_lines(block.excerpt, emphasis=self._emphasis)]
        texts = escaped("\n".join(line.text for line in lines)).split("\n")
        cited = citation_fields(block)
        quoted = [QUOTED + _emphasized(*each) for each in zip(lines, texts, strict=True)]
        above = [f"{QUOTED}{SMALL}{escaped(line)}" for line in above_lines(block.excerpt)]
        return "\n".join([*lead, *above, *quoted, *self._citation(cited, block.label)])

    def entry(self, block: ListEntry) -> str:
        """The title, and under it the rest in small print."""
        known = entry_fields(block)
        title = self._linked(known) or self.escaped(known.title)
        details = ", ".join(map(self.escaped, known.details))
        return f"{_bold(title)}\n{SMALL}{details}"

    def notices(self, block: NoticeBlock) -> str:
        """Fixed texts, each line of the block a line; the id of a reply is small print."""
        return "\n".join(
            (SMALL if line[0].text in SMALL_PRINT else "") + " ".join(map(self.notice, line))
            for line in block.lines
        )

    def notice(self, notice: Notice) -> str:
        """One fixed text with its parameters; the URL of a document or message is a link."""
        if notice.text not in {Text.FACT_LINK, Text.ASKED_ABOUT}:
            return super().notice(notice)
        return notice.fill(lambda url: bare_link(str(url)) or self.parameter(url))

    def command(self, command: CommandName) -> str:
        """A command to press where its id is known, else as a member types it, in code marks."""
        number = self._command_ids.get(command.name)
        if number is not None and not command.argument:
            return f"</{command.name}:{number}>"
        typed = super().command(command)
        return f"`{typed}`" if _CODE.fullmatch(typed) else self.escaped(typed)

    def name(self, of: IdOnPlatform) -> str:
        """A mention, which Discord's program shows as the name; no message of the bot pings."""
        if of.platform != "discord" or not (of.id.isascii() and of.id.isdigit()):
            return super().name(of)
        return f"<#{of.id}>" if of.is_room else f"<@{of.id}>"

    def message(self, of: MessageOnPlatform) -> str:
        """The link of a message."""
        url = f"https://discord.com/channels/{of.space}/{of.room}/{of.message}"
        return bare_link(url) or super().message(of)

    def escaped(self, text: str) -> str:
        """Text from outside, escaped, on one line."""
        return escaped(visible_line(text))

    def _citation(self, cited: CitationFields, number: str) -> list[str]:
        linked = self._linked(cited)
        title = linked or self.escaped(cited.title)
        line = SMALL + number + ", ".join([_bold(title), *map(self.escaped, cited.details)])
        # With a page, the address of the source is that of a button.
        has_link = linked is not None if cited.page_url is None else button_url(cited.url)
        if cited.url is None or has_link:
            return [line]
        address = bare_link(cited.url) or self.escaped(cited.url).strip()
        # Discord shows the mark of empty small print as text.
        return [line, SMALL + address] if address else [line]

    def _linked(self, cited: CitationFields) -> str | None:
        if cited.title_url is None:
            return None
        return masked_link(visible_line(cited.title), cited.title_url)


def _bold(text: str) -> str:
    return f"**{text}**" if text.strip() else text


def _emphasized(line: QuoteLine, text: str) -> str:
    """The escaped `text` of a line, with its emphasis in bold."""
    if line.strong is None:
        return text
    characters, (start, end) = _CHARACTER.findall(text), (line.strong.start, line.strong.end)
    before, strong, after = characters[:start], characters[start:end], characters[end:]
    return "".join([*before, _bold("".join(strong)), *after])


def escaped(text: str) -> str:
    """Escape visible text, of one line or more, so that Discord shows every character."""
    return _OPEN.sub(r"\\\g<0>", _ACTING.sub(r"\\\g<0>", text))


def masked_link(label: str, url: str) -> str | None:
    """`label` as a link to `url`; None if Discord would not show exactly the label."""
    target = web_url(url)
    if target is None or set("[]") & set(target):
        return None
    if _NO_LABEL.search(label) or _ACTING.search(label):
        return None
    return f"[{label}](<{target.translate(_TARGET)}>)"


def bare_link(url: str) -> str | None:
    """A URL as a link; None for anything but a web URL."""
    target = web_url(url)
    return None if target is None else f"<{target}>"
