"""Pagination: blocks to pages within the size limit of a platform.

Sizes are those of the rendered text, markup included. A quote and its citation stay on one
page; an excerpt too long for a page is split into several, each with its citation.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass, replace

import regex

from bot.chat.rendering.blocks import Block, ListEntry, NoticeBlock, QuoteBlock
from bot.chat.rendering.dialects import Dialect, Rendered
from bot.chat.texts.notices import Notice
from bot.core.documents import Span
from bot.core.replies import Excerpt

LEAST_LIMIT = 800
"""Smallest limit of a page, in which a citation fits beside some words."""

_FIELDS = (200, 100, 50, 25, 12, 8)
_GRAPHEME = regex.compile(r"\X")
_MAKER = object()


@dataclass(frozen=True, slots=True)
class RenderedBlock:
    """A block with its text in one dialect, so that it is rendered once for several pages."""

    block: Block
    rendered: Rendered


@dataclass(frozen=True, slots=True)
class Page:
    """Rendered text that may be sent; only this module can make one, from blocks.

    `rendered` are the single blocks, for platforms that put buttons between them.
    """

    text: str
    html: str | None
    rendered: tuple[RenderedBlock, ...]
    _: KW_ONLY
    maker: object = None

    def __post_init__(self) -> None:
        if self.maker is not _MAKER:
            raise TypeError("a page is made of blocks, by paginate")

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks on the page, in order."""
        return tuple(each.block for each in self.rendered)


def paginate(
    blocks: Iterable[Block | RenderedBlock], dialect: Dialect, limit: int | None = None
) -> tuple[Page, ...]:
    """The blocks, in order, on as few pages as possible; `limit` in the dialect's unit.

    Without a limit there is one page; for no blocks there is none. Raises `ValueError` for a limit
    below `LEAST_LIMIT`.
    """
    if limit is not None and limit < LEAST_LIMIT:
        raise ValueError(f"a page takes at least {LEAST_LIMIT}, not {limit}")
    pages: list[Page] = []
    pending: list[RenderedBlock] = []
    done = Rendered()
    for each in _fitting(rendered_blocks(blocks, dialect), dialect, limit):
        added = each.rendered
        if pending:
            added = dialect.between(pending[-1].block, each.block) + added
        if pending and limit is not None and dialect.measure(done + added) > limit:
            pages.append(_page(done, pending))
            pending, done, added = [], Rendered(), each.rendered
        pending.append(each)
        done += added
    if pending:
        pages.append(_page(done, pending))
    return tuple(pages)


def rendered_blocks(
    blocks: Iterable[Block | RenderedBlock], dialect: Dialect
) -> Iterator[RenderedBlock]:
    """The blocks in a dialect; those that are rendered already stay as they are."""
    for block in blocks:
        if isinstance(block, RenderedBlock):
            yield block
        else:
            yield RenderedBlock(block, dialect.render(block))


def _page(rendered: Rendered, pending: Iterable[RenderedBlock]) -> Page:
    return Page(rendered.text, rendered.html, tuple(pending), maker=_MAKER)


def _fitting(
    blocks: Iterable[RenderedBlock], dialect: Dialect, limit: int | None
) -> Iterator[RenderedBlock]:
    for each in blocks:
        if limit is None or dialect.measure(each.rendered) <= limit:
            yield each
        else:
            yield from rendered_blocks(_shorter(each.block, dialect, limit), dialect)


def _shorter(block: Block, dialect: Dialect, limit: int) -> Iterable[Block]:
    """The block, which is too long for a page, as one or more that are not."""
    match block:
        case QuoteBlock():
            return _quotes(block, dialect, limit)
        case NoticeBlock():
            return _notices(block, dialect, limit)
        case ListEntry():
            return (_entry(block, dialect, limit),)


def _size(block: Block, dialect: Dialect) -> int:
    return dialect.measure(dialect.render(block))


def _entry(entry: ListEntry, dialect: Dialect, limit: int) -> ListEntry:
    for most in _FIELDS:
        entry = replace(entry, field_most=most)
        if _size(entry, dialect) <= limit:
            break
    return entry


def _notices(block: NoticeBlock, dialect: Dialect, limit: int) -> Iterator[NoticeBlock]:
    """Split a block of notices by lines; a notice too long for a page is shortened."""
    pending: tuple[tuple[Notice, ...], ...] = ()
    for line in _short_lines(block, dialect, limit):
        if pending and _size(NoticeBlock((*pending, line)), dialect) > limit:
            yield NoticeBlock(pending)
            pending = ()
        pending = (*pending, line)
    if pending:
        yield NoticeBlock(pending)


def _short_lines(block: NoticeBlock, dialect: Dialect, limit: int) -> Iterator[tuple[Notice, ...]]:
    for line in block.lines:
        if _size(NoticeBlock((line,)), dialect) <= limit:
            yield line
            continue
        for each in line:
            yield (_short_notice(each, dialect, limit),)


