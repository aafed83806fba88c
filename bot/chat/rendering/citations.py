"""Citations and list entries as text before markup, with the same order of fields everywhere."""

from dataclasses import dataclass

from bot.chat.rendering.blocks import ListEntry
from bot.chat.texts.catalogue import Language, Text, notice, shorten
from bot.core.documents import Locator
from bot.core.replies import Citation

HEADINGS = " › "
"""The separator of the headings of a path."""

_LINK_FIELDS = 4
"""A link may be this many times longer than other fields, because it cannot be shortened."""


@dataclass(frozen=True, slots=True)
class CitationFields:
    """A title, details and a link, without any escaping."""

    title: str
    details: tuple[str, ...]
    url: str | None


def citation_fields(
    citation: Citation, language: Language, most: int | None = None
) -> CitationFields:
    """Title; author, publisher, date with its note, locator; link.

    No field is longer than `most` characters; a link that is much longer is left out.
    """
    dated = _dated(citation.date, citation.date_note, most)
    details = (_short(citation.author, most), _short(citation.publisher, most), dated)
    return CitationFields(
        title=_short(citation.title, most) or "",
        details=(*filter(None, details), locator_text(citation.locator, language, most)),
        url=_link(citation.url, most),
    )


def entry_fields(entry: ListEntry, language: Language) -> CitationFields:
    """Title; publisher, author, date, collection, number of passages; link."""
    source, most = entry.document.source, entry.field_most
    details = (
        _short(source.publisher, most),
        _short(source.author, most),
        _dated(source.date, source.date_note, most),
    )
    facts = (
        notice(Text.COLLECTION, name=_short(entry.document.collection, most) or ""),
        notice(Text.PASSAGES, count=entry.passages),
    )
    return CitationFields(
        title=_short(source.title, most) or "",
        details=(
            *filter(None, details),
            *(language.plain(fact) for fact in facts),
        ),
        url=_link(source.url, most),
    )


def locator_text(locator: Locator, language: Language, most: int | None = None) -> str:
    """Page, heading path, number of the paragraph."""
    parts: list[str] = []
    if locator.page is not None:
        parts.append(language.plain(notice(Text.PAGE, number=locator.page)))
    if locator.headings:
        parts.append(_short(HEADINGS.join(locator.headings), most) or "")
    parts.append(language.plain(notice(Text.PARAGRAPH, number=locator.paragraph)))
    return ", ".join(parts)


def _dated(date: str | None, note: str | None, most: int | None) -> str | None:
    short = _short(note, most)
    if date is None:
        return short
    return _short(date, most) if not short else f"{_short(date, most)} ({short})"


def _short(text: str | None, most: int | None) -> str | None:
    return text if text is None or most is None else shorten(text, most)


def _link(url: str | None, most: int | None) -> str | None:
    return None if url is None or (most is not None and len(url) > _LINK_FIELDS * most) else url
