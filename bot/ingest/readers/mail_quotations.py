"""Quoted replies and signatures in mails: they are another's words, or none of the matter.

They are replaced by gaps, since a quote from one would be cited as a sentence of the sender. A
forwarded mail stays: it is what the sender wanted to show.
"""

from collections.abc import Sequence

import regex
from selectolax.lexbor import LexborHTMLParser

from bot.ingest.readers.builder import UNREADABLE

_FORWARD = regex.compile(r"\s*(?:\[[^\]]*\]\s*)?(?:fwd?|wg|tr|rv|enc|doorst|vs|pd)\s*:", regex.I)
_FORWARDED = regex.compile(r"^-{2,} ?(?:forwarded message|weitergeleitete nachricht)", regex.I)
_QUOTED_LINE = regex.compile(r"[ ]?>")
# "On 4 March 2024, Ida Kern wrote:", over up to three lines.
_ATTRIBUTION = regex.compile(
    r"(?:wrote|writes|said|schrieb\b.*|a écrit|escribió|escreveu|ha scritto|scrisse|schreef\b.*"
    r"|napisał(?:\(a\))?|skrev\b.*|kirjoitti|írta|napsal(?:\(a\))?|пишет|написал(?:\(а\))?|写道)"
    r"\s*[:：]$",
    regex.IGNORECASE,
)
_ATTRIBUTION_LINES = 3
_ATTRIBUTION_CHARACTERS = 300
_ORIGINAL = regex.compile(
    r"^-{2,} ?(?:original message|ursprüngliche nachricht|message d'origine|mensaje original)"
    r" ?-{2,}",
    regex.IGNORECASE,
)
# Outlook puts the head of a mail, without a mark, above what it quotes.
_HEAD = regex.compile(
    r"^\*?(?:From|Von|De|Da|Van)\*?:[^\n]*\n(?:[^\n]*\n)?"
    r"\*?(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado|Inviato|Verzonden)\*?:",
    regex.IGNORECASE,
)
_SIGNATURE = regex.compile(r"^-- ?$")
_LIST_FOOTER = regex.compile(r"^_{30,}$")
_LIST_FOOTER_LINES = 8
_QUOTATIONS_HTML = (
    "blockquote[type=cite], .gmail_quote, .gmail_attr, .moz-cite-prefix, .yahoo_quoted,"
    " .protonmail_quote"
)
_SIGNATURES_HTML = ".gmail_signature, .moz-signature, #Signature, .protonmail_signature_block"


def is_forward(subject: str, text: str) -> bool:
    """Whether a mail was forwarded, by its subject or by the line that programs put above it."""
    return _FORWARD.match(subject) is not None or any(
        _FORWARDED.match(line.strip()) for line in text.split("\n")
    )


def original_begins(text: str) -> bool:
    """Whether the paragraph `text` heads the mail that is quoted below all of a reply."""
    return _ORIGINAL.match(text) is not None or _HEAD.match(text) is not None


def own_parts(text: str, *, forwarded: bool) -> list[str]:
    """The parts of a plain mail that are its sender's own, in order; "" stands for a gap."""
    lines = text.split("\n")
    end = _end_of_own_lines(lines, forwarded=forwarded)
    parts: list[str] = []
    own: list[str] = []
    for line in lines[:end]:
        if not _QUOTED_LINE.match(line):
            own.append(line)
            continue
        if parts and not parts[-1] and not any(map(str.strip, own)):
            own.clear()
            continue
        parts += ("\n".join(_without_attribution(own)) or "\n", "")
        own.clear()
    parts.append("\n".join(own) or "\n")
    if any(map(str.strip, lines[end:])):
        parts.append("")
    return [part for part in parts if not part or part.strip()]


def _end_of_own_lines(lines: Sequence[str], *, forwarded: bool) -> int:
    """The number of the line at which a signature or the quoted original begins."""
    for number, line in enumerate(lines):
        if _SIGNATURE.match(line):
            return number
        if _LIST_FOOTER.match(line) and len(lines) - number <= _LIST_FOOTER_LINES:
            return number
        if not forwarded and original_begins("\n".join(lines[number : number + 3])):
            return number
    return len(lines)


def _without_attribution(lines: Sequence[str]) -> Sequence[str]:
    """The lines above a quotation without the last ones if they say who wrote it and when."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    start = end
    while start and lines[start - 1].strip() and end - start <= _ATTRIBUTION_LINES:
        start -= 1
    last = " ".join(lines[start:end]).strip()
    is_short = end - start <= _ATTRIBUTION_LINES and len(last) <= _ATTRIBUTION_CHARACTERS
    return lines[:start] if is_short and _ATTRIBUTION.search(last) else lines


def own_html(source: str, *, forwarded: bool) -> str:
    """The source of an HTML mail in which paragraphs of `[…]` stand for what is not its own."""
    tree = LexborHTMLParser(source)
    selectors = _SIGNATURES_HTML if forwarded else f"{_QUOTATIONS_HTML}, {_SIGNATURES_HTML}"
    (gap,) = LexborHTMLParser(f"<p>{UNREADABLE}</p>").css("p")
    # From the last one to the first, so that those within another are replaced before it.
    for node in reversed(tree.css(selectors)):
        node.replace_with(gap)
    return tree.html or ""