def _short_notice(whole: Notice, dialect: Dialect, limit: int) -> Notice:
    most = limit
    short = whole
    while _size(NoticeBlock(((short,),)), dialect) > limit and most > 1:
        most = most * 3 // 4
        short = whole.shortened(most)
    return short


def _quotes(block: QuoteBlock, dialect: Dialect, limit: int) -> Iterator[QuoteBlock]:
    """Split an excerpt at good places; each piece is a block with the whole citation.

    The citation is shortened only if it would take more than half of a page.
    """
    block = _with_citation(block, dialect, limit)
    rest: Excerpt | None = block.excerpt
    while rest is not None:
        count = _fits(replace(block, excerpt=rest), dialect, limit)
        piece, rest = _divided(rest, count)
        if piece is not None:
            yield replace(block, excerpt=piece)


def _with_citation(block: QuoteBlock, dialect: Dialect, limit: int) -> QuoteBlock:
    smallest, _ = _divided(block.excerpt, _first_words(block.excerpt))
    for most in (None, *_FIELDS):
        block = replace(block, field_most=most)
        probe = block if smallest is None else replace(block, excerpt=smallest)
        if _size(probe, dialect) <= limit // 2:
            break
    return block


def _length(excerpt: Excerpt) -> int:
    return sum(map(len, excerpt.parts))


def _first_words(excerpt: Excerpt) -> int:
    """The number of characters up to and with the first that is no blank."""
    first = excerpt.parts[0].of(excerpt.passage.document.text)
    return len(first) - len(first.lstrip()) + 1


def _fits(block: QuoteBlock, dialect: Dialect, limit: int) -> int:
    """The most characters of the excerpt that fit on a page, up to a good place to cut."""

    def fits(count: int) -> bool:
        piece, _ = _divided(block.excerpt, count)
        return piece is None or _size(replace(block, excerpt=piece), dialect) <= limit

    length = _length(block.excerpt)
    sizes = range(1, min(length, limit) + 1)
    low = max(bisect_left(sizes, True, key=lambda count: not fits(count)), 1)
    if low == length:
        return length
    # The cut changes the characters to escape at the end, so check the size once more.
    count = _word_end(block.excerpt, low)
    while count > 1 and not fits(count):
        count -= 1
    return count


def _word_end(excerpt: Excerpt, count: int) -> int:
    """The best place to cut at or before `count` characters: sentence, word, character."""
    text = excerpt.passage.document.text
    at = _position(excerpt, count)
    part = next(p for p in excerpt.parts if p.start < at <= p.end)
    if at == part.end:
        return count
    earliest = max(part.start, at - count // 2)
    ends = [s.end for s in excerpt.passage.sentences if earliest < s.end <= at]
    blanks = [i for i in range(at, earliest, -1) if text[i - 1].isspace()][:1]
    graphemes = [m.start() for m in _GRAPHEME.finditer(text, earliest, min(part.end, at + 64))]
    whole = [i for i in graphemes if earliest < i <= at][-1:]
    best = next((places[-1] for places in (ends, blanks, whole) if places), at)
    return count - (at - best)


def _position(excerpt: Excerpt, count: int) -> int:
    """The offset in the document at which the first `count` characters of the excerpt end."""
    for part in excerpt.parts:
        if count <= len(part):
            return part.start + count
        count -= len(part)
    return excerpt.parts[-1].end


def _divided(excerpt: Excerpt, count: int) -> tuple[Excerpt | None, Excerpt | None]:
    """The first `count` characters and the rest, each an excerpt of the same passage.

    A part of blanks alone is dropped, because an excerpt must have words.
    """
    at = _position(excerpt, count)
    before = [Span(p.start, min(p.end, at)) for p in excerpt.parts if p.start < at]
    after = [Span(max(p.start, at), p.end) for p in excerpt.parts if p.end > at]
    return _excerpt(excerpt, before), _excerpt(excerpt, after)


def _excerpt(whole: Excerpt, spans: list[Span]) -> Excerpt | None:
    text = whole.passage.document.text
    worded = [span for span in spans if span.of(text).strip()]
    if not worded:
        return None
    first, *others = worded
    return Excerpt(whole.passage, (first, *others), whole.score, _clipped(whole.sentence, worded))


def _clipped(sentence: Span | None, parts: list[Span]) -> Span | None:
    """The stretch of the sentence that the parts hold, from first to last character."""
    if sentence is None:
        return None
    shared = [
        Span(max(part.start, sentence.start), min(part.end, sentence.end))
        for part in parts
        if part.overlaps(sentence)
    ]
    return Span(shared[0].start, shared[-1].end) if shared else None
