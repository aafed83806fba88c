"""Segmentation: splits a document into passages, the units that are ranked, and sentences.

A passage is a paragraph or a list item under its heading. Blocks that are understood only
together are one passage: a sentence that ends in a colon with the block that it introduces, a
short list with the line above it and its items as sentences, that line with the first items of
a long list, whose other items are passages, a few words with the item above them, a short
question with its answer, a quotation that runs over several paragraphs.
"""

from collections.abc import Iterable, Iterator, Sequence

import regex

from bot.core.documents import (
    Block,
    BlockKind,
    Document,
    Landmark,
    LandmarkKind,
    Locator,
    Passage,
    Span,
)
from bot.core.lines_above import (
    COLONS,
    LISTED,
    Spans,
    are_adjacent,
    lines_above,
    with_header,
)
from bot.ingest.exclusions import trimmed
from bot.ingest.readers.headings import SIDE_HEADING
from bot.ingest.readers.numbered_lines import numbered_lines
from bot.ingest.sentence_splitter import split_sentences
from bot.language.identification import language_of

LIST_CHARACTERS = 900
"""A list up to this long, its introduction included, is one passage. With half of that, no more
questions of `make eval` find their quote by words or meaning, and fewer with a reader."""

LEAD_CHARACTERS = 160
"""A paragraph up to this long, without a colon at its end, may introduce a list as well."""

ITEM_CHARACTERS = 40
"""An item up to this long is not understood without the one above it: "Defaults to 7d"."""

QUOTATION_CHARACTERS = 1_600
"""Paragraphs of one quotation are joined up to this length."""

MOST_SENTENCES, MOST_CHARACTERS = 200, 6_000
"""A longer paragraph, such as a transcript without line ends, is several passages."""

_QUESTION_END = regex.compile(r"(?:[?？؟]|\p{Greek};)[\p{P}\s]{0,4}$")
_OPENING_MARK = regex.compile(r"^[“„«\"‘「]")
_WORD = regex.compile(r"[\p{L}\p{N}]")
_UNDERSTOOD_BELOW_A_LINE = (*LISTED, BlockKind.CODE)


def passages(document: Document, language: str | None = None) -> tuple[Passage, ...]:
    """The passages of `document` in order, none of which holds an excluded span.

    `language` is its ISO 639 code, None if that is to be identified.
    """
    language = language or language_of(document.text)
    return tuple(
        Passage(
            document=document,
            span=Span(sentences[0].start, sentences[-1].end),
            sentences=sentences,
            locator=locator,
            language=language,
            confidence=_confidence(blocks),
            context=context,
        )
        for blocks, locator, context in _groups(document)
        for sentences in _stretches(
            span
            for block in blocks
            for sentence in _sentences(document.text, block, language)
            for span in _pieces(document.text, sentence)
        )
    )


def _confidence(blocks: Sequence[Block]) -> int | None:
    """The mean of those of the blocks whose words were recognised, weighted by their lengths."""
    parts = [(len(each.span), each.confidence) for each in blocks if each.confidence is not None]
    total = sum(length for length, _ in parts)
    return round(sum(length * each for length, each in parts) / total) if parts else None


def _sentences(text: str, block: Block, language: str) -> Sequence[Span]:
    """The sentences of a block; of code, its lines, since a quote must not begin within one."""
    span = block.span
    if block.kind is BlockKind.CODE:
        return _code_lines(text, span)
    return split_sentences(span.of(text), language, span.start)


def _code_lines(text: str, block: Span) -> Sequence[Span]:
    """The lines of code with their indents; one without words is joined to the one before."""
    lines: list[Span] = []
    has_words = False
    for line in numbered_lines(block.of(text)):
        span = Span(block.start + line.start, block.start + line.end)
        is_separate = has_words
        has_words = _WORD.search(line.body) is not None
        if lines and not (is_separate and has_words):
            span = Span(lines.pop().start, span.end)
            has_words = is_separate or has_words
        lines.append(span)
    return lines


def _stretches(sentences: Iterable[Span]) -> Iterator[tuple[Span, *tuple[Span, ...]]]:
    """Sentences in stretches short enough for a passage: a reply looks at whole passages."""
    stretch: list[Span] = []
    for sentence in sentences:
        if stretch and (
            len(stretch) == MOST_SENTENCES or sentence.end - stretch[0].start > MOST_CHARACTERS
        ):
            yield stretch[0], *stretch[1:]
            stretch = []
        stretch.append(sentence)
    if stretch:
        yield stretch[0], *stretch[1:]


def _pieces(text: str, sentence: Span) -> Iterator[Span]:
    """A sentence, cut between words if it is longer than a passage may be."""
    start = sentence.start
    if len(sentence) <= MOST_CHARACTERS:
        yield sentence
        return
    while start < sentence.end:
        end = min(start + MOST_CHARACTERS, sentence.end)
        if end < sentence.end:
            end = max(text.rfind(blank, start, end) for blank in " \n\t") + 1 or end
        if (piece := trimmed(text, start, end)) is not None:
            yield piece
        start = end


