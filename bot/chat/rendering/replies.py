"""Replies, lists and documents as blocks, in the order in which they are shown."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from bot.answering.service import DocumentInfo
from bot.chat.rendering.blocks import Block, ListEntry, NoticeBlock, QuoteBlock, notice_block
from bot.chat.rendering.nearest import nearest_block
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import language_list, word_list
from bot.chat.texts.notices import Notice, notice, shorten
from bot.chat.texts.parameters import CommandName
from bot.core.documents import SIDE_LEVEL, BlockKind
from bot.core.replies import (
    Answer,
    Confidence,
    Difference,
    Excerpt,
    FigureKind,
    Reading,
    Reply,
    Silence,
)

REVISION_SHOWN = 8
"""The number of hex digits of a revision that a member sees."""

HEADINGS_SHOWN = 30
"""Most headings of a document that are listed; further ones are counted."""

TERMS_SHOWN = 12
"""Most missing words of a question that are named."""

_TERM_CHARACTERS = 40
_TITLE_CHARACTERS = 80


def reply_blocks(
    reply: Reply,
    *,
    numbered: bool = False,
    more: CommandName | None = None,
) -> tuple[Block, ...]:
    """The blocks of a reply.

    `numbered` if members can refer to an excerpt by its number: what is near to a silence is then
    listed, and else quoted. `more` is the command for further excerpts, if there is one.
    """
    match reply:
        case Answer():
            return _answer(reply, numbered, more)
        case Silence():
            return _silence(reply, numbered, typed=more is not None)
        case _:
            assert_never(reply)


def quote_blocks(
    excerpts: Sequence[Excerpt],
    first: int | None = None,
    lead: Notice | None = None,
    question: str = "",
) -> tuple[QuoteBlock, ...]:
    """Excerpts below each other, numbered from `first` on; `lead` stays with the first."""
    return tuple(
        QuoteBlock(
            excerpt,
            number=None if first is None else first + place,
            lead=None if place else lead,
            question=question,
        )
        for place, excerpt in enumerate(excerpts)
    )


def further_notice(left: int, more: CommandName) -> Notice:
    """The number of further excerpts, and the command for them."""
    return notice(Text.FURTHER, count=left, more=more)


def list_blocks(infos: Sequence[DocumentInfo]) -> tuple[Block, ...]:
    """The documents served, one entry each."""
    if not infos:
        return (notice_block(notice(Text.NO_DOCUMENTS)),)
    entries = (ListEntry(info.document, info.passages) for info in infos)
    return (notice_block(notice(Text.SOURCES, count=len(infos))), *entries)


def document_blocks(info: DocumentInfo) -> tuple[Block, ...]:
    """All known facts about one document; unknown ones are left out."""
    document, source = info.document, info.document.source
    facts = [notice(Text.WORDS, words=source.title)]
    if source.author:
        facts.append(notice(Text.FACT_AUTHOR, author=source.author))
    if source.publisher:
        facts.append(notice(Text.FACT_PUBLISHER, publisher=source.publisher))
    if source.date and source.date_note:
        facts.append(notice(Text.FACT_DATE_NOTE, date=source.date, note=source.date_note))
    elif source.date or source.date_note:
        facts.append(notice(Text.FACT_DATE, date=source.date or source.date_note or ""))
    if source.about:
        facts.append(notice(Text.FACT_ABOUT, about=source.about))
    if source.url:
        facts.append(notice(Text.FACT_LINK, url=source.url))
    facts.append(notice(Text.FACT_FILE, path=document.path))
    facts.append(notice(Text.FACT_COLLECTION, name=document.collection))
    facts.append(notice(Text.FACT_REVISION, revision=document.revision[:REVISION_SHOWN]))
    facts.append(notice(Text.FACT_PASSAGES, count=info.passages))
    return (notice_block(*facts), *_headings(info))


def _headings(info: DocumentInfo) -> tuple[Block, ...]:
    document = info.document
    headings = [
        block
        for block in document.blocks
        if block.kind is BlockKind.HEADING
        and block.level < SIDE_LEVEL
        and not any(span.overlaps(block.span) for span in document.excluded)
    ]
    if not headings:
        return ()
    texts = (" ".join(b.span.of(document.text).split()) for b in headings[:HEADINGS_SHOWN])
    lines = [notice(Text.FACT_HEADINGS), *(notice(Text.FACT_HEADING, heading=t) for t in texts)]
    if len(headings) > HEADINGS_SHOWN:
        lines.append(notice(Text.AND_MORE, count=len(headings) - HEADINGS_SHOWN))
    return (notice_block(*lines),)


def _answer(answer: Answer, numbered: bool, more: CommandName | None) -> tuple[Block, ...]:
    low = answer.confidence is Confidence.LOW
    first = 1 if numbered else None
    pinned, found = answer.excerpts[: answer.pinned], answer.excerpts[answer.pinned :]
    lead = notice(Text.PINNED_ALIKE if low else Text.PINNED)
    quotes = [
        QuoteBlock(each, None if first is None else first + place, lead, question=answer.question)
        for place, each in enumerate(pinned)
    ]
    quotes += quote_blocks(
        found,
        None if first is None else first + len(pinned),
        notice(Text.LOW_CONFIDENCE) if low else notice(Text.ALSO_FOUND) if pinned else None,
        answer.question,
    )
    lines: list[tuple[Notice, ...]] = [(_difference(each),) for each in answer.differences]
    if answer.quote_languages:
        languages = language_list(answer.quote_languages)
        lines.append((notice(Text.QUOTED_IN, languages=languages),))
    words = tuple(word_notices(answer.readings, answer.missing_terms))
    if words:
        lines.append(words)
    counts: list[Notice] = []
    if answer.documents > 1:
        counts.append(notice(Text.SPEAKING, speaking=answer.speaking, documents=answer.documents))
    if answer.further and more is not None:
        counts.append(further_notice(len(answer.further), more))
    revision = answer.revision[:REVISION_SHOWN]
    if counts:
        lines.append(tuple(counts))
    if answer.is_judged:
        lines.append((notice(Text.JUDGED),))
    lines.append((notice(Text.ANSWER_ID, id=answer.id, revision=revision),))
    return (*quotes, NoticeBlock(tuple(lines)))


def word_notices(readings: Sequence[Reading], missing_terms: Sequence[str]) -> Iterator[Notice]:
    """The notices on words of a question that no document has: read as others, or missing."""
    if readings:
        yield _read_as(readings)
    if missing_terms:
        yield notice(Text.MISSING, terms=_term_list(missing_terms))


def _read_as(readings: Sequence[Reading]) -> Notice:
    """Each unknown word, with the words that were searched instead."""
    words = (
        notice(
            Text.READ_WORD,
            typed=shorten(reading.typed, _TERM_CHARACTERS),
            read=word_list(reading.read, "or"),
        ).plain()
        for reading in readings[:TERMS_SHOWN]
    )
    return notice(Text.READ_AS, readings=", ".join(words))


def _difference(difference: Difference) -> Notice:
    """Figures or dates side by side as they are written, each with its document's title."""
    figures = ", ".join(
        f"{figure.text} ({shorten(figure.excerpt.citation.source.title, _TITLE_CHARACTERS)})"
        for figure in difference.figures
    )
    text = Text.FIGURES_DIFFER if difference.kind is FigureKind.FIGURE else Text.DATES_DIFFER
    return notice(text, figures=figures)


def _silence(silence: Silence, numbered: bool, *, typed: bool) -> tuple[Block, ...]:
    if not silence.documents:
        return (notice_block(notice(Text.NO_DOCUMENTS)),)
    lines = [notice(Text.SILENT), *word_notices(silence.readings, silence.missing_terms)]
    if silence.is_judged:
        lines.append(notice(Text.JUDGED_SILENCE))
    blocks: list[Block] = [notice_block(*lines)]
    if silence.nearest and numbered:
        how = (notice(Text.NEAREST_HOW),) if typed else ()
        blocks.append(nearest_block(silence.nearest, *how))
    else:
        blocks += quote_blocks(silence.nearest, lead=notice(Text.NEAREST))
    revision = silence.revision[:REVISION_SHOWN]
    blocks.append(notice_block(notice(Text.SILENCE_ID, id=silence.id, revision=revision)))
    return tuple(blocks)


def _term_list(terms: Sequence[str]) -> str:
    text = ", ".join(shorten(term, _TERM_CHARACTERS) for term in terms[:TERMS_SHOWN])
    return text if len(terms) <= TERMS_SHOWN else f"{text}, …"
