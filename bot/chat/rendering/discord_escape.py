"""Text from outside as Discord shows it unchanged: a backslash where its Markdown would act.

Discord's clients drop a backslash before any character that is neither letter, digit nor
blank; so nothing that is inserted is seen. Inside the label of a masked link they do not:
such text can only be taken as it is, or not be a label.
Sources: Discord's "Message Formatting" reference; the rules of its SimpleAST library;
threads 6088, 6185, 7673 and 7721 of discord/discord-api-docs for labels.
"""

import regex

from bot.chat.rendering.links import live

# A sign such as ™ or ↔ that is a letter unless asked otherwise; Discord makes it a picture.
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

# A picture in a label undoes the link; an address in it too, or it names another one.
_NO_LABEL = regex.compile(
    r"[\p{Extended_Pictographic}\p{Emoji_Presentation}\uFE0F\u20E3]|\w\.\p{L}{2}|^\s|\s$|^$"
)
_TARGET = str.maketrans({"(": "%28", ")": "%29", "*": "%2A"})


# The last colon of a text, where the one that we write behind it may make a picture of both.
_OPEN = regex.compile(r"(?<!\\):(?=[^\s:]+\Z)")


def escaped(text: str) -> str:
    """Visible text, of one line or more, as Discord shows it character for character."""
    return _OPEN.sub(r"\\\g<0>", _ACTING.sub(r"\\\g<0>", text))


def masked_link(label: str, url: str) -> str | None:
    """`label` as a link to `url`; None where Discord would not show just the label as one."""
    target = live(url)
    if target is None or set("[]") & set(target):
        return None
    if _NO_LABEL.search(label) or _ACTING.search(label):
        return None
    return f"[{label}](<{target.translate(_TARGET)}>)"


def bare_link(url: str) -> str | None:
    """An address to be read and followed; None for anything but the web's."""
    target = live(url)
    return None if target is None else f"<{target}>"
