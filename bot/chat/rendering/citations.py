"""Citations and list entries as text before markup, with the same order of fields everywhere."""

from dataclasses import dataclass, replace

from bot.chat.rendering.blocks import ListEntry, QuoteBlock
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import notice, shorten
from bot.core.documents import LandmarkKind, Locator, Source

HEADINGS = " › "
"""The separator of the headings of a path."""

_MARKS = {
    LandmarkKind.NOTE: Text.NOTE,
    LandmarkKind.ITEM: Text.ITEM,
    LandmarkKind.SLIDE: Text.SLIDE,
    LandmarkKind.LINE: Text.LINE,
    LandmarkKind.ROW: Text.ROW,
    LandmarkKind.TIME: Text.TIME,
}

_LINK_FIELDS = 4
"""A link may be this many times longer than other fields, because it cannot be shortened."""


@dataclass(frozen=True, slots=True)
class CitationFields:
    """A title, details and links, without any escaping.

    `url` is that of the source, `page_url` that of our page of the document.
    """

    title: str
    details: tuple[str, ...]
    url: str | None
    page_url: str | None = None

    @property
    def title_url(self) -> str | None:
        """The target of the title."""
        return self.url if self.page_url is None else self.page_url


def citation_fields(block: QuoteBlock) -> CitationFields:
    """Title; author, publisher, date with its note, locator, how sure recognition was; link."""
    cited, most = block.excerpt.citation, block.field_most
    source = cited.source
    names = (source.author, source.publisher)
    facts = [locator_text(cited.locator, most)]
    if cited.confidence is not None:
        facts.append(notice(Text.RECOGNISED, confidence=cited.confidence).plain())
    fields = _fields(source, names, tuple(facts), most)
    return replace(fields, page_url=_fitting(block.page_url, most))


def entry_fields(entry: ListEntry) -> CitationFields:
    """Title; publisher, author, date, collection, number of passages; link."""
    source, most = entry.document.source, entry.field_most
    facts = (
        notice(Text.COLLECTION, name=_short(entry.document.collection, most)),
        notice(Text.PASSAGES, count=entry.passages),
    )
    names = (source.publisher, source.author)
    return _fields(source, names, tuple(fact.plain() for fact in facts), most)


def locator_text(locator: Locator, most: int | None = None) -> str:
    """Page, heading path, mark and number of the paragraph, as far as they are needed."""
    parts: list[str] = []
    if locator.page is not None:
        number = _short(locator.page_label or str(locator.page), most)
        parts.append(notice(Text.PAGE, number=number).plain())
    if locator.headings:
        parts.append(_short(HEADINGS.join(locator.headings), most))
    if locator.landmark is not None:
        parts.append(notice(_MARKS[locator.landmark.kind], mark=locator.landmark.mark).plain())
    if locator.names_paragraph:
        parts.append(notice(Text.PARAGRAPH, number=locator.paragraph).plain())
    return ", ".join(parts)


def _fields(
    source: Source, names: tuple[str | None, ...], facts: tuple[str, ...], most: int | None
) -> CitationFields:
    """No field is longer than `most` characters; a link that is much longer is left out."""
    details = [_short(name, most) for name in names if name]
    dated = [_short(each, most) for each in (source.date, source.date_note) if each]
    if dated:
        details.append(f"{dated[0]} ({dated[1]})" if len(dated) > 1 else dated[0])
    url = _fitting(source.url, most)
    return CitationFields(_short(source.title, most), (*details, *facts), url)


def _fitting(url: str | None, most: int | None) -> str | None:
    is_long = url is not None and most is not None and len(url) > _LINK_FIELDS * most
    return None if is_long else url


def _short(text: str, most: int | None) -> str:
    return text if most is None else shorten(text, most)