def _groups(
    document: Document,
) -> Iterator[tuple[Sequence[Block], Locator, Spans]]:
    """The blocks that make one passage each, no headings among them, their place and context.

    A group has the paragraph number and the page of its first block; notes are not counted.
    The document's own title is no part of the path, since the citation has it already.
    """
    title = " ".join(document.source.title.split())
    path: list[tuple[int, str]] = []
    slide: Landmark | None = None
    number = 0
    position = 0
    blocks = document.blocks
    while position < len(blocks):
        block = blocks[position]
        if block.has(LandmarkKind.SLIDE) and block.landmark != slide:
            slide, path = block.landmark, []  # a slide may have no title
        if block.kind is BlockKind.HEADING:
            if block.level < SIDE_HEADING:
                path = [heading for heading in path if heading[0] < block.level]
                path.append((block.level, " ".join(block.span.of(document.text).split())))
            position += 1
            continue
        headings = tuple(text for _, text in path)
        if headings[:1] == (title,):
            headings = headings[1:]
        lines = _lines_above_list(document, position)
        for end in _group_ends(document, position):
            block = blocks[position]
            first = max(number, 1) if block.is_note else number + 1
            label = document.page_label(block.page)
            place = Locator(first, block.page, headings, label, block.landmark)
            yield blocks[position:end], place, _above(document, position, lines)
            number += 0 if block.is_note else end - position
            position = end


def _group_ends(document: Document, start: int) -> list[int]:
    """The ends of the next groups, as block indices; the first group begins at `start`."""
    blocks = document.blocks
    following = start + 1
    if blocks[start].kind in LISTED:
        return _list_ends(document, start, start)
    if following == len(blocks) or not are_adjacent(document, following):
        return [following]
    introduces = _introduces(document, blocks[start])
    if blocks[following].kind in LISTED and (introduces or _leads(document, start)):
        return _list_ends(document, start, following)
    if _asks(document, start):
        return [following + 1]
    return [_quotation_end(document, start)] if introduces else [following]


def _asks(document: Document, start: int) -> bool:
    """Whether the block at `start` is a short question above the paragraph that answers it.

    Of several questions in a row, only the last one has an answer below it.
    """
    pair = document.blocks[start : start + 2]
    asks = [
        len(block.span) <= LEAD_CHARACTERS
        and _QUESTION_END.search(block.span.of(document.text)) is not None
        for block in pair
    ]
    return asks == [True, False] and all(block.kind is BlockKind.PARAGRAPH for block in pair)


def _introduces(document: Document, block: Block) -> bool:
    return (
        block.kind is BlockKind.PARAGRAPH
        and block.span.of(document.text).endswith(COLONS)
        and len(block.span) <= QUOTATION_CHARACTERS
    )


def _leads(document: Document, start: int) -> bool:
    """Whether the block at `start` is one short line above a list or a table.

    It need not end in a colon, as in `lines_above` it must: it only joins the passage of the first
    items, and is no context of the others, of which such lines made wrong replies sure.
    """
    block, following = document.blocks[start], document.blocks[start + 1]
    return (
        block.kind is BlockKind.PARAGRAPH
        and following.kind in LISTED
        and len(block.span) <= LEAD_CHARACTERS
        and "\n" not in block.span.of(document.text)
    )


def _lines_above_list(document: Document, start: int) -> tuple[int, Spans]:
    """The first block of a table, list or code, and the lines above it.

    It begins at block `start`, or at the next one, where `start` is the line that introduces it.
    """
    blocks = document.blocks
    first = start if blocks[start].kind in _UNDERSTOOD_BELOW_A_LINE else start + 1
    if first == len(blocks) or blocks[first].kind not in _UNDERSTOOD_BELOW_A_LINE:
        return first, ()
    return first, lines_above(document, blocks[first].span.start)


def _above(document: Document, place: int, lines_of_list: tuple[int, Spans]) -> Spans:
    """The lines above the block at `place`, by those of the table, list or code that it is in."""
    first, lines = lines_of_list
    return with_header(document, lines, first, place) if place >= first else ()


def _list_ends(document: Document, start: int, first: int) -> list[int]:
    """The ends of the groups of a list, whose first item is at `first`.

    The introduction at `start`, if that is another block, is one group with the first items, as
    many as are short together; a short list without one is a group. Each other block is a group
    of its own, a few words with the item above them.
    A row of a sheet is cited by its number, and is always one.
    """
    blocks = document.blocks
    end = first + 1
    while (
        end < len(blocks) and blocks[end].kind is blocks[first].kind and are_adjacent(document, end)
    ):
        end += 1
    if blocks[first].has(LandmarkKind.ROW):
        return list(range(start + 1, end + 1))
    longest = blocks[start].span.start + LIST_CHARACTERS
    together = next((n for n in range(first, end) if blocks[n].span.end > longest), end)
    if start == first and together < end:
        together = start + 1
    return [
        place
        for place in range(together, end + 1)
        if place in (first, end) or not _needs_item_above(document, place)
    ]


def _needs_item_above(document: Document, place: int) -> bool:
    """Whether the item at `place` is a few words, and the one above it more than that."""
    blocks = document.blocks
    above, item = blocks[place - 1], blocks[place]
    return (
        item.kind is BlockKind.ITEM
        and len(item.span) <= ITEM_CHARACTERS < len(above.span) <= LIST_CHARACTERS
    )


def _quotation_end(document: Document, start: int) -> int:
    """The end of the quotation that the block at `start` introduces, as a block index."""
    text, blocks = document.text, document.blocks
    begin = blocks[start].span.start
    end = start + 1
    while (
        end < len(blocks)
        and blocks[end].kind is BlockKind.PARAGRAPH
        and are_adjacent(document, end)
        and blocks[end].span.end - begin <= QUOTATION_CHARACTERS
        and (
            (end == start + 1 and _OPENING_MARK.match(blocks[end].span.of(text)))
            or _has_open_quotation(text[begin : blocks[end - 1].span.end])
        )
    ):
        end += 1
    return end


def _has_open_quotation(text: str) -> bool:
    """Whether a double quotation mark is opened in `text` and not closed again."""
    return max(text.rfind("“"), text.rfind("„")) > text.rfind("”") and "“" in text
