"""Layouts: replies, lists and notices as messages; pure functions of their arguments.

The excerpts of a reply always fall on the same pages. The first page is shown at once, with
the notices about the whole reply, the others one by one.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from bot.chat.buttons import Action, Verb
from bot.chat.identity import Scope
from bot.chat.message import TURNING, Button, Message, message_of
from bot.chat.rendering.blocks import Block, QuoteBlock, notice_block
from bot.chat.rendering.citations import locator_text
from bot.chat.rendering.dialects import Dialect
from bot.chat.rendering.links import button_url
from bot.chat.rendering.nearest import is_nearest
from bot.chat.rendering.pages import LEAST_LIMIT, Page, RenderedBlock, paginate, rendered_blocks
from bot.chat.rendering.replies import further_notice, quote_blocks, reply_blocks
from bot.chat.saved_replies import ServedDocuments
from bot.chat.texts.catalogue import Text
from bot.chat.texts.notices import Notice, notice
from bot.chat.texts.parameters import CommandName
from bot.core.replies import Answer, Excerpt, Reply, Silence
from bot.state.records import ReplyKind, SavedExcerpt, SavedReply

MORE_AT_ONCE = 3
"""Most further excerpts on one page."""

NOTICE_SPACE = 1_200
"""Space for the notices about the whole reply on the first page, at least."""

NUMBERS = ("1️⃣", "2️⃣", "3️⃣")
"""The signs of the excerpts that are offered as nearest."""

_MORE = CommandName("more")

ExcerptUrl = Callable[[str, Scope, int], str]
"""The address of the page of an excerpt: by its reply, what the room sees, and its number."""


class Layout:
    """Lays out messages with buttons; a page has at most `limit` in the unit of the dialect."""

    def __init__(self, dialect: Dialect, limit: int, excerpt_url: ExcerptUrl | None = None) -> None:
        self._dialect = dialect
        self._limit = limit
        self._excerpt_url = excerpt_url

    def say(self, *notices: Notice) -> Message:
        """Fixed texts as a message that only the asker sees."""
        return self.tell([notice_block(*notices)])

    def tell(self, blocks: Iterable[Block]) -> Message:
        """Blocks without buttons, as a message that only the asker sees."""
        return self.blocks(blocks).privately()

    def blocks(self, blocks: Iterable[Block], turn: Action | None = None) -> Message:
        """The page of blocks that `turn` names, with buttons to turn to the pages beside it."""
        pages = self._pages(blocks)
        if turn is None:
            return message_of(pages[0], self._dialect)
        page, below = _turned(pages, turn)
        return message_of(page, self._dialect, below=below)

    def numbered(
        self,
        blocks: Sequence[Block],
        at_once: int,
        buttons: Mapping[Block, Button],
        turn: Action,
        how: Notice | None = None,
    ) -> Message:
        """The page of a list that `turn` names, with the buttons of its blocks, `at_once` at most.

        `how` is said below the blocks of each page.
        """
        last = () if how is None else (notice_block(how),)
        starts = range(0, len(blocks), at_once)
        chunks = (blocks[start : start + at_once] for start in starts)
        pages = [page for chunk in chunks for page in self._pages([*chunk, *last])]
        page, turning = _turned(pages, turn)
        own = [buttons[block] for block in page.blocks if block in buttons]
        return message_of(page, self._dialect, below=(*own, *turning))

    def offer(
        self,
        blocks: Iterable[Block],
        beside: Callable[[Block], tuple[Button, ...]] = lambda _: (),
        below: Iterable[Button] = (),
    ) -> Message:
        """The first page of blocks with buttons, as a message that only the asker sees."""
        return message_of(self._pages(blocks)[0], self._dialect, beside, below).privately()

    def confirm(self, blocks: Iterable[Block], of: str) -> Message:
        """Blocks with two buttons: remove the document with the key `of`, or cancel."""
        below = (
            Button(Action(Verb.DROP, of), label=notice(Text.BUTTON_DROP)),
            Button(Action(Verb.CANCEL, of), label=notice(Text.BUTTON_CANCEL)),
        )
        return self.offer(blocks, below=below)

    def first(
        self,
        reply: Reply,
        lead: Sequence[Block],
        saved: SavedReply | None,
        shareable: bool = False,
        closing: Sequence[Block] = (),
    ) -> Message:
        """The first page of a reply between two notices.

        It has buttons and links if the reply is `saved`.
        """
        blocks = reply_blocks(reply, numbered=True)
        quotes = [self._linked(block, saved) for block in blocks if isinstance(block, QuoteBlock)]
        rest = [*(block for block in blocks if not isinstance(block, QuoteBlock)), *closing]
        if not isinstance(reply, Answer):
            (page, *_) = self._pages([*lead, *rest])
            if not saved:
                return message_of(page, self._dialect, reply=reply.id)
            below = (*_votes_and_removal(reply.id), *_share(reply.id, shareable))
            return message_of(page, self._dialect, _nearest_buttons(reply), below, reply.id)
        further = quote_blocks(reply.further, len(quotes) + 1)
        pages = self._reply_pages(quotes, ())  # further pages are laid out when they are asked for
        above = (*rendered_blocks(lead, self._dialect), *pages[0].rendered)
        left = self._limit - self._size(above)
        (notices, *_) = paginate(rest, self._dialect, max(left, LEAST_LIMIT))
        (page, *_) = self._pages([*above, *notices.rendered])
        if not saved:
            return message_of(page, self._dialect, reply=reply.id)
        check = Button(Action(Verb.CHECK, reply.id), "🔁", notice(Text.BUTTON_CHECK))
        waiting = (*_blocks_of(pages[1:]), *further)
        below = (*_more_button(reply.id, waiting, 1), check, *_votes_and_removal(reply.id))
        below = (*below, *_share(reply.id, shareable))
        return message_of(page, self._dialect, _excerpt_buttons(reply.id), below, reply.id)

    def more(self, action: Action, saved: SavedReply, served: ServedDocuments) -> Message:
        """A further page of a saved reply."""
        excerpts = [served.excerpt(excerpt) for excerpt in saved.excerpts]
        blocks = [
            self._linked(QuoteBlock(excerpt, number=number), saved)
            for number, excerpt in enumerate(excerpts, start=1)
            if excerpt is not None
        ]
        changed = [number for number, excerpt in enumerate(excerpts, start=1) if excerpt is None]
        quotes = [block for block in blocks if (block.number or 0) <= saved.shown]
        further = [block for block in blocks if (block.number or 0) > saved.shown]
        pages, buttons = self._reply_pages(quotes, further), _excerpt_buttons(action.of)
        if not changed and action.page < len(pages):
            page, following = pages[action.page], action.page + 1
            below = _more_button(action.of, _blocks_of(pages[following:]), following)
            return message_of(page, self._dialect, buttons, below, action.of)
        # Without the changed excerpts the pages differ, so the remaining ones are laid out again.
        notices = [notice(Text.EXCERPT_CHANGED, number=n) for n in changed if n > saved.shown]
        if not notices:
            return self.say(notice(Text.NOTHING_FURTHER))
        page, *_ = self._pages([*further[:MORE_AT_ONCE], notice_block(*notices)])
        return message_of(page, self._dialect, buttons, reply=action.of)

    def readable(self, saved: SavedReply, pages: int) -> int:
        """The number of excerpts that can be referred to when `pages` of a reply are shown."""
        return len(saved.excerpts)

    def nearest(self, chosen: SavedReply, excerpt: Excerpt) -> Message:
        """The excerpt that was chosen below a silence, marked as not an answer."""
        block = QuoteBlock(excerpt, number=1, lead=notice(Text.NEAREST))
        (page, *_) = self._pages([self._linked(block, chosen)])
        buttons, below = _excerpt_buttons(chosen.reply_id), _votes_and_removal(chosen.reply_id)
        return message_of(page, self._dialect, buttons, below, chosen.reply_id).privately()

    def check(self, saved: SavedReply, served: ServedDocuments) -> Message:
        """Whether the excerpts that were shown are still in the documents."""
        shown = enumerate(saved.excerpts[: saved.shown], start=1)
        return self.say(*(self._status(number, each, served) for number, each in shown))

    def context(self, action: Action, saved: SavedReply, around: Iterable[Excerpt]) -> Message:
        """The paragraphs around an excerpt."""
        quotes = quote_blocks(tuple(around))
        blocks = [self._linked(block, saved, action.number) for block in quotes]
        return self.blocks(blocks, action).privately()

    def _status(self, number: int, saved: SavedExcerpt, served: ServedDocuments) -> Notice:
        if not served.sees(saved.collection):
            return notice(Text.UNSEEN, number=number)
        if served.excerpt(saved) is not None:
            return notice(Text.STILL_THERE, number=number, title=saved.title)
        excerpt = served.moved(saved)
        if excerpt is None:
            return notice(Text.GONE, number=number, title=saved.title)
        title, place = excerpt.citation.source.title, locator_text(excerpt.citation.locator)
        return notice(Text.MOVED, number=number, title=title, place=place)

    def _linked(self, block: QuoteBlock, saved: SavedReply | None, number: int = 0) -> QuoteBlock:
        """The block with the address of the page of its excerpt, or of excerpt `number`."""
        if saved is None or self._excerpt_url is None:
            return block
        url = self._excerpt_url(saved.reply_id, saved.scope, block.number or number)
        return replace(block, page_url=url)

    def _pages(self, blocks: Iterable[Block | RenderedBlock]) -> tuple[Page, ...]:
        return paginate(blocks, self._dialect, self._limit)

    def _reply_pages(
        self, quotes: Sequence[QuoteBlock], further: Sequence[QuoteBlock]
    ) -> tuple[Page, ...]:
        """All pages of a reply; those of `quotes` leave space for the notices."""
        space = max(NOTICE_SPACE, self._limit // 5)
        pages = list(paginate(quotes, self._dialect, self._limit - space))
        for start in range(0, len(further), MORE_AT_ONCE):
            pages += paginate(further[start : start + MORE_AT_ONCE], self._dialect, self._limit)
        return tuple(pages)

    def _size(self, blocks: Iterable[RenderedBlock]) -> int:
        """An upper bound of the size of blocks with their separators."""
        dialect = self._dialect
        return sum(
            dialect.measure(each.rendered)
            + dialect.measure(dialect.between(each.block, each.block))
            for each in blocks
        )


class TextLayout(Layout):
    """Lays out messages of any length without buttons; notices name commands instead."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect, sys.maxsize)

    def first(
        self,
        reply: Reply,
        lead: Sequence[Block],
        saved: SavedReply | None,
        shareable: bool = False,
        closing: Sequence[Block] = (),
    ) -> Message:
        """The first page of a reply, with the command for further excerpts."""
        blocks = reply_blocks(reply, numbered=True, more=_MORE)
        return replace(self.blocks([*lead, *blocks, *closing]), reply=reply.id)

    def more(self, action: Action, saved: SavedReply, served: ServedDocuments) -> Message:
        """The next further excerpts of a saved reply, and the number of the remaining ones."""
        shown = self.readable(saved, action.page)
        chunk = saved.excerpts[shown : shown + MORE_AT_ONCE]
        if not chunk:
            return self.say(notice(Text.NOTHING_FURTHER))
        blocks: list[Block] = []
        for number, each in enumerate(chunk, start=shown + 1):
            excerpt = served.excerpt(each)
            if excerpt is None:
                blocks.append(notice_block(notice(Text.EXCERPT_CHANGED, number=number)))
            else:
                blocks.append(QuoteBlock(excerpt, number=number))
        if left := len(saved.excerpts) - shown - len(chunk):
            blocks.append(notice_block(further_notice(left, _MORE)))
        return replace(self.blocks(blocks), reply=action.of)

    def readable(self, saved: SavedReply, pages: int) -> int:
        """The number of excerpts shown: those of the first page, three on each further one."""
        if saved.kind is ReplyKind.SILENCE:
            return len(saved.excerpts)
        return min(saved.shown + MORE_AT_ONCE * (pages - 1), len(saved.excerpts))


