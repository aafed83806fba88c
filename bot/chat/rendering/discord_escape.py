"""Escape of Discord's Markdown: a backslash before each character that would act as markup.

Discord's clients drop a backslash before any character that is neither letter, digit nor
blank, so readers do not see it. Inside the label of a masked link they show it: a text that
needs escapes cannot be a label.
Sources: Discord's "Message Formatting" reference; the rules of its SimpleAST library;
threads 6088, 6185, 7673 and 7721 of discord/discord-api-docs for labels.
"""

import regex

from bot.chat.rendering.links import web_url

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
