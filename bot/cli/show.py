"""`show`: prints a document, with a span of it marked."""

import re

from bot.answering.service import AnsweringService
from bot.chat.identity import Scope
from bot.chat.rendering.escape import visible
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice
from bot.cli.output import sentence
from bot.core.documents import Document, Span
from bot.core.errors import UsageError
from bot.platforms.streams import Output

_BRACKETS = ("⟦", "⟧")
"""Mark the span in plain text, which has no reverse video."""

_REVERSE_VIDEO = ("\x1b[7m", "\x1b[27m")
_SPAN = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")


def parse_span(text: str | None) -> Span | None:
    """`START-END` as a span, in code points; raises `UsageError`."""
    if text is None:
        return None
    match = _SPAN.fullmatch(text)
    if match is None or int(match[1]) >= int(match[2]):
        raise UsageError(sentence(notice(Text.BAD_SPAN, given=text[:40])))
    return Span(int(match[1]), int(match[2]))


async def show(
    answering: AnsweringService, name: str, span: Span | None, scope: Scope, output: Output
) -> None:
    """Print the document with that path or title, or a part of one."""
    info = await answering.find(name, scope)
    text = _marked_text(info.document, span, terminal=output.is_terminal)
    output.write(text if text.endswith("\n") else text + "\n")


def _marked_text(document: Document, span: Span | None, *, terminal: bool) -> str:
    """The document's text with `span` marked, and hostile characters made visible."""
    text = document.text
    if span is None:
        return visible(text)
    if span.end > len(text):
        beyond = notice(
            Text.SPAN_BEYOND,
            title=document.source.title,
            length=len(text),
            span=f"{span.start}-{span.end}",
        )
        raise UsageError(sentence(beyond))
    before, after = _REVERSE_VIDEO if terminal else _BRACKETS
    head, marked, tail = map(visible, (text[: span.start], span.of(text), text[span.end :]))
    return f"{head}{before}{marked}{after}{tail}"