def _turned(pages: Sequence[Page], turn: Action) -> tuple[Page, tuple[Button, ...]]:
    """The page that `turn` names, or the last one, and the buttons that turn from it."""
    number = min(turn.page, len(pages) - 1)
    beside = ((number - 1, Text.BUTTON_BACK), (number + 1, Text.BUTTON_NEXT))
    return pages[number], tuple(
        Button(replace(turn, page=page), sign, notice(label))
        for sign, (page, label) in zip(TURNING, beside, strict=True)
        if 0 <= page < len(pages)
    )


def _blocks_of(pages: Iterable[Page]) -> tuple[Block, ...]:
    return tuple(block for page in pages for block in page.blocks)


def _more_button(reply: str, waiting: Iterable[Block], page: int) -> tuple[Button, ...]:
    """The button for the excerpts that are waiting, of which the next stand on `page`."""
    left = {block.number for block in waiting if isinstance(block, QuoteBlock)}
    if not left:
        return ()
    label = notice(Text.BUTTON_MORE, count=len(left))
    return (Button(Action(Verb.MORE, reply, page=page), "➕", label),)


def _excerpt_buttons(reply: str) -> Callable[[Block], tuple[Button, ...]]:
    """A function that returns the buttons below an excerpt of a reply."""

    def buttons(block: Block) -> tuple[Button, ...]:
        if not isinstance(block, QuoteBlock) or block.number is None:
            return ()
        number = block.number
        row = [
            Button(Action(Verb.CONTEXT, reply, number), "🔎", notice(Text.BUTTON_CONTEXT)),
            Button(Action(Verb.SOURCE, reply, number), "📄", notice(Text.BUTTON_SOURCE)),
        ]
        links = (
            (block.page_url, Text.BUTTON_PAGE),
            (block.excerpt.citation.source.url, Text.BUTTON_OPEN),
        )
        for url, label in links:
            if target := button_url(url):
                row.append(Button(target, label=notice(label)))
        return tuple(row)

    return buttons


def _votes_and_removal(reply: str) -> tuple[Button, ...]:
    return (
        Button(Action(Verb.UP, reply), "👍"),
        Button(Action(Verb.DOWN, reply), "👎"),
        Button(Action(Verb.REMOVE, reply), "❌", notice(Text.BUTTON_REMOVE)),
    )


def _share(reply: str, shareable: bool) -> tuple[Button, ...]:
    if not shareable:
        return ()
    return (Button(Action(Verb.SHARE, reply), "📣", notice(Text.BUTTON_SHARE)),)


def _nearest_buttons(silence: Silence) -> Callable[[Block], tuple[Button, ...]]:
    """A function that returns the buttons below the list of what is near to a silence."""
    numbers = range(1, len(silence.nearest) + 1)
    row = tuple(
        Button(Action(Verb.NEAREST, silence.id, number), NUMBERS[number - 1]) for number in numbers
    )
    return lambda block: row if is_nearest(block) else ()
